//! Replies that come before the request's body is done.

use bytes::Bytes;
use http::Method;
use rag_connection_pool::transport::body::{BodySender, ReqBody};

use crate::consumer::Asked;
use crate::server::{OK, Peer, Server};
use crate::stage::{Stage, plain, run};

/// More than the kernel takes at a time.
const LONG: usize = 4 << 20;

/// An upload of ten bytes that is answered before its first.
async fn answered_early(options: &[(&str, f64)]) -> (Stage, Server, Peer, Asked, BodySender) {
    let (stage, server) = (Stage::new(options), Server::bind().await);
    let (sender, body) = ReqBody::channel(1, Some(10));
    let mut request = stage.request(Method::POST, &plain(&server), "/");
    request.body = body;
    let asked = stage.send(request);
    let mut peer = server.accept().await;
    peer.answer(OK).await;
    (stage, server, peer, asked, sender)
}

#[test]
fn an_early_reply_does_not_wait_for_the_body_but_its_connection_does() {
    run(async {
        let (stage, _server, mut peer, mut asked, sender) = answered_early(&[]).await;
        assert!(asked.next().await.is_some());
        assert_eq!((stage.stats().active, stage.stats().idle), (1, 0));
        sender.send(Bytes::from_static(b"0123456789")).await.unwrap();
        assert_eq!(peer.body(10).await, b"0123456789");
        asked.gone().await;
        assert_eq!(stage.stats().idle, 1);
    });
}

#[test]
fn a_long_body_that_the_server_reads_after_its_early_reply_gives_the_connection_back() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let mut request = stage.request(Method::POST, &plain(&server), "/");
        request.body = ReqBody::Full(Bytes::from(vec![b'x'; LONG]));
        let mut asked = stage.send(request);
        let mut peer = server.accept().await;
        peer.head().await;
        peer.write(OK).await;
        assert!(asked.next().await.is_some());
        peer.body(LONG).await;
        asked.gone().await;
        assert_eq!((stage.stats().created, stage.stats().idle), (1, 1));
    });
}

#[test]
fn a_body_that_does_not_end_soon_after_an_early_reply_is_cut() {
    run(async {
        let (stage, _server, mut peer, asked, sender) = answered_early(&[]).await;
        assert_eq!(asked.body().await, "ok");
        peer.gone().await;
        sender.gone().await;
        stage.quiet().await;
        assert_eq!(stage.stats().open, 0);
    });
}

#[test]
fn the_request_timeout_does_not_fire_after_an_early_reply() {
    run(async {
        let (stage, _server, _peer, asked, _sender) = answered_early(&[("requestTimeout", 200.0)]).await;
        // `body` fails if anything is told after the end.
        assert_eq!(asked.body().await, "ok");
        assert_eq!(stage.pool.observe().measured.counters.timeouts, 0);
    });
}

#[test]
fn a_body_that_is_abandoned_fails_its_request() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (sender, body) = ReqBody::channel(1, None);
        let mut request = stage.request(Method::POST, &plain(&server), "/");
        request.body = body;
        let asked = stage.send(request);
        let mut peer = server.accept().await;
        peer.head().await;
        drop(sender);
        assert_eq!(asked.failure().await.code(), "ERR_POOL_ABORTED");
        peer.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn a_request_that_is_refused_for_its_length_costs_no_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let destination = plain(&server);
        let first = stage.get(&destination, "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply().await;
        let mut request = stage.posting(&destination, "body");
        request.headers.insert(http::header::CONTENT_LENGTH, http::HeaderValue::from_static("5"));
        let error = stage.send(request).failure().await;
        assert_eq!(error.code(), "ERR_HTTP_CONTENT_LENGTH_MISMATCH");
        assert!(!error.facts().may_have_been_processed);
        assert_eq!((stage.stats().created, stage.stats().idle), (1, 1));
    });
}
