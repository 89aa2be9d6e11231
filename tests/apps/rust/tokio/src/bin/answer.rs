//! An HTTP server that answers every request with its second argument. Arguments: port, word, file for what was seen.

use std::{env, io};
use tokio::fs::OpenOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn answer(mut stream: TcpStream, word: String, seen: String) -> io::Result<()> {
    if stream.read(&mut [0; 4096]).await? == 0 {
        return Ok(());
    }
    let mut file = OpenOptions::new().create(true).append(true).open(seen).await?;
    file.write_all(b"a request\n").await?;
    file.flush().await?;
    let text = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{word}", word.len());
    stream.write_all(text.as_bytes()).await
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().collect();
    let listener = TcpListener::bind(format!("0.0.0.0:{}", arguments[1])).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(answer(stream, arguments[2].clone(), arguments[3].clone()));
    }
}
