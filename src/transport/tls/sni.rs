//! By which name a server is asked for (RFC 6066 section 3), and by which it is verified.
//!
//! rustls asks only for names that DNS can have. OpenSSL asks for whatever stands in the URL, so that Node reaches servers
//! under names such as `a-.test`, or with a label of 64 characters. Those are not asked for here, and are verified by their
//! name as its user wrote it nevertheless.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::{Trust, Verifier};

/// Who is expected at the other end.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// The name or address that is verified.
    pub name: &'a str,
    /// Whether the server is told of it; of an address it never is.
    pub is_asked_for: bool,
}

impl<'a> Peer<'a> {
    /// A server that is asked for by the name that is verified.
    pub fn named(name: &'a str) -> Self {
        Self { name, is_asked_for: true }
    }
}

/// How rustls is to ask for a server.
pub(super) fn ask(trust: &Trust, peer: Peer<'_>) -> (Arc<ClientConfig>, ServerName<'static>) {
    // An address that rustls writes otherwise is odd as well: the message of a refusal says it as its user did.
    let known = ServerName::try_from(peer.name.to_owned()).ok().filter(|name| name.to_str() == peer.name);
    match known {
        Some(name) if peer.is_asked_for => (Arc::clone(&trust.config), name),
        Some(name) => (Arc::clone(trust.silent.get_or_init(|| Arc::new(silent(trust)))), name),
        // An address, since none is ever told to a server. Nobody is verified by it.
        None => (Arc::new(under_odd_name(trust, peer.name)), IpAddr::from(Ipv4Addr::UNSPECIFIED).into()),
    }
}

/// With sessions of its own: those of a server that was asked for by name may be another's.
fn silent(trust: &Trust) -> ClientConfig {
    let mut config = ClientConfig::clone(&trust.config);
    config.enable_sni = false;
    config.resumption = Resumption::default();
    config
}

/// Sessions are kept by a name of rustls's own, of which there is none here, so none is.
fn under_odd_name(trust: &Trust, name: &str) -> ClientConfig {
    let mut config = ClientConfig::clone(&trust.config);
    config.enable_sni = false;
    config.resumption = Resumption::disabled();
    let verifier = UnderOddName { verifier: Arc::clone(&trust.verifier), name: name.into() };
    config.dangerous().set_certificate_verifier(Arc::new(verifier));
    config
}

/// Verifies one server by a name that rustls does not know.
#[derive(Debug)]
struct UnderOddName {
    verifier: Arc<Verifier>,
    name: Box<str>,
}

impl ServerCertVerifier for UnderOddName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier.admit(end_entity, intermediates, &self.name, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
