//! Public keys that a server must have one of, whoever vouches for it.

use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};

use super::key;

/// SHA-256 of a certificate's public key: its `SubjectPublicKeyInfo`, as in RFC 7469.
pub type Pin = [u8; 32];

/// The pin of a certificate; none of what is none.
pub fn pin_of(certificate: &CertificateDer<'_>) -> Option<Pin> {
    key::of(certificate).map(|key| Sha256::digest(key).into())
}

/// Whether the server's own certificate, the first of `chain`, has one of the keys. Those that it sends besides prove
/// nothing: anybody can send them.
pub(super) fn admit(pins: &[Pin], chain: &[CertificateDer<'_>]) -> bool {
    pins.is_empty() || chain.first().and_then(pin_of).is_some_and(|pin| pins.contains(&pin))
}
