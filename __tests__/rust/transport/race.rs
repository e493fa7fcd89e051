//! The race between a name's addresses (RFC 8305), and what becomes of the name when all have lost.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rag_connection_pool::transport::connect::{PhaseCell, dial};
use rag_connection_pool::transport::dns::Dns;
use rag_connection_pool::transport::tcp::{self, TcpOptions};

use crate::dial::{closed_port, silent};
use crate::loopback::{drain, network, now, run, serve, target};

/// Not less than this lies between two tries (section 8).
const PACE: Duration = Duration::from_millis(250);

#[cfg(target_os = "linux")]
#[test]
fn a_silent_address_has_250_ms_before_the_next_is_tried() {
    run(async {
        let (silent, _held) = silent();
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let began = now();
        tcp::race(&[silent, address], &TcpOptions::default()).await.unwrap();
        assert!(now() - began >= PACE);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_slow_address_may_still_win_when_those_after_it_have_failed() {
    run(async {
        let (slow, (listener, held)) = silent();
        let (port, _closed) = closed_port();
        let refused = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let addresses = [slow, refused];
        let options = TcpOptions::default();
        let mut race = Box::pin(tcp::race(&addresses, &options));
        // The other has been tried and has failed by then, and the race is not lost.
        assert!(tokio::time::timeout(PACE * 2, &mut race).await.is_err());
        let accepting = tokio::spawn(async move {
            let _held = held;
            loop {
                drop(listener.accept().await.unwrap());
            }
        });
        let wire = race.await.unwrap();
        assert_eq!(wire.socket().peer_addr(), Some(slow));
        accepting.abort();
    });
}

#[test]
fn the_families_take_turns() {
    run(async {
        let (port, _closed) = closed_port();
        let v6 = |last| SocketAddr::from((Ipv6Addr::new(0, 0, 0, 0, 0, 0, 0, last), port));
        let v4 = |last| SocketAddr::from(([127, 0, 0, last], port));
        let given = [v4(1), v4(2), v4(3), v6(1)];
        let error = tcp::race(&given, &TcpOptions::default()).await.unwrap_err();
        let calls = error.facts().causes.iter().map(|cause| cause.facts().call.clone().unwrap());
        let order: Vec<IpAddr> = calls.map(|call| call.address.unwrap().parse().unwrap()).collect();
        assert_eq!(order, [v4(1), v6(1), v4(2), v4(3)].map(|address| address.ip()));
    });
}

#[test]
fn a_name_at_whose_addresses_nothing_answers_is_looked_up_anew() {
    run(async {
        let (port, _closed) = closed_port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let dns = Dns::over(move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
        });
        let network = network(dns);
        for times in 1..=3 {
            dial(&target("name.test", port), &network, &PhaseCell::new(), now).await.unwrap_err();
            assert_eq!(asked.load(Ordering::SeqCst), times);
        }
    });
}

#[test]
fn a_literal_address_is_dialled_whatever_the_family() {
    run(async {
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let mut target = target("127.0.0.1", address.port());
        target.tcp.family = 6;
        let dns = Dns::over(|_, _| panic!("an address is looked up"));
        dial(&target, &network(dns), &PhaseCell::new(), now).await.unwrap();
    });
}
