//! UDP: what comes back from each address, and from whom it seems to come. Arguments: how, and addresses.
use std::ffi::{c_int, c_void};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;

#[repr(C)]
struct Vector {
    base: *mut c_void,
    length: usize,
}

#[repr(C)]
struct Message {
    name: *mut c_void,
    name_length: u32,
    parts: *mut Vector,
    part_count: usize,
    control: *mut c_void,
    control_length: usize,
    flags: c_int,
}

extern "C" {
    fn sendmsg(fd: c_int, message: *const Message, flags: c_int) -> isize;
    fn recvmsg(fd: c_int, message: *mut Message, flags: c_int) -> isize;
}

fn native(address: SocketAddr) -> [u8; 16] {
    let SocketAddr::V4(address) = address else { panic!("not IPv4") };
    let mut bytes = [0; 16];
    bytes[0] = 2;
    bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
    bytes[4..8].copy_from_slice(&address.ip().octets());
    bytes
}

/// Sends and receives by message; the text that came, and its source.
fn by_message(socket: &UdpSocket, to: SocketAddr, text: &mut [u8]) -> std::io::Result<(String, bool)> {
    let mut name = native(to);
    let mut part = Vector { base: text.as_mut_ptr().cast(), length: text.len() };
    let mut message = Message {
        name: name.as_mut_ptr().cast(),
        name_length: 16,
        parts: &mut part,
        part_count: 1,
        control: std::ptr::null_mut(),
        control_length: 0,
        flags: 0,
    };
    let mut buffer = [0u8; 100];
    unsafe {
        if sendmsg(socket.as_raw_fd(), &message, 0) < 0 {
            return Err(std::io::Error::last_os_error());
        }
        name = [0; 16];
        part.base = buffer.as_mut_ptr().cast();
        part.length = buffer.len();
        message.parts = &mut part;
        let count = recvmsg(socket.as_raw_fd(), &mut message, 0);
        if count < 0 {
            return Err(std::io::Error::last_os_error());
        }
        Ok((shown(&buffer[..count as usize]), name[..8] == native(to)[..8]))
    }
}

/// What is sent: a name server wants a question.
fn payload(to: SocketAddr) -> Vec<u8> {
    match to.port() {
        53 => b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x02db\x03e2e\x08internal\0\0\x01\0\x01".to_vec(),
        _ => b"ping".to_vec(),
    }
}

fn shown(answer: &[u8]) -> String {
    if answer.starts_with(b"\x12\x34") { "an answer".into() } else { String::from_utf8_lossy(answer).into_owned() }
}

fn exchange(how: &str, to: SocketAddr) -> std::io::Result<(String, bool)> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.set_read_timeout(Some(Duration::from_secs(3)))?;
    let mut buffer = [0; 100];
    match how {
        "connected" => {
            socket.connect(to)?;
            socket.send(&payload(to))?;
            let count = socket.recv(&mut buffer)?;
            Ok((shown(&buffer[..count]), socket.peer_addr()? == to))
        }
        "connected-from" => {
            socket.connect(to)?;
            socket.send(&payload(to))?;
            let (count, source) = socket.recv_from(&mut buffer)?;
            Ok((shown(&buffer[..count]), source == to))
        }
        "unconnected" => {
            socket.send_to(&payload(to), to)?;
            let (count, source) = socket.recv_from(&mut buffer)?;
            Ok((shown(&buffer[..count]), source == to))
        }
        "message" => by_message(&socket, to, &mut payload(to)),
        other => panic!("no way {other}"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments[0] == "rebind" {
        let ports: Vec<u16> = (0..2).map(|_| UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port()).collect();
        println!("{}", ports.iter().all(|port| *port != 0));
    }
    for text in &arguments[1..] {
        match exchange(&arguments[0], text.parse().unwrap()) {
            Ok((answer, from_there)) => println!("{answer} {from_there}"),
            Err(error) => println!("{}", error.kind()),
        }
    }
}
