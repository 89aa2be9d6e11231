//! Serves one connection on a port, in several ways: answers `got TEXT`, and prints who was there. Arguments: way, port.
use std::ffi::c_int;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, IntoRawFd};

extern "C" {
    fn listen(fd: c_int, backlog: c_int) -> c_int;
    fn dup(fd: c_int) -> c_int;
    fn close(fd: c_int) -> c_int;
}

/// Reads to the end, and answers.
fn serve(mut stream: TcpStream) -> std::io::Result<String> {
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    stream.write_all(format!("got {text}").as_bytes())?;
    Ok(text)
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let port = &arguments[1];
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    match arguments[0].as_str() {
        "once" => {}
        "twice" => println!("{}", unsafe { listen(listener.as_raw_fd(), 10) }),
        "duplicate" => unsafe {
            let other = dup(listener.as_raw_fd());
            println!("{}", close(other));
        },
        "bind-again" => {
            println!("{}", TcpListener::bind(format!("0.0.0.0:{port}")).map(|_| ()).unwrap_err().kind());
            return Ok(());
        }
        "clone" => {
            let clone = listener.try_clone()?;
            let (stream, peer) = clone.accept()?;
            println!("{} {}", stream.local_addr()?, peer.ip());
            println!("{}", serve(stream)?);
            return Ok(());
        }
        // The connection lives longer than the listener.
        "close-first" => {
            let (stream, _) = listener.accept()?;
            unsafe { close(listener.into_raw_fd()) };
            std::thread::sleep(std::time::Duration::from_millis(500));
            println!("{}", serve(stream)?);
            return Ok(());
        }
        other => panic!("no way {other}"),
    }
    println!("{}", listener.local_addr()?.port());
    println!("{}", serve(listener.accept()?.0)?);
    Ok(())
}
