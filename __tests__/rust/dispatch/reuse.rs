//! From one request to the next on the same connection, or not.

use std::time::Duration;

use http::Method;

use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run};

/// One request answered by `reply`; gives the stage with its connection where it then is.
async fn after(reply: &str) -> (Stage, Server, crate::server::Peer) {
    let (stage, server) = (Stage::new(&[]), Server::bind().await);
    let asked = stage.get(&plain(&server), "/");
    let mut peer = server.accept().await;
    peer.answer(reply).await;
    asked.reply().await;
    (stage, server, peer)
}

#[test]
fn a_connection_carries_the_next_request() {
    run(async {
        let (stage, server, mut peer) = after(OK).await;
        let asked = stage.get(&plain(&server), "/second");
        assert_eq!(peer.request().await, "GET /second HTTP/1.1");
        peer.write(OK).await;
        assert_eq!(asked.body().await, "ok");
        assert_eq!(stage.stats().created, 1);
        let counters = stage.pool.observe().measured.counters;
        assert_eq!((counters.new_connections, counters.cached_connections), (1, 1));
    });
}

#[test]
fn a_reply_that_arrives_at_once_goes_over_whole() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        server.accept().await.answer(OK).await;
        assert!(!asked.reply().await.streamed);
    });
}

#[test]
fn a_reply_that_takes_its_time_is_streamed() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await;
        asked.head().await;
        peer.write("ok").await;
        assert_eq!(asked.body().await, "ok");
    });
}

#[test]
fn connection_close_ends_the_connection_and_counts_it_once() {
    run(async {
        let (stage, _server, mut peer) =
            after("HTTP/1.1 200 OK\r\nconnection: Foo, Close\r\ncontent-length: 2\r\n\r\nok").await;
        peer.gone().await;
        stage.quiet().await;
        assert_eq!((stage.stats().open, stage.stats().destroyed), (0, 1));
    });
}

#[test]
fn http_1_0_ends_the_connection() {
    run(async {
        let (stage, _server, mut peer) = after("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        peer.gone().await;
        stage.until(|now| now.open == 0).await;
    });
}

#[test]
fn http_1_0_that_asks_for_it_is_kept_alive() {
    run(async {
        let (stage, server, mut peer) =
            after("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok").await;
        stage.until(|now| now.idle == 1).await;
        let asked = stage.get(&plain(&server), "/");
        peer.answer(OK).await;
        assert_eq!(asked.body().await, "ok");
    });
}

#[test]
fn a_body_that_ends_with_the_connection_is_whole() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\n\r\nall of it").await;
        peer.close();
        assert_eq!(asked.body().await, "all of it");
        stage.quiet().await;
        assert_eq!(stage.stats().open, 0);
    });
}

#[test]
fn a_keep_alive_hint_of_a_second_leaves_no_time_for_another_request() {
    run(async {
        let (stage, _server, mut peer) =
            after("HTTP/1.1 200 OK\r\nkeep-alive: max=7, timeout=1\r\ncontent-length: 2\r\n\r\nok").await;
        peer.gone().await;
        stage.until(|now| now.open == 0).await;
    });
}

#[test]
fn a_longer_keep_alive_hint_outlasts_the_pools_own_limit() {
    run(async {
        let (stage, server) = (Stage::new(&[("freeSocketTimeout", 1.0)]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\nkeep-alive: timeout=60\r\ncontent-length: 2\r\n\r\nok").await;
        asked.reply().await;
        let lapse = tokio::time::timeout(Duration::from_millis(20), peer.gone()).await;
        assert!(lapse.is_err(), "the hint was not taken");
    });
}

#[test]
fn replies_that_have_no_body_leave_the_connection_as_it_was() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let destination = plain(&server);
        let head = stage.send(stage.request(Method::HEAD, &destination, "/"));
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(head.reply().await.body, b"");
        for (status, method) in [204, 304]
            .into_iter()
            .flat_map(|status| [Method::GET, Method::HEAD].map(|method| (status, method)))
        {
            let asked = stage.send(stage.request(method, &destination, "/"));
            peer.answer(&format!("HTTP/1.1 {status} x\r\n\r\n")).await;
            assert_eq!(asked.reply().await.status, status);
        }
        assert_eq!(stage.stats().created, 1);
    });
}

#[test]
fn a_head_to_which_there_would_be_a_body_is_the_last_of_its_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let destination = plain(&server);
        for nth in 1..=2 {
            let head = stage.send(stage.request(Method::HEAD, &destination, "/"));
            let mut peer = server.accept().await;
            peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
            assert_eq!(head.reply().await.body, b"");
            assert_eq!(stage.stats().created, nth);
        }
    });
}

#[test]
fn interim_replies_are_passed_over() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(&format!("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n{OK}")).await;
        assert_eq!(asked.reply().await.status, 200);
    });
}

#[test]
fn a_switched_connection_is_not_used_again() {
    run(async {
        let (stage, _server, mut peer) =
            after("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n").await;
        peer.gone().await;
        stage.quiet().await;
        assert_eq!(stage.stats().open, 0);
    });
}

#[test]
fn trailers_come_with_the_end() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: sum\r\n\r\n2\r\nok\r\n0\r\nsum: 7\r\n\r\n",
        )
        .await;
        let got = asked.reply().await;
        assert_eq!(got.body, b"ok");
        assert_eq!(got.trailers.unwrap()["sum"], "7");
        stage.until(|now| now.idle == 1).await;
    });
}

#[test]
fn a_broken_body_comes_after_its_head() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort").await;
        peer.close();
        assert_eq!(asked.head().await.status, 200);
        let error = asked.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ECONNRESET", "body"));
        assert_eq!(error.facts().bytes_read, 43);
        assert!(error.facts().may_have_been_processed);
    });
}

#[test]
fn bytes_are_counted_once_whatever_comes_of_the_request() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let destination = plain(&server);
        for reply in [OK, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", "nonsense\r\n\r\n"] {
            stage.pool.reset_metrics();
            let mut asked = stage.get(&destination, "/");
            let mut peer = server.accept().await;
            let sent = peer.head().await.len();
            peer.write(reply).await;
            peer.close();
            drop(asked.settled().await);
            let counters = stage.pool.observe().measured.counters;
            assert_eq!(
                (counters.bytes_in, counters.bytes_out),
                (reply.len() as u64, sent as u64),
                "{reply:?}"
            );
            stage.until(|now| now.open == 0).await;
        }
    });
}
