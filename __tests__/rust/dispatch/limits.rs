//! The limits as the servers see them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rag_connection_pool::dispatch::exchange;

use crate::consumer::consumer;
use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run, to};

/// Serves every connection, and counts those open at a time.
fn serve_and_count(server: Server) -> Arc<AtomicUsize> {
    let most = Arc::new(AtomicUsize::new(0));
    let (open, seen) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&most));
    tokio::spawn(async move {
        loop {
            let peer = server.accept().await;
            seen.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let open = Arc::clone(&open);
            tokio::spawn(async move {
                peer.serve().await;
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    most
}

#[test]
fn no_origin_sees_more_connections_than_it_may() {
    run(async {
        let (stage, server) = (Stage::new(&[("maxSocketsPerHost", 4.0)]), Server::bind().await);
        let destination = plain(&server);
        let most = serve_and_count(server);
        let asked: Vec<_> = (0..200).map(|_| stage.get(&destination, "/")).collect();
        for asked in asked {
            assert_eq!(asked.body().await, "ok");
        }
        assert_eq!(most.load(Ordering::SeqCst), 4);
        assert_eq!(stage.stats().created, 4);
        stage.quiet().await;
    });
}

#[test]
fn a_dial_whose_request_has_left_makes_room_for_another_origin() {
    run(async {
        let stage = Stage::new(&[("maxSockets", 1.0), ("connectTimeout", 0.0)]);
        let (dark, server) = (Server::bind().await, Server::bind().await);
        let left = stage.get(&crate::tls::secure(&stage, dark.port()), "/");
        // It never says a word of TLS, though the client does.
        let mut peer = dark.accept().await;
        peer.body(1).await;
        left.abort();
        left.gone().await;
        let asked = stage.get(&plain(&server), "/");
        server.accept().await.answer(OK).await;
        assert_eq!(asked.body().await, "ok");
        peer.gone().await;
        stage.quiet().await;
    });
}

#[test]
fn an_idle_connection_makes_room_for_another_origin() {
    run(async {
        let stage = Stage::new(&[("maxSockets", 1.0)]);
        let servers = [Server::bind().await, Server::bind().await];
        let mut peers = Vec::new();
        for server in &servers {
            let asked = stage.get(&plain(server), "/");
            let mut peer = server.accept().await;
            peer.answer(OK).await;
            asked.reply().await;
            peers.push(peer);
        }
        assert_eq!((stage.stats().created, stage.stats().open), (2, 1));
        peers[0].gone().await;
    });
}

#[test]
fn requests_of_one_origin_go_out_in_the_order_in_which_they_came() {
    run(async {
        let (stage, server) = (Stage::new(&[("maxSocketsPerHost", 1.0)]), Server::bind().await);
        let destination = plain(&server);
        let asked: Vec<_> = (0..50).map(|number| stage.get(&destination, &format!("/{number}"))).collect();
        // The engine takes them up on a thread of its own.
        stage.until(|now| now.waiting == 49).await;
        let mut peer = server.accept().await;
        for number in 0..50 {
            assert_eq!(peer.request().await, format!("GET /{number} HTTP/1.1"));
            peer.write(OK).await;
        }
        for asked in asked {
            asked.reply().await;
        }
        assert_eq!(stage.pool.observe().measured.counters.pool_exhausted, 49);
    });
}

#[test]
fn a_request_takes_little_memory_while_it_waits() {
    let (stage, destination) = (Stage::new(&[]), to("127.0.0.1", 1));
    let mut request = stage.request(http::Method::GET, &destination, "/");
    let (mut listener, _asked) = consumer();
    let size = size_of_val(&exchange(&stage.pool, &mut request, &mut listener));
    assert!(size < 3_800, "{size} bytes");
}

#[test]
fn an_idle_connection_is_closed_when_its_time_is_over() {
    run(async {
        let (stage, server) = (Stage::new(&[("freeSocketTimeout", 30.0)]), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        asked.reply().await;
        peer.gone().await;
        stage.until(|now| now.open == 0).await;
    });
}

#[test]
fn a_deadline_that_comes_nearer_wakes_the_timer() {
    run(async {
        let stage = Stage::new(&[("freeSocketTimeout", 60_000.0), ("maxSocketsPerHost", 1.0)]);
        let server = Server::bind().await;
        let destination = plain(&server);
        let first = stage.get(&destination, "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply().await;
        // The timer now sleeps for a minute.
        let _busy = stage.get(&destination, "/");
        peer.request().await;
        let mut request = stage.request(http::Method::GET, &destination, "/");
        request.timeouts.queue = Some(std::time::Duration::from_millis(20));
        assert_eq!(stage.send(request).failure().await.code(), "ERR_POOL_QUEUE_TIMEOUT");
    });
}
