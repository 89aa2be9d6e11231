//! Outgoing TCP: an echo from each address, at the same time. Arguments: how, and addresses.
use std::ffi::{c_int, c_void};
use std::io::{Error, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::FromRawFd;

extern "C" {
    fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    fn bind(fd: c_int, address: *const c_void, length: u32) -> c_int;
    fn connect(fd: c_int, address: *const c_void, length: u32) -> c_int;
}

/// `struct sockaddr_in`.
fn native(address: SocketAddr) -> [u8; 16] {
    let SocketAddr::V4(address) = address else { panic!("not IPv4") };
    let mut bytes = [0; 16];
    bytes[0] = 2;
    bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
    bytes[4..8].copy_from_slice(&address.ip().octets());
    bytes
}

/// A connection from a socket that was bound by the program.
fn connect_bound(to: SocketAddr) -> std::io::Result<TcpStream> {
    let any = native("0.0.0.0:0".parse().unwrap());
    let peer = native(to);
    unsafe {
        let fd = socket(2, 1, 0);
        if bind(fd, any.as_ptr().cast(), 16) != 0 || connect(fd, peer.as_ptr().cast(), 16) != 0 {
            return Err(Error::last_os_error());
        }
        Ok(TcpStream::from_raw_fd(fd))
    }
}

fn exchange(mut stream: TcpStream, to: SocketAddr) -> std::io::Result<String> {
    stream.write_all(b"hello")?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    let own = stream.local_addr()?;
    let names = stream.peer_addr()? == to && !own.ip().is_loopback() && own.port() != 0;
    Ok(format!("{} {names}", String::from_utf8_lossy(&answer)))
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_bound = arguments[0] == "bound";
    let running: Vec<_> = arguments[1..]
        .iter()
        .map(|text| {
            let to: SocketAddr = text.parse().unwrap();
            std::thread::spawn(move || {
                let stream = if is_bound { connect_bound(to) } else { TcpStream::connect(to) };
                stream.and_then(|stream| exchange(stream, to))
            })
        })
        .collect();
    for thread in running {
        match thread.join().unwrap() {
            Ok(text) => println!("{text}"),
            Err(error) => println!("{}", error.kind()),
        }
    }
}
