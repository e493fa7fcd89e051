//! The pool ends under its requests.

use std::sync::{Arc, Weak};

use rag_connection_pool::dispatch::Pool;
use rag_connection_pool::error::Error;

use crate::consumer::Asked;
use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run, until};

const ONE: &[(&str, f64)] = &[("maxSocketsPerHost", 1.0)];

/// Destroys the pool; nothing of it is left, its timer included.
async fn destroy(stage: Stage) {
    stage.pool.destroy();
    stage.quiet().await;
    assert_eq!(stage.stats().open, 0);
    is_gone(stage).await;
}

async fn is_gone(stage: Stage) {
    let Stage { pool, .. } = stage;
    let left: Weak<Pool> = Arc::downgrade(&pool);
    drop(pool);
    until(|| left.strong_count() == 0).await;
}

async fn failure(asked: Asked, phase: &str) -> Error {
    let error = asked.failure().await;
    assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_DESTROYED", phase));
    assert!(error.facts().origin.is_some());
    error
}

#[test]
fn idle_connections_are_closed() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        asked.reply().await;
        destroy(stage).await;
        peer.gone().await;
    });
}

#[test]
fn a_request_in_the_queue_fails() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let first = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.request().await;
        let queued = stage.get(&plain(&server), "/");
        stage.until(|now| now.waiting == 1).await;
        destroy(stage).await;
        assert!(!failure(queued, "queue").await.facts().may_have_been_processed);
        assert!(failure(first, "head").await.facts().may_have_been_processed);
        peer.gone().await;
    });
}

#[test]
fn a_dial_that_would_never_end_ends() {
    run(async {
        let (stage, server) = (Stage::new(&[("connectTimeout", 0.0)]), Server::bind().await);
        let asked = stage.get(&crate::tls::secure(&stage, server.port()), "/");
        // The server never says a word of TLS, though the client does.
        let mut peer = server.accept().await;
        peer.body(1).await;
        destroy(stage).await;
        failure(asked, "tls").await;
        peer.gone().await;
    });
}

#[test]
fn a_body_under_way_fails() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart").await;
        asked.head().await;
        destroy(stage).await;
        failure(asked, "body").await;
        peer.gone().await;
    });
}

#[test]
fn a_body_whose_consumer_has_stopped_fails() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        asked.take(0);
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").await;
        asked.head().await;
        destroy(stage).await;
        failure(asked, "body").await;
        peer.gone().await;
    });
}

#[test]
fn an_unwanted_body_ends() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").await;
        asked.head().await;
        asked.dump(false);
        destroy(stage).await;
        asked.gone().await;
        peer.gone().await;
    });
}

#[test]
fn a_request_that_comes_after_it_fails_and_twice_is_once() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        stage.pool.destroy();
        let asked = stage.get(&plain(&server), "/");
        destroy(stage).await;
        failure(asked, "queue").await;
        assert!(!server.is_called().await);
    });
}

#[test]
fn a_pool_that_nobody_holds_takes_its_connections_and_its_timer_with_it() {
    run(async {
        let (stage, server) = (Stage::new(ONE), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        asked.reply().await;
        is_gone(stage).await;
        peer.gone().await;
    });
}
