//! The look before reuse: a connection that died while it was idle carries no request.

use http::Method;

use crate::consumer::consumer;
use crate::server::{OK, Peer, Server};
use crate::stage::{Stage, plain, run};

/// What `happens` to an idle connection while nobody listens is noticed before the next request is sent on it.
async fn is_noticed(happens: impl AsyncFnOnce(Peer) -> Option<Peer>) {
    let (stage, server) = (Stage::alone(&[]), Server::bind().await);
    let destination = plain(&server);
    let first = stage.get(&destination, "/");
    let mut peer = server.accept().await;
    peer.answer(OK).await;
    first.reply().await;
    let held = stage.hold().await;
    let left = happens(peer).await;
    let second = stage.get(&destination, "/second");
    held.release();
    let mut peer = server.accept().await;
    assert_eq!(peer.request().await, "GET /second HTTP/1.1");
    peer.write(OK).await;
    second.reply().await;
    stage.quiet().await;
    assert_eq!((stage.stats().created, stage.stats().destroyed), (2, 1));
    assert_eq!(stage.resent(), 0, "it was sent on the dead connection");
    drop(left);
}

#[test]
fn a_closed_connection_carries_nothing() {
    run(is_noticed(async |peer: Peer| {
        peer.close();
        None
    }));
}

#[test]
fn a_reset_connection_carries_nothing() {
    run(is_noticed(async |peer: Peer| {
        peer.reset();
        None
    }));
}

#[test]
fn a_connection_with_bytes_that_nobody_asked_for_carries_nothing() {
    run(is_noticed(async |mut peer: Peer| {
        peer.write("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n").await;
        Some(peer)
    }));
}

#[test]
fn a_connection_that_its_peer_closes_is_known_before_anyone_looks() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let first = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply().await;
        peer.close();
        stage.until(|now| now.open == 0 && now.destroyed == 1).await;
    });
}

#[test]
fn a_peer_that_closes_after_each_reply_leaves_the_queue_in_order() {
    run(async {
        let (stage, server) = (Stage::alone(&[("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let destination = plain(&server);
        let mut asked: Vec<_> = ["/0", "/1", "/2", "/3"].map(|path| stage.get(&destination, path)).into();
        for (number, asked) in asked.drain(..).enumerate() {
            let mut peer = server.accept().await;
            assert_eq!(peer.request().await, format!("GET /{number} HTTP/1.1"));
            // The reply and the end of the connection arrive together.
            let held = stage.hold().await;
            peer.write(OK).await;
            peer.close();
            held.release();
            asked.reply().await;
        }
        assert_eq!(stage.resent(), 0);
        stage.quiet().await;
    });
}

#[test]
fn who_is_handed_a_connection_that_is_being_closed_keeps_its_turn() {
    run(async {
        let (stage, server) = (Stage::alone(&[("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let destination = plain(&server);
        let (mut listener, asked) = consumer();
        let (reach, reached) = tokio::sync::oneshot::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        listener.at_first_piece = Some(Box::new(move || {
            reach.send(()).unwrap();
            released.recv().unwrap();
        }));
        let mut first = stage.send_for(stage.request(Method::GET, &destination, "/0"), listener, asked);
        let next = ["/1", "/2", "/3"].map(|path| stage.get(&destination, path));
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await;
        first.head().await;
        stage.until(|now| now.waiting == 3).await;
        peer.write("ok").await;
        // The connection's own task has read the reply and found nothing behind it.
        reached.await.unwrap();
        peer.close();
        release.send(()).unwrap();
        first.reply().await;
        let mut peer = server.accept().await;
        for (path, asked) in ["/1", "/2", "/3"].into_iter().zip(next) {
            assert_eq!(peer.request().await, format!("GET {path} HTTP/1.1"));
            peer.write(OK).await;
            asked.reply().await;
        }
        assert_eq!(stage.resent(), 0);
        stage.quiet().await;
    });
}
