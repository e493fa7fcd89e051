//! How TLS connections are made, from what `lib/tls.js` has prepared.

use std::sync::Arc;

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use rustls::pki_types::CertificateDer;

use crate::dispatch::Engine;
use crate::error::Error;
use crate::transport::io::TlsVersion;
use crate::transport::tls::pem::{self, Listed};
use crate::transport::tls::pfx::Pfx;
use crate::transport::tls::{Identity, TlsOptions};

use super::options::Refusal;
use super::way::Trust;

/// How a pool makes TLS connections, as `lib/tls.js` has prepared it.
#[napi(object)]
pub struct TlsInput {
    /// PEM texts to trust in place of Node's roots.
    pub ca: Option<Vec<String>>,
    /// PEM text of the client's certificate and those that vouch for it.
    pub cert: Option<String>,
    /// Its private key, PKCS#8 in DER.
    pub key: Option<Uint8Array>,
    /// Both in one file (RFC 7292).
    pub pfx: Option<Uint8Array>,
    /// Of `pfx`; that of `key` is undone already.
    pub passphrase: Option<String>,
    /// False: a `checkServerIdentity` of the user's own compares the name.
    pub check_name: Option<bool>,
    /// The name to ask for and to verify.
    pub servername: Option<String>,
    /// False lets everybody in.
    pub reject_unauthorized: bool,
    /// `TLSv1.2` or `TLSv1.3`.
    pub min_version: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub max_version: Option<String>,
    /// SHA-256 of public keys, 32 bytes each, one behind the other.
    pub pins: Option<Uint8Array>,
    /// Whether `SSLKEYLOGFILE` is heeded.
    pub key_log: Option<bool>,
}

/// The trust configuration that was asked for, or what of it cannot be had.
pub(super) fn trusted(engine: &Engine, tls: TlsInput) -> Result<Trust, Refusal> {
    let server_name = tls.servername.as_deref().map(Arc::from);
    let id = engine.trusts.intern(options(tls, engine.roots())?).map_err(|error| {
        let why = &error.facts().message;
        Refusal::of(
            "tls.key",
            format!("tls.key must be the private key of tls.cert; received another ({why})"),
        )
    })?;
    Ok(Trust { id: Some(id), server_name })
}

fn options(tls: TlsInput, roots: Arc<[CertificateDer<'static>]>) -> Result<TlsOptions, Refusal> {
    let mut options = TlsOptions::new(roots);
    options.alpn = vec![b"http/1.1".to_vec()];
    options.reject_unauthorized = tls.reject_unauthorized;
    if let Some(texts) = tls.ca {
        let mut ca = Vec::new();
        for text in texts {
            for listed in certificates("tls.ca", &text)? {
                ca.push(vouching(listed)?);
            }
        }
        options.ca = Some(ca);
    }
    if let Some(cert) = tls.cert {
        let Some(key) = tls.key else {
            return Err(Refusal::of("tls.key", "tls.key must be given with tls.cert; received none".into()));
        };
        let chain = certificates("tls.cert", &cert)?.into_iter().map(|listed| listed.certificate).collect();
        options.identity = Some(Identity { chain, key: key.to_vec() });
    }
    if let Some(pfx) = tls.pfx {
        let Pfx { identity, others } = Pfx::read(&pfx, tls.passphrase.as_deref().unwrap_or_default())
            .map_err(|error| unreadable(&error))?;
        options.identity.get_or_insert(identity);
        if !others.is_empty() {
            options.ca.get_or_insert_with(|| options.roots.to_vec()).extend(others);
        }
    }
    options.pins = tls.pins.map_or_else(Vec::new, |pins| pins.as_chunks().0.to_vec());
    options.key_log = tls.key_log.unwrap_or(false);
    options.check_name = tls.check_name.unwrap_or(true);
    if let Some(version) = tls.min_version {
        options.min_version = version_of("tls.minVersion", &version)?;
    }
    if let Some(version) = tls.max_version {
        options.max_version = version_of("tls.maxVersion", &version)?;
    }
    if options.min_version > options.max_version {
        let message = "tls.minVersion must be no later than tls.maxVersion".to_owned();
        return Err(Refusal::of("tls.minVersion", message));
    }
    Ok(options)
}

fn unreadable(error: &Error) -> Refusal {
    let why = &error.facts().message;
    let allowed = "a PKCS#12 file that tls.passphrase opens";
    Refusal::of("tls.pfx", format!("tls.pfx must be {allowed}; received one that cannot be read ({why})"))
}

fn certificates(option: &str, text: &str) -> Result<Vec<Listed>, Refusal> {
    match pem::certificates(text) {
        Some(found) if !found.is_empty() => Ok(found),
        _ => Err(Refusal::of(
            option,
            format!("{option} must be certificates in PEM; received none that can be read"),
        )),
    }
}

/// Node takes one that is not, and then refuses all whom it vouches for.
fn vouching(listed: Listed) -> Result<CertificateDer<'static>, Refusal> {
    listed.is_for_servers.then_some(listed.certificate).ok_or_else(|| {
        let message = "tls.ca must be trusted for servers; received a TRUSTED CERTIFICATE that is not";
        Refusal::of("tls.ca", message.to_owned())
    })
}

fn version_of(option: &str, name: &str) -> Result<TlsVersion, Refusal> {
    match name {
        "TLSv1.2" => Ok(TlsVersion::V1_2),
        "TLSv1.3" => Ok(TlsVersion::V1_3),
        _ => Err(Refusal::of(option, format!("{option} must be 'TLSv1.2' or 'TLSv1.3'; received '{name}'"))),
    }
}
