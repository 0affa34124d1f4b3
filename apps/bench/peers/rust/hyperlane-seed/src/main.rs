//! hyperlane 3.6.8, the version of the original page, with its defaults. One request for each connection: it closes
//! behind the answer, whatever was asked. It has no Date, no parameters in paths, and reads no chunked content.

use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use contract::{date, json, port_in_advance, say_where, JSON, LARGE, OCTETS, TEXT};
use hyperlane::*;

const CONNECT_EVERY: Duration = Duration::from_millis(5);

#[tokio::main]
async fn main() {
    let port = port_in_advance();
    say_where_when_it_listens(port);
    // Only its own errors go there.
    let log_dir = std::env::temp_dir().join("hyperlane-3.6.8-log");
    Server::new()
        .host("127.0.0.1")
        .port(port.into())
        .log_dir(log_dir.display().to_string().leak())
        .router("/", |data| answer(&data, TEXT, b"hello".to_vec()))
        .router("/json", |data| answer(&data, JSON, json()))
        .router("/gzip", gzip)
        .router("/large", |data| answer(&data, OCTETS, LARGE.to_vec()))
        .router("/echo", |data| answer(&data, OCTETS, body_of(&data)))
        .router("/upload", |data| {
            answer(&data, TEXT, body_of(&data).len().to_string().into_bytes())
        })
        .listen();
    // It returns when it cannot listen, and only then.
    std::process::exit(1);
}

fn answer(data: &ArcRwLockControllerData, content_type: &str, content: Vec<u8>) {
    send(data, |response| {
        response
            .set_header(CONTENT_TYPE, content_type)
            .set_body(content);
    });
}

fn gzip(data: ArcRwLockControllerData) {
    send(&data, |response| {
        response
            .set_header(CONTENT_TYPE, APPLICATION_JSON)
            // The response is compressed when it is built, because of this field.
            .set_header(CONTENT_ENCODING, CONTENT_ENCODING_GZIP)
            .set_body(b"hello".to_vec());
    });
}

fn send(data: &ArcRwLockControllerData, fill: impl FnOnce(&mut Response)) {
    let data = data.write().expect("nobody else has it");
    let mut response = data.get_response().clone();
    let stream = data.get_stream().clone().expect("a request has one");
    // Left alone it says keep-alive, and closes all the same.
    response
        .set_header("Date", date())
        .set_header(CONNECTION, CONNECTION_CLOSE);
    fill(&mut response);
    // An error means that the client has gone.
    let _ = response.send(&stream);
}

fn body_of(data: &ArcRwLockControllerData) -> Vec<u8> {
    let data = data.read().expect("nobody else has it");
    data.get_request().get_body().clone()
}

/// It blocks while it listens and does not tell when it begins.
fn say_where_when_it_listens(port: u16) {
    thread::spawn(move || {
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(CONNECT_EVERY);
        }
        say_where(port);
    });
}
