//! The newest hyperlane with its defaults: a hook for each route, and one behind them that adds Date and sends, as its
//! own example does. It reads no chunked content, and cannot leave Connection out.

use contract::{date, json, port_in_advance, routes, say_where, JSON, LARGE, OCTETS, TEXT};
use hyperlane::*;

/// A route whose answer is made of the request by one expression.
macro_rules! route {
    ($name:ident, $type:expr, |$ctx:ident| $content:expr) => {
        struct $name;

        impl ServerHook for $name {
            async fn new(_: &mut Stream, _: &mut Context) -> Self {
                Self
            }

            async fn handle(self, _: &mut Stream, $ctx: &mut Context) -> Status {
                let content = $content;
                $ctx.get_mut_response()
                    .set_header(CONTENT_TYPE, $type)
                    .set_body(content);
                Status::Continue
            }
        }
    };
}

route!(Hello, TEXT, |ctx| "hello");
route!(Json, JSON, |ctx| json());
route!(Gzip, JSON, |ctx| {
    // The response is compressed when it is built, because of this field.
    ctx.get_mut_response().set_header(CONTENT_ENCODING, GZIP);
    "hello"
});
route!(Large, OCTETS, |ctx| LARGE);
route!(Echo, OCTETS, |ctx| ctx.get_request().get_body().clone());
route!(Upload, TEXT, |ctx| {
    ctx.get_request().get_body().len().to_string()
});
route!(Item, TEXT, |ctx| ctx.get_route_param("id"));

struct Deliver;

impl ServerHook for Deliver {
    async fn new(_: &mut Stream, _: &mut Context) -> Self {
        Self
    }

    async fn handle(self, stream: &mut Stream, ctx: &mut Context) -> Status {
        let closes = ctx.get_request().is_disable_keep_alive();
        let response = ctx.get_mut_response();
        response.set_header(DATE, date());
        if closes {
            // It closes the connection all the same, but would say keep-alive.
            response.set_header(CONNECTION, CLOSE);
        }
        let octets = response.build();
        if stream.try_send(octets).await.is_err() {
            stream.set_closed(true);
            return Status::Reject;
        }
        Status::Continue
    }
}

#[tokio::main]
async fn main() {
    let port = port_in_advance();
    let mut config = ServerConfig::default();
    config.set_address(format!("127.0.0.1:{port}"));
    let mut server = Server::default();
    server
        .server_config(config)
        .response_middleware::<Deliver>()
        .route::<Hello>("/")
        .route::<Json>("/json")
        .route::<Gzip>("/gzip")
        .route::<Large>("/large")
        .route::<Echo>("/echo")
        .route::<Upload>("/upload");
    for n in 0..routes() {
        server.route::<Item>(format!("/r{n}/items/{{id}}"));
    }
    let control = server.run().await.expect("listens");
    say_where(port);
    control.wait().await;
}
