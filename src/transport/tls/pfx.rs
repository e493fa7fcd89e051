//! Keys and certificates in one file, as Node's `pfx` takes them (RFC 7292).

use p12_keystore::Pkcs12Archive;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Identity, unusable};
use crate::error::Error;

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Pfx {
    /// The key with its certificate and those that vouch for it.
    pub identity: Identity,
    /// All other certificates. OpenSSL shows them with the identity, and Node trusts them beside its roots.
    pub others: Vec<CertificateDer<'static>>,
}

impl Pfx {
    /// Reads a file; without a passphrase, with an empty one.
    ///
    /// # Errors
    /// It cannot be read, not with this passphrase, or holds no key with its certificate.
    pub fn read(bytes: &[u8], passphrase: &str) -> Result<Self, Error> {
        let archive =
            Pkcs12Archive::from_pkcs12(bytes, passphrase).map_err(|error| unusable(&error.to_string()))?;
        let Some(bag) = archive.keys.into_iter().next() else { return Err(unusable("no private key in it")) };
        let id = bag.local_key_id.as_ref().map(AsRef::as_ref);
        let (mut own, mut others) = (None, Vec::new());
        for found in &archive.certs {
            let der = CertificateDer::from(found.cert.as_der().to_vec());
            let is_own = own.is_none() && (id.is_none() || found.local_key_id.as_deref() == id);
            if is_own && !is_authority(&der) { own = Some(der) } else { others.push(der) }
        }
        let Some(own) = own else { return Err(unusable("no certificate of its key in it")) };
        let chain = std::iter::once(own).chain(others.iter().cloned()).collect();
        Ok(Self { identity: Identity { chain, key: bag.key.as_der().to_vec() }, others })
    }
}

fn is_authority(der: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, certificate)| certificate.is_ca())
}
