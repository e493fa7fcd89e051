//! A consumer that panics harms its own request and nobody else's.

use http::Method;

use crate::consumer::consumer;
use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run};

#[test]
fn wherever_it_panics_the_next_request_is_served() {
    run(async {
        let whole = OK;
        let broken = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart";
        let trailed = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\na: b\r\n\r\n";
        let unfit = "nonsense\r\n\r\n";
        for (method, reply) in [
            ("whole", whole),
            ("head", broken),
            ("data", broken),
            ("poll_room", broken),
            ("poll_dumped", broken),
            ("end", trailed),
            ("fail", unfit),
        ] {
            let (stage, server) = (Stage::new(&[("maxSocketsPerHost", 1.0)]), Server::bind().await);
            let destination = plain(&server);
            let (mut listener, asked) = consumer();
            listener.panics_in = Some(method);
            let asked = stage.send_for(stage.request(Method::GET, &destination, "/"), listener, asked);
            let next = stage.get(&destination, "/next");
            let mut peer = server.accept().await;
            peer.answer(reply).await;
            asked.gone().await;
            let mut peer = if matches!(method, "whole" | "end") { peer } else { server.accept().await };
            assert_eq!(peer.request().await, "GET /next HTTP/1.1", "{method}");
            peer.write(OK).await;
            next.reply().await;
            stage.quiet().await;
        }
    });
}
