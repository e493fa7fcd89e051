//! From a connection to a proxy to one that is as good as the origin's.
//!
//! What fails here is the proxy's part: each error has the phase `proxy` and names it, never its credentials.

#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod socks;
mod tunnel;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

pub use self::tunnel::basic;
use super::tls::{self, Peer, Trust};
use super::wire::Wire;
use crate::error::{Error, Kind, Phase};
use crate::key::Origin;
use crate::key::proxy::{Proxy, ProxyKind, Via};

/// The proxy that a connection is to go by.
#[derive(Clone, Debug)]
pub struct Route {
    /// Which one, and in which way.
    pub via: Via,
    /// Whom to trust to be it, where it speaks TLS.
    pub trust: Option<Arc<Trust>>,
}

/// How a connection to a proxy comes about, and the addresses of an origin whose name the proxy is not told.
pub(super) trait Ways: Sync {
    /// A new connection to the proxy.
    fn reach(&self) -> impl Future<Output = Result<Wire, Error>> + Send;
    /// The origin's addresses with its port; at least one.
    fn look_up(&self) -> impl Future<Output = Result<Vec<SocketAddr>, Error>> + Send;
}

/// A connection through the proxy that carries `origin`'s bytes, or to it if it forwards.
pub(super) async fn open(route: &Route, origin: &Origin, ways: &impl Ways) -> Result<Wire, Error> {
    attempt(route, origin, ways).await.map_err(|error| at(&route.via.proxy, error))
}

async fn attempt(route: &Route, origin: &Origin, ways: &impl Ways) -> Result<Wire, Error> {
    let proxy = &*route.via.proxy;
    match proxy.kind {
        ProxyKind::Http | ProxyKind::Https => over_http(route, origin, ways).await,
        ProxyKind::Socks5h => socks::by_name(ways.reach().await?, proxy, origin).await,
        ProxyKind::Socks5 => socks::by_address(proxy, ways).await,
    }
}

async fn over_http(route: &Route, origin: &Origin, ways: &impl Ways) -> Result<Wire, Error> {
    let proxy = &*route.via.proxy;
    let mut wire = ways.reach().await?;
    if proxy.kind == ProxyKind::Https {
        let Some(trust) = &route.trust else {
            return Err(Error::new(Kind::Internal, Phase::Proxy, "nobody to trust was named"));
        };
        wire = Wire::under_tls(tls::secure(wire, trust, Peer::named(&proxy.host), None).await?);
    }
    if route.via.forwards { Ok(wire) } else { tunnel::open(wire, proxy, origin).await }
}

/// What failed on the way to the proxy, or with it.
fn at(proxy: &Proxy, error: Error) -> Error {
    error.with(|facts| {
        facts.phase = Phase::Proxy;
        facts.message = format!("proxy {}: {}", proxy.authority(), facts.message).into();
    })
}
