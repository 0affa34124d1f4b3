//! Rocket with its defaults, without what it adds to every answer, as far as it documents how: the shield's fields and
//! Server. It has no compression: gzip is made by the handler.

use std::io::{self, Write};

use contract::{port, routes, say_where, Message, LARGE, MESSAGE};
use flate2::{write::GzEncoder, Compression};
use rocket::config::{Config, Ident, LogLevel};
use rocket::data::{Data, ToByteUnit};
use rocket::fairing::AdHoc;
use rocket::http::{ContentType, Header};
use rocket::serde::json::Json;
use rocket::shield::Shield;
use rocket::tokio::io::sink;
use rocket::{get, post, Build, Responder, Rocket};

#[derive(Responder)]
struct Gzipped {
    content: (ContentType, Vec<u8>),
    coding: Header<'static>,
}

#[get("/")]
fn hello() -> &'static str {
    "hello"
}

#[get("/json")]
fn json() -> Json<Message> {
    Json(MESSAGE)
}

#[get("/gzip")]
fn gzip() -> io::Result<Gzipped> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(b"hello")?;
    Ok(Gzipped {
        content: (ContentType::JSON, encoder.finish()?),
        coding: Header::new("Content-Encoding", "gzip"),
    })
}

#[get("/large")]
fn large() -> &'static [u8] {
    &LARGE
}

#[post("/echo", data = "<content>")]
async fn echo(content: Data<'_>) -> io::Result<Vec<u8>> {
    Ok(content.open(2.mebibytes()).into_bytes().await?.into_inner())
}

#[post("/upload", data = "<content>")]
async fn upload(content: Data<'_>) -> io::Result<String> {
    let copied = content.open(1.gibibytes()).stream_to(sink()).await?;
    Ok(copied.to_string())
}

#[get("/items/<id>")]
fn item(id: &str) -> String {
    id.to_owned()
}

#[rocket::launch]
fn rocket() -> Rocket<Build> {
    let config = Config {
        address: [127, 0, 0, 1].into(),
        port: port(),
        ident: Ident::none(),
        log_level: LogLevel::Off,
        ..Config::release_default()
    };
    let common = rocket::routes![hello, json, gzip, large, echo, upload];
    let peer = rocket::custom(config)
        .attach(Shield::new())
        .attach(AdHoc::on_liftoff("Address", |rocket| {
            Box::pin(async move { say_where(rocket.config().port) })
        }))
        .mount("/", common);
    (0..routes()).fold(peer, |peer, n| {
        peer.mount(format!("/r{n}"), rocket::routes![item])
    })
}
