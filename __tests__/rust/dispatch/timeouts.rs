//! A time for each phase, told by its own code.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use rag_connection_pool::dispatch::Request;
use rag_connection_pool::transport::body::ReqBody;

use crate::consumer::Told;
use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run};

const SOON: f64 = 40.0;
/// Long beside `SOON`, and short of a test's patience.
const LATER: Duration = Duration::from_millis(200);

/// A body that no send buffer of loopback takes.
fn bulky(stage: &Stage, server: &Server) -> Request {
    let mut request = stage.request(Method::POST, &plain(server), "/");
    request.body = ReqBody::Full(Bytes::from(vec![b'x'; 32 << 20]));
    request
}

async fn lapse() {
    drop(tokio::time::timeout(LATER, std::future::pending::<()>()).await);
}

#[test]
fn the_queue_timeout_tells_what_was_waited_for() {
    run(async {
        let (stage, server) =
            (Stage::new(&[("queueTimeout", SOON), ("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let destination = plain(&server);
        let first = stage.get(&destination, "/");
        let mut peer = server.accept().await;
        peer.request().await;
        let error = stage.get(&destination, "/").failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_QUEUE_TIMEOUT", "queue"));
        let facts = error.facts();
        assert_eq!(facts.origin, Some(format!("http://127.0.0.1:{}", server.port())));
        let full = facts.occupancy.unwrap();
        assert_eq!((full.total, full.active, full.waiting), (1, 1, 0));
        assert!(!facts.may_have_been_processed);
        peer.write(OK).await;
        assert_eq!(first.body().await, "ok", "the one before it goes on");
        assert_eq!(stage.pool.observe().measured.counters.timeouts, 1);
    });
}

#[test]
fn a_full_queue_refuses_at_once() {
    run(async {
        let (stage, server) = (Stage::new(&[("maxQueued", 1.0), ("maxSockets", 1.0)]), Server::bind().await);
        let destination = plain(&server);
        let _first = stage.get(&destination, "/");
        let mut peer = server.accept().await;
        peer.request().await;
        let _queued = stage.get(&destination, "/");
        stage.until(|now| now.waiting == 1).await;
        assert_eq!(stage.get(&destination, "/").failure().await.code(), "ERR_POOL_QUEUE_FULL");
    });
}

#[test]
fn the_connect_timeout_tells_that_tls_was_slow() {
    run(async {
        let (stage, server) = (Stage::new(&[("connectTimeout", SOON)]), Server::bind().await);
        // Accepted by the system, and silent.
        let error = stage.get(&crate::tls::secure(&stage, server.port()), "/").failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_CONNECT_TIMEOUT", "tls"));
        stage.quiet().await;
    });
}

#[test]
fn the_headers_timeout_closes_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[("headersTimeout", SOON)]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.request().await;
        let error = asked.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_HEADERS_TIMEOUT", "head"));
        assert!(error.facts().may_have_been_processed);
        peer.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn the_headers_timeout_begins_when_the_request_has_been_sent() {
    run(async {
        let (stage, server) = (Stage::new(&[("headersTimeout", SOON)]), Server::bind().await);
        let asked = stage.send(bulky(&stage, &server));
        let mut peer = server.accept().await;
        peer.head().await;
        lapse().await;
        peer.body(32 << 20).await;
        peer.write(OK).await;
        assert_eq!(asked.body().await, "ok");
    });
}

#[test]
fn a_peer_that_takes_nothing_of_a_long_request_runs_into_the_write_timeout() {
    run(async {
        let (stage, server) = (Stage::new(&[("timeout", SOON)]), Server::bind().await);
        let asked = stage.send(bulky(&stage, &server));
        let mut peer = server.accept().await;
        let error = asked.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_WRITE_TIMEOUT", "head"));
        assert!(error.facts().may_have_been_processed && error.facts().bytes_written > 0);
        peer.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn a_peer_that_takes_a_long_request_slowly_does_not_run_into_the_write_timeout() {
    run(async {
        let (stage, server) = (Stage::new(&[("timeout", 100.0)]), Server::bind().await);
        let asked = stage.send(bulky(&stage, &server));
        let mut peer = server.accept().await;
        peer.head().await;
        for _ in 0..32 {
            drop(tokio::time::timeout(Duration::from_millis(20), std::future::pending::<()>()).await);
            peer.body(1 << 20).await;
        }
        peer.write(OK).await;
        assert_eq!(asked.body().await, "ok");
    });
}

#[test]
fn a_request_whose_source_is_slow_does_not_run_into_the_write_timeout() {
    run(async {
        let (stage, server) = (Stage::new(&[("timeout", SOON)]), Server::bind().await);
        let (sender, body) = ReqBody::channel(1, Some(2));
        let mut request = stage.request(Method::POST, &plain(&server), "/");
        request.body = body;
        let asked = stage.send(request);
        let mut peer = server.accept().await;
        peer.head().await;
        for byte in [b"a", b"b"] {
            lapse().await;
            sender.send(Bytes::from_static(byte)).await.unwrap();
        }
        // A body of a known length needs no end.
        assert_eq!(peer.body(2).await, b"ab");
        peer.write(OK).await;
        assert_eq!(asked.body().await, "ok");
    });
}

#[test]
fn a_reply_may_be_thought_about_for_longer_than_any_timeout_of_the_pool() {
    run(async {
        let (stage, server) = (Stage::new(&[("timeout", SOON)]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.request().await;
        lapse().await;
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await;
        lapse().await;
        peer.write("ok").await;
        assert_eq!(asked.body().await, "ok");
    });
}

#[test]
fn a_body_that_falls_silent_runs_into_the_body_timeout() {
    run(async {
        let (stage, server) = (Stage::new(&[("timeout", SOON)]), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha").await;
        asked.head().await;
        let error = asked.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_BODY_TIMEOUT", "body"));
        peer.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn a_consumer_that_is_slow_does_not_run_into_the_body_timeout() {
    run(async {
        let (stage, server) = (Stage::new(&[("bodyTimeout", SOON)]), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        asked.take(1);
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n").await;
        asked.head().await;
        peer.write("ha").await;
        assert!(matches!(asked.next().await, Some(Told::Data(_))));
        lapse().await;
        peer.write("ha").await;
        asked.take(usize::MAX);
        assert_eq!(asked.body().await, "ha");
    });
}

#[test]
fn a_body_is_not_silent_while_bytes_of_its_request_still_flow() {
    run(async {
        let (stage, server) = (Stage::new(&[("bodyTimeout", 100.0)]), Server::bind().await);
        let (sender, body) = ReqBody::channel(1, Some(20));
        let mut request = stage.request(Method::POST, &plain(&server), "/");
        request.body = body;
        let mut asked = stage.send(request);
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha").await;
        asked.head().await;
        for _ in 0..20 {
            drop(tokio::time::timeout(Duration::from_millis(20), std::future::pending::<()>()).await);
            sender.send(Bytes::from_static(b"x")).await.unwrap();
        }
        peer.write("ha").await;
        assert_eq!(asked.body().await, "haha");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_peer_that_takes_nothing_of_a_stream_runs_into_the_write_timeout() {
    run(async {
        let (stage, server) = (Stage::new(&[("timeout", SOON)]), Server::bind().await);
        let (sender, body) = ReqBody::channel(1, None);
        let mut request = stage.request(Method::POST, &plain(&server), "/");
        request.body = body;
        let asked = stage.send(request);
        let _peer = server.accept().await;
        while sender.send(Bytes::from(vec![b'x'; 1 << 20])).await.is_ok() {}
        assert_eq!(asked.failure().await.code(), "ERR_POOL_WRITE_TIMEOUT");
    });
}

#[test]
fn the_request_timeout_tells_the_phase_that_it_ended() {
    run(async {
        let (stage, server) =
            (Stage::new(&[("requestTimeout", 300.0), ("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let destination = plain(&server);
        let first = stage.get(&destination, "/");
        let mut peer = server.accept().await;
        peer.request().await;
        let mut second = stage.request(Method::GET, &destination, "/");
        second.timeouts.request = Some(Duration::from_millis(20));
        let queued = stage.send(second).failure().await;
        assert_eq!((queued.code(), queued.phase().name()), ("ERR_POOL_REQUEST_TIMEOUT", "queue"));
        assert!(!queued.facts().may_have_been_processed);
        let first = first.failure().await;
        assert_eq!((first.code(), first.phase().name()), ("ERR_POOL_REQUEST_TIMEOUT", "head"));
        assert!(first.facts().may_have_been_processed && first.facts().bytes_written > 0);
        peer.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn the_request_timeout_tells_how_far_a_dial_had_come() {
    run(async {
        let options = [("requestTimeout", SOON), ("maxSocketsPerHost", 1.0)];
        let (stage, server) = (Stage::new(&options), Server::bind().await);
        // Accepted by the system, and silent.
        let destination = crate::tls::secure(&stage, server.port());
        let (dialling, queued) = (stage.get(&destination, "/"), stage.get(&destination, "/"));
        let (dialling, queued) = (dialling.failure().await, queued.failure().await);
        assert_eq!((dialling.code(), dialling.phase().name()), ("ERR_POOL_REQUEST_TIMEOUT", "tls"));
        assert!(!dialling.facts().may_have_been_processed);
        assert_eq!((queued.code(), queued.phase().name()), ("ERR_POOL_REQUEST_TIMEOUT", "queue"));
    });
}

#[test]
fn the_request_timeout_covers_the_body() {
    run(async {
        let (stage, server) = (Stage::new(&[("requestTimeout", SOON)]), Server::bind().await);
        let mut asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha").await;
        asked.head().await;
        let error = asked.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_REQUEST_TIMEOUT", "body"));
        stage.quiet().await;
    });
}
