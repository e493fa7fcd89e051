//! A proxy, as far as it decides whether two requests may share a connection.
//!
//! Its credentials are part of what it is: a connection that was opened in one name carries nobody else's requests.
//! Nothing here prints a password.

use std::fmt;
use std::sync::Arc;

use super::TrustId;

/// What is spoken with a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProxyKind {
    /// HTTP in clear.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS5 (RFC 1928) with the names of origins looked up here.
    Socks5,
    /// The same, with the names looked up by the proxy.
    Socks5h,
}

impl ProxyKind {
    /// The scheme of its URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    /// The kind that a URL's scheme means.
    pub fn of(scheme: &str) -> Option<Self> {
        [Self::Http, Self::Https, Self::Socks5, Self::Socks5h].into_iter().find(|kind| kind.name() == scheme)
    }

    /// Whether it speaks HTTP, in clear or over TLS.
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }
}

/// In whose name a proxy is asked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Credentials {
    /// His name.
    pub user: String,
    /// What proves it.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A proxy. The host is lower case and ASCII, an IPv6 address without brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// What is spoken with it.
    pub kind: ProxyKind,
    /// Its name or literal address.
    pub host: Arc<str>,
    /// Its port.
    pub port: u16,
    /// In whose name it is asked.
    pub credentials: Option<Credentials>,
    /// The trust configuration for its own TLS, where it has one.
    pub trust: Option<TrustId>,
}

impl fmt::Display for Proxy {
    /// As a URL, without its credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.kind.name(), self.authority())
    }
}

impl Proxy {
    /// `host:port`, with brackets round an IPv6 address.
    pub fn authority(&self) -> String {
        authority(&self.host, self.port)
    }
}

/// `host:port`, with brackets round an IPv6 address.
pub fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// By which proxy an origin is reached, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Via {
    /// The proxy.
    pub proxy: Arc<Proxy>,
    /// The proxy is sent the requests themselves, in absolute form (RFC 9112, 3.2.2), and not asked for a tunnel. Such a
    /// connection ends at the proxy, so it is no other kind's.
    pub forwards: bool,
}
