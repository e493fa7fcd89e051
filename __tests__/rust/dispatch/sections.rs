//! Origins that have options of their own in a pool.

use std::sync::Arc;
use std::time::Duration;

use rag_connection_pool::dispatch::Destination;
use rag_connection_pool::key::{Origin, PoolKey, Scheme};

use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run};

/// The server as an origin of the pool's one section.
fn sectioned(server: &Server) -> Arc<Destination> {
    let origin = Origin { scheme: Scheme::Http, host: "127.0.0.1".into(), port: server.port() };
    Destination::new(PoolKey { section: 1, ..PoolKey::plain(origin) }).unwrap()
}

#[test]
fn an_origin_of_a_section_has_no_more_connections_than_the_section_allows() {
    run(async {
        let stage = Stage::with_section(&[("maxSocketsPerHost", 4.0)], &[("maxSocketsPerHost", 1.0)]);
        let servers = [Server::bind().await, Server::bind().await];
        let _asked: Vec<_> = (0..4)
            .map(|_| (stage.get(&sectioned(&servers[0]), "/"), stage.get(&plain(&servers[1]), "/")))
            .collect();
        stage.until(|now| now.active == 5).await;
        assert_eq!(stage.stats().waiting, 3);
    });
}

#[test]
fn an_origin_of_a_section_closes_idle_connections_when_the_section_says() {
    run(async {
        let stage = Stage::with_section(&[("freeSocketTimeout", 60_000.0)], &[("freeSocketTimeout", 20.0)]);
        let server = Server::bind().await;
        let asked = stage.get(&sectioned(&server), "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        asked.reply().await;
        peer.gone().await;
    });
}

#[test]
fn the_head_of_a_reply_is_bounded_as_the_section_says() {
    run(async {
        let stage = Stage::with_section(&[], &[("maxHeadersCount", 2.0)]);
        let servers = [Server::bind().await, Server::bind().await];
        let many = "HTTP/1.1 200 OK\r\na: 1\r\nb: 2\r\nc: 3\r\ncontent-length: 0\r\n\r\n";
        for (server, destination, ends_well) in
            [(&servers[0], sectioned(&servers[0]), false), (&servers[1], plain(&servers[1]), true)]
        {
            let asked = stage.get(&destination, "/");
            let mut peer = server.accept().await;
            peer.answer(many).await;
            if ends_well {
                asked.reply().await;
            } else {
                assert_eq!(asked.failure().await.code(), "HPE_HEADER_OVERFLOW");
            }
        }
    });
}

#[test]
fn a_section_leaves_what_it_does_not_set_as_the_pool_has_it() {
    let stage = Stage::with_section(&[("headersTimeout", 7.0)], &[("maxSocketsPerHost", 1.0)]);
    let origin = Origin { scheme: Scheme::Http, host: "a".into(), port: 1 };
    let own = stage.pool.config_of(&PoolKey { section: 1, ..PoolKey::plain(origin) });
    assert_eq!((own.timeouts.headers, own.limits.max_per_origin), (Some(Duration::from_millis(7)), 1));
}
