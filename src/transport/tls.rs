//! TLS by rustls, trusting whom Node would trust.

pub mod codes;
mod constraints;
mod extensions;
mod key;
mod name;
mod p521;
mod path;
pub mod pem;
pub mod pfx;
pub mod pins;
mod pss;
mod sni;
mod strength;
mod text;
pub mod trusts;
mod verify;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::{ClientConfig, KeyLogFile};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::pins::Pin;
pub use self::sni::Peer;
pub use self::trusts::Trusts;
pub use self::verify::Refused;
pub(super) use self::verify::Verifier;
use super::consult::Consult;
use super::errno;
use super::io::{Io, TlsVersion};
use super::wire::Wire;
use crate::error::{Error, Kind, Phase};

/// Whom to trust and what to show. Equal options are one configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsOptions {
    /// The roots that Node trusts.
    pub roots: Arc<[CertificateDer<'static>]>,
    /// Certificates to trust in place of `roots`.
    pub ca: Option<Vec<CertificateDer<'static>>>,
    /// The certificate to show to a server that asks.
    pub identity: Option<Identity>,
    /// False: everybody is let in, and [`Io::authorization_error`] tells who should not have been.
    pub reject_unauthorized: bool,
    /// False: the name is not compared, because a `checkServerIdentity` of the user's own will.
    pub check_name: bool,
    /// The least version to speak.
    pub min_version: TlsVersion,
    /// The greatest version to speak.
    pub max_version: TlsVersion,
    /// Protocols to offer by ALPN, the preferred first; none: no ALPN.
    pub alpn: Vec<Vec<u8>>,
    /// Keys of which a server must have one, whoever vouches for it and under `rejectUnauthorized: false` too; none: any.
    pub pins: Vec<Pin>,
    /// Whether the keys of sessions are written to the file that `SSLKEYLOGFILE` names, if it does.
    pub key_log: bool,
}

/// A client certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate and those that vouch for it, its own first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its private key, PKCS#8 in DER.
    pub key: Vec<u8>,
}

/// A configuration, ready for use by any number of connections; sessions resume among them.
#[derive(Debug)]
pub struct Trust {
    config: Arc<ClientConfig>,
    /// The same, which asks for nobody by name. Made at its first use.
    silent: OnceLock<Arc<ClientConfig>>,
    verifier: Arc<Verifier>,
    pins: Vec<Pin>,
}

impl TlsOptions {
    /// Node's defaults over the given roots.
    pub fn new(roots: Arc<[CertificateDer<'static>]>) -> Self {
        Self {
            roots,
            ca: None,
            identity: None,
            reject_unauthorized: true,
            check_name: true,
            min_version: TlsVersion::V1_2,
            max_version: TlsVersion::V1_3,
            alpn: Vec::new(),
            pins: Vec::new(),
            key_log: false,
        }
    }
}

impl Hash for TlsOptions {
    /// Without `roots`, which are long and nearly always the same: equality tells those apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { roots: _, ca, identity, reject_unauthorized, check_name, .. } = self;
        let Self { min_version, max_version, alpn, pins, key_log, .. } = self;
        let bytes =
            |list: &[CertificateDer<'static>]| list.iter().map(|der| der.to_vec()).collect::<Vec<_>>();
        ca.as_deref().map(bytes).hash(state);
        identity.as_ref().map(|identity| (bytes(&identity.chain), &identity.key)).hash(state);
        (reject_unauthorized, check_name, min_version, max_version, alpn, pins, key_log).hash(state);
    }
}

impl Trust {
    /// Builds a configuration.
    ///
    /// # Errors
    /// `ERR_SSL_...` for a key that cannot be read or does not fit its certificate, and for versions that
    /// leave nothing to speak.
    pub fn new(options: &TlsOptions) -> Result<Self, Error> {
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.kx_groups.push(p521::P521);
        let verifier = Arc::new(Verifier::new(options, pss::algorithms()));
        let versions: Vec<_> =
            [(TlsVersion::V1_2, &rustls::version::TLS12), (TlsVersion::V1_3, &rustls::version::TLS13)]
                .into_iter()
                .filter(|(version, _)| (options.min_version..=options.max_version).contains(version))
                .map(|(_, version)| version)
                .collect();
        let builder = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&versions)
            .map_err(|error| unusable(&error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _);
        let mut config = match &options.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.clone()));
                builder
                    .with_client_auth_cert(identity.chain.clone(), key)
                    .map_err(|error| unusable(&error.to_string()))?
            }
        };
        config.alpn_protocols.clone_from(&options.alpn);
        if options.key_log {
            config.key_log = Arc::new(KeyLogFile::new());
        }
        let silent = OnceLock::new();
        Ok(Self { config: Arc::new(config), silent, verifier, pins: options.pins.clone() })
    }
}

/// Speaks TLS with the server at the other end of `wire`; `alpn` takes the place of what the configuration offers.
///
/// # Errors
/// Of phase `tls`: a refused certificate with OpenSSL's code, a broken handshake with Node's.
pub async fn handshake(
    wire: Wire,
    trust: &Trust,
    peer: Peer<'_>,
    alpn: Option<&[&[u8]]>,
) -> Result<Io, Error> {
    let stream = secure(wire, trust, peer, alpn).await?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    if !pins::admit(&trust.pins, chain) {
        return Err(Error::new(
            Kind::PinMismatch,
            Phase::Tls,
            format!("the public key of {} is none of tls.pins", peer.name),
        ));
    }
    let unauthorized = if trust.verifier.refuses() {
        None
    } else {
        // Dates of certificates are on the wall's clock, which rustls reads for itself in the other case.
        trust.verifier.judge(chain, peer.name, UnixTime::now()).err().map(|refused| refused.code.into())
    };
    Ok(Io::tls(stream, Arc::clone(&trust.verifier), unauthorized))
}

/// The handshake alone. Of whom `rejectUnauthorized: false` lets in nobody judges.
pub(super) async fn secure(
    wire: Wire,
    trust: &Trust,
    peer: Peer<'_>,
    alpn: Option<&[&[u8]]>,
) -> Result<TlsStream<Wire>, Error> {
    let (config, server) = sni::ask(trust, peer);
    let connector = TlsConnector::from(config);
    let connecting = match alpn {
        None => connector.connect(server, wire),
        Some(names) => {
            connector.with_alpn(names.iter().map(|name| name.to_vec()).collect()).connect(server, wire)
        }
    };
    connecting.await.map_err(|error| failed(&error))
}

/// Has the user judge a server that the handshake has let in; under `rejectUnauthorized: false` his verdict is kept
/// as `authorizationError`. As in Node he is not asked about a certificate that is refused already.
///
/// # Errors
/// His.
pub(super) async fn consult(io: &mut Io, trust: &Trust, user: &dyn Consult, name: &str) -> Result<(), Error> {
    if io.authorization_error().is_some() {
        return Ok(());
    }
    let Some(answer) = user.check(name, io.certificates()) else { return Ok(()) };
    match answer.await {
        Err(fault) if !trust.verifier.refuses() => io.found(&fault),
        verdict => return verdict,
    }
    Ok(())
}

/// A TLS failure in the given phase, with Node's code.
pub(super) fn broken(error: &rustls::Error, phase: Phase) -> Error {
    if let Some(refused) = verify::refused(error) {
        let error = Error::new(Kind::Tls(refused.code.into()), phase, refused.message.clone());
        return error.with(|facts| facts.mismatch.clone_from(&refused.mismatch));
    }
    let (code, message) = codes::of_failure(error);
    Error::new(Kind::Tls(code), phase, message)
}

/// The fault of TLS because of which a read or a write failed, if it was one: an alert of the peer's, or what makes no sense.
pub(super) fn fault_of(error: &io::Error, phase: Phase) -> Option<Error> {
    cause_of(error).map(|fault| broken(fault, phase))
}

/// The same in rustls's words.
pub(super) fn cause_of(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

fn failed(error: &io::Error) -> Error {
    if let Some(fault) = fault_of(error, Phase::Tls) {
        return fault;
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return Error::new(
            Kind::System("ECONNRESET".into()),
            Phase::Tls,
            "Client network socket disconnected before secure TLS connection was established",
        );
    }
    let call = if error.kind() == io::ErrorKind::BrokenPipe { "write" } else { "read" };
    errno::failure(error, Phase::Tls, call, None)
}

fn unusable(why: &str) -> Error {
    Error::new(Kind::Tls("ERR_TLS_INVALID_CONTEXT".into()), Phase::Tls, why.to_owned())
}

impl fmt::Debug for Identity {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("chain", &self.chain.len()).finish_non_exhaustive()
    }
}
