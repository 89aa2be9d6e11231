//! Resolves each argument; what std says of it.
use std::net::ToSocketAddrs;

fn main() {
    for name in std::env::args().skip(1) {
        match (name.as_str(), 80).to_socket_addrs() {
            Ok(found) => println!("{:?}", found.map(|address| address.ip().to_string()).collect::<Vec<_>>()),
            Err(error) => println!("{error}"),
        }
    }
}
