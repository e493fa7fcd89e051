//! The key of a certificate, found without a look at anything else in it.
//!
//! OpenSSL shakes hands with whoever shows a key that it can read, and judges the certificate apart. webpki and rustls read the
//! certificate first, and find no key in one that they would refuse.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{AlgorithmIdentifier, SubjectPublicKeyInfoDer, alg_id};
use rustls::{CertificateError, DigitallySignedStruct, Error};
use webpki::RawPublicKeyEntity;
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The `SubjectPublicKeyInfo` of a certificate in DER.
pub(super) fn of(certificate: &[u8]) -> Option<&[u8]> {
    let (_, whole) = Any::from_der(certificate).ok()?;
    let (_, signed) = Any::from_der(whole.data).ok()?;
    let (after_first, first) = Any::from_der(signed.data).ok()?;
    // The version, which those of the first leave out, and the number.
    let mut rest = if first.tag() == Tag(0) { Any::from_der(after_first).ok()?.0 } else { after_first };
    for _ in ["signature", "issuer", "validity", "subject"] {
        rest = Any::from_der(rest).ok()?.0;
    }
    let (behind, _) = Any::from_der(rest).ok()?;
    rest.get(..rest.len().checked_sub(behind.len())?)
}

/// Whether the key of `certificate` has signed a handshake of TLS 1.2, which leaves open the curve that a scheme goes with (RFC
/// 5246 section 7.4.1.4.1), so that each is tried.
pub(super) fn verify_tls12(
    message: &[u8],
    certificate: &[u8],
    dss: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    let spki = named(certificate)?;
    let key = RawPublicKeyEntity::try_from(&spki).map_err(|_| CertificateError::BadEncoding)?;
    let of_scheme = algorithms.mapping.iter().filter(|(scheme, _)| *scheme == dss.scheme);
    let mut tried = of_scheme.flat_map(|(_, algorithms)| *algorithms);
    if tried.any(|algorithm| key.verify_signature(*algorithm, message, dss.signature()).is_ok()) {
        return Ok(HandshakeSignatureValid::assertion());
    }
    Err(CertificateError::BadSignature.into())
}

/// Whether it has signed one of TLS 1.3.
pub(super) fn verify_tls13(
    message: &[u8],
    certificate: &[u8],
    dss: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    verify_tls13_signature_with_raw_key(message, &named(certificate)?, dss, algorithms)
}

/// Whether a key describes its curve instead of naming it.
pub(super) fn describes_curve(key: &SubjectPublicKeyInfo<'_>) -> bool {
    let is_point = key.algorithm.algorithm.to_id_string() == EC_KEY;
    is_point && key.algorithm.parameters().is_some_and(|parameters| parameters.tag() == Tag::Sequence)
}

/// A key whose curve has a name, where its length tells which one it can be: on no other curve is a point of this one, so that
/// a wrong name lets nobody in.
fn named(certificate: &[u8]) -> Result<SubjectPublicKeyInfoDer<'_>, Error> {
    let unreadable = || Error::from(CertificateError::BadEncoding);
    let raw = of(certificate).ok_or_else(unreadable)?;
    let (_, key) = SubjectPublicKeyInfo::from_der(raw).map_err(|_| unreadable())?;
    if !describes_curve(&key) {
        return Ok(SubjectPublicKeyInfoDer::from(raw));
    }
    let point = &key.subject_public_key.data;
    let curve = CURVES.iter().find(|(length, _)| *length == point.len()).ok_or_else(unreadable)?;
    let bits = [&[NO_UNUSED_BITS], point.as_ref()].concat();
    let parts = [wrapped(SEQUENCE, curve.1.as_ref()), wrapped(BIT_STRING, &bits)].concat();
    Ok(SubjectPublicKeyInfoDer::from(wrapped(SEQUENCE, &parts)))
}

/// In DER; of less than 256 bytes, which a point on the largest curve with its name is.
fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let [length, ..] = content.len().to_le_bytes();
    let head: &[u8] = if length < LONG { &[tag, length] } else { &[tag, LONG | 1, length] };
    [head, content].concat()
}

const EC_KEY: &str = "1.2.840.10045.2.1";
const NO_UNUSED_BITS: u8 = 0;
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 3;
/// Set where a number of bytes with the length follows.
const LONG: u8 = 0x80;

/// By the length of an uncompressed point.
const CURVES: [(usize, AlgorithmIdentifier); 3] =
    [(65, alg_id::ECDSA_P256), (97, alg_id::ECDSA_P384), (133, alg_id::ECDSA_P521)];
