//! What a signature is worth: whether it is right, and whether its key and digest are not too weak, as OpenSSL counts at its security level 2: 112 bits.
//!
//! That is Node's level from version 24 on. Before, it is 1 and takes RSA keys from 1,024 bits, for which rustls knows no
//! signatures.

use rustls::crypto::WebPkiSupportedAlgorithms;
use x509_parser::asn1_rs::Any;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::{PublicKey, RSAPublicKey};

use super::codes::Fault;
use super::key::describes_curve;
use super::pss::is_pss_key;

pub(super) fn has_weak_key(certificate: &X509Certificate<'_>) -> bool {
    let key = certificate.public_key();
    let key = if is_pss_key(key) {
        RSAPublicKey::from_der(&key.subject_public_key.data).ok().map(|(_, key)| PublicKey::RSA(key))
    } else {
        key.parsed().ok()
    };
    matches!(key, Some(PublicKey::RSA(key)) if key.key_size() < LEAST_RSA_BITS)
}

/// Whether another certificate can be made that its signature fits as well.
pub(super) fn has_weak_digest(certificate: &X509Certificate<'_>) -> bool {
    WEAK_SIGNATURES.contains(&certificate.signature_algorithm.algorithm.to_id_string().as_str())
}

/// What is wrong with the signature under a certificate. A weak one has been found fault with already, and one by a key that
/// describes its curve; OpenSSL checks them nevertheless: rustls has nothing to do it by.
pub(super) fn flaw(
    certificate: &X509Certificate<'_>,
    issuer: &X509Certificate<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Option<Fault> {
    if has_weak_digest(certificate) || has_weak_key(issuer) || describes_curve(issuer.public_key()) {
        return None;
    }
    // What is signed says what by, or who signed can be made to have meant it otherwise (RFC 5280 section 4.1.1.2).
    if certificate.signature_algorithm != certificate.tbs_certificate.signature {
        return Some(Fault::CertSignatureFailure);
    }
    let found = kinds(certificate, issuer).and_then(|(signature, key)| {
        algorithms.all.iter().find(|algorithm| {
            *algorithm.signature_alg_id() == *signature && *algorithm.public_key_alg_id() == *key
        })
    });
    let Some(algorithm) = found else { return Some(Fault::SignatureUnknown) };
    let (message, signature) = (certificate.tbs_certificate.as_ref(), &certificate.signature_value.data);
    let is_right =
        algorithm.verify_signature(&issuer.public_key().subject_public_key.data, message, signature);
    is_right.err().map(|_| Fault::CertSignatureFailure)
}

/// What a certificate is signed by, and the kind of its issuer's key, in DER.
fn kinds<'a>(
    certificate: &X509Certificate<'a>,
    issuer: &X509Certificate<'a>,
) -> Option<(&'a [u8], &'a [u8])> {
    let (_, whole) = Any::from_der(certificate.as_raw()).ok()?;
    let (_, signature) = Any::from_der(whole.data.get(certificate.tbs_certificate.as_ref().len()..)?).ok()?;
    let (_, key) = Any::from_der(issuer.tbs_certificate.subject_pki.raw).ok()?;
    let (_, kind) = Any::from_der(key.data).ok()?;
    Some((signature.data, kind.data))
}

/// RSA of fewer is worth less than 112 bits.
const LEAST_RSA_BITS: usize = 2_048;

/// By MD2, MD5 or SHA-1, with RSA, ECDSA or DSA.
const WEAK_SIGNATURES: [&str; 6] = [
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.3.14.3.2.29",
    "1.2.840.10045.4.1",
    "1.2.840.10040.4.3",
];
