//! What a raw connection can tell about itself.

use std::sync::atomic::{AtomicU32, Ordering};

use super::super::io::{Io, TlsVersion};

static LAST: AtomicU32 = AtomicU32::new(0);

/// What a connection's TLS settled on; nothing in clear.
#[derive(Debug, Default)]
pub struct Face {
    /// Differs from that of any other connection of the process.
    pub number: u32,
    /// The protocol that ALPN settled on.
    pub alpn: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: Option<&'static str>,
    /// The cipher suite by its IANA name.
    pub cipher: Option<&'static str>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// Why the peer would have been refused, had `rejectUnauthorized` not been false.
    pub authorization_error: Option<String>,
    /// The peer's certificate in DER, and those that vouch for it, each by the next.
    pub certificates: Vec<Vec<u8>>,
}

impl Face {
    pub(super) fn of(io: &Io) -> Self {
        Self {
            number: LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1),
            alpn: io.alpn().map(|name| String::from_utf8_lossy(name).into_owned()),
            version: io.tls_version().map(|version| match version {
                TlsVersion::V1_2 => "TLSv1.2",
                TlsVersion::V1_3 => "TLSv1.3",
            }),
            cipher: io.cipher(),
            resumed: io.resumed(),
            authorization_error: io.authorization_error().map(str::to_owned),
            certificates: io.certificates().iter().map(|der| der.to_vec()).collect(),
        }
    }
}
