//! What the standard library of Rust can: blocking sockets, a thread for each connection, and a canned answer. The end of
//! a head is found by the package memchr, which the standard library has no match for.

use std::io::{Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use contract::canned::{prepare, CannedConnection, READ_OCTETS};
use contract::{port, say_where};

fn main() -> Result<()> {
    prepare();
    let listener = TcpListener::bind(("127.0.0.1", port()))?;
    say_where(listener.local_addr()?.port());
    for socket in listener.incoming() {
        // An accept may fail for the one connection, a thread for want of memory: both for a while.
        if let Ok(socket) = socket {
            let _ = thread::Builder::new().spawn(|| serve(socket));
        }
    }
    Ok(())
}

/// An error ends the connection: there is nobody to tell.
fn serve(mut socket: TcpStream) -> Result<()> {
    socket.set_nodelay(true)?;
    let mut connection = CannedConnection::new();
    let mut octets = vec![0; READ_OCTETS];
    let mut answers = Vec::new();
    loop {
        let read = socket.read(&mut octets)?;
        if read == 0 {
            return Ok(());
        }
        connection.push(&octets[..read], &mut answers);
        if answers.is_empty() {
            continue;
        }
        socket.write_all(&answers)?;
        if connection.closes() {
            return Ok(());
        }
    }
}
