//! What a certificate may be used for, as OpenSSL reads it from the extensions.

use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::extensions::NSCertType;
use x509_parser::prelude::{ParsedExtension, X509Certificate, X509Version};

use super::path::issued;

/// Whether a certificate vouches for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authority {
    Is,
    /// In a way from before there were constraints, which only a root may still use.
    ByCustom,
    /// In the same way, for mail or programs and no servers.
    OfOthers,
    IsNot,
}

pub(super) fn authority(certificate: &X509Certificate<'_>) -> Authority {
    let signs = certificate.key_usage().ok().flatten().map(|usage| usage.value.key_cert_sign());
    match (certificate.basic_constraints(), netscape(certificate)) {
        _ if signs == Some(false) => Authority::IsNot,
        (Ok(Some(constraints)), _) if constraints.value.ca => Authority::Is,
        (Ok(None), _) if signs == Some(true) || is_root_of_version_1(certificate) => Authority::ByCustom,
        (Ok(None), Some(types)) if types.ssl_ca() => Authority::ByCustom,
        (Ok(None), Some(types)) if types.smime_ca() || types.object_signing_ca() => Authority::OfOthers,
        _ => Authority::IsNot,
    }
}

/// Whether a certificate is a server's, or, where it `issues`, one of those who vouch for servers.
pub(super) fn serves_tls(certificate: &X509Certificate<'_>, issues: bool) -> bool {
    let extended = match certificate.extended_key_usage() {
        Ok(extended) => extended.is_none_or(|usage| {
            usage.value.server_auth || usage.value.other.iter().any(|other| STEPPED_UP.contains(other))
        }),
        Err(_) => false,
    };
    if !extended || issues {
        return extended && matches!(authority(certificate), Authority::Is | Authority::ByCustom);
    }
    let usage = certificate.key_usage().ok().flatten();
    netscape(certificate).is_none_or(NSCertType::ssl_server)
        && usage.is_none_or(|usage| {
            usage.value.digital_signature() || usage.value.key_encipherment() || usage.value.key_agreement()
        })
}

/// Whether it has an extension that must be heeded and is not. Policies are read, and nobody has asked for any.
pub(super) fn has_unhandled_critical(certificate: &X509Certificate<'_>) -> bool {
    certificate.iter_extensions().any(|extension| extension.critical && !HANDLED.contains(&extension.oid))
}

/// Whether one of the extensions that are read cannot be, is there twice, is empty or contradicts another. For OpenSSL such a certificate
/// has no issuer, and is none.
pub(super) fn is_malformed(certificate: &X509Certificate<'_>) -> bool {
    let is_for_nothing = certificate.key_usage().ok().flatten().is_some_and(|usage| usage.value.flags == 0);
    if is_for_nothing || (is_proxy(certificate) && certificate.is_ca()) {
        return true;
    }
    READ.iter().any(|oid| {
        let mut found = certificate.iter_extensions().filter(|extension| extension.oid == *oid);
        let is_unread = found.next().is_some_and(|extension| {
            matches!(
                extension.parsed_extension(),
                ParsedExtension::UnsupportedExtension { .. }
                    | ParsedExtension::ParseError { .. }
                    | ParsedExtension::Unparsed
            )
        });
        is_unread || found.next().is_some()
    })
}

/// Whether somebody who has a certificate gave it to another (RFC 3820), which a server's must not be.
pub(super) fn is_proxy(certificate: &X509Certificate<'_>) -> bool {
    certificate.iter_extensions().any(|extension| extension.oid == PROXY)
}

/// Whether it is about addresses or networks that somebody owns (RFC 3779). Nobody looks here at whether those above it own them
/// as well, as OpenSSL does, so that no server is taken by it.
pub(super) fn owns_resources(certificate: &X509Certificate<'_>) -> bool {
    certificate.iter_extensions().any(|extension| RESOURCES.contains(&extension.oid))
}

fn is_root_of_version_1(certificate: &X509Certificate<'_>) -> bool {
    certificate.version() == X509Version::V1 && issued(certificate, certificate)
}

fn netscape<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a NSCertType> {
    certificate.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::NSCertType(types) => Some(types),
        _ => None,
    })
}

/// Servers that browsers once were strong with alone, by Microsoft's and Netscape's names: for OpenSSL, servers.
const STEPPED_UP: [Oid<'static>; 2] = [oid!(1.3.6.1.4.1.311.10.3.3), oid!(2.16.840.1.113730.4.1)];

const PROXY: Oid<'static> = oid!(1.3.6.1.5.5.7.1.14);

const RESOURCES: [Oid<'static>; 2] = [oid!(1.3.6.1.5.5.7.1.7), oid!(1.3.6.1.5.5.7.1.8)];

/// Those without which a certificate says something else than it means: the identifiers of keys, the usages, names and their
/// limits, what an authority may do, Netscape's type.
const READ: [Oid<'static>; 8] = [
    oid!(2.5.29.14),
    oid!(2.5.29.15),
    oid!(2.5.29.17),
    oid!(2.5.29.19),
    oid!(2.5.29.30),
    oid!(2.5.29.35),
    oid!(2.5.29.37),
    oid!(2.16.840.1.113730.1.1),
];

/// OpenSSL's list: the usages, names and their limits, what an authority may do, Netscape's type; policies and what they
/// map to, demand and inhibit; where there are lists of the revoked, and that there are none.
const HANDLED: [Oid<'static>; 12] = [
    oid!(2.5.29.15),
    oid!(2.5.29.17),
    oid!(2.5.29.19),
    oid!(2.5.29.30),
    oid!(2.5.29.31),
    oid!(2.5.29.32),
    oid!(2.5.29.33),
    oid!(2.5.29.36),
    oid!(2.5.29.37),
    oid!(2.5.29.54),
    oid!(1.3.6.1.5.5.7.48.1.5),
    oid!(2.16.840.1.113730.1.1),
];
