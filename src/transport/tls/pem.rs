//! Certificates in PEM, under each of the headings under which OpenSSL takes them, with what their owner trusts them for.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::asn1_rs::{Any, Class, Tag};
use x509_parser::prelude::FromDer;

/// A certificate of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Itself.
    pub certificate: CertificateDer<'static>,
    /// False: its owner trusts it, but not to vouch for servers.
    pub is_for_servers: bool,
}

/// All certificates of a text; none where one cannot be read.
pub fn certificates(text: &str) -> Option<Vec<Listed>> {
    let text = HEADINGS.iter().fold(text.to_owned(), |text, heading| text.replace(heading, PLAIN));
    CertificateDer::pem_slice_iter(text.as_bytes()).map(|der| listed(der.ok()?)).collect()
}

/// What stands behind a certificate are the settings of its owner, which `openssl x509 -trustout` writes.
fn listed(der: CertificateDer<'static>) -> Option<Listed> {
    // What is no certificate at all is found out by who reads it.
    let Ok((settings, _)) = Any::from_der(&der) else {
        return Some(Listed { certificate: der, is_for_servers: true });
    };
    if settings.is_empty() {
        return Some(Listed { certificate: der, is_for_servers: true });
    }
    let certificate = der.get(..der.len().checked_sub(settings.len())?)?.to_vec().into();
    Some(Listed { certificate, is_for_servers: is_for_servers(settings)? })
}

/// As OpenSSL weighs them: what is rejected first, and then what is trusted, if anything is said of it.
fn is_for_servers(settings: &[u8]) -> Option<bool> {
    let (mut rest, mut is_trusted, mut is_rejected) = (Any::from_der(settings).ok()?.1.data, true, false);
    while !rest.is_empty() {
        let (behind, setting) = Any::from_der(rest).ok()?;
        match (setting.class(), setting.tag()) {
            (Class::Universal, Tag::Sequence) => is_trusted = names_servers(setting.data)?,
            (Class::ContextSpecific, REJECTED) => is_rejected = names_servers(setting.data)?,
            _ => {}
        }
        rest = behind;
    }
    Some(is_trusted && !is_rejected)
}

fn names_servers(mut purposes: &[u8]) -> Option<bool> {
    let mut is_named = false;
    while !purposes.is_empty() {
        let (behind, purpose) = Any::from_der(purposes).ok()?;
        is_named = is_named || SERVERS.contains(&purpose.data);
        purposes = behind;
    }
    Some(is_named)
}

const PLAIN: &str = " CERTIFICATE-----";
const HEADINGS: [&str; 2] = [" TRUSTED CERTIFICATE-----", " X509 CERTIFICATE-----"];

const REJECTED: Tag = Tag(0);

/// `serverAuth` and `anyExtendedKeyUsage`.
const SERVERS: [&[u8]; 2] = [&[0x2b, 6, 1, 5, 5, 7, 3, 1], &[0x55, 0x1d, 0x25, 0]];
