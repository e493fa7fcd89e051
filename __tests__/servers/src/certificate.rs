//! A certification authority that lives as long as the process, and the leaf that it signs.

use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What certificate a server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// One that is in order.
    #[default]
    Chain,
    /// Its own issuer and marked as an authority, as `openssl req -x509` makes it.
    SelfSigned,
    /// Its name stands in the subject alone.
    CommonName,
    /// Out of date for years.
    Expired,
    /// Made out to `elsewhere.test`.
    WrongHost,
}

/// What a TLS listener needs, and what its clients have to trust.
#[derive(Debug)]
pub struct Identity {
    /// The authority's certificate, PEM; a self-signed leaf is its own.
    pub ca: String,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "chain" => Self::Chain,
            "self-signed" => Self::SelfSigned,
            "common-name" => Self::CommonName,
            "expired" => Self::Expired,
            "wrong-host" => Self::WrongHost,
            _ => {
                return Err(format!(
                    "{text} is none of chain, self-signed, common-name, expired, wrong-host"
                ));
            }
        })
    }
}

impl Identity {
    /// New keys, a new authority, and a leaf for `localhost`, `127.0.0.1` and `::1` unless its kind says otherwise.
    pub fn generate(kind: Kind) -> Result<Self, Box<dyn Error>> {
        let key = KeyPair::generate()?;
        let leaf = leaf(kind)?;
        let (leaf, ca) = if kind == Kind::SelfSigned {
            let leaf = leaf.self_signed(&key)?;
            let pem = leaf.pem();
            (leaf, pem)
        } else {
            let authority = authority()?;
            (leaf.signed_by(&key, &authority)?, authority.pem())
        };
        Ok(Self {
            ca,
            chain: vec![leaf.der().clone()],
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        })
    }

    /// A configuration that offers these protocols in this order and resumes sessions by ticket.
    pub fn config(&self, protocols: &[&str]) -> Result<Arc<ServerConfig>, Box<dyn Error>> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), self.key.clone_key())?;
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        Ok(Arc::new(config))
    }
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, "rag-connection-pool test authority");
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn leaf(kind: Kind) -> Result<CertificateParams, rcgen::Error> {
    let names = match kind {
        Kind::CommonName => &[][..],
        Kind::WrongHost => &["elsewhere.test"],
        Kind::Chain | Kind::SelfSigned | Kind::Expired => &["localhost", "127.0.0.1", "::1"],
    };
    let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())?;
    let subject = if kind == Kind::WrongHost { "elsewhere.test" } else { "localhost" };
    params.distinguished_name.push(DnType::CommonName, subject);
    // The authorities of two servers have one name. Who trusts both tells them by their keys.
    params.use_authority_key_identifier_extension = true;
    if kind == Kind::SelfSigned {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    if kind == Kind::Expired {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    }
    Ok(params)
}
