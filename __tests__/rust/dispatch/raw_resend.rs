//! A raw lease whose connection dies before the reply: replaced, sent again, or told.

use rag_connection_pool::dispatch::Standing;
use tokio::io::AsyncWriteExt;

use crate::raw_user::{Carrier, GET, Heard};
use crate::server::{OK, Peer, Server};
use crate::stage::{Stage, plain, run};

/// A connection that has carried one exchange and is idle.
async fn rested(stage: &Stage, server: &Server) -> Peer {
    let mut carrier = stage.raw(&plain(server));
    carrier.write(GET);
    let mut peer = server.accept().await;
    peer.answer(OK).await;
    carrier.reply(OK).await;
    assert!(carrier.release());
    peer
}

/// A request on a rested connection, of which the peer has read the head.
async fn sent(stage: &Stage, server: &Server, idempotent: bool) -> (Carrier, Peer) {
    let mut peer = rested(stage, server).await;
    let mut carrier = stage.raw_for(&plain(server), idempotent).unwrap();
    assert!(matches!(carrier.standing, Standing::Leased { reused: true, connection: Some(_) }));
    carrier.write(GET);
    peer.request().await;
    (carrier, peer)
}

#[test]
fn a_connection_that_died_before_a_byte_was_written_is_replaced_without_a_word() {
    run(async {
        let (stage, server) = (Stage::alone(&[]), Server::bind().await);
        let peer = rested(&stage, &server).await;
        let held = stage.hold().await;
        let mut carrier = stage.raw_for(&plain(&server), false).unwrap();
        assert!(matches!(carrier.standing, Standing::Leased { reused: true, connection: Some(_) }));
        carrier.write(GET);
        peer.close();
        held.release();
        server.accept().await.answer(OK).await;
        assert!(matches!(carrier.next().await, Heard::Data(_)), "it is told of the replacement");
        assert_eq!((stage.stats().created, stage.resent()), (2, 0));
    });
}

/// A lease on a connection on which bytes came while the I/O thread did not look.
async fn is_replaced(idempotent: bool) {
    let (stage, server) = (Stage::alone(&[]), Server::bind().await);
    let mut peer = rested(&stage, &server).await;
    let held = stage.hold().await;
    peer.write("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n").await;
    let mut carrier = stage.raw_for(&plain(&server), idempotent).unwrap();
    carrier.write(GET);
    held.release();
    server.accept().await.answer(OK).await;
    carrier.reply(OK).await;
    assert_eq!((stage.stats().created, stage.resent()), (2, 0));
}

#[test]
fn so_is_one_on_which_bytes_came_that_nobody_had_asked_for() {
    run(is_replaced(true));
    run(is_replaced(false));
}

#[test]
fn so_is_one_under_a_request_that_is_longer_than_what_is_kept_of_one_under_way() {
    run(async {
        let (stage, server) = (Stage::alone(&[]), Server::bind().await);
        let peer = rested(&stage, &server).await;
        let held = stage.hold().await;
        let mut carrier = stage.raw_for(&plain(&server), false).unwrap();
        carrier.write(GET);
        carrier.write(vec![b'x'; 200_000]);
        peer.close();
        held.release();
        let mut peer = server.accept().await;
        peer.request().await;
        peer.body(200_000).await;
        peer.write(OK).await;
        carrier.reply(OK).await;
        assert_eq!((stage.stats().created, stage.resent()), (2, 0));
    });
}

#[test]
fn an_idempotent_request_is_sent_again_once() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (mut carrier, peer) = sent(&stage, &server, true).await;
        peer.close();
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        carrier.reply(OK).await;
        assert!(carrier.release());
        assert_eq!(stage.resent(), 1);
    });
}

#[test]
fn one_that_dies_a_second_time_fails() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (mut carrier, peer) = sent(&stage, &server, true).await;
        peer.close();
        let mut peer = server.accept().await;
        peer.request().await;
        peer.reset();
        assert_eq!(carrier.failure().await.code(), "ECONNRESET");
        stage.quiet().await;
    });
}

#[test]
fn a_request_that_may_have_been_processed_fails_and_says_so() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (mut carrier, peer) = sent(&stage, &server, false).await;
        peer.reset();
        let error = carrier.failure().await;
        let facts = error.facts();
        assert_eq!((error.code(), error.phase().name()), ("ECONNRESET", "head"));
        assert!(facts.may_have_been_processed && facts.reused_socket);
        assert_eq!((stage.resent(), stage.stats().created), (0, 1));
    });
}

#[test]
fn a_request_on_a_fresh_connection_is_not_sent_again() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let mut carrier = stage.raw(&plain(&server));
        carrier.write(GET);
        let mut peer = server.accept().await;
        peer.request().await;
        peer.reset();
        assert_eq!(carrier.failure().await.code(), "ECONNRESET");
        assert_eq!(stage.resent(), 0);
    });
}

#[test]
fn a_request_of_whose_reply_a_byte_came_is_not_sent_again() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (mut carrier, mut peer) = sent(&stage, &server, true).await;
        peer.write("H").await;
        assert!(matches!(carrier.next().await, Heard::Data(_)));
        peer.reset();
        let error = carrier.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ECONNRESET", "body"));
        assert_eq!(stage.resent(), 0);
    });
}

#[test]
fn a_request_of_more_bytes_than_are_kept_is_not_sent_again() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (mut carrier, mut peer) = sent(&stage, &server, true).await;
        carrier.write(vec![b'x'; 64 * 1024]);
        peer.body(64 * 1024).await;
        peer.reset();
        assert_eq!(carrier.failure().await.code(), "ECONNRESET");
        assert_eq!(stage.resent(), 0);
    });
}

#[test]
fn an_end_before_the_reply_that_is_no_race_is_told_as_an_end() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (mut carrier, mut peer) = sent(&stage, &server, false).await;
        peer.stream.shutdown().await.unwrap();
        assert!(matches!(carrier.next().await, Heard::Ended));
        // The peer has only half-closed, and still takes what is written.
        carrier.write("more");
        assert_eq!(peer.body(4).await, b"more");
    });
}

#[test]
fn one_that_is_replaced_is_not_refused_for_those_who_have_come_after_it() {
    run(async {
        let options = [("maxSocketsPerHost", 1.0), ("maxQueued", 1.0)];
        let (stage, server) = (Stage::alone(&options), Server::bind().await);
        let peer = rested(&stage, &server).await;
        let held = stage.hold().await;
        let (mut first, mut second) = (stage.raw(&plain(&server)), stage.raw(&plain(&server)));
        assert_eq!(second.standing, Standing::Queued);
        first.write(GET);
        second.write(GET);
        peer.close();
        held.release();
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        second.reply(OK).await;
        assert!(second.release());
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply(OK).await;
    });
}
