//! The verdict on a server's certificates: webpki's, corrected to OpenSSL's.
//!
//! Two judges sit. `path` walks the chain as OpenSSL does and owns the codes that Node shows; webpki checks
//! what a validator must (signatures, constraints, usages) and has the last word. A chain passes if both
//! pass it. The one quarrel that OpenSSL's way of thinking wins is over a CA certificate in a server's
//! hands, which webpki refuses unread: what `openssl req -x509` makes by default is such a certificate.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::path::{self, Trusted};
use super::{TlsOptions, codes, name};

/// A refused certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// OpenSSL's code, as Node shows it.
    pub code: &'static str,
    /// OpenSSL's sentence, or Node's about a name that does not match.
    pub message: String,
}

pub(super) struct Verifier {
    trusted: Trusted,
    /// Only the self-signed among the trusted: for OpenSSL nothing else ends a chain.
    anchors: Vec<TrustAnchor<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
    refuse: bool,
    check_name: bool,
}

impl Verifier {
    pub(super) fn new(options: &TlsOptions, algorithms: WebPkiSupportedAlgorithms) -> Self {
        let trusted = Trusted::new(options.ca.as_deref().unwrap_or(&options.roots));
        // A root that webpki cannot read is none; Node's bundle has none such, and a `ca` of that kind shows
        // as an unknown issuer.
        let anchors = trusted
            .roots()
            .filter_map(|root| anchor_from_trusted_cert(root).ok().map(|anchor| anchor.to_owned()))
            .collect();
        Self {
            trusted,
            anchors,
            algorithms,
            refuse: options.reject_unauthorized,
            check_name: options.check_name,
        }
    }

    pub(super) fn refuses(&self) -> bool {
        self.refuse
    }

    /// The verdict on a server's `chain`, its own certificate first.
    pub(super) fn judge(
        &self,
        chain: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Refused> {
        let Some((leaf, sent)) = chain.split_first() else {
            return Err(Refused::new("CERT_REJECTED"));
        };
        let second = self.second_opinion(leaf, sent, now);
        let signatures = second.is_err().then_some(&self.algorithms);
        let path = path::walk(leaf, sent, &self.trusted, now, signatures).map_err(Refused::new)?;
        match second {
            Ok(()) => {}
            Err(webpki::Error::CaUsedAsEndEntity) if !path.has_name_constraints => {}
            Err(error) => return Err(Refused::new(code(&error))),
        }
        if self.check_name { name::check(leaf, &server.to_str()) } else { Ok(()) }
    }

    fn second_opinion(
        &self,
        leaf: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), webpki::Error> {
        let intermediates: Vec<_> = sent.iter().cloned().chain(self.trusted.lesser()).collect();
        EndEntityCert::try_from(leaf)?
            .verify_for_usage(
                self.algorithms.all,
                &self.anchors,
                &intermediates,
                now,
                KeyUsage::server_auth(),
                None,
                None,
            )
            .map(|_| ())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.refuse {
            let chain: Vec<_> = std::iter::once(end_entity).chain(intermediates).cloned().collect();
            self.judge(&chain, server_name, now).map_err(|refused| {
                Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused))))
            })?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Refused {
    pub(super) fn new(code: &'static str) -> Self {
        Self { code, message: codes::sentence(code).to_owned() }
    }
}

/// The verdict inside a failed handshake.
pub(super) fn refused(error: &Error) -> Option<&Refused> {
    match error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => inner.downcast_ref(),
        _ => None,
    }
}

/// What webpki alone found.
fn code(error: &webpki::Error) -> &'static str {
    match error {
        webpki::Error::CertExpired { .. } => "CERT_HAS_EXPIRED",
        webpki::Error::CertNotValidYet { .. } => "CERT_NOT_YET_VALID",
        webpki::Error::NameConstraintViolation => "PERMITTED_VIOLATION",
        webpki::Error::PathLenConstraintViolated => "PATH_LENGTH_EXCEEDED",
        webpki::Error::EndEntityUsedAsCa => "INVALID_CA",
        webpki::Error::UnsupportedCriticalExtension => "UNHANDLED_CRITICAL_EXTENSION",
        webpki::Error::InvalidSignatureForPublicKey => "CERT_SIGNATURE_FAILURE",
        _ => "CERT_REJECTED",
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("anchors", &self.anchors.len())
            .field("refuse", &self.refuse)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refused {}
