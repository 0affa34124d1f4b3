//! The floor in Rust: a Tokio socket and a canned answer. TCP_NODELAY as every HTTP server sets it.

use contract::canned::{prepare, CannedConnection, READ_OCTETS};
use contract::{port, say_where};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    prepare();
    let listener = TcpListener::bind(("127.0.0.1", port())).await?;
    say_where(listener.local_addr()?.port());
    loop {
        // An accept may fail for the one connection, or for a while.
        if let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket));
        }
    }
}

/// An error ends the connection: there is nobody to tell.
async fn serve(mut socket: TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut connection = CannedConnection::new();
    let mut octets = vec![0; READ_OCTETS];
    let mut answers = Vec::new();
    loop {
        let read = socket.read(&mut octets).await?;
        if read == 0 {
            return Ok(());
        }
        connection.push(&octets[..read], &mut answers);
        if answers.is_empty() {
            continue;
        }
        socket.write_all(&answers).await?;
        if connection.closes() {
            return Ok(());
        }
    }
}
