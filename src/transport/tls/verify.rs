//! The verdict on a server's certificates: webpki's, corrected to OpenSSL's.
//!
//! Two judges sit. `path` walks the chain as OpenSSL does, checks all that OpenSSL checks and owns the codes that Node shows;
//! webpki looks at the way that it has gone. A chain passes if both pass it. Five quarrels OpenSSL wins: over two certificates
//! that webpki refuses unread, a CA's in a server's hands, which is what `openssl req -x509` makes by default, and one of
//! version 1, which is what `openssl x509 -req` makes; over limits on names, of which webpki knows too few; over critical
//! extensions, of which it knows fewer; and over ways of more than eight steps. A certificate that is itself trusted is no
//! way, and webpki is not asked.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use webpki::{
    EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter, anchor_from_trusted_cert,
};

use super::codes::Fault;
use super::path::{self, Trusted};
use super::{TlsOptions, key, name, pss};
use crate::error::Mismatch;

/// A refused certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// OpenSSL's code, as Node shows it.
    pub code: &'static str,
    /// OpenSSL's sentence, or Node's about a name that does not match.
    pub message: String,
    /// Of a name that does not match, why.
    pub mismatch: Option<Mismatch>,
}

pub(in crate::transport) struct Verifier {
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
        host: &str,
        now: UnixTime,
    ) -> Result<(), Refused> {
        let Some((leaf, sent)) = chain.split_first() else {
            return Err(Refused::new(Fault::CertRejected));
        };
        let way = path::walk(leaf, sent, &self.trusted, now, &self.algorithms).map_err(Refused::new)?;
        match self.second_opinion(&way, now) {
            Ok(())
            | Err(
                webpki::Error::CaUsedAsEndEntity
                | webpki::Error::UnsupportedCertVersion
                | webpki::Error::NameConstraintViolation
                | webpki::Error::UnsupportedCriticalExtension
                | webpki::Error::MaximumPathDepthExceeded,
            ) => {}
            Err(error) => return Err(Refused::new(fault(&error))),
        }
        if !self.check_name {
            return Ok(());
        }
        let host = name::without_dot(host);
        name::check(leaf, host).map_err(|reason| Refused {
            code: "ERR_TLS_CERT_ALTNAME_INVALID",
            message: format!("Hostname/IP does not match certificate's altnames: {reason}"),
            mismatch: Some(Mismatch {
                reason,
                host: host.to_owned(),
                certificates: self.lineage(chain).iter().map(|der| der.to_vec()).collect(),
            }),
        })
    }

    /// A server's certificate and those that vouch for it, each by the next, in what it sent and what is trusted.
    pub(in crate::transport) fn lineage(&self, chain: &[CertificateDer<'_>]) -> Vec<CertificateDer<'static>> {
        path::lineage(chain, &self.trusted)
    }

    /// The verdict as rustls takes it.
    pub(super) fn admit(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &str,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.refuse {
            let chain: Vec<_> = std::iter::once(end_entity).chain(intermediates).cloned().collect();
            self.judge(&chain, host, now).map_err(|refused| {
                Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused))))
            })?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn second_opinion(&self, way: &[CertificateDer<'_>], now: UnixTime) -> Result<(), webpki::Error> {
        let Some((leaf, above)) = way.split_first().filter(|(_, above)| !above.is_empty()) else {
            return Ok(());
        };
        EndEntityCert::try_from(leaf)?
            .verify_for_usage(self.algorithms.all, &self.anchors, above, now, Servers, None, None)
            .map(|_| ())
    }
}

/// The purposes of a key that are those of a server for OpenSSL.
struct Servers;

impl ExtendedKeyUsageValidator for Servers {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        let purposes = purposes.collect::<Result<Vec<_>, _>>()?;
        let is_one = purposes.is_empty() || purposes.iter().any(|purpose| SERVERS.contains(purpose));
        is_one.then_some(()).ok_or(webpki::Error::EmptyEkuExtension)
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
        self.admit(end_entity, intermediates, &server_name.to_str(), now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        key::verify_tls12(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if let Some(verdict) = pss::verify(message, cert, dss) {
            return verdict;
        }
        key::verify_tls13(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Refused {
    fn new(fault: Fault) -> Self {
        let (code, sentence) = fault.words();
        Self { code, message: sentence.to_owned(), mismatch: None }
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
fn fault(error: &webpki::Error) -> Fault {
    match error {
        webpki::Error::CertExpired { .. } => Fault::CertHasExpired,
        webpki::Error::CertNotValidYet { .. } => Fault::CertNotYetValid,
        webpki::Error::PathLenConstraintViolated => Fault::PathLengthExceeded,
        webpki::Error::EndEntityUsedAsCa => Fault::InvalidPurpose,
        webpki::Error::UnsupportedCriticalExtension => Fault::UnhandledCriticalExtension,
        webpki::Error::InvalidSignatureForPublicKey => Fault::CertSignatureFailure,
        _ => Fault::CertRejected,
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

/// `serverAuth`, and Microsoft's and Netscape's names from when strong servers were apart.
const SERVERS: [KeyPurposeId<'static>; 3] = [
    KeyPurposeId::new(&[0x2b, 6, 1, 5, 5, 7, 3, 1]),
    KeyPurposeId::new(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3]),
    KeyPurposeId::new(&[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1]),
];
