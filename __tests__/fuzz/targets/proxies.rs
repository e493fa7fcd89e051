//! What a proxy says: to CONNECT, and in SOCKS5.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rag_connection_pool::fuzzing::through;
use rag_connection_pool::key::proxy::{Credentials, Proxy, ProxyKind, Via};
use rag_connection_pool::key::{Origin, Scheme};
use rag_connection_pool::transport::proxy::Route;
use rag_connection_pool::transport::wire::Wire;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

fuzz_target!(|bytes: &[u8]| {
    let [choice, said @ ..] = bytes else { return };
    let kinds = [ProxyKind::Http, ProxyKind::Socks5h, ProxyKind::Socks5];
    let kind = kinds[usize::from(*choice) % kinds.len()];
    let credentials =
        (choice & 0x80 != 0).then(|| Credentials { user: "user".into(), password: "password".into() });
    let proxy = Proxy { kind, host: "proxy.invalid".into(), port: 3128, credentials, trust: None };
    let route = Route { via: Via { proxy: Arc::new(proxy), forwards: false }, trust: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(play(&route, said));
});

async fn play(route: &Route, said: &[u8]) {
    let (mut proxy, ours) = UnixStream::pair().unwrap();
    let origin = Origin { scheme: Scheme::Https, host: "origin.invalid".into(), port: 443 };
    proxy.write_all(said).await.unwrap();
    proxy.shutdown().await.unwrap();
    let wire = Wire::unix(ours).unwrap();
    match through(wire, route, &origin).await {
        Ok(mut wire) => {
            let mut rest = Vec::new();
            drop(wire.read_to_end(&mut rest).await);
            assert!(said.ends_with(&rest), "the tunnel has bytes that the proxy never sent");
            if route.via.proxy.kind.is_http() {
                assert!(rest.is_empty(), "bytes that nobody asked for stand in the tunnel");
            }
        }
        Err(error) => {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("password") && !shown.contains("dXNlcjpwYXNzd29yZA"), "{shown}");
        }
    }
}
