//! A caller gives up, in whatever phase, and takes nothing with it.

use bytes::Bytes;
use http::Method;
use rag_connection_pool::transport::body::ReqBody;

use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run};

const ONE: &[(&str, f64)] = &[("maxSocketsPerHost", 1.0)];

#[test]
fn in_the_queue_it_leaves_its_place_to_the_next() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let destination = plain(&server);
        let first = stage.get(&destination, "/first");
        let mut peer = server.accept().await;
        peer.request().await;
        let second = stage.get(&destination, "/second");
        let third = stage.get(&destination, "/third");
        stage.until(|now| now.waiting == 2).await;
        second.abort();
        second.gone().await;
        stage.until(|now| now.waiting == 1).await;
        peer.write(OK).await;
        first.reply().await;
        assert_eq!(peer.request().await, "GET /third HTTP/1.1");
        peer.write(OK).await;
        third.reply().await;
        assert_eq!(stage.pool.observe().measured.counters.aborted, 1);
        stage.quiet().await;
    });
}

#[test]
fn in_the_moment_of_its_grant_it_hands_the_connection_on() {
    run(async {
        let (stage, server) = (Stage::alone(ONE), Server::bind().await);
        let destination = plain(&server);
        let first = stage.get(&destination, "/first");
        let mut peer = server.accept().await;
        peer.request().await;
        let second = stage.get(&destination, "/second");
        stage.until(|now| now.waiting == 1).await;
        let third = stage.get(&destination, "/third");
        stage.until(|now| now.waiting == 2).await;
        let held = stage.hold().await;
        // The reply is read and the grant made in the turn in which the abort is heard.
        peer.write(OK).await;
        second.abort();
        held.release();
        first.reply().await;
        assert_eq!(peer.request().await, "GET /third HTTP/1.1");
        peer.write(OK).await;
        third.reply().await;
        stage.quiet().await;
        assert_eq!(stage.stats().created, 1);
    });
}

#[test]
fn while_dialling_it_leaves_the_connection_to_the_next() {
    run(async {
        let (stage, server) = (Stage::alone(ONE), Server::bind().await);
        let destination = plain(&server);
        let (first, held) = stage.send_and_hold(stage.request(Method::GET, &destination, "/first")).await;
        let second = stage.get(&destination, "/second");
        first.abort();
        held.release();
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        second.reply().await;
        stage.quiet().await;
        assert_eq!(stage.stats().created, 1);
    });
}

#[test]
fn before_the_head_it_closes_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let destination = plain(&server);
        let first = stage.get(&destination, "/first");
        let mut peer = server.accept().await;
        peer.request().await;
        let second = stage.get(&destination, "/second");
        stage.until(|now| now.waiting == 1).await;
        first.abort();
        peer.gone().await;
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        second.reply().await;
        stage.quiet().await;
        assert_eq!((stage.stats().created, stage.stats().destroyed), (2, 1));
    });
}

#[test]
fn in_the_body_it_closes_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart").await;
        asked.head().await;
        asked.abort();
        peer.gone().await;
        stage.quiet().await;
        let counters = stage.pool.observe().measured.counters;
        assert_eq!((counters.aborted, counters.errors, counters.bytes_in), (1, 0, 42));
    });
}

#[test]
fn in_its_own_body_it_ends_the_source() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let (sender, body) = ReqBody::channel(1, None);
        let mut request = stage.request(Method::POST, &plain(&server), "/");
        request.body = body;
        let asked = stage.send(request);
        sender.send(Bytes::from_static(b"part")).await.unwrap();
        let mut peer = server.accept().await;
        peer.head().await;
        asked.abort();
        peer.gone().await;
        sender.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn after_the_end_it_changes_nothing() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        asked.settled().await.unwrap();
        asked.abort();
        stage.quiet().await;
        assert_eq!(stage.stats().idle, 1);
    });
}
