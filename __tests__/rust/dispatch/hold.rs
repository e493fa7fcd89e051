//! One of two holders lets the pool go.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use rag_connection_pool::dispatch::{Destination, Hold};
use rag_connection_pool::error::Error;
use rag_connection_pool::key::{Origin, PoolKey, Scheme};

use crate::consumer::Asked;
use crate::raw_user::GET;
use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run};

const ONE: &[(&str, f64)] = &[("maxSocketsPerHost", 1.0)];

fn of(hold: &Arc<Hold>, server: &Server) -> Arc<Destination> {
    let origin = Origin { scheme: Scheme::Http, host: "127.0.0.1".into(), port: server.port() };
    Destination::held(PoolKey::plain(origin), Some(Arc::clone(hold))).unwrap()
}

fn is_the_end(error: &Error, phase: &str) {
    assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_DESTROYED", phase));
    assert!(error.facts().origin.is_some() && error.facts().occupancy.is_some());
}

async fn failure(asked: Asked, phase: &str) -> Error {
    let error = asked.failure().await;
    is_the_end(&error, phase);
    error
}

#[test]
fn what_is_under_way_and_what_waits_fails_and_others_have_their_turn() {
    run(async {
        let (stage, server, hold) = (Stage::new(ONE), Server::bind().await, Arc::default());
        let (his, others) = (of(&hold, &server), plain(&server));
        let first = stage.get(&his, "/");
        let mut peer = server.accept().await;
        peer.request().await;
        let queued = stage.get(&his, "/");
        stage.until(|now| now.waiting == 1).await;
        let other = stage.get(&others, "/");
        stage.until(|now| now.waiting == 2).await;
        stage.pool.end_hold(&hold);
        stage.pool.end_hold(&hold);
        assert!(failure(first, "head").await.facts().may_have_been_processed);
        assert!(!failure(queued, "queue").await.facts().may_have_been_processed);
        peer.gone().await;
        server.accept().await.answer(OK).await;
        other.reply().await;
        failure(stage.get(&his, "/"), "queue").await;
        assert_eq!(stage.pool.observe().measured.counters.errors, 3);
        stage.quiet().await;
    });
}

#[test]
fn a_request_that_is_granted_its_connection_as_the_hold_ends_is_not_sent() {
    run(async {
        let (stage, server, hold) = (Stage::alone(ONE), Server::bind().await, Arc::default());
        let first = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply().await;
        let (asked, held) =
            stage.send_and_hold(stage.request(http::Method::GET, &of(&hold, &server), "/")).await;
        stage.pool.end_hold(&hold);
        held.release();
        failure(asked, "head").await;
        stage.quiet().await;
    });
}

#[test]
fn a_raw_lease_fails_in_the_queue() {
    run(async {
        let (stage, server, hold) = (Stage::new(ONE), Server::bind().await, Arc::default());
        let first = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.request().await;
        let mut queued = stage.raw(&of(&hold, &server));
        queued.write(GET);
        stage.pool.end_hold(&hold);
        let error = queued.failure().await;
        is_the_end(&error, "queue");
        assert!(!error.facts().may_have_been_processed);
        assert!(stage.raw_for(&of(&hold, &server), true).is_err());
        peer.write(OK).await;
        first.reply().await;
        stage.quiet().await;
    });
}

#[test]
fn what_was_ordered_for_it_alone_is_opened_no_more() {
    run(async {
        let (stage, hold) = (Stage::new(&[("maxSockets", 1.0)]), Arc::default());
        let (busy, wanted) = (Server::bind().await, Server::bind().await);
        let first = stage.get(&plain(&busy), "/");
        let mut peer = busy.accept().await;
        peer.request().await;
        let destination = of(&hold, &wanted);
        let mut ahead = std::pin::pin!(stage.pool.preconnect(&destination, 1));
        assert!(poll_fn(|cx| Poll::Ready(ahead.as_mut().poll(cx).is_pending())).await);
        stage.pool.end_hold(&hold);
        is_the_end(&ahead.await.unwrap_err(), "queue");
        peer.write(OK).await;
        first.body().await;
        stage.until(|now| now.idle == 1 || now.created > 1).await;
        assert_eq!((stage.stats().created, stage.stats().connecting), (1, 0));
    });
}
