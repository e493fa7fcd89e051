//! Hosts that cannot be reached.

use crate::server::Server;
use crate::stage::{Stage, plain, run, to};

#[test]
fn everyone_who_waits_for_a_host_that_refuses_fails_at_once() {
    run(async {
        let stage = Stage::new(&[("maxSocketsPerHost", 1.0)]);
        let server = Server::bind().await;
        let destination = plain(&server);
        drop(server);
        let asked: Vec<_> = (0..20).map(|_| stage.get(&destination, "/")).collect();
        for asked in asked {
            let error = asked.failure().await;
            assert_eq!((error.code(), error.phase().name()), ("ECONNREFUSED", "connect"));
            let facts = error.facts();
            assert_eq!(facts.origin, Some(destination.key.origin.to_string()));
            assert_eq!(facts.call.as_ref().unwrap().name, "connect");
            assert!(facts.occupancy.is_some() && !facts.may_have_been_processed && !facts.reused_socket);
        }
        stage.quiet().await;
        let counters = stage.pool.observe().measured.counters;
        assert_eq!((counters.total_requests, counters.errors, counters.new_connections), (20, 20, 0));
    });
}

#[test]
fn a_name_that_nobody_has_fails_in_its_own_phase() {
    run(async {
        let stage = Stage::new(&[]);
        let error = stage.get(&to("nobody.invalid", 80), "/").failure().await;
        assert_eq!(error.phase().name(), "dns");
        assert!(matches!(error.code(), "ENOTFOUND" | "EAI_AGAIN"), "{}", error.code());
        assert_eq!(error.facts().call.as_ref().unwrap().hostname.as_deref(), Some("nobody.invalid"));
        stage.quiet().await;
    });
}

#[test]
fn a_host_that_comes_back_is_dialled_again() {
    run(async {
        let stage = Stage::new(&[]);
        let server = Server::bind().await;
        let (destination, port) = (plain(&server), server.port());
        drop(server);
        stage.get(&destination, "/").failure().await;
        let server = Server::at(port).await;
        let asked = stage.get(&destination, "/");
        server.accept().await.answer(crate::server::OK).await;
        asked.reply().await;
    });
}
