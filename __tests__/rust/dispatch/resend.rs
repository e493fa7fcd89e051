//! The one safe second sending.

use bytes::Bytes;
use http::{HeaderValue, Method};
use rag_connection_pool::dispatch::Request;
use rag_connection_pool::transport::body::ReqBody;

use crate::consumer::Asked;
use crate::server::{OK, Peer, Server};
use crate::stage::{Held, Stage, plain, run};

/// A pool with one idle connection, on an engine that can be held.
struct Idle {
    stage: Stage,
    server: Server,
    peer: Peer,
}

impl Idle {
    async fn new() -> Self {
        let (stage, server) = (Stage::alone(&[]), Server::bind().await);
        let first = stage.get(&plain(&server), "/first");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply().await;
        Self { stage, server, peer }
    }

    fn request(&self, method: Method) -> Request {
        self.stage.request(method, &plain(&self.server), "/again")
    }

    fn post(&self) -> Request {
        self.stage.posting(&plain(&self.server), "body")
    }

    fn keyed(&self) -> Request {
        let mut request = self.post();
        request.headers.insert("idempotency-key", HeaderValue::from_static("7"));
        request
    }

    /// The look has found the connection alive, and nothing was written.
    async fn between_look_and_write(self, request: Request) -> (Stage, Server, Peer, Asked, Held) {
        let (asked, held) = self.stage.send_and_hold(request).await;
        (self.stage, self.server, self.peer, asked, held)
    }

    /// The peer reads the request and then does away with the connection; it comes again.
    async fn comes_again(self, request: Request, kill: impl FnOnce(Peer)) {
        let Self { stage, server, mut peer } = self;
        let asked = stage.send(request);
        peer.head().await;
        kill(peer);
        let mut second = server.accept().await;
        second.answer(OK).await;
        assert_eq!(asked.reply().await.status, 200);
        assert_eq!(stage.resent(), 1);
        stage.quiet().await;
    }

    /// The peer reads the request and then does away with the connection; the request fails.
    async fn comes_but_once(self, request: Request, kill: impl FnOnce(Peer)) {
        let Self { stage, server, mut peer } = self;
        let asked = stage.send(request);
        peer.head().await;
        kill(peer);
        let error = asked.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ECONNRESET", "head"));
        let facts = error.facts();
        assert!(facts.may_have_been_processed && facts.reused_socket && facts.bytes_written > 0, "{facts:?}");
        assert!(!server.is_called().await);
        assert_eq!(stage.resent(), 0);
        stage.quiet().await;
    }
}

fn read_and_close(peer: Peer) {
    peer.close();
}

fn read_and_reset(peer: Peer) {
    peer.reset();
}

#[test]
fn an_idempotent_request_is_sent_again_after_a_close() {
    run(async {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE] {
            let idle = Idle::new().await;
            let request = idle.request(method);
            idle.comes_again(request, read_and_close).await;
        }
    });
}

#[test]
fn an_idempotent_request_is_sent_again_after_a_reset() {
    run(async {
        let idle = Idle::new().await;
        let request = idle.request(Method::GET);
        idle.comes_again(request, read_and_reset).await;
    });
}

#[test]
fn a_request_with_a_key_is_sent_again_with_its_body() {
    run(async {
        let idle = Idle::new().await;
        let request = idle.keyed();
        let Idle { stage, server, mut peer } = idle;
        let asked = stage.send(request);
        peer.head().await;
        peer.reset();
        let mut second = server.accept().await;
        let head = second.head().await;
        assert!(head.contains("idempotency-key: 7"), "{head}");
        assert_eq!(second.body(4).await, b"body");
        second.write(OK).await;
        assert_eq!(asked.body().await, "ok");
    });
}

#[test]
fn a_post_that_was_read_is_not_sent_again() {
    run(async {
        for kill in [read_and_close, read_and_reset] {
            let idle = Idle::new().await;
            let request = idle.request(Method::POST);
            idle.comes_but_once(request, kill).await;
        }
    });
}

#[test]
fn a_request_that_dies_on_a_fresh_connection_is_not_sent_again() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.head().await;
        peer.close();
        let error = asked.failure().await;
        assert_eq!(error.code(), "ECONNRESET");
        assert!(!error.facts().reused_socket);
        assert!(!server.is_called().await);
    });
}

#[test]
fn a_request_that_was_answered_in_part_is_not_sent_again() {
    run(async {
        let Idle { stage, server, mut peer } = Idle::new().await;
        let asked = stage.get(&plain(&server), "/");
        peer.answer("HTTP/1.1 2").await;
        peer.close();
        let error = asked.failure().await;
        assert_eq!((error.code(), error.facts().bytes_read), ("ECONNRESET", 10));
        assert!(!server.is_called().await);
        assert_eq!(stage.resent(), 0);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_post_that_crossed_the_peers_close_is_sent_again() {
    run(async {
        let idle = Idle::new().await;
        let request = idle.post();
        let (stage, server, peer, asked, held) = idle.between_look_and_write(request).await;
        peer.close();
        held.release();
        let mut second = server.accept().await;
        second.head().await;
        assert_eq!(second.body(4).await, b"body");
        second.write(OK).await;
        assert_eq!(asked.body().await, "ok");
        assert_eq!(stage.resent(), 1, "it was never on the first connection");
    });
}

#[test]
fn a_post_of_which_the_kernel_took_nothing_is_sent_again() {
    run(async {
        let idle = Idle::new().await;
        let request = idle.post();
        let (stage, server, peer, asked, held) = idle.between_look_and_write(request).await;
        peer.reset();
        held.release();
        let mut second = server.accept().await;
        second.answer(OK).await;
        assert_eq!(asked.body().await, "ok");
        assert_eq!(stage.resent(), 1);
    });
}

#[test]
fn a_message_that_was_never_begun_goes_on_unharmed_though_it_is_a_stream() {
    run(async {
        let idle = Idle::new().await;
        let (sender, body) = ReqBody::channel(4, None);
        let mut request = idle.request(Method::POST);
        request.body = body;
        let Idle { stage, server, peer } = idle;
        let (asked, held) = stage.send_and_hold_deaf(request).await;
        peer.close();
        held.release();
        sender.send(Bytes::from_static(b"whole")).await.unwrap();
        sender.finish(None).await.unwrap();
        let mut second = server.accept().await;
        assert!(second.head().await.contains("transfer-encoding: chunked"));
        assert_eq!(second.body(15).await, b"5\r\nwhole\r\n0\r\n\r\n");
        second.write(OK).await;
        assert_eq!(asked.body().await, "ok");
        assert_eq!(stage.resent(), 0, "nothing of it had been sent");
    });
}

#[test]
fn a_stream_that_was_begun_is_not_sent_again() {
    run(async {
        let idle = Idle::new().await;
        let (sender, body) = ReqBody::channel(4, None);
        let mut request = idle.keyed();
        request.body = body;
        let Idle { stage, server, mut peer } = idle;
        let asked = stage.send(request);
        sender.send(Bytes::from_static(b"part")).await.unwrap();
        peer.head().await;
        peer.body(9).await;
        peer.close();
        assert_eq!(asked.failure().await.code(), "ECONNRESET");
        assert!(!server.is_called().await);
        sender.gone().await;
    });
}

#[test]
fn a_second_death_is_the_end_and_tells_of_the_second_connection() {
    run(async {
        let Idle { stage, server, mut peer } = Idle::new().await;
        let asked = stage.get(&plain(&server), "/again");
        peer.head().await;
        peer.close();
        let mut second = server.accept().await;
        second.head().await;
        second.close();
        let error = asked.failure().await;
        assert_eq!(error.code(), "ECONNRESET");
        assert!(!error.facts().reused_socket && error.facts().may_have_been_processed);
        assert!(!server.is_called().await);
        assert_eq!(stage.resent(), 1);
        let counters = stage.pool.observe().measured.counters;
        assert_eq!((counters.total_requests, counters.errors), (2, 1));
        stage.quiet().await;
    });
}

#[test]
fn what_the_first_sending_may_have_done_is_told_though_the_second_never_went_out() {
    run(async {
        let idle = Idle::new().await;
        let request = idle.keyed();
        let Idle { stage, server, mut peer } = idle;
        let asked = stage.send(request);
        peer.head().await;
        drop(server);
        peer.close();
        let error = asked.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ECONNREFUSED", "connect"));
        assert!(error.facts().may_have_been_processed);
    });
}
