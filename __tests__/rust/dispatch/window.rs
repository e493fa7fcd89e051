//! A body under the consumer's window, and one that the consumer does not want.

use std::time::Duration;

use http::Method;
use tokio::io::AsyncWriteExt;

use crate::consumer::{Asked, Told};
use crate::server::{OK, Peer, Server};
use crate::stage::{Stage, plain, run};

/// A streamed reply of which the head has arrived.
async fn streaming(head: &str) -> (Stage, Server, Peer, Asked) {
    let (stage, server) = (Stage::new(&[]), Server::bind().await);
    let mut asked = stage.get(&plain(&server), "/");
    let mut peer = server.accept().await;
    peer.answer(head).await;
    asked.head().await;
    (stage, server, peer, asked)
}

const LONG: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n";
const EVENTS: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// Writes until the client takes no more.
async fn fill(peer: &mut Peer) {
    let piece = vec![b'x'; 65536];
    while tokio::time::timeout(Duration::from_millis(50), peer.stream.write_all(&piece)).await.is_ok() {}
}

#[test]
fn a_consumer_that_stops_taking_stops_the_peer() {
    run(async {
        let (_stage, _server, mut peer, mut asked) = streaming(LONG).await;
        asked.take(2);
        fill(&mut peer).await;
        for _ in 0..2 {
            assert!(matches!(asked.next().await, Some(Told::Data(_))));
        }
        assert!(asked.told.try_recv().is_err(), "more than there was room for");
        asked.take(usize::MAX);
        assert!(matches!(asked.next().await, Some(Told::Data(_))), "it does not go on");
    });
}

#[test]
fn the_small_rest_of_an_unwanted_body_is_read_and_its_connection_kept() {
    run(async {
        let (stage, server, mut peer, mut asked) =
            streaming("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
        asked.dump(false);
        peer.write(vec![b'x'; 100_000]).await;
        assert!(asked.settled().await.unwrap().body.is_empty(), "it was handed over all the same");
        assert_eq!(stage.stats().idle, 1, "the end came before the connection was free");
        let next = stage.get(&plain(&server), "/");
        peer.answer(OK).await;
        next.reply().await;
        let counters = stage.pool.observe().measured.counters;
        assert_eq!((counters.completed, counters.leaked), (2, 0));
    });
}

#[test]
fn the_large_rest_of_an_unwanted_body_is_cut_and_does_not_count_as_completed() {
    run(async {
        let (stage, _server, mut peer, mut asked) = streaming(LONG).await;
        asked.dump(false);
        peer.gone().await;
        asked.settled().await.unwrap();
        stage.quiet().await;
        let counters = stage.pool.observe().measured.counters;
        assert_eq!((counters.completed, counters.aborted, stage.stats().open), (0, 1, 0));
    });
}

#[test]
fn an_unwanted_body_without_end_is_cut() {
    run(async {
        let (stage, _server, mut peer, asked) = streaming(EVENTS).await;
        asked.dump(false);
        let piece = format!("{:x}\r\n{}\r\n", 60_000, "x".repeat(60_000));
        while peer.stream.write_all(piece.as_bytes()).await.is_ok() {}
        asked.gone().await;
        stage.until(|now| now.open == 0).await;
    });
}

#[test]
fn disinterest_is_heard_though_the_peer_never_pauses() {
    run(async {
        let (stage, _server, mut peer, mut asked) = streaming(LONG).await;
        let flood = tokio::spawn(async move {
            let piece = vec![b'x'; 65536];
            while peer.stream.write_all(&piece).await.is_ok() {}
        });
        assert!(matches!(asked.next().await, Some(Told::Data(_))));
        asked.dump(false);
        flood.await.unwrap();
        asked.gone().await;
        stage.until(|now| now.open == 0).await;
    });
}

#[test]
fn disinterest_is_heard_where_there_is_no_room() {
    run(async {
        let (stage, _server, mut peer, asked) = streaming(LONG).await;
        asked.take(0);
        asked.dump(false);
        peer.gone().await;
        asked.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn an_event_stream_that_is_left_at_its_last_event_keeps_its_connection() {
    run(async {
        let (stage, _server, mut peer, mut asked) = streaming(EVENTS).await;
        peer.write("e\r\ndata: [DONE]\n\n\r\n").await;
        assert!(matches!(asked.next().await, Some(Told::Data(_))));
        asked.dump(false);
        peer.write("0\r\n\r\n").await;
        asked.settled().await.unwrap();
        assert_eq!(stage.stats().idle, 1);
    });
}

#[test]
fn a_body_that_was_found_abandoned_is_counted_as_leaked() {
    run(async {
        let (stage, _server, mut peer, asked) = streaming(LONG).await;
        asked.dump(true);
        peer.gone().await;
        asked.gone().await;
        assert_eq!(stage.pool.observe().measured.counters.leaked, 1);
    });
}

#[test]
fn a_reply_of_more_than_a_record_is_streamed() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let asked = stage.send(stage.request(Method::GET, &plain(&server), "/"));
        let mut peer = server.accept().await;
        peer.request().await;
        let body = "x".repeat(70_000);
        peer.write(format!("HTTP/1.1 200 OK\r\ncontent-length: 70000\r\n\r\n{body}")).await;
        let got = asked.reply().await;
        assert!(got.streamed);
        assert_eq!(got.body.len(), 70_000);
    });
}

#[test]
fn the_first_event_is_timed() {
    run(async {
        let (stage, _server, mut peer, asked) = streaming(EVENTS).await;
        peer.write("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n").await;
        asked.reply().await;
        let stages = stage.pool.observe().measured.stages;
        assert_eq!(stages.get(rag_connection_pool::metrics::Stage::FirstEvent).unwrap().count, 1);
    });
}
