//! Opening and destroying pools.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::bindgen_prelude::{Either, Object, Uint8Array};
use napi_derive::napi;
use parking_lot::Mutex;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::dispatch::Pool;
use crate::transport::io::TlsVersion;
use crate::transport::tls::{Identity, TlsOptions};

use super::attach::{engine, ring};
use super::options::{Refusal, resolve};
use super::ring::Command;

static POOLS: Mutex<Option<HashMap<u32, Arc<Pool>>>> = Mutex::new(None);
static NEXT_POOL: AtomicU32 = AtomicU32::new(1);

/// How a pool makes TLS connections, as `lib/tls.js` has prepared it.
#[napi(object)]
pub struct TlsInput {
    /// PEM texts to trust in place of Node's roots.
    pub ca: Option<Vec<String>>,
    /// PEM text of the client's certificate and those that vouch for it.
    pub cert: Option<String>,
    /// Its private key, PKCS#8 in DER.
    pub key: Option<Uint8Array>,
    /// The name to ask for and to verify.
    pub servername: Option<String>,
    /// False lets everybody in.
    pub reject_unauthorized: bool,
    /// `TLSv1.2` or `TLSv1.3`.
    pub min_version: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub max_version: Option<String>,
}

/// Opens a pool: its number, or the option that cannot be had.
#[napi]
pub fn open_pool(id: u32, options: Object<'_>, tls: Option<TlsInput>) -> Either<u32, Refusal> {
    match open(id, &options, tls) {
        Ok(number) => Either::A(number),
        Err(refusal) => Either::B(refusal),
    }
}

fn open(id: u32, options: &Object<'_>, tls: Option<TlsInput>) -> Result<u32, Refusal> {
    let config = resolve(options)?;
    let (Some(ring), Some(engine)) = (ring(id), engine()) else {
        return Err(refusal("options", "the native engine could not be started".into()));
    };
    let mut trust = 0;
    let mut server_name = None;
    if let Some(tls) = tls {
        server_name = tls.servername.as_deref().map(Arc::from);
        let given = trusted(tls, engine.roots())?;
        trust = engine
            .trusts
            .intern(given)
            .map_err(|error| refusal("tls", format!("tls cannot be used: {}", error.facts().message)))?;
    }
    let number = NEXT_POOL.fetch_add(1, Ordering::Relaxed);
    let pool = Pool::open(&engine, config, seed(number));
    POOLS.lock().get_or_insert_default().insert(number, Arc::clone(&pool));
    ring.send(Command::Open { id: number, pool, trust, server_name });
    Ok(number)
}

/// Jitter wants no secret, only to differ from pool to pool and from process to process.
fn seed(number: u32) -> u64 {
    (u64::from(std::process::id()) << 32) ^ u64::from(number)
}

fn trusted(tls: TlsInput, roots: Arc<[CertificateDer<'static>]>) -> Result<TlsOptions, Refusal> {
    let mut options = TlsOptions::new(roots);
    options.alpn = vec![b"http/1.1".to_vec()];
    options.reject_unauthorized = tls.reject_unauthorized;
    if let Some(texts) = tls.ca {
        let mut ca = Vec::new();
        for text in texts {
            ca.extend(certificates("tls.ca", &text)?);
        }
        options.ca = Some(ca);
    }
    if let Some(cert) = tls.cert {
        let Some(key) = tls.key else {
            return Err(refusal("tls.key", "tls.key must be given with tls.cert".into()));
        };
        let chain = certificates("tls.cert", &cert)?;
        options.identity = Some(Identity { chain, key: key.to_vec() });
    }
    if let Some(version) = tls.min_version {
        options.min_version = version_of("tls.minVersion", &version)?;
    }
    if let Some(version) = tls.max_version {
        options.max_version = version_of("tls.maxVersion", &version)?;
    }
    if options.min_version > options.max_version {
        let message = "tls.minVersion must be no later than tls.maxVersion".to_owned();
        return Err(refusal("tls.minVersion", message));
    }
    Ok(options)
}

fn certificates(option: &str, text: &str) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(refusal(
            option,
            format!("{option} must be certificates in PEM; received none that can be read"),
        )),
    }
}

fn version_of(option: &str, name: &str) -> Result<TlsVersion, Refusal> {
    match name {
        "TLSv1.2" => Ok(TlsVersion::V1_2),
        "TLSv1.3" => Ok(TlsVersion::V1_3),
        _ => Err(refusal(option, format!("{option} must be 'TLSv1.2' or 'TLSv1.3'; received '{name}'"))),
    }
}

fn refusal(option: &str, message: String) -> Refusal {
    Refusal { option: option.to_owned(), message, range: false }
}

/// Destroys a pool: what waits or is in flight fails, connections close.
#[napi]
pub fn destroy_pool(id: u32, number: u32) {
    let Some(ring) = ring(id) else { return };
    let pool = POOLS.lock().as_mut().and_then(|pools| pools.remove(&number));
    if let Some(pool) = pool {
        pool.destroy();
    }
    ring.send(Command::Destroy { id: number });
}

/// The certificates that Node trusts, as PEM texts, for TLS that names no `ca`.
#[napi]
pub fn trust_roots(texts: Vec<String>) {
    let Some(engine) = engine() else { return };
    // What Node carries is well-formed; NODE_EXTRA_CA_CERTS may hold anything, and Node skips what is not.
    let roots = texts.into_iter().flat_map(|text| {
        CertificateDer::pem_slice_iter(text.as_bytes()).filter_map(Result::ok).collect::<Vec<_>>()
    });
    engine.trust_roots(roots.collect());
}

pub(super) fn pool(number: u32) -> Option<Arc<Pool>> {
    POOLS.lock().as_ref()?.get(&number).cloned()
}

/// The pools of a ring that ended are forgotten with it.
pub(super) fn forget(numbers: impl Iterator<Item = u32>) {
    if let Some(pools) = POOLS.lock().as_mut() {
        for number in numbers {
            pools.remove(&number);
        }
    }
}
