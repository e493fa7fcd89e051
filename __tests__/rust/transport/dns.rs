//! The cache of look-ups, on a made-up clock.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use parking_lot::Mutex;
use rag_connection_pool::error::{Error, Kind, Phase};
use rag_connection_pool::transport::dns::{Dns, getaddrinfo, literal};

use crate::loopback::{now, run};

const KEEP: Duration = Duration::from_secs(10);

/// A resolver that gives 127.0.0.n to its n-th question.
fn counting() -> (Dns, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let dns = Dns::over(move |_, _| {
        let n = u8::try_from(count.fetch_add(1, Ordering::SeqCst) + 1).unwrap();
        Ok(vec![SocketAddr::from(([127, 0, 0, n], 0))])
    });
    (dns, asked)
}

fn last_octet(answer: &rag_connection_pool::transport::dns::Answer) -> u8 {
    match answer.addresses[0] {
        SocketAddr::V4(v4) => v4.ip().octets()[3],
        SocketAddr::V6(_) => panic!("an IPv4 address was given"),
    }
}

#[test]
fn a_young_answer_is_given_from_memory() {
    run(async {
        let (dns, asked) = counting();
        let (host, start) = (Arc::from("name.test"), now());
        dns.look_up(&host, 0, KEEP, start).await.unwrap();
        dns.look_up(&host, 0, KEEP, start + KEEP * 9 / 10).await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn an_old_answer_is_given_at_once_and_refreshed_beside() {
    run(async {
        let (dns, _) = counting();
        let (host, start) = (Arc::from("name.test"), now());
        dns.look_up(&host, 0, KEEP, start).await.unwrap();
        let stale = dns.look_up(&host, 0, KEEP, start + KEEP).await.unwrap();
        assert_eq!((last_octet(&stale), stale.stale), (1, true));
        loop {
            let fresh = dns.look_up(&host, 0, KEEP, start + KEEP).await.unwrap();
            if !fresh.stale {
                assert_eq!(last_octet(&fresh), 2);
                break;
            }
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn nothing_is_kept_where_keeping_is_off() {
    run(async {
        let (dns, _) = counting();
        let (host, start) = (Arc::from("name.test"), now());
        dns.look_up(&host, 0, Duration::ZERO, start).await.unwrap();
        let second = dns.look_up(&host, 0, Duration::ZERO, start).await.unwrap();
        assert_eq!(last_octet(&second), 2);
    });
}

#[test]
fn one_look_up_serves_all_that_wait_for_a_name() {
    run(async {
        let (go, gate) = mpsc::channel::<()>();
        let (gate, asked) = (Mutex::new(gate), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&asked);
        let dns = Dns::over(move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            gate.lock().recv().unwrap();
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
        });
        let (host, start): (Arc<str>, _) = (Arc::from("name.test"), now());
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (dns, host) = (dns.clone(), Arc::clone(&host));
            waiting.spawn(async move { dns.look_up(&host, 0, KEEP, start).await.map(drop) });
        }
        while asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        go.send(()).unwrap();
        drop(go);
        while let Some(answer) = waiting.join_next().await {
            answer.unwrap().unwrap();
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_look_up_outlives_the_request_that_began_it() {
    run(async {
        let (go, gate) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        let dns = Dns::over(move |_, _| {
            gate.lock().recv().unwrap();
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
        });
        let (host, start): (Arc<str>, _) = (Arc::from("name.test"), now());
        let mut first = Box::pin(dns.look_up(&host, 0, KEEP, start));
        assert!(tokio::time::timeout(Duration::from_millis(1), &mut first).await.is_err());
        drop(first);
        go.send(()).unwrap();
        drop(go);
        dns.look_up(&host, 0, KEEP, start).await.unwrap();
    });
}

#[test]
fn a_failure_is_kept_for_a_second() {
    run(async {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let dns = Dns::over(move |_, _| {
            count.fetch_add(1, Ordering::SeqCst);
            Err(Error::new(Kind::System("ENOTFOUND".into()), Phase::Dns, "no"))
        });
        let (host, start) = (Arc::from("name.test"), now());
        for (after, times) in [(0, 1), (999, 1), (1_000, 2)] {
            dns.look_up(&host, 0, KEEP, start + Duration::from_millis(after)).await.unwrap_err();
            assert_eq!(asked.load(Ordering::SeqCst), times, "after {after} ms");
        }
    });
}

#[test]
fn a_failed_refresh_takes_no_good_answer_away() {
    run(async {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let dns = Dns::over(move |_, _| match count.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))]),
            _ => Err(Error::new(Kind::System("EAI_AGAIN".into()), Phase::Dns, "later")),
        });
        let (host, start) = (Arc::from("name.test"), now());
        dns.look_up(&host, 0, KEEP, start).await.unwrap();
        // Two refreshes begun: the first has been put away.
        while asked.load(Ordering::SeqCst) < 3 {
            assert_eq!(last_octet(&dns.look_up(&host, 0, KEEP, start + KEEP).await.unwrap()), 1);
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_forgotten_name_is_looked_up_anew() {
    run(async {
        let (dns, _) = counting();
        let (host, start) = (Arc::from("name.test"), now());
        dns.look_up(&host, 0, KEEP, start).await.unwrap();
        dns.forget(&host);
        assert_eq!(last_octet(&dns.look_up(&host, 0, KEEP, start).await.unwrap()), 2);
    });
}

#[test]
fn a_literal_address_is_its_own_answer() {
    run(async {
        let (dns, asked) = counting();
        let answer = dns.look_up(&Arc::from("::1"), 0, KEEP, now()).await.unwrap();
        assert_eq!(answer.addresses[0].ip().to_string(), "::1");
        assert_eq!(asked.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn names_that_are_asked_for_once_are_not_kept_for_ever() {
    run(async {
        let (dns, start) = (Dns::over(|_, _| Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])), now());
        for number in 0..5_000 {
            let host = Arc::from(format!("n{number}.test"));
            dns.look_up(&host, 0, KEEP, start + Duration::from_millis(number)).await.unwrap();
        }
        let shown = format!("{dns:?}");
        let kept: usize = shown.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
        assert!((512..=1_024).contains(&kept), "{shown}");
    });
}

#[test]
fn the_names_that_were_asked_for_last_are_those_that_are_kept() {
    run(async {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let dns = Dns::over(move |name, _| {
            log.lock().push(name.to_owned());
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
        });
        let start = now();
        for number in (0..2_000).chain(1_900..2_000) {
            let host = Arc::from(format!("n{number}.test"));
            dns.look_up(&host, 0, KEEP, start + Duration::from_micros(number)).await.unwrap();
        }
        assert_eq!(asked.lock().len(), 2_000);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_zone_is_the_interface_of_its_name_or_number() {
    // lo is the first interface of every Linux.
    for (text, zone) in [("fe80::1%lo", 1), ("fe80::1%1", 1), ("fe80::1%nowhere", 0), ("fe80::1", 0)] {
        let address = SocketAddr::V6(std::net::SocketAddrV6::new("fe80::1".parse().unwrap(), 0, 0, zone));
        assert_eq!(literal(text), Some(address), "{text}");
    }
}

#[test]
fn a_zone_makes_no_address_of_what_is_none() {
    for text in ["name.test", "name%lo", "127.0.0.1%lo", "%lo", "fe80::1%", "[::1]"] {
        assert_eq!(literal(text).filter(|_| text != "fe80::1%"), None, "{text}");
    }
}

#[test]
fn localhost_is_on_loopback() {
    let addresses = getaddrinfo("localhost", 0).unwrap();
    assert!(!addresses.is_empty());
    assert!(addresses.iter().all(|address| address.ip().is_loopback()));
}

#[test]
fn a_family_is_all_that_is_looked_up() {
    assert!(getaddrinfo("localhost", 4).unwrap().iter().all(SocketAddr::is_ipv4));
}

#[test]
fn a_name_that_nobody_has_is_told_as_node_tells_it() {
    // Refused before any query: a label may have 63 letters.
    let name = format!("{}.test", "a".repeat(70));
    let error = getaddrinfo(&name, 0).unwrap_err();
    let call = error.facts().call.clone().unwrap();
    assert_eq!(error.facts().message, format!("getaddrinfo ENOTFOUND {name}"));
    assert_eq!((error.code(), call.name, call.errno), ("ENOTFOUND", "getaddrinfo", -3008));
    assert_eq!(call.hostname, Some(name));
}
