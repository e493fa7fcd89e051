//! Whether a certificate is a server's: the rules of Node's `checkServerIdentity`.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

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
            Err(format!("Host: {host}. is not in the cert's altnames: {}", names.listed()))
        };
    }
    match names.common.as_slice() {
        [] => Err("Cert does not contain a DNS name".to_owned()),
        common if common.iter().any(|pattern| matches(host, pattern)) => Ok(()),
        common => Err(format!("Host: {host}. is not cert's CN: {}", common.join(","))),
    }
}

struct Names<'a> {
    dns: Vec<&'a str>,
    addresses: Vec<IpAddr>,
    common: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn of(certificate: &'a X509Certificate<'_>) -> Self {
        let common = certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok()).collect();
        let mut names = Self { dns: Vec::new(), addresses: Vec::new(), common };
        let Ok(Some(alternative)) = certificate.subject_alternative_name() else { return names };
        for name in &alternative.value.general_names {
            match name {
                GeneralName::DNSName(dns) => names.dns.push(dns),
                GeneralName::IPAddress(bytes) => names.addresses.extend(address(bytes)),
                _ => {}
            }
        }
        names
    }

    fn listed(&self) -> String {
        let dns = self.dns.iter().map(|name| format!("DNS:{name}"));
        let addresses = self.addresses.iter().map(|address| format!("IP Address:{address}"));
        dns.chain(addresses).collect::<Vec<_>>().join(", ")
    }
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
