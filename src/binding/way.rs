//! How the connections of a pool's sections are made, and what of it decides which connections an origin's requests share.

use std::sync::Arc;

use crate::dispatch::{Destination, Engine};
use crate::key::proxy::Via;
use crate::key::{Origin, PoolKey, Scheme, Speaks, TrustId};
use crate::transport::tls::TlsOptions;

use super::consult::Appointed;
use super::pools::OpenPool;

/// How TLS connections are made.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    /// The trust configuration; none where nothing was said.
    pub(super) id: Option<TrustId>,
    pub(super) server_name: Option<Arc<str>>,
}

/// How the connections of a section are made.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    pub(super) trust: Trust,
    /// The Unix socket to dial in place of the host.
    pub(super) socket_path: Option<Arc<str>>,
    /// Who is asked.
    pub(super) user: Option<Arc<Appointed>>,
}

/// Where requests to an origin of a pool go.
pub(super) fn destination(
    engine: &Engine,
    open: &OpenPool,
    section: u32,
    text: &[u8],
) -> Option<Arc<Destination>> {
    let mut key = key(engine, open, section, text)?;
    let h2 = open.pool.config_of(&key).h2;
    let forwards = key.via.as_ref().is_some_and(|via| via.forwards);
    key.speaks = match key.origin.scheme {
        Scheme::Https if h2.allow => Speaks::Either,
        // A proxy that forwards speaks HTTP/1.1 itself.
        Scheme::Http if h2.allow && h2.clear && !forwards => Speaks::Http2,
        _ => Speaks::Http1,
    };
    Destination::held(key, open.hold.clone())
}

/// What decides reuse among connections to an origin of a pool. `text`: `scheme\nhost\nport`, then `\nproxy` if it goes
/// by one, as the pool counts them from 1 on.
pub(super) fn key(engine: &Engine, open: &OpenPool, section: u32, text: &[u8]) -> Option<PoolKey> {
    let mut parts = std::str::from_utf8(text).ok()?.split('\n');
    let scheme = match parts.next()? {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    let origin = Origin { scheme, host: parts.next()?.into(), port: parts.next()?.parse().ok()? };
    let Way { trust, socket_path, user } = open.ways.get(section as usize)?;
    let Trust { id: trust, server_name } = match scheme {
        Scheme::Http => Trust::default(),
        Scheme::Https if trust.id.is_none() => Trust { id: Some(default_trust(engine)?), server_name: None },
        Scheme::Https => trust.clone(),
    };
    let mut key = PoolKey { trust, server_name, section, ..PoolKey::plain(origin) };
    if let Some(number) = parts.next() {
        let proxy = open.proxies.get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
        key.via =
            Some(Via { proxy: Arc::clone(proxy), forwards: scheme == Scheme::Http && proxy.kind.is_http() });
    }
    if parts.next().is_some() {
        return None;
    }
    let tcp = &open.pool.config_of(&key).tcp;
    (key.local_address, key.family) = (tcp.local_address, tcp.family);
    key.socket_path.clone_from(socket_path);
    if key.socket_path.is_some() {
        key.via = None;
    }
    key.consulted = user.as_ref().map_or(0, |user| user.number);
    Some(key)
}

/// TLS as Node does it when nothing is said; made when the first request wants it.
fn default_trust(engine: &Engine) -> Option<TrustId> {
    let mut options = TlsOptions::new(engine.roots());
    options.alpn = vec![b"http/1.1".to_vec()];
    engine.trusts.intern(options).ok()
}
