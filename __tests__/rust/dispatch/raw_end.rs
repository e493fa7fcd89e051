//! The end of a raw lease: its connection goes back only if nothing of the exchange is left on it.

use rag_connection_pool::dispatch::Standing;
use tokio::io::AsyncWriteExt;

use crate::raw_user::{Carrier, GET, Heard};
use crate::server::{OK, Peer, Server};
use crate::stage::{Stage, plain, run, until};

/// Idle connections outlast the test, so that no other end is taken for the one that it waits for.
const LASTING: &[(&str, f64)] = &[("freeSocketTimeout", 600_000.0)];

/// An exchange of which the whole reply was read.
async fn exchanged(stage: &Stage, server: &Server) -> (Carrier, Peer) {
    let mut carrier = stage.raw(&plain(server));
    carrier.write(GET);
    let mut peer = server.accept().await;
    peer.answer(OK).await;
    carrier.reply(OK).await;
    (carrier, peer)
}

#[test]
fn a_clean_exchange_gives_its_connection_to_the_next_in_the_same_breath() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (carrier, mut peer) = exchanged(&stage, &server).await;
        assert_eq!(carrier.standing, Standing::Dialling);
        assert!(carrier.release());
        let mut next = stage.raw(&plain(&server));
        assert!(matches!(next.standing, Standing::Leased { reused: true, connection: Some(_) }));
        next.write(GET);
        peer.answer(OK).await;
        next.reply(OK).await;
        assert!(next.release());
        stage.quiet().await;
        assert_eq!((stage.stats().created, stage.stats().idle), (1, 1));
    });
}

#[test]
fn an_early_reply_to_an_upload_under_way_closes_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let mut carrier = stage.raw(&plain(&server));
        carrier.write(GET);
        carrier.write(vec![b'x'; 64 * 1024 * 1024]);
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        carrier.reply(OK).await;
        assert!(!carrier.release());
        peer.gone().await;
        stage.quiet().await;
        assert_eq!(stage.stats().open, 0);
    });
}

#[test]
fn bytes_that_its_user_counts_and_the_engine_has_not_seen_close_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (carrier, mut peer) = exchanged(&stage, &server).await;
        let written = GET.len() as u64 + 1;
        assert_eq!(carrier.lease.release(written, OK.len() as u64, true, None), Some(false));
        peer.gone().await;
    });
}

#[test]
fn bytes_that_its_user_has_not_read_close_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (mut carrier, mut peer) = exchanged(&stage, &server).await;
        peer.write("surplus").await;
        assert!(matches!(carrier.next().await, Heard::Data(_)));
        assert!(!carrier.release());
        peer.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn bytes_that_are_read_while_the_lease_ends_close_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(LASTING), Server::bind().await);
        let (mut carrier, mut peer) = exchanged(&stage, &server).await;
        let mut released = carrier.release_before_the_next_read();
        peer.write("surplus").await;
        released.recv().await.unwrap();
        peer.gone().await;
        assert!(matches!(carrier.next().await, Heard::Closed));
        stage.until(|now| now.open == 0).await;
    });
}

#[test]
fn bytes_that_arrive_after_the_lease_close_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(LASTING), Server::bind().await);
        let (carrier, mut peer) = exchanged(&stage, &server).await;
        assert!(carrier.release());
        peer.write("surplus").await;
        peer.gone().await;
        stage.until(|now| now.open == 0).await;
    });
}

#[test]
fn a_peer_that_has_said_its_end_closes_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (mut carrier, mut peer) = exchanged(&stage, &server).await;
        peer.stream.shutdown().await.unwrap();
        assert!(matches!(carrier.next().await, Heard::Ended));
        assert!(!carrier.release());
        peer.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn a_user_that_has_said_its_end_closes_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (carrier, mut peer) = exchanged(&stage, &server).await;
        carrier.lease.finish();
        peer.gone().await;
        assert!(!carrier.release());
        stage.quiet().await;
    });
}

#[test]
fn a_user_that_does_not_want_it_kept_closes_the_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (carrier, mut peer) = exchanged(&stage, &server).await;
        assert_eq!(carrier.lease.release(GET.len() as u64, OK.len() as u64, false, None), Some(false));
        peer.gone().await;
        stage.quiet().await;
        assert_eq!(stage.stats().open, 0);
    });
}

#[test]
fn a_lease_is_given_back_once() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (carrier, _peer) = exchanged(&stage, &server).await;
        assert!(carrier.release());
        assert!(!carrier.release());
        carrier.lease.abort(false);
        stage.quiet().await;
        assert_eq!(stage.stats().idle, 1);
    });
}

#[test]
fn one_connection_serves_http_and_raw_in_turn() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let first = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply().await;
        for _ in 0..2 {
            let mut carrier = stage.raw(&plain(&server));
            carrier.write(GET);
            peer.answer(OK).await;
            carrier.reply(OK).await;
            assert!(carrier.release());
            let asked = stage.get(&plain(&server), "/");
            peer.answer(OK).await;
            assert_eq!(asked.body().await, "ok");
        }
        assert_eq!(stage.stats().created, 1);
    });
}

#[test]
fn a_detached_connection_counts_against_no_limit() {
    run(async {
        let (stage, server) = (Stage::new(&[("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let (mut carrier, mut tunnel) = exchanged(&stage, &server).await;
        carrier.lease.detach();
        let asked = stage.get(&plain(&server), "/");
        server.accept().await.answer(OK).await;
        asked.reply().await;
        carrier.write("through");
        assert_eq!(tunnel.body(7).await, b"through");
        carrier.lease.abort(false);
        tunnel.gone().await;
        stage.quiet().await;
        assert_eq!((stage.stats().detached, stage.stats().created), (1, 2));
    });
}

#[test]
fn a_written_byte_is_acknowledged_when_the_kernel_has_it() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let mut carrier = stage.raw(&plain(&server));
        carrier.write(GET);
        carrier.taken(GET.len() as u64).await;
        let mut peer = server.accept().await;
        carrier.write(vec![b'x'; 64 * 1024 * 1024]);
        let whole = (GET.len() + 64 * 1024 * 1024) as u64;
        {
            let early = tokio::time::timeout(std::time::Duration::from_millis(50), carrier.taken(whole));
            assert!(early.await.is_err(), "acknowledged before the peer has read a byte");
        }
        peer.request().await;
        let ((), body) = tokio::join!(carrier.taken(whole), peer.body(64 * 1024 * 1024));
        assert_eq!(body.len(), 64 * 1024 * 1024);
        until(|| carrier.lease.face().is_some()).await;
    });
}
