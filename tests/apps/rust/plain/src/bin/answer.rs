//! An HTTP server that answers every request with its second argument. Arguments: port, word, file for what was seen.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::{env, fs, io, thread};

fn answer(mut stream: TcpStream, word: &str, seen: &str) -> io::Result<()> {
    if stream.read(&mut [0; 4096])? == 0 {
        return Ok(());
    }
    fs::OpenOptions::new().create(true).append(true).open(seen)?.write_all(b"a request\n")?;
    write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{word}", word.len())
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().collect();
    let listener = TcpListener::bind(format!("0.0.0.0:{}", arguments[1]))?;
    for stream in listener.incoming() {
        let (stream, word, seen) = (stream?, arguments[2].clone(), arguments[3].clone());
        thread::spawn(move || answer(stream, &word, &seen));
    }
    Ok(())
}
