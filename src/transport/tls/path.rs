//! The walk from a server's certificate to one that is trusted, step by step as OpenSSL takes it.
//!
//! Node lets OpenSSL go on after a fault and shows the last one found. Hence the order of the checks below:
//! the chain, the extensions of each certificate from the leaf up, then signatures and dates from the root
//! down, and names at last. An untrusted certificate that has also expired is shown as expired.

use std::collections::HashMap;

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

use super::codes::Fault;
use super::constraints;
use super::extensions::{
    Authority, authority, has_unhandled_critical, is_malformed, is_proxy, owns_resources, serves_tls,
};
use super::key::describes_curve;
use super::strength::{flaw, has_weak_digest, has_weak_key};

/// The certificates that are trusted, by subject.
pub(super) struct Trusted {
    certificates: Vec<CertificateDer<'static>>,
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
    self_signed: Vec<bool>,
}

impl Trusted {
    pub(super) fn new(certificates: &[CertificateDer<'static>]) -> Self {
        let mut by_subject: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        let mut self_signed = vec![false; certificates.len()];
        for ((at, der), own) in certificates.iter().enumerate().zip(&mut self_signed) {
            if let Ok((_, certificate)) = X509Certificate::from_der(der) {
                by_subject.entry(certificate.subject().as_raw().to_vec()).or_default().push(at);
                *own = issued(&certificate, &certificate);
            }
        }
        Self { certificates: certificates.to_vec(), by_subject, self_signed }
    }

    /// Those that vouch for themselves.
    pub(super) fn roots(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.certificates.iter().zip(&self.self_signed).filter(|(_, own)| **own).map(|(der, _)| der)
    }

    fn issuers<'a>(&'a self, of: &X509Certificate<'_>) -> impl Iterator<Item = &'a [u8]> {
        let found = self.by_subject.get(of.issuer().as_raw()).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(|at| self.certificates.get(*at)).map(AsRef::as_ref)
    }
}

/// Walks from `leaf` through what the server sent to what is trusted. Who passes has
/// been checked in all that OpenSSL checks.
///
/// The whole way, from the leaf up.
///
/// # Errors
/// The last fault found.
pub(super) fn walk<'a>(
    leaf: &'a [u8],
    sent: &'a [CertificateDer<'_>],
    trusted: &'a Trusted,
    now: UnixTime,
    signatures: &WebPkiSupportedAlgorithms,
) -> Result<Vec<CertificateDer<'a>>, Fault> {
    let now = i64::try_from(now.as_secs()).ok().and_then(|secs| ASN1Time::from_timestamp(secs).ok());
    let now = now.ok_or(Fault::CertRejected)?;
    let Ok((_, leaf)) = X509Certificate::from_der(leaf) else { return Err(Fault::CertRejected) };
    let fault = has_weak_key(&leaf).then_some(Fault::EeKeyTooSmall);
    let mut walk = Walk { chain: vec![leaf], from_store: 0, fault };
    walk.build(sent, trusted, now);
    walk.check_extensions();
    walk.check_strength();
    walk.check_links(now, signatures);
    if !walk.is_lost() {
        constraints::check(&walk.chain)?;
    }
    if walk.chain.first().is_some_and(owns_resources) {
        return Err(Fault::UnnestedResource);
    }
    let line = walk.chain.iter().map(|certificate| CertificateDer::from(certificate.as_raw())).collect();
    walk.fault.map_or(Ok(line), Err)
}

/// The first of `sent` and those that vouch for it, each by the next: first among what was sent, then among what is
/// trusted, as Node shows them under `issuerCertificate`.
pub(super) fn lineage(sent: &[CertificateDer<'_>], trusted: &Trusted) -> Vec<CertificateDer<'static>> {
    let mut sent: Vec<_> =
        sent.iter().filter_map(|der| X509Certificate::from_der(der).ok().map(|(_, c)| c)).collect();
    if sent.is_empty() {
        return Vec::new();
    }
    let mut line = vec![sent.remove(0)];
    while let Some(top) = line.last().filter(|top| !issued(top, top) && line.len() <= MOST_STEPS) {
        let next = match sent.iter().position(|issuer| issued(top, issuer)) {
            Some(at) => Some(sent.remove(at)),
            None => trusted
                .issuers(top)
                .filter_map(|der| Some(X509Certificate::from_der(der).ok()?.1))
                .find(|issuer| issued(top, issuer)),
        };
        let Some(next) = next else { break };
        line.push(next);
    }
    line.iter().map(|certificate| CertificateDer::from(certificate.as_raw().to_vec())).collect()
}

struct Walk<'a> {
    /// From the leaf up.
    chain: Vec<X509Certificate<'a>>,
    /// How many of the chain, from its top, are trusted ones.
    from_store: usize,
    fault: Option<Fault>,
}

impl<'a> Walk<'a> {
    fn build(&mut self, sent: &'a [CertificateDer<'_>], trusted: &'a Trusted, now: ASN1Time) {
        let mut sent: Vec<_> =
            sent.iter().filter_map(|der| X509Certificate::from_der(der).ok().map(|(_, c)| c)).collect();
        while let Some(top) = self.chain.last() {
            if issued(top, top) {
                // Trusted means this very certificate, not one of the same name and key.
                if self.from_store > 0 || trusted.issuers(top).any(|der| der == top.as_raw()) {
                    self.from_store = self.from_store.max(1);
                    return;
                }
                self.fault = Some(if self.chain.len() == 1 {
                    Fault::DepthZeroSelfSignedCert
                } else {
                    Fault::SelfSignedCertInChain
                });
                return;
            }
            if self.chain.len() > MOST_STEPS {
                break;
            }
            let mut candidates: Vec<_> =
                trusted.issuers(top).filter_map(|der| Some(X509Certificate::from_der(der).ok()?.1)).collect();
            if let Some(at) = first_valid(&candidates, top, now) {
                self.from_store += 1;
                self.chain.push(candidates.swap_remove(at));
                continue;
            }
            // A chain that has reached the store does not leave it again.
            let next = if self.from_store == 0 { first_valid(&sent, top, now) } else { None };
            let Some(next) = next else { break };
            self.chain.push(sent.remove(next));
        }
        self.fault = Some(if self.from_store > 0 {
            Fault::UnableToGetIssuerCert
        } else {
            Fault::UnableToGetIssuerCertLocally
        });
    }

    /// Whether something is wrong with a long way. It is not looked at any further: anybody can send one, to make work.
    fn is_lost(&self) -> bool {
        self.fault.is_some() && self.chain.len() > LONG
    }

    fn check_extensions(&mut self) {
        let mut below = 0_u32;
        for (depth, certificate) in self.chain.iter().enumerate() {
            let is_top = depth + 1 == self.chain.len();
            let is_authority = match authority(certificate) {
                Authority::Is => true,
                Authority::ByCustom | Authority::OfOthers => is_top,
                Authority::IsNot => false,
            };
            let found = [
                (has_unhandled_critical(certificate), Fault::UnhandledCriticalExtension),
                (is_proxy(certificate), Fault::ProxyCertificatesNotAllowed),
                (depth > 0 && !is_authority, Fault::InvalidCa),
                (
                    self.chain.len() > 1 && describes_curve(certificate.public_key()),
                    Fault::ExplicitParameters,
                ),
                (!serves_tls(certificate, depth > 0), Fault::InvalidPurpose),
            ];
            self.fault = found.iter().rev().find(|(is_so, _)| *is_so).map(|(_, fault)| *fault).or(self.fault);
            let limit =
                certificate.basic_constraints().ok().flatten().and_then(|c| c.value.path_len_constraint);
            if depth > 0 && limit.is_some_and(|limit| below > limit) {
                self.fault = Some(Fault::PathLengthExceeded);
            }
            // RFC 5280 section 4.2.1.9: neither the leaf nor the self-issued count.
            if depth > 0 && certificate.subject().as_raw() != certificate.issuer().as_raw() {
                below += 1;
            }
        }
    }

    fn check_strength(&mut self) {
        for (depth, certificate) in self.chain.iter().enumerate() {
            if depth > 0 && has_weak_key(certificate) {
                self.fault = Some(Fault::CaKeyTooSmall);
            }
            // What the top is signed by proves nothing, so that it may be weak.
            if depth + 1 < self.chain.len() && has_weak_digest(certificate) {
                self.fault = Some(Fault::CaDigestTooWeak);
            }
        }
    }

    fn check_links(&mut self, now: ASN1Time, signatures: &WebPkiSupportedAlgorithms) {
        let mut above: Option<&X509Certificate<'_>> = None;
        let ends = self.chain.last().is_some_and(|top| issued(top, top));
        if !ends && self.chain.len() == 1 {
            self.fault = Some(Fault::UnableToVerifyLeafSignature);
        }
        for (depth, certificate) in self.chain.iter().enumerate().rev() {
            if let Some(issuer) = above {
                if issuer.key_usage().ok().flatten().is_some_and(|usage| !usage.value.key_cert_sign()) {
                    self.fault = Some(Fault::KeyUsageNoCertSign);
                }
                if !self.is_lost() {
                    self.fault = flaw(certificate, issuer, signatures).or(self.fault);
                }
            }
            // A top that does not end the chain is no link of it: OpenSSL leaves its dates alone.
            if ends || above.is_some() || self.chain.len() == 1 || depth == 0 {
                let validity = certificate.validity();
                if validity.not_before > now {
                    self.fault = Some(Fault::CertNotYetValid);
                }
                if validity.not_after < now {
                    self.fault = Some(Fault::CertHasExpired);
                }
            }
            above = Some(certificate);
        }
    }
}

/// Whether `issuer` looks like the issuer of `certificate`, signature aside.
pub(super) fn issued(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> bool {
    if certificate.issuer().as_raw() != issuer.subject().as_raw()
        || is_malformed(certificate)
        || is_malformed(issuer)
    {
        return false;
    }
    let authority = certificate.iter_extensions().find_map(|e| match e.parsed_extension() {
        x509_parser::prelude::ParsedExtension::AuthorityKeyIdentifier(id) => Some(id),
        _ => None,
    });
    let subject = issuer.iter_extensions().find_map(|e| match e.parsed_extension() {
        x509_parser::prelude::ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0),
        _ => None,
    });
    let keys = authority.and_then(|id| id.key_identifier.as_ref()).map(|id| id.0).zip(subject);
    let serial = authority.and_then(|id| id.authority_cert_serial);
    keys.is_none_or(|(wanted, has)| wanted == has)
        && serial.is_none_or(|serial| serial == issuer.raw_serial())
}

/// The first issuer that is valid now, or else the one that lasts longest.
fn first_valid(among: &[X509Certificate<'_>], of: &X509Certificate<'_>, now: ASN1Time) -> Option<usize> {
    let issuers = || among.iter().enumerate().filter(|(_, issuer)| issued(of, issuer));
    let valid = issuers().find(|(_, issuer)| issuer.validity().is_valid_at(now));
    let found =
        valid.or_else(|| issuers().rev().max_by_key(|(_, issuer)| issuer.validity().not_after.timestamp()));
    found.map(|(at, _)| at)
}

/// OpenSSL's bound: from a server past a hundred to a root.
const MOST_STEPS: usize = 101;

/// More certificates than a server has who is meant well.
const LONG: usize = 16;
