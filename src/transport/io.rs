//! A connection's bytes, in clear or under TLS, with one face.

use std::borrow::Cow;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use rustls::HandshakeKind;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::socket::Socket;
use super::tls::Verifier;
use super::wire::{Wire, poll_read_tls};
use crate::error::{Error, Kind};

/// An open connection.
#[derive(Debug)]
pub struct Io {
    way: Way,
    /// Who judged the peer, and knows whom the trusted vouch for; nobody in clear.
    verifier: Option<Arc<Verifier>>,
    certificates: OnceLock<Vec<CertificateDer<'static>>>,
    /// The code that Node's `authorizationError` would hold, under `rejectUnauthorized: false`.
    authorization_error: Option<Cow<'static, str>>,
}

#[derive(Debug)]
enum Way {
    Plain(Wire),
    Tls(Box<TlsStream<Wire>>),
}

/// Bytes that may lie encrypted before the kernel takes them, and so go to it in one call. rustls would have 64 KiB.
const ENCRYPTED: usize = 512 * 1024;

/// The version of TLS that was agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TlsVersion {
    /// `TLSv1.2`
    V1_2,
    /// `TLSv1.3`
    V1_3,
}

impl Io {
    /// A connection in clear.
    pub fn plain(wire: Wire) -> Self {
        Self {
            way: Way::Plain(wire),
            verifier: None,
            certificates: OnceLock::new(),
            authorization_error: None,
        }
    }

    /// A connection after its TLS handshake.
    pub(super) fn tls(
        mut stream: TlsStream<Wire>,
        verifier: Arc<Verifier>,
        authorization_error: Option<Cow<'static, str>>,
    ) -> Self {
        stream.get_mut().1.set_buffer_limit(Some(ENCRYPTED));
        let way = Way::Tls(Box::new(stream));
        Self { way, verifier: Some(verifier), certificates: OnceLock::new(), authorization_error }
    }

    /// The socket under it.
    pub fn socket(&self) -> &Arc<Socket> {
        match &self.way {
            Way::Plain(wire) => wire.socket(),
            Way::Tls(stream) => stream.get_ref().0.socket(),
        }
    }

    /// Whether it is under TLS.
    pub fn is_tls(&self) -> bool {
        matches!(self.way, Way::Tls(_))
    }

    /// The protocol that ALPN settled on.
    pub fn alpn(&self) -> Option<&[u8]> {
        self.session()?.alpn_protocol()
    }

    /// The peer's certificates as it sent them, its own first; none in clear.
    pub fn peer_certificates(&self) -> &[CertificateDer<'static>] {
        self.session().and_then(|session| session.peer_certificates()).unwrap_or_default()
    }

    /// The peer's certificate and those that vouch for it, each by the next, up to one that is trusted where there is
    /// one; none in clear.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        self.certificates.get_or_init(|| {
            self.verifier
                .as_ref()
                .map_or_else(Vec::new, |verifier| verifier.lineage(self.peer_certificates()))
        })
    }

    /// The version of TLS; none in clear.
    pub fn tls_version(&self) -> Option<TlsVersion> {
        match self.session()?.protocol_version()? {
            rustls::ProtocolVersion::TLSv1_2 => Some(TlsVersion::V1_2),
            rustls::ProtocolVersion::TLSv1_3 => Some(TlsVersion::V1_3),
            _ => None,
        }
    }

    /// The cipher suite by its IANA name, such as `TLS13_AES_256_GCM_SHA384`; none in clear.
    pub fn cipher(&self) -> Option<&'static str> {
        self.session()?.negotiated_cipher_suite()?.suite().as_str()
    }

    /// The group that the keys were exchanged over; none in clear.
    pub fn key_exchange(&self) -> Option<rustls::NamedGroup> {
        Some(self.session()?.negotiated_key_exchange_group()?.name())
    }

    /// Whether the handshake resumed an earlier session.
    pub fn resumed(&self) -> bool {
        self.session().is_some_and(|session| session.handshake_kind() == Some(HandshakeKind::Resumed))
    }

    /// Why the peer would have been refused, had `rejectUnauthorized` not been false.
    pub fn authorization_error(&self) -> Option<&str> {
        self.authorization_error.as_deref()
    }

    /// What the user found, whom nobody keeps from being let in.
    pub(super) fn found(&mut self, fault: &Error) {
        // As Node has it.
        let told = if *fault.kind() == Kind::User { &fault.facts().message } else { fault.code() };
        self.authorization_error.get_or_insert_with(|| told.to_owned().into());
    }

    fn session(&self) -> Option<&rustls::ClientConnection> {
        match &self.way {
            Way::Plain(_) => None,
            Way::Tls(stream) => Some(stream.get_ref().1),
        }
    }
}

impl AsyncRead for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let outcome = match &mut this.way {
            Way::Plain(wire) => ready!(Pin::new(wire).poll_read(cx, buffer)),
            Way::Tls(stream) => ready!(poll_read_tls(stream, cx, buffer)),
        };
        this.socket().count_received(buffer.filled().len().saturating_sub(before));
        Poll::Ready(outcome)
    }
}

impl AsyncWrite for Io {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().way {
            Way::Plain(wire) => Pin::new(wire).poll_write(cx, bytes),
            Way::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().way {
            Way::Plain(wire) => Pin::new(wire).poll_write_vectored(cx, slices),
            Way::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.way {
            Way::Plain(wire) => wire.is_write_vectored(),
            Way::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().way {
            Way::Plain(wire) => Pin::new(wire).poll_flush(cx),
            Way::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().way {
            Way::Plain(wire) => Pin::new(wire).poll_shutdown(cx),
            Way::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
