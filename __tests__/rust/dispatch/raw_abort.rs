//! Giving up a raw lease in each of its phases, and a pool that is destroyed under it.

use std::io::ErrorKind;
use std::sync::Arc;

use parking_lot::Mutex;
use rag_connection_pool::dispatch::{Happened, Listener, Standing, mask};
use tokio::io::AsyncReadExt;

use crate::raw_user::{Carrier, GET, Heard};
use crate::server::{OK, Peer, Server};
use crate::stage::{Stage, plain, run};

async fn under_way(stage: &Stage, server: &Server) -> (Carrier, Peer) {
    let mut carrier = stage.raw(&plain(server));
    carrier.write(GET);
    let mut peer = server.accept().await;
    peer.request().await;
    (carrier, peer)
}

#[test]
fn one_that_waits_leaves_the_queue() {
    run(async {
        let (stage, server) = (Stage::new(&[("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let (first, mut peer) = under_way(&stage, &server).await;
        let mut second = stage.raw(&plain(&server));
        assert_eq!(second.standing, Standing::Queued);
        assert_eq!(stage.pool.observe().measured.counters.pool_exhausted, 1);
        second.lease.abort(false);
        assert!(matches!(second.next().await, Heard::Closed));
        stage.until(|now| now.waiting == 0).await;
        first.lease.abort(false);
        peer.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn one_that_waits_has_its_turn() {
    run(async {
        let (stage, server) = (Stage::new(&[("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let (mut first, mut peer) = under_way(&stage, &server).await;
        let mut second = stage.raw(&plain(&server));
        second.write(GET);
        peer.write(OK).await;
        first.reply(OK).await;
        assert!(first.release());
        assert!(matches!(second.next().await, Heard::Leased(true)));
        peer.answer(OK).await;
        second.reply(OK).await;
        assert!(second.release());
        assert_eq!(stage.stats().created, 1);
    });
}

#[test]
fn one_whose_connection_is_dialled_sends_nothing() {
    run(async {
        let (stage, server) = (Stage::alone(&[]), Server::bind().await);
        let held = stage.hold().await;
        let mut carrier = stage.raw(&plain(&server));
        carrier.write(GET);
        carrier.lease.abort(false);
        held.release();
        assert!(matches!(carrier.next().await, Heard::Closed));
        stage.quiet().await;
        assert_eq!(stage.pool.observe().measured.counters.aborted, 1);
    });
}

#[test]
fn one_under_way_closes_its_connection() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (carrier, mut peer) = under_way(&stage, &server).await;
        carrier.lease.abort(false);
        peer.gone().await;
        stage.quiet().await;
        assert_eq!((stage.stats().open, stage.pool.observe().measured.counters.aborted), (0, 1));
    });
}

#[test]
fn a_reset_is_what_the_peer_sees_and_no_end_before_it() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        for _ in 0..50 {
            let (carrier, mut peer) = under_way(&stage, &server).await;
            carrier.lease.abort(true);
            let error = peer.stream.read_u8().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        stage.quiet().await;
    });
}

#[test]
fn a_destroyed_pool_fails_it_and_takes_no_more() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let (mut carrier, mut peer) = under_way(&stage, &server).await;
        stage.pool.destroy();
        assert_eq!(carrier.failure().await.code(), "ERR_POOL_DESTROYED");
        peer.gone().await;
        let Err(refused) = stage.raw_for(&plain(&server), true) else { panic!("it is taken on") };
        assert_eq!(refused.code(), "ERR_POOL_DESTROYED");
    });
}

#[test]
fn a_refused_dial_fails_it() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let destination = plain(&server);
        drop(server);
        let mut carrier = stage.raw(&destination);
        carrier.write(GET);
        let error = carrier.failure().await;
        assert_eq!((error.code(), error.phase().name()), ("ECONNREFUSED", "connect"));
        stage.quiet().await;
    });
}

#[test]
fn a_user_that_panics_is_told_and_harms_nobody_else() {
    run(async {
        let (stage, server) = (Stage::new(&[("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let mut carrier = stage.raw(&plain(&server));
        carrier.panic_once_leased();
        server.accept().await.gone().await;
        assert_eq!(carrier.failure().await.code(), "ERR_POOL_INTERNAL");
        let (next, mut peer) = under_way(&stage, &server).await;
        next.lease.abort(false);
        peer.gone().await;
        stage.quiet().await;
    });
}

/// Why connections are gone.
#[derive(Debug, Default)]
struct Reasons(Mutex<Vec<&'static str>>);

impl Listener for Reasons {
    fn tell(&self, happened: Happened) {
        if let Happened::Removed { reason, .. } = happened {
            self.0.lock().push(reason);
        }
    }
}

#[test]
fn one_whose_connection_was_to_speak_otherwise_does_not_pass_that_for_closed_by_its_peer() {
    run(async {
        let (stage, server, reasons) = (Stage::alone(&[]), Server::bind().await, Arc::<Reasons>::default());
        stage.pool.listen(1, mask::REMOVED, Arc::clone(&reasons) as Arc<dyn Listener>);
        let first = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply().await;
        let held = stage.hold().await;
        let given_up = stage.raw(&plain(&server));
        assert!(matches!(given_up.standing, Standing::Leased { reused: true, .. }));
        given_up.lease.abort(false);
        held.release();
        peer.gone().await;
        stage.quiet().await;
        assert_eq!(*reasons.0.lock(), ["broken"]);
    });
}
