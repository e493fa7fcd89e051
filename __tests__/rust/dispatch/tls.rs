//! What changes where the connection is under TLS.

use std::sync::Arc;

use http::Method;
use rag_connection_pool::dispatch::Destination;
use rag_connection_pool::key::{Origin, PoolKey, Scheme};
use rag_connection_pool::transport::tls::TlsOptions;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::certificates::{Authority, Issued};
use crate::raw_user::{GET, Heard};
use crate::server::{OK, Peer, Server};
use crate::stage::{Stage, run};

/// A destination under TLS that trusts nobody.
pub(crate) fn secure(stage: &Stage, port: u16) -> Arc<Destination> {
    trusting(stage, port, &[])
}

fn trusting(stage: &Stage, port: u16, roots: &[CertificateDer<'static>]) -> Arc<Destination> {
    let trust = stage.engine.trusts.intern(TlsOptions::new(Arc::from(roots))).unwrap();
    let origin = Origin { scheme: Scheme::Https, host: "127.0.0.1".into(), port };
    let server_name = Some(Arc::from("server.test"));
    Destination::new(PoolKey { trust: Some(trust), server_name, ..PoolKey::plain(origin) }).unwrap()
}

/// A server that the pool's destination trusts.
struct Secure {
    acceptor: TlsAcceptor,
    authority: Authority,
}

impl Secure {
    fn new() -> Self {
        let authority = Authority::new();
        let leaf: Issued = authority.issue("server.test");
        let key: PrivateKeyDer<'static> = leaf.key();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.certificate()], key)
            .unwrap();
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), authority }
    }

    fn destination(&self, stage: &Stage, server: &Server) -> Arc<Destination> {
        trusting(stage, server.port(), &[self.authority.root.certificate()])
    }

    /// A connection that has carried one exchange of an agent's and is idle.
    async fn rested(&self, stage: &Stage, server: &Server) -> (Arc<Destination>, Peer<TlsStream<TcpStream>>) {
        let destination = self.destination(stage, server);
        let mut first = stage.raw(&destination);
        first.write(GET);
        let mut peer = self.accept(server).await;
        peer.answer(OK).await;
        first.reply(OK).await;
        assert!(first.release());
        (destination, peer)
    }

    async fn accept(&self, server: &Server) -> Peer<TlsStream<TcpStream>> {
        let stream = server.accept().await.stream;
        Peer { stream: self.acceptor.accept(stream).await.unwrap() }
    }
}

#[test]
fn tickets_that_arrive_while_a_connection_is_idle_do_it_no_harm() {
    run(async {
        let (stage, server, secure) = (Stage::new(&[]), Server::bind().await, Secure::new());
        let destination = secure.destination(&stage, &server);
        let first = stage.get(&destination, "/");
        let mut peer = secure.accept(&server).await;
        for asked in [first, stage.get(&destination, "/second")] {
            peer.answer(OK).await;
            assert_eq!(asked.body().await, "ok");
        }
    });
}

#[test]
fn bytes_that_nobody_asked_for_are_no_reply_to_a_raw_lease() {
    run(async {
        let (stage, server, secure) = (Stage::alone(&[]), Server::bind().await, Secure::new());
        let (destination, mut peer) = secure.rested(&stage, &server).await;
        let held = stage.hold().await;
        // At once, and not when the bytes before it are acknowledged.
        peer.stream.get_ref().0.set_nodelay(true).unwrap();
        peer.write("HTTP/1.1 408 Request Timeout\r\n\r\n").await;
        let mut second = stage.raw_for(&destination, false).unwrap();
        second.write(GET);
        held.release();
        secure.accept(&server).await.answer(OK).await;
        second.reply(OK).await;
        assert_eq!((stage.stats().created, stage.resent()), (2, 0));
    });
}

/// A raw lease on a connection on which TLS alone has said something while the I/O thread did not look.
async fn is_not_harmed(idempotent: bool) {
    let (stage, server, secure) = (Stage::alone(&[]), Server::bind().await, Secure::new());
    let (destination, mut peer) = secure.rested(&stage, &server).await;
    let held = stage.hold().await;
    let (socket, session) = peer.stream.get_mut();
    socket.set_nodelay(true).unwrap();
    session.refresh_traffic_keys().unwrap();
    peer.stream.flush().await.unwrap();
    let mut second = stage.raw_for(&destination, idempotent).unwrap();
    second.write(GET);
    held.release();
    peer.answer(OK).await;
    second.reply(OK).await;
    assert_eq!(stage.stats().created, 1);
}

#[test]
fn what_tls_alone_has_to_say_does_a_raw_lease_no_harm() {
    run(is_not_harmed(true));
    run(is_not_harmed(false));
}

#[test]
fn bytes_that_come_between_a_raw_lease_and_its_first_byte_are_no_reply() {
    run(async {
        let (stage, server, secure) = (Stage::alone(&[]), Server::bind().await, Secure::new());
        let (destination, mut peer) = secure.rested(&stage, &server).await;
        let mut second = stage.raw_for(&destination, false).unwrap();
        let (socket, session) = peer.stream.get_mut();
        socket.set_nodelay(true).unwrap();
        session.refresh_traffic_keys().unwrap();
        peer.stream.flush().await.unwrap();
        stage.turns().await;
        peer.write("HTTP/1.1 408 Request Timeout\r\n\r\n").await;
        stage.turns().await;
        second.write(GET);
        secure.accept(&server).await.answer(OK).await;
        second.reply(OK).await;
        assert_eq!((stage.stats().created, stage.resent()), (2, 0));
    });
}

#[test]
fn a_get_is_sent_again_under_tls() {
    run(async {
        let (stage, server, secure) = (Stage::alone(&[]), Server::bind().await, Secure::new());
        let destination = secure.destination(&stage, &server);
        let first = stage.get(&destination, "/");
        let mut peer = secure.accept(&server).await;
        peer.answer(OK).await;
        first.reply().await;
        let (asked, held) = stage.send_and_hold(stage.request(Method::GET, &destination, "/")).await;
        drop(peer);
        held.release();
        secure.accept(&server).await.answer(OK).await;
        assert_eq!(asked.body().await, "ok");
        assert_eq!(stage.resent(), 1);
    });
}

#[test]
fn a_refused_certificate_fails_everyone_who_waits_for_it() {
    run(async {
        let (stage, server, peer) = (Stage::new(&[]), Server::bind().await, Secure::new());
        let destination = secure(&stage, server.port());
        let asked: Vec<_> = (0..3).map(|_| stage.get(&destination, "/")).collect();
        let served = tokio::spawn(async move {
            loop {
                drop(peer.acceptor.accept(server.accept().await.stream).await);
            }
        });
        for asked in asked {
            let error = asked.failure().await;
            assert_eq!((error.code(), error.phase().name()), ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls"));
            assert!(error.facts().occupancy.is_some());
        }
        served.abort();
        stage.quiet().await;
    });
}

#[test]
fn who_gives_up_while_a_fresh_connection_is_dialled_harms_nobody_in_the_queue() {
    run(async {
        let (stage, server) = (Stage::new(&[("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let secure = Secure::new();
        let destination = secure.destination(&stage, &server);
        let before = stage.get(&destination, "/before");
        let mut peer = secure.accept(&server).await;
        peer.answer(OK).await;
        before.reply().await;
        let again = stage.get(&destination, "/again");
        peer.request().await;
        let overtakes = stage.get(&destination, "/overtakes");
        stage.until(|now| now.waiting == 1).await;
        drop(peer);
        let mut peer = secure.accept(&server).await;
        peer.request().await;
        stage.until(|now| now.waiting == 1).await;
        let waits = stage.get(&destination, "/waits");
        stage.until(|now| now.waiting == 2).await;
        peer.write(OK).await;
        overtakes.reply().await;
        // The connection that was handed over is swapped for one whose handshake is not answered.
        let silent = server.accept().await;
        again.abort();
        let mut peer = secure.accept(&server).await;
        assert_eq!(peer.request().await, "GET /waits HTTP/1.1");
        peer.write(OK).await;
        waits.reply().await;
        drop(silent);
        stage.quiet().await;
    });
}

#[test]
fn a_raw_lease_hears_of_tcp_before_the_handshake() {
    run(async {
        let (stage, server, secure) = (Stage::new(&[]), Server::bind().await, Secure::new());
        let mut carrier = stage.raw(&secure.destination(&stage, &server));
        // The server has not said a word of TLS yet.
        let silent = server.accept().await;
        assert!(matches!(carrier.next().await, Heard::Reached(port) if port == Some(server.port())));
        drop(silent);
        assert_eq!(carrier.failure().await.code(), "ECONNRESET");
    });
}
