//! What a signature is worth: whether it is right, and whether its key and digest are not too weak, as OpenSSL counts at its security level 2: 112 bits.
//!
//! That is Node's level from version 24 on. Before, it is 1 and takes RSA keys from 1,024 bits, for which rustls knows no
//! signatures.

use rustls::crypto::WebPkiSupportedAlgorithms;
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;

pub(super) fn has_weak_key(certificate: &X509Certificate<'_>) -> bool {
    matches!(certificate.public_key().parsed(), Ok(PublicKey::RSA(key)) if key.key_size() < LEAST_RSA_BITS)
}

/// Whether another certificate can be made that its signature fits as well.
pub(super) fn has_weak_digest(certificate: &X509Certificate<'_>) -> bool {
    WEAK_SIGNATURES.contains(&certificate.signature_algorithm.algorithm.to_id_string().as_str())
}

/// A weak signature has been found fault with already, and OpenSSL checks it nevertheless: rustls has nothing to do it by.
pub(super) fn is_forged(
    certificate: &X509Certificate<'_>,
    issuer: &X509Certificate<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
) -> bool {
    !has_weak_digest(certificate) && !has_weak_key(issuer) && !signed_by(certificate, issuer, algorithms)
}

fn signed_by(
    certificate: &X509Certificate<'_>,
    issuer: &X509Certificate<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
) -> bool {
    // An algorithm's identifier in DER begins with its object identifier.
    let oid = certificate.signature_algorithm.oid().as_bytes();
    let Ok(length) = u8::try_from(oid.len()) else { return false };
    let identifier = [&[0x06, length], oid].concat();
    let key = &issuer.public_key().subject_public_key.data;
    let (message, signature) = (certificate.tbs_certificate.as_ref(), &certificate.signature_value.data);
    algorithms.all.iter().any(|algorithm| {
        algorithm.signature_alg_id().starts_with(&identifier)
            && algorithm.verify_signature(key, message, signature).is_ok()
    })
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
