//! OpenSSL's words for what went wrong, as Node shows them.

use std::borrow::Cow;

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved};

/// A fault of a certificate chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// `X509_V_ERR_CA_MD_TOO_WEAK`, and so on for the rest.
    CaDigestTooWeak,
    CaKeyTooSmall,
    CertHasExpired,
    CertNotYetValid,
    CertRejected,
    CertSignatureFailure,
    DepthZeroSelfSignedCert,
    EeKeyTooSmall,
    ExcludedViolation,
    ExplicitParameters,
    InvalidCa,
    InvalidPurpose,
    KeyUsageNoCertSign,
    PathLengthExceeded,
    PermittedViolation,
    ProxyCertificatesNotAllowed,
    SelfSignedCertInChain,
    /// Not OpenSSL's: it knows more ways to sign than rustls.
    SignatureUnknown,
    UnableToGetIssuerCert,
    UnableToGetIssuerCertLocally,
    UnableToVerifyLeafSignature,
    UnhandledCriticalExtension,
    UnnestedResource,
    UnsupportedConstraintType,
    UnsupportedNameConstraint,
}

impl Fault {
    /// The code that Node shows, which is `UNSPECIFIED` for faults that it has no name for, and OpenSSL's
    /// sentence.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::CaDigestTooWeak => ("UNSPECIFIED", "CA signature digest algorithm too weak"),
            Self::CaKeyTooSmall => ("UNSPECIFIED", "CA certificate key too weak"),
            Self::EeKeyTooSmall => ("UNSPECIFIED", "EE certificate key too weak"),
            Self::CertHasExpired => ("CERT_HAS_EXPIRED", "certificate has expired"),
            Self::CertNotYetValid => ("CERT_NOT_YET_VALID", "certificate is not yet valid"),
            Self::CertRejected => ("CERT_REJECTED", "certificate rejected"),
            Self::CertSignatureFailure => ("CERT_SIGNATURE_FAILURE", "certificate signature failure"),
            Self::DepthZeroSelfSignedCert => ("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
            Self::ExcludedViolation => ("UNSPECIFIED", "excluded subtree violation"),
            Self::ExplicitParameters => ("UNSPECIFIED", "Certificate public key has explicit ECC parameters"),
            Self::InvalidCa => ("INVALID_CA", "invalid CA certificate"),
            Self::InvalidPurpose => ("INVALID_PURPOSE", "unsuitable certificate purpose"),
            Self::KeyUsageNoCertSign => ("UNSPECIFIED", "key usage does not include certificate signing"),
            Self::PathLengthExceeded => ("PATH_LENGTH_EXCEEDED", "path length constraint exceeded"),
            Self::PermittedViolation => ("UNSPECIFIED", "permitted subtree violation"),
            Self::ProxyCertificatesNotAllowed => {
                ("UNSPECIFIED", "proxy certificates not allowed, please set the appropriate flag")
            }
            Self::SelfSignedCertInChain => {
                ("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain")
            }
            Self::SignatureUnknown => (
                "ERR_POOL_TLS_UNSUPPORTED",
                "a certificate is signed in a way that the TLS of this pool does not know",
            ),
            Self::UnableToGetIssuerCert => ("UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate"),
            Self::UnableToGetIssuerCertLocally => {
                ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate")
            }
            Self::UnableToVerifyLeafSignature => {
                ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate")
            }
            Self::UnhandledCriticalExtension => ("UNSPECIFIED", "unhandled critical extension"),
            Self::UnnestedResource => ("UNSPECIFIED", "RFC 3779 resource not subset of parent's resources"),
            Self::UnsupportedConstraintType => ("UNSPECIFIED", "unsupported name constraint type"),
            Self::UnsupportedNameConstraint => {
                ("UNSPECIFIED", "unsupported or invalid name constraint syntax")
            }
        }
    }
}

/// Node's `ERR_SSL_*` code and sentence for a failed handshake.
pub(super) fn of_failure(error: &Error) -> (Cow<'static, str>, String) {
    let reason: Cow<'static, str> = match error {
        Error::AlertReceived(alert) => of_alert(*alert),
        // Not TLS at all: an HTTP server in clear, most often.
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        ) => "wrong version number".into(),
        Error::InvalidMessage(_) => "bad record type".into(),
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            "unexpected message".into()
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "unsupported protocol".into(),
        Error::DecryptError => "decryption failed or bad record mac".into(),
        Error::InvalidCertificate(CertificateError::BadSignature) => "bad signature".into(),
        Error::InvalidCertificate(_) => "certificate verify failed".into(),
        // Of the servers that do this, those with a key for RSA-PSS alone do it in TLS 1.2.
        Error::PeerMisbehaved(PeerMisbehaved::SignedKxWithWrongAlgorithm) => "wrong signature type".into(),
        Error::NoCertificatesPresented => "no certificate returned".into(),
        Error::PeerSentOversizedRecord => "packet length too long".into(),
        Error::NoApplicationProtocol => "bad extension".into(),
        other => other.to_string().to_ascii_lowercase().into(),
    };
    let code = match error {
        // Nothing of OpenSSL's is quite like these; the sentence tells.
        Error::PeerIncompatible(_) | Error::PeerMisbehaved(_) | Error::General(_) | Error::Other(_)
            if reason != "unsupported protocol" && reason != "wrong signature type" =>
        {
            Cow::Borrowed("EPROTO")
        }
        _ => Cow::Owned(format!("ERR_SSL_{}", reason.to_ascii_uppercase().replace([' ', '-'], "_"))),
    };
    (code, format!("SSL routines: {reason}"))
}

/// OpenSSL names an alert after the version that brought it in.
fn of_alert(alert: AlertDescription) -> Cow<'static, str> {
    let number = u8::from(alert);
    match ALERTS.iter().find(|row| row.0 == number) {
        Some(row) => row.1.into(),
        None => format!("tlsv1 alert {number}").into(),
    }
}

const ALERTS: &[(u8, &str)] = &[
    (10, "sslv3 alert unexpected message"),
    (20, "sslv3 alert bad record mac"),
    (22, "tlsv1 alert record overflow"),
    (40, "sslv3 alert handshake failure"),
    (42, "sslv3 alert bad certificate"),
    (43, "sslv3 alert unsupported certificate"),
    (44, "sslv3 alert certificate revoked"),
    (45, "sslv3 alert certificate expired"),
    (46, "sslv3 alert certificate unknown"),
    (47, "sslv3 alert illegal parameter"),
    (48, "tlsv1 alert unknown ca"),
    (49, "tlsv1 alert access denied"),
    (50, "tlsv1 alert decode error"),
    (51, "tlsv1 alert decrypt error"),
    (70, "tlsv1 alert protocol version"),
    (71, "tlsv1 alert insufficient security"),
    (80, "tlsv1 alert internal error"),
    (86, "tlsv1 alert inappropriate fallback"),
    (112, "tlsv1 unrecognized name"),
    (116, "tlsv13 alert certificate required"),
    (120, "tlsv1 alert no application protocol"),
];
