//! Whether a certificate is a server's: the rules of Node's `checkServerIdentity`.

use std::borrow::Cow;
use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_parser::asn1_rs::Tag;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::text::{latin, text};

/// Compares `host`, a name without the dot of a full one or an address, with the names in `leaf`. The common name counts only where there
/// is no DNS name.
///
/// # Errors
/// Why it is not, as Node says it.
pub(super) fn check(leaf: &CertificateDer<'_>, host: &str) -> Result<(), String> {
    let Ok((_, certificate)) = X509Certificate::from_der(leaf) else {
        return Err("Cert is empty".to_owned());
    };
    let names = Names::of(&certificate);
    if let Ok(address) = host.parse::<IpAddr>() {
        return if names.addresses.contains(&address) {
            Ok(())
        } else {
            let list: Vec<_> = names.addresses.iter().map(ToString::to_string).collect();
            Err(format!("IP: {host} is not in the cert's list: {}", list.join(", ")))
        };
    }
    if !names.dns.is_empty() {
        return if names.dns.iter().any(|pattern| matches(host, pattern)) {
            Ok(())
        } else {
            Err(format!("Host: {host}. is not in the cert's altnames: {}", names.listed.join(", ")))
        };
    }
    match names.common.as_slice() {
        [] => Err("Cert does not contain a DNS name".to_owned()),
        common if common.iter().any(|pattern| matches(host, pattern)) => Ok(()),
        common => Err(format!("Host: {host}. is not cert's CN: {}", common.join(","))),
    }
}

struct Names<'a> {
    dns: Vec<Cow<'a, str>>,
    addresses: Vec<IpAddr>,
    common: Vec<Cow<'a, str>>,
    /// All that are no common ones, as Node lists them.
    listed: Vec<String>,
}

impl<'a> Names<'a> {
    fn of(certificate: &'a X509Certificate<'_>) -> Self {
        let common = certificate.subject().iter_common_name().filter_map(text).collect();
        let mut names = Self { dns: Vec::new(), addresses: Vec::new(), common, listed: Vec::new() };
        let Ok(Some(alternative)) = certificate.subject_alternative_name() else { return names };
        for name in &alternative.value.general_names {
            names.listed.push(shown(name));
            match name {
                GeneralName::DNSName(dns) => names.dns.push(latin(dns.as_bytes())),
                // Not in UTF-8: a name nevertheless, which nobody has.
                GeneralName::Invalid(DNS, bytes) => names.dns.push(latin(bytes)),
                GeneralName::IPAddress(bytes) => names.addresses.extend(address(bytes)),
                _ => {}
            }
        }
        names
    }
}

/// A name as Node writes it.
fn shown(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(dns) => format!("DNS:{}", quoted(&latin(dns.as_bytes()))),
        GeneralName::Invalid(DNS, bytes) => format!("DNS:{}", quoted(&latin(bytes))),
        GeneralName::RFC822Name(mail) => format!("email:{}", quoted(&latin(mail.as_bytes()))),
        GeneralName::URI(uri) => format!("URI:{}", quoted(&latin(uri.as_bytes()))),
        GeneralName::DirectoryName(name) => format!("DirName:{}", quoted(&name.to_string())),
        GeneralName::RegisteredID(id) => format!("Registered ID:{id}"),
        GeneralName::IPAddress(bytes) => match address(bytes) {
            Some(IpAddr::V4(address)) => format!("IP Address:{address}"),
            Some(IpAddr::V6(address)) => {
                let groups = address.segments().map(|group| format!("{group:X}"));
                format!("IP Address:{}", groups.join(":"))
            }
            None => format!("IP Address:<invalid length={}>", bytes.len()),
        },
        GeneralName::X400Address(_) => "X400Name:<unsupported>".to_owned(),
        GeneralName::EDIPartyName(_) => "EdiPartyName:<unsupported>".to_owned(),
        GeneralName::OtherName(..) | GeneralName::Invalid(..) => "othername:<unsupported>".to_owned(),
    }
}

/// A name that could be taken for two, or for a part of the list, is written as in JSON.
fn quoted(name: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\' | ',' | '\'');
    if name.chars().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let letters = name.chars().map(|letter| match letter {
        '"' | '\\' => format!("\\{letter}"),
        ' '..='~' if letter != ',' => letter.to_string(),
        _ => format!("\\u{:04x}", u32::from(letter)),
    });
    Cow::Owned(format!("\"{}\"", letters.collect::<String>()))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// RFC 6125 section 6.4.3 as Node reads it: one wildcard, in the leftmost label alone, matching within that
/// label, never in a name of two labels and never inside an A-label.
fn matches(host: &str, pattern: &str) -> bool {
    let pattern = without_dot(pattern).to_ascii_lowercase();
    if !pattern.bytes().all(|byte| (0x21..=0x7f).contains(&byte)) {
        return false;
    }
    let host = without_dot(host).to_ascii_lowercase();
    if host.contains('.') != pattern.contains('.') {
        return false;
    }
    let (host_label, host_rest) = host.split_once('.').unwrap_or((&host, ""));
    let (label, rest) = pattern.split_once('.').unwrap_or((&pattern, ""));
    if rest != host_rest || label.is_empty() || (pattern.contains('.') && rest.split('.').any(str::is_empty))
    {
        return false;
    }
    let Some((prefix, suffix)) = label.split_once('*').filter(|_| !label.contains("xn--")) else {
        return label == host_label;
    };
    !suffix.contains('*')
        && rest.contains('.')
        && host_label.len() >= prefix.len().saturating_add(suffix.len())
        && host_label.starts_with(prefix)
        && host_label.ends_with(suffix)
}

/// A name without the dot at its end that makes it a full one.
pub(super) fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Of a DNS name among the alternative ones (RFC 5280 section 4.2.1.6).
const DNS: Tag = Tag(2);
