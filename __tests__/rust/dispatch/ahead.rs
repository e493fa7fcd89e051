//! Connections that are opened ahead, kept ready, and closed by wish.

use std::time::Duration;

use crate::consumer::Asked;
use crate::server::{OK, Peer, Server};
use crate::stage::{Stage, plain, run, to};

#[test]
fn so_many_are_open_when_the_wait_is_over_and_requests_use_them() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let destination = plain(&server);
        stage.pool.preconnect(&destination, 3).await.unwrap();
        assert_eq!((stage.stats().idle, stage.stats().created), (3, 3));
        let asked = stage.get(&destination, "/");
        let mut peers = [server.accept().await, server.accept().await, server.accept().await];
        // The one that was idle last serves.
        peers[2].answer(OK).await;
        asked.reply().await;
        assert_eq!(stage.stats().created, 3);
    });
}

#[test]
fn who_wants_as_many_as_there_are_does_not_wait() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let destination = plain(&server);
        stage.pool.preconnect(&destination, 2).await.unwrap();
        stage.pool.preconnect(&destination, 2).await.unwrap();
        stage.pool.preconnect(&destination, 1).await.unwrap();
        assert_eq!(stage.stats().created, 2);
    });
}

#[test]
fn the_error_is_that_of_the_dial() {
    run(async {
        let stage = Stage::new(&[]);
        let port = Server::bind().await.port();
        let error = stage.pool.preconnect(&to("127.0.0.1", port), 2).await.unwrap_err();
        assert_eq!((error.code(), error.phase().name()), ("ECONNREFUSED", "connect"));
        assert_eq!(error.facts().origin.as_deref(), Some(format!("http://127.0.0.1:{port}").as_str()));
        stage.quiet().await;
    });
}

#[test]
fn a_full_pool_lets_it_wait_until_there_is_room() {
    run(async {
        let stage = Stage::new(&[("maxSockets", 1.0)]);
        let (busy, wanted) = (Server::bind().await, Server::bind().await);
        let first = stage.get(&plain(&busy), "/");
        let mut peer = busy.accept().await;
        peer.request().await;
        let destination = plain(&wanted);
        let mut ahead = std::pin::pin!(stage.pool.preconnect(&destination, 1));
        assert!(tokio::time::timeout(Duration::from_millis(20), ahead.as_mut()).await.is_err());
        peer.write(OK).await;
        first.reply().await;
        ahead.await.unwrap();
        assert_eq!((stage.stats().open, stage.stats().created), (1, 2));
    });
}

/// A pool whose only connection is in use.
async fn full(options: &[(&str, f64)]) -> (Stage, [Server; 2], Asked, Peer) {
    let stage = Stage::new(&[&[("maxSockets", 1.0)], options].concat());
    let servers = [Server::bind().await, Server::bind().await];
    let first = stage.get(&plain(&servers[0]), "/");
    let mut peer = servers[0].accept().await;
    peer.request().await;
    (stage, servers, first, peer)
}

#[test]
fn the_queue_timeout_ends_the_wait_and_takes_the_order_back() {
    run(async {
        let (stage, [_busy, wanted], first, mut peer) = full(&[("queueTimeout", 40.0)]).await;
        let error = stage.pool.preconnect(&plain(&wanted), 1).await.unwrap_err();
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_QUEUE_TIMEOUT", "queue"));
        assert_eq!(error.facts().origin, Some(format!("http://127.0.0.1:{}", wanted.port())));
        peer.write(OK).await;
        first.body().await;
        stage.until(|now| now.idle == 1).await;
        assert_eq!(
            (stage.stats().created, stage.stats().connecting),
            (1, 0),
            "nothing is dialled for nobody"
        );
    });
}

#[test]
fn the_queue_timeout_covers_the_dial_as_it_does_for_a_request() {
    run(async {
        let (stage, server) = (Stage::new(&[("queueTimeout", 40.0)]), Server::bind().await);
        // Accepted by the system, and silent.
        let error = stage.pool.preconnect(&crate::tls::secure(&stage, server.port()), 1).await.unwrap_err();
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_QUEUE_TIMEOUT", "queue"));
    });
}

#[test]
fn a_full_queue_takes_no_order_that_would_wait() {
    run(async {
        let (stage, [busy, wanted], first, mut peer) = full(&[("maxQueued", 2.0)]).await;
        let destination = plain(&wanted);
        let _queued = stage.get(&plain(&busy), "/");
        stage.until(|now| now.waiting == 1).await;
        let mut ahead = std::pin::pin!(stage.pool.preconnect(&destination, 1));
        assert!(tokio::time::timeout(Duration::from_millis(20), ahead.as_mut()).await.is_err());
        let error = stage.pool.preconnect(&destination, 1).await.unwrap_err();
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_QUEUE_FULL", "queue"));
        stage.pool.preconnect(&plain(&busy), 1).await.unwrap();
        peer.write(OK).await;
        first.body().await;
        peer.answer(OK).await;
        ahead.await.unwrap();
    });
}

#[test]
fn the_pools_end_ends_the_wait() {
    run(async {
        let stage = Stage::new(&[("maxSockets", 1.0)]);
        let (busy, wanted) = (Server::bind().await, Server::bind().await);
        let _first = stage.get(&plain(&busy), "/");
        let mut peer = busy.accept().await;
        peer.request().await;
        let destination = plain(&wanted);
        let mut ahead = std::pin::pin!(stage.pool.preconnect(&destination, 1));
        assert!(tokio::time::timeout(Duration::from_millis(20), ahead.as_mut()).await.is_err());
        stage.pool.destroy();
        assert_eq!(ahead.await.unwrap_err().code(), "ERR_POOL_DESTROYED");
        assert_eq!(stage.pool.preconnect(&destination, 1).await.unwrap_err().code(), "ERR_POOL_DESTROYED");
    });
}

#[test]
fn what_the_peer_closes_of_those_that_are_kept_ready_is_replaced() {
    run(async {
        let (stage, server) = (Stage::new(&[("minFreeSockets", 2.0)]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        asked.reply().await;
        stage.until(|now| now.idle == 2).await;
        peer.close();
        stage.until(|now| now.created == 3 && now.idle == 2).await;
    });
}

#[test]
fn all_that_is_idle_is_closed_by_wish_and_nothing_else() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let destination = plain(&server);
        stage.pool.preconnect(&destination, 3).await.unwrap();
        let asked = stage.get(&destination, "/");
        let mut peers = [server.accept().await, server.accept().await, server.accept().await];
        stage.until(|now| now.active == 1).await;
        assert_eq!((stage.pool.close_idle(), stage.pool.close_idle()), (2, 0));
        let [first, second, serving] = &mut peers;
        first.gone().await;
        second.gone().await;
        serving.answer(OK).await;
        asked.reply().await;
        assert_eq!(stage.stats().open, 1);
    });
}

#[test]
fn after_an_absence_idle_connections_that_died_meanwhile_are_let_go() {
    run(async {
        let (stage, server) = (Stage::alone(&[]), Server::bind().await);
        let destination = plain(&server);
        stage.pool.preconnect(&destination, 2).await.unwrap();
        let (first, _second) = (server.accept().await, server.accept().await);
        let held = stage.hold().await;
        first.close();
        stage.pool.woke(Duration::ZERO);
        assert_eq!((stage.stats().idle, stage.stats().destroyed), (1, 1));
        held.release();
        stage.quiet().await;
    });
}

#[test]
fn after_a_sleep_that_outlasts_the_idle_timeout_none_is_left() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        stage.pool.preconnect(&plain(&server), 2).await.unwrap();
        stage.pool.woke(Duration::from_secs(10));
        assert_eq!(stage.stats().idle, 2);
        stage.pool.woke(Duration::from_secs(6));
        assert_eq!(stage.stats().idle, 0);
    });
}

#[test]
fn who_loses_what_was_opened_to_others_is_told_where() {
    run(async {
        let stage = Stage::new(&[("maxSockets", 3.0)]);
        let (first, second) = (Server::bind().await, Server::bind().await);
        let (here, there) = (plain(&first), plain(&second));
        let (lost, won) = tokio::join!(stage.pool.preconnect(&here, 2), stage.pool.preconnect(&there, 3));
        won.unwrap();
        let error = lost.unwrap_err();
        assert_eq!((error.code(), error.phase().name()), ("ECONNRESET", "connect"));
        assert_eq!(error.facts().origin, Some(format!("http://127.0.0.1:{}", first.port())));
        assert!(error.facts().occupancy.is_some());
        assert_eq!(stage.stats().idle, 3);
    });
}

#[test]
fn the_pools_end_tells_how_far_the_dials_came() {
    run(async {
        let (stage, server) = (Stage::new(&[("connectTimeout", 0.0)]), Server::bind().await);
        let destination = crate::tls::secure(&stage, server.port());
        let ends = async {
            // Its bytes are those of a handshake that has begun.
            server.accept().await.body(1).await;
            stage.pool.destroy();
        };
        let (ahead, ()) = tokio::join!(stage.pool.preconnect(&destination, 1), ends);
        let error = ahead.unwrap_err();
        assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_DESTROYED", "tls"));
        assert!(error.facts().origin.is_some() && error.facts().occupancy.is_some());
    });
}
