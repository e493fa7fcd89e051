//! Streamed requests whose source is slower than their peer: no limit runs while the caller is waited for.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use rag_connection_pool::transport::body::{BodySender, ReqBody};

use crate::consumer::Asked;
use crate::server::{OK, Peer, Server};
use crate::stage::{Stage, plain, run};

const SOON: &[(&str, f64)] = &[("headersTimeout", 40.0), ("timeout", 40.0)];
/// Long beside `SOON`, and short of a test's patience.
const LATER: Duration = Duration::from_millis(200);

async fn lapse() {
    drop(tokio::time::timeout(LATER, std::future::pending::<()>()).await);
}

/// A request of which the peer has had the head and four bytes.
async fn begun(stage: &Stage, server: &Server, length: Option<u64>) -> (Asked, BodySender, Peer) {
    let (sender, body) = ReqBody::channel(1, length);
    let mut request = stage.request(Method::POST, &plain(server), "/");
    request.body = body;
    let asked = stage.send(request);
    let mut peer = server.accept().await;
    peer.head().await;
    sender.send(Bytes::from_static(b"some")).await.unwrap();
    peer.body(if length.is_some() { 4 } else { "4\r\nsome\r\n".len() }).await;
    (asked, sender, peer)
}

#[test]
fn a_source_that_pauses_meets_no_limit() {
    run(async {
        let (stage, server) = (Stage::new(SOON), Server::bind().await);
        let (asked, sender, mut peer) = begun(&stage, &server, None).await;
        lapse().await;
        sender.finish(None).await.unwrap();
        peer.body("0\r\n\r\n".len()).await;
        peer.write(OK).await;
        assert_eq!(asked.body().await, "ok");
    });
}

#[test]
fn the_headers_timeout_runs_once_the_source_has_ended() {
    run(async {
        let (stage, server) = (Stage::new(SOON), Server::bind().await);
        let (asked, sender, _peer) = begun(&stage, &server, None).await;
        sender.finish(None).await.unwrap();
        let error = asked.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_HEADERS_TIMEOUT", "head"));
    });
}

#[test]
fn it_runs_once_all_bytes_that_were_announced_are_sent() {
    run(async {
        let (stage, server) = (Stage::new(SOON), Server::bind().await);
        let (asked, _sender, _peer) = begun(&stage, &server, Some(4)).await;
        assert_eq!(asked.failure().await.code(), "ERR_POOL_HEADERS_TIMEOUT");
    });
}

#[test]
fn a_peer_that_takes_no_more_of_what_is_there_runs_into_the_write_timeout() {
    run(async {
        let (stage, server) = (Stage::new(SOON), Server::bind().await);
        let (asked, sender, _peer) = begun(&stage, &server, None).await;
        while sender.send(vec![b'x'; 1 << 20].into()).await.is_ok() {}
        assert_eq!(asked.failure().await.code(), "ERR_POOL_WRITE_TIMEOUT");
    });
}

#[test]
fn one_that_has_said_its_end_is_awaited_no_more_whoever_has_heard_of_it() {
    run(async {
        let (sender, body) = ReqBody::channel(1, None);
        let source = body.source().unwrap();
        assert!(source.is_awaited());
        sender.finish(None).await.unwrap();
        assert!(!source.is_awaited());
    });
}
