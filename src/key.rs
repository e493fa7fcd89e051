//! What decides whether a connection made for one request may carry another.
//!
//! Equality is on the values themselves and never on a hash of them: two keys that collide must not share
//! a connection.

pub mod proxy;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use self::proxy::{ProxyKind, Via};

/// The scheme of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// In clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URL of this scheme leaves out.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Scheme, host and port (RFC 6454). The host is lower case and ASCII, an IPv6 address without brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// In clear or over TLS.
    pub scheme: Scheme,
    /// The name or literal address.
    pub host: Arc<str>,
    /// The port, written out.
    pub port: u16,
}

impl fmt::Display for Origin {
    /// As in a URL: brackets round an IPv6 address, and no port where it is the scheme's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{}://{open}{}{close}", self.scheme.name(), self.host)?;
        if self.port == self.scheme.default_port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// What a connection may turn out to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Speaks {
    /// HTTP/1.1, by the engine or by an agent's user.
    #[default]
    Http1,
    /// HTTP/2 if the server chooses it by ALPN. If it does not, the connection serves under [`Speaks::Http1`].
    Either,
    /// HTTP/2 by prior knowledge.
    Http2,
}

/// A trust configuration, by its number in the engine's table, where equal configurations share one. The table may forget it
/// when the last of its ids is gone; no other is ever given its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TrustId(pub(crate) Arc<u64>);

impl TrustId {
    /// The id of a number.
    pub fn new(number: u64) -> Self {
        Self(Arc::new(number))
    }
}

/// Every attribute that decides reuse. A connection serves a request only if the two keys are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PoolKey {
    /// Where to.
    pub origin: Origin,
    /// In which protocol.
    pub speaks: Speaks,
    /// The trust configuration. None for connections in clear, and for those over which somebody else speaks TLS.
    pub trust: Option<TrustId>,
    /// The server name to ask for and to verify, where it is not the origin's host; an empty one: none is asked for.
    pub server_name: Option<Arc<str>>,
    /// The local address to dial from.
    pub local_address: Option<IpAddr>,
    /// Dial only addresses of this family: 4, 6, or 0 for either.
    pub family: u8,
    /// The path of the Unix socket to dial in place of the origin's host.
    pub socket_path: Option<Arc<str>>,
    /// The proxy to go by, with whose credentials and in which way; `None`: straight to the origin.
    pub via: Option<Via>,
    /// The user who is asked while a connection is made, by his number; 0: nobody. A connection that one has vouched for
    /// is no other's.
    pub consulted: u32,
    /// Under which of the pool's settings: 0 for its own, otherwise the number of those that it has for some
    /// hosts. A connection is made under them and keeps to them, so they decide reuse as well.
    pub section: u32,
}

impl PoolKey {
    /// The key of those connections that the server did not choose HTTP/2 for.
    pub fn for_http1(&self) -> Option<Self> {
        (self.speaks == Speaks::Either).then(|| Self { speaks: Speaks::Http1, ..self.clone() })
    }

    /// The proxy that its connections go by, without its credentials.
    pub fn proxy(&self) -> Option<String> {
        self.via.as_ref().map(|via| via.proxy.to_string())
    }

    /// Whether bytes that wait on an idle connection may be TLS's own: tickets, say.
    pub fn is_under_tls(&self) -> bool {
        let to_proxy = self.via.as_ref().is_some_and(|via| via.proxy.kind == ProxyKind::Https);
        self.origin.scheme == Scheme::Https || to_proxy
    }

    /// The key of an origin with nothing special about it.
    pub fn plain(origin: Origin) -> Self {
        Self {
            origin,
            speaks: Speaks::Http1,
            trust: None,
            server_name: None,
            local_address: None,
            family: 0,
            socket_path: None,
            via: None,
            consulted: 0,
            section: 0,
        }
    }
}
