//! What the peers in Rust take from their environment and have in common, as `peers/README.md` says. Knows no server.

pub mod canned;

use std::env;
use std::net::TcpListener;
use std::str::FromStr;
use std::time::SystemTime;

use serde::Serialize;

pub const TEXT: &str = "text/plain; charset=utf-8";
pub const JSON: &str = "application/json";
pub const OCTETS: &str = "application/octet-stream";

/// The content of all answers to `/large`.
pub static LARGE: [u8; 1 << 20] = [b'x'; 1 << 20];

/// The object that `/json` answers with.
#[derive(Serialize)]
pub struct Message {
    pub message: &'static str,
}

pub const MESSAGE: Message = Message { message: "hello" };

/// `MESSAGE` as JSON, for peers that have no way of their own.
pub fn json() -> Vec<u8> {
    serde_json::to_vec(&MESSAGE).expect("has no map and no number")
}

/// 0 is any free port.
pub fn port() -> u16 {
    number("PEER_PORT")
}

/// The port asked for, or one that is free now, for servers that cannot tell which they took.
pub fn port_in_advance() -> u16 {
    match port() {
        0 => TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port(),
        asked => asked,
    }
}

/// How many routes there are besides the others: `/r<n>/items/<id>`, n from 0.
pub fn routes() -> usize {
    number("PEER_ROUTES")
}

/// Whether the load makes a connection for each request; only canned peers need to be told.
pub fn closes() -> bool {
    env::var("PEER_CLOSES").is_ok_and(|value| value == "1")
}

pub fn say_where(port: u16) {
    println!("listens on http://127.0.0.1:{port}");
}

/// The current time for a Date field.
pub fn date() -> String {
    httpdate::fmt_http_date(SystemTime::now())
}

fn number<T: FromStr + Default>(name: &str) -> T {
    env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}
