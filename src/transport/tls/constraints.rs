//! Limits that an authority sets on the names below it (RFC 5280 section 4.2.1.10), kept as OpenSSL keeps them.
//!
//! webpki refuses whatever limits names of people, mail or resources, and does not say which limit was broken.

use std::borrow::Cow;

use x509_parser::extensions::{GeneralName, GeneralSubtree};
use x509_parser::oid_registry::OID_X509_COMMON_NAME;
use x509_parser::prelude::X509Certificate;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::codes::Fault;
use super::text::text;

/// Looks at each certificate of `chain`, from the leaf up, with the limits of all above it.
///
/// # Errors
/// The last fault that OpenSSL finds, which goes from the root down.
pub(super) fn check(chain: &[X509Certificate<'_>]) -> Result<(), Fault> {
    for (depth, certificate) in chain.iter().enumerate() {
        // An authority that passes its own name on is not below itself.
        if depth > 0 && certificate.subject().as_raw() == certificate.issuer().as_raw() {
            continue;
        }
        for above in chain.iter().skip(depth.saturating_add(1)) {
            let limits = above.name_constraints().map_err(|_| Fault::UnsupportedNameConstraint)?;
            let Some(limits) = limits.map(|limits| limits.value) else { continue };
            let permitted = limits.permitted_subtrees.as_deref().unwrap_or_default();
            let excluded = limits.excluded_subtrees.as_deref().unwrap_or_default();
            let names = names(certificate)?;
            if names.len().saturating_mul(permitted.len().saturating_add(excluded.len())) > MOST_COMPARISONS {
                return Err(Fault::UnsupportedNameConstraint);
            }
            for name in names {
                admit(&name, permitted, excluded)?;
            }
            for common in common_hosts(certificate).filter(|_| depth == 0) {
                admit(&GeneralName::DNSName(&common), permitted, excluded)?;
            }
        }
    }
    Ok(())
}

/// The names of a certificate that a limit can be about.
fn names<'a>(certificate: &'a X509Certificate<'_>) -> Result<Vec<GeneralName<'a>>, Fault> {
    let subject = certificate.subject();
    let mut names = Vec::new();
    if subject.iter().next().is_some() {
        names.push(GeneralName::DirectoryName(subject.clone()));
    }
    for mail in subject.iter_email() {
        names.push(GeneralName::RFC822Name(mail.as_str().map_err(|_| Fault::UnsupportedNameConstraint)?));
    }
    let alternative = certificate.subject_alternative_name().map_err(|_| Fault::UnsupportedNameConstraint)?;
    let others = alternative.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
    names.extend(others.iter().cloned());
    Ok(names)
}

/// The common names that stand for a DNS name, where there is none.
fn common_hosts<'a>(certificate: &'a X509Certificate<'_>) -> impl Iterator<Item = Cow<'a, str>> {
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let others = alternative.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
    let has_none = !others.iter().any(|name| matches!(name, GeneralName::DNSName(_)));
    let common = certificate.subject().iter_by_oid(&OID_X509_COMMON_NAME).filter_map(text);
    common.filter(move |name| has_none && is_like_a_host(name))
}

fn admit(
    name: &GeneralName<'_>,
    permitted: &[GeneralSubtree<'_>],
    excluded: &[GeneralSubtree<'_>],
) -> Result<(), Fault> {
    let (mut is_limited, mut is_permitted) = (false, false);
    for limit in permitted.iter().filter(|limit| is_about(&limit.base, name)) {
        is_limited = true;
        is_permitted = is_permitted || is_within(name, &limit.base)?;
    }
    if is_limited && !is_permitted {
        return Err(Fault::PermittedViolation);
    }
    for limit in excluded.iter().filter(|limit| is_about(&limit.base, name)) {
        if is_within(name, &limit.base)? {
            return Err(Fault::ExcludedViolation);
        }
    }
    Ok(())
}

/// What cannot be read is about everything.
fn is_about(limit: &GeneralName<'_>, name: &GeneralName<'_>) -> bool {
    std::mem::discriminant(limit) == std::mem::discriminant(name)
        || matches!(limit, GeneralName::Invalid(..))
        || matches!(name, GeneralName::Invalid(..))
}

fn is_within(name: &GeneralName<'_>, limit: &GeneralName<'_>) -> Result<bool, Fault> {
    match (name, limit) {
        (GeneralName::DNSName(name), GeneralName::DNSName(limit)) => Ok(is_host_within(name, limit)),
        (GeneralName::IPAddress(address), GeneralName::IPAddress(range)) => {
            is_address_within(address, range).ok_or(Fault::UnsupportedNameConstraint)
        }
        (GeneralName::RFC822Name(mail), GeneralName::RFC822Name(limit)) => {
            is_mail_within(mail, limit).ok_or(Fault::UnsupportedNameConstraint)
        }
        (GeneralName::URI(uri), GeneralName::URI(limit)) => {
            is_resource_within(uri, limit).ok_or(Fault::UnsupportedNameConstraint)
        }
        (GeneralName::DirectoryName(name), GeneralName::DirectoryName(limit)) => {
            Ok(is_directory_within(name, limit))
        }
        _ => Err(Fault::UnsupportedConstraintType),
    }
}

/// The name itself or one below it.
fn is_host_within(name: &str, limit: &str) -> bool {
    let Some(front) = strip_suffix_ignoring_case(name, limit) else { return false };
    limit.is_empty() || front.is_empty() || limit.starts_with('.') || front.ends_with('.')
}

fn is_address_within(address: &[u8], range: &[u8]) -> Option<bool> {
    if !matches!(address.len(), 4 | 16) || !matches!(range.len(), 8 | 32) {
        return None;
    }
    let (network, mask) = range.split_at(range.len() / 2);
    let mut bytes = address.iter().zip(network).zip(mask);
    Some(network.len() == address.len() && bytes.all(|((byte, net), mask)| (byte ^ net) & mask == 0))
}

/// One mailbox, all of a host, or all of the hosts below it, which a dot in front says.
fn is_mail_within(mail: &str, limit: &str) -> Option<bool> {
    let (name, host) = mail.rsplit_once('@')?;
    if let Some(domain) = limit.strip_prefix('.') {
        let front = strip_suffix_ignoring_case(host, domain);
        return Some(front.is_some_and(|front| front.ends_with('.')));
    }
    let (wanted, domain) = limit.rsplit_once('@').unwrap_or(("", limit));
    Some((wanted.is_empty() || wanted == name) && host.eq_ignore_ascii_case(domain))
}

/// A host, or all hosts below it, which a dot in front says.
fn is_resource_within(uri: &str, limit: &str) -> Option<bool> {
    let (_, rest) = uri.split_once("://")?;
    let host = rest.split([':', '/']).next().filter(|host| !host.is_empty())?;
    if limit.starts_with('.') {
        return Some(strip_suffix_ignoring_case(host, limit).is_some_and(|front| !front.is_empty()));
    }
    Some(host.eq_ignore_ascii_case(limit))
}

/// The name itself or one below it; letters and blanks count as RFC 5280 section 7.1 has them.
fn is_directory_within(name: &X509Name<'_>, limit: &X509Name<'_>) -> bool {
    let mut parts = name.iter();
    limit.iter().all(|wanted| {
        parts.next().is_some_and(|part| {
            let (part, wanted): (Vec<_>, Vec<_>) = (part.iter().collect(), wanted.iter().collect());
            part.len() == wanted.len() && part.iter().zip(wanted).all(|(part, wanted)| is_same(part, wanted))
        })
    })
}

fn is_same(one: &AttributeTypeAndValue<'_>, other: &AttributeTypeAndValue<'_>) -> bool {
    one.attr_type() == other.attr_type() && value(one) == value(other)
}

fn value<'a>(attribute: &'a AttributeTypeAndValue<'_>) -> Cow<'a, [u8]> {
    match text(attribute) {
        Some(text) => {
            let words: Vec<_> = text.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
            Cow::Owned(words.join(" ").into_bytes())
        }
        None => Cow::Borrowed(attribute.attr_value().data),
    }
}

/// As OpenSSL tells a host among common names: labels of letters, digits and hyphens, of which there are two at least.
fn is_like_a_host(name: &str) -> bool {
    name.contains('.')
        && name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    let (front, back) = text.split_at_checked(at)?;
    back.eq_ignore_ascii_case(suffix).then_some(front)
}

/// OpenSSL's bound on what one authority makes it compare.
const MOST_COMPARISONS: usize = 1 << 20;
