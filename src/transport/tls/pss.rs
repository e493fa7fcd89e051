//! RSA keys that sign by PSS alone: `id-RSASSA-PSS` (RFC 4055 section 1.2), which webpki and rustls take for no keys.
//!
//! In TLS 1.3 such a key signs by schemes of its own (RFC 8446 section 4.2.3). In TLS 1.2 rustls refuses them whoever
//! verifies.

use std::sync::LazyLock;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use webpki::aws_lc_rs as by;
use x509_parser::prelude::FromDer;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::key;

/// A kind of key with what it signs by.
#[derive(Clone, Copy, Debug)]
struct Key {
    kind: AlgorithmIdentifier,
    by: &'static dyn SignatureVerificationAlgorithm,
}

/// A digest that a key may be bound to.
struct Bound {
    scheme: SignatureScheme,
    digest: &'static str,
    length: u32,
    keys: [Key; 2],
}

impl SignatureVerificationAlgorithm for Key {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        self.by.verify_signature(key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.kind
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.by.signature_alg_id()
    }
}

/// What rustls verifies, and behind it what such keys sign.
pub(super) fn algorithms() -> WebPkiSupportedAlgorithms {
    // Made once a process, and for its life: rustls wants slices that stay.
    static ALL: LazyLock<WebPkiSupportedAlgorithms> = LazyLock::new(|| {
        let known = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        let keys = BOUND.iter().flat_map(|bound| &bound.keys).map(|key| key as _);
        let mapping = BOUND.iter().map(|bound| {
            let keys: Vec<&'static dyn SignatureVerificationAlgorithm> =
                bound.keys.iter().map(|key| key as _).collect();
            (bound.scheme, &*keys.leak())
        });
        WebPkiSupportedAlgorithms {
            all: known.all.iter().copied().chain(keys).collect::<Vec<_>>().leak(),
            mapping: known.mapping.iter().copied().chain(mapping).collect::<Vec<_>>().leak(),
        }
    });
    *ALL
}

/// Whether such a key made it, in `certificate`; none: the scheme is not of such keys.
pub(super) fn verify(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
) -> Option<Result<HandshakeSignatureValid, Error>> {
    let bound = BOUND.iter().find(|bound| bound.scheme == dss.scheme)?;
    let wrong = Err(Error::InvalidCertificate(CertificateError::BadSignature));
    let key = key::of(certificate).and_then(|spki| SubjectPublicKeyInfo::from_der(spki).ok());
    let Some((_, key)) = key else { return Some(wrong) };
    let [algorithm, _] = &bound.keys;
    let made = suits(&key, bound)
        && algorithm.verify_signature(&key.subject_public_key.data, message, dss.signature()).is_ok();
    Some(if made { Ok(HandshakeSignatureValid::assertion()) } else { wrong })
}

/// Whether a key is such a one.
pub(super) fn is_pss_key(key: &SubjectPublicKeyInfo<'_>) -> bool {
    key.algorithm.algorithm.to_id_string() == PSS_KEY
}

/// Whether a key may sign so (RFC 4055 section 3.3): if it says nothing of it, or says the same.
fn suits(key: &SubjectPublicKeyInfo<'_>, bound: &Bound) -> bool {
    if !is_pss_key(key) {
        return false;
    }
    let Some(parameters) = key.algorithm.parameters() else { return true };
    let Ok(parameters) = RsaSsaPssParams::try_from(parameters) else { return false };
    parameters.hash_algorithm_oid().to_id_string() == bound.digest
        && parameters.mask_gen_algorithm().is_ok_and(|mask| mask.hash.to_id_string() == bound.digest)
        && parameters.salt_length() <= bound.length
}

const PSS_KEY: &str = "1.2.840.113549.1.1.10";

/// Of a key that says nothing but its kind.
const UNBOUND: AlgorithmIdentifier =
    AlgorithmIdentifier::from_slice(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0a]);

static BOUND: [Bound; 3] = [
    Bound {
        scheme: SignatureScheme::Unknown(0x0809),
        digest: "2.16.840.1.101.3.4.2.1",
        length: 32,
        keys: [
            Key { kind: UNBOUND, by: by::RSA_PSS_2048_8192_SHA256_LEGACY_KEY },
            Key { kind: alg_id::RSA_PSS_SHA256, by: by::RSA_PSS_2048_8192_SHA256_LEGACY_KEY },
        ],
    },
    Bound {
        scheme: SignatureScheme::Unknown(0x080a),
        digest: "2.16.840.1.101.3.4.2.2",
        length: 48,
        keys: [
            Key { kind: UNBOUND, by: by::RSA_PSS_2048_8192_SHA384_LEGACY_KEY },
            Key { kind: alg_id::RSA_PSS_SHA384, by: by::RSA_PSS_2048_8192_SHA384_LEGACY_KEY },
        ],
    },
    Bound {
        scheme: SignatureScheme::Unknown(0x080b),
        digest: "2.16.840.1.101.3.4.2.3",
        length: 64,
        keys: [
            Key { kind: UNBOUND, by: by::RSA_PSS_2048_8192_SHA512_LEGACY_KEY },
            Key { kind: alg_id::RSA_PSS_SHA512, by: by::RSA_PSS_2048_8192_SHA512_LEGACY_KEY },
        ],
    },
];
