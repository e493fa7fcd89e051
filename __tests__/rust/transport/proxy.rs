//! What tells two ways through a proxy apart, and what is printed of them.

use std::sync::Arc;

use rag_connection_pool::key::proxy::{Credentials, Proxy, ProxyKind, Via};
use rag_connection_pool::key::{PoolKey, Scheme, TrustId};
use rag_connection_pool::transport::connect::{PhaseCell, dial};
use rag_connection_pool::transport::dns::Dns;
use rag_connection_pool::transport::proxy::Route;

use crate::loopback::{network, now, origin, target};

fn proxy(password: &str) -> Proxy {
    Proxy {
        kind: ProxyKind::Http,
        host: "127.0.0.1".into(),
        port: 3128,
        credentials: Some(Credentials { user: "somebody".to_owned(), password: password.to_owned() }),
        trust: None,
    }
}

fn key(proxy: Proxy, forwards: bool) -> PoolKey {
    let via = Some(Via { proxy: Arc::new(proxy), forwards });
    PoolKey { via, ..PoolKey::plain(origin(Scheme::Http, "origin.test", 80)) }
}

#[test]
fn every_attribute_of_a_proxy_tells_two_connections_apart() {
    let same = key(proxy("one"), true);
    assert_eq!(same, key(proxy("one"), true));
    let others = [
        key(proxy("two"), true),
        key(proxy("one"), false),
        key(Proxy { credentials: None, ..proxy("one") }, true),
        key(Proxy { kind: ProxyKind::Https, ..proxy("one") }, true),
        key(Proxy { host: "localhost".into(), ..proxy("one") }, true),
        key(Proxy { port: 3129, ..proxy("one") }, true),
        key(Proxy { trust: Some(TrustId::new(1)), ..proxy("one") }, true),
        PoolKey::plain(same.origin.clone()),
    ];
    for other in others {
        assert_ne!(same, other);
    }
}

#[test]
fn nothing_that_is_printed_of_a_key_holds_credentials() {
    let key = key(proxy("hunter2"), true);
    let printed = format!("{key:?} {:?} {}", key.proxy(), key.via.as_ref().unwrap().proxy);
    assert!(printed.contains("127.0.0.1"));
    assert!(!printed.contains("hunter2") && !printed.contains("somebody"), "{printed}");
}

#[tokio::test]
async fn a_proxy_without_anybody_to_trust_is_not_spoken_to_over_tls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let via = Via { proxy: Arc::new(Proxy { kind: ProxyKind::Https, port, ..proxy("one") }), forwards: true };
    let mut target = target("origin.test", 80);
    target.route = Some(Route { via, trust: None });
    let outcome = dial(&target, &network(Dns::system()), &PhaseCell::new(), now).await.unwrap_err();
    assert_eq!((outcome.code(), outcome.phase().name()), ("ERR_POOL_INTERNAL", "proxy"));
}
