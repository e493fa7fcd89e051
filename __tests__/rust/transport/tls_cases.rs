//! Certificates good and bad, and what Node 20.20 said of each.

use crate::certificates::{Issued, Order, Workshop};

pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What the server sends, its own certificate first.
    pub(crate) sent: Vec<Issued>,
    pub(crate) trusted: Vec<Issued>,
    /// The name to verify.
    pub(crate) host: &'static str,
    pub(crate) verdict: &'static str,
}

const CA: &str = "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash";
const SERVER: &str = "subjectAltName=DNS:server.test\nauthorityKeyIdentifier=keyid";

struct Family {
    root: Issued,
    stranger: Issued,
    middle: Issued,
    leaf: Issued,
}

impl Family {
    fn new(workshop: &Workshop) -> Self {
        let root = workshop.make(&Order { subject: "/CN=Root", extensions: CA, ..Order::default() });
        let stranger = workshop.make(&Order { subject: "/CN=Stranger", extensions: CA, ..Order::default() });
        let middle = workshop.make(&Order {
            subject: "/CN=Middle",
            extensions: CA,
            issuer: Some(&root),
            ..Order::default()
        });
        let leaf = workshop.make(&Order {
            subject: "/CN=Leaf",
            extensions: SERVER,
            issuer: Some(&middle),
            ..Order::default()
        });
        Self { root, stranger, middle, leaf }
    }
}

pub(crate) fn cases(workshop: &Workshop) -> Vec<Case> {
    let family = Family::new(workshop);
    let mut cases = chains(workshop, &family);
    cases.extend(dates(workshop, &family));
    cases.extend(usages(workshop, &family));
    cases.extend(names(workshop, &family));
    cases
}

fn case(name: &'static str, sent: &[&Issued], trusted: &[&Issued], verdict: &'static str) -> Case {
    let own = |issued: &[&Issued]| issued.iter().map(|issued| (*issued).clone()).collect();
    Case { name, sent: own(sent), trusted: own(trusted), host: "server.test", verdict }
}

fn chains(workshop: &Workshop, family: &Family) -> Vec<Case> {
    let Family { root, stranger, middle, leaf } = family;
    let default = workshop.request_x509("server.test");
    let plain = workshop.make(&Order {
        subject: "/CN=Plain",
        extensions: "basicConstraints=CA:FALSE\nsubjectAltName=DNS:server.test",
        ..Order::default()
    });
    let direct = workshop.make(&Order {
        subject: "/CN=Direct",
        extensions: SERVER,
        issuer: Some(root),
        ..Order::default()
    });
    let namesake = workshop.make(&Order {
        subject: "/CN=Root",
        extensions: "basicConstraints=CA:TRUE",
        ..Order::default()
    });
    let keyless = workshop.make(&Order {
        subject: "/CN=Keyless",
        extensions: "subjectAltName=DNS:server.test\nauthorityKeyIdentifier=none",
        issuer: Some(&namesake),
        ..Order::default()
    });
    // Certificates that webpki does not read, so that no signature of theirs is checked but by us.
    let forged_authority = workshop.make(&Order {
        subject: "/CN=Forged",
        extensions: "basicConstraints=CA:TRUE\nsubjectAltName=DNS:server.test\nauthorityKeyIdentifier=none",
        issuer: Some(&namesake),
        ..Order::default()
    });
    let forged_old =
        workshop.make(&Order { subject: "/CN=server.test", issuer: Some(&namesake), ..Order::default() });
    let old = workshop.make(&Order { subject: "/CN=server.test", issuer: Some(root), ..Order::default() });
    let old_self = workshop.make(&Order { subject: "/CN=server.test", ..Order::default() });
    vec![
        case("what req -x509 makes, trusted", &[&default], &[&default], "ok"),
        case("what req -x509 makes, not trusted", &[&default], &[stranger], "DEPTH_ZERO_SELF_SIGNED_CERT"),
        case("self-signed and no authority, trusted", &[&plain], &[&plain], "ok"),
        case(
            "self-signed and no authority, not trusted",
            &[&plain],
            &[stranger],
            "DEPTH_ZERO_SELF_SIGNED_CERT",
        ),
        case("issued by a trusted root", &[&direct], &[root], "ok"),
        case("over an authority that was sent", &[leaf, middle], &[root], "ok"),
        case("over an authority that is trusted beside its root", &[leaf], &[middle, root], "ok"),
        case("over an authority that is missing", &[leaf], &[root], "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        case("under a stranger", &[&direct], &[stranger], "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        case("a chain under a stranger", &[leaf, middle], &[stranger], "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
        case("a chain with its own root", &[leaf, middle, root], &[stranger], "SELF_SIGNED_CERT_IN_CHAIN"),
        case("a chain with its trusted root", &[leaf, middle, root], &[root], "ok"),
        case("an authority trusted without its root", &[leaf], &[middle], "UNABLE_TO_GET_ISSUER_CERT"),
        case(
            "the certificate itself trusted without its root",
            &[&direct],
            &[&direct],
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        ),
        case("an authority that serves, forged", &[&forged_authority], &[root], "CERT_SIGNATURE_FAILURE"),
        case("of version 1", &[&old], &[root], "ok"),
        case("of version 1, forged", &[&forged_old], &[root], "CERT_SIGNATURE_FAILURE"),
        case("of version 1 and self-signed, trusted", &[&old_self], &[&old_self], "ok"),
        case("signed by a namesake of the root", &[&keyless], &[root], "CERT_SIGNATURE_FAILURE"),
    ]
}

fn dates(workshop: &Workshop, family: &Family) -> Vec<Case> {
    let Family { root, stranger, .. } = family;
    let over = Order { until: "210101000000Z", ..Order::default() };
    let expired =
        workshop.make(&Order { subject: "/CN=Expired", extensions: SERVER, issuer: Some(root), ..over });
    let early = workshop.make(&Order {
        subject: "/CN=Early",
        extensions: SERVER,
        issuer: Some(root),
        from: "480101000000Z",
        ..Order::default()
    });
    let old_root = workshop.make(&Order {
        subject: "/CN=Old Root",
        extensions: CA,
        until: "210101000000Z",
        ..Order::default()
    });
    let young = workshop.make(&Order {
        subject: "/CN=Young",
        extensions: SERVER,
        issuer: Some(&old_root),
        ..Order::default()
    });
    let expired_self = workshop.make(&Order {
        subject: "/CN=Expired Self",
        extensions: "subjectAltName=DNS:server.test",
        until: "210101000000Z",
        ..Order::default()
    });
    vec![
        case("expired", &[&expired], &[root], "CERT_HAS_EXPIRED"),
        case("not yet valid", &[&early], &[root], "CERT_NOT_YET_VALID"),
        case("under an expired root", &[&young], &[&old_root], "CERT_HAS_EXPIRED"),
        case("expired and self-signed, trusted", &[&expired_self], &[&expired_self], "CERT_HAS_EXPIRED"),
        case("expired and self-signed, not trusted", &[&expired_self], &[stranger], "CERT_HAS_EXPIRED"),
        case("expired and under a stranger", &[&expired], &[stranger], "CERT_HAS_EXPIRED"),
    ]
}

fn usages(workshop: &Workshop, family: &Family) -> Vec<Case> {
    let Family { root, .. } = family;
    let make = |subject, extensions: &str, issuer| {
        workshop.make(&Order { subject, extensions, issuer: Some(issuer), ..Order::default() })
    };
    let authority_as_leaf = make("/CN=Both", &format!("{CA}\nsubjectAltName=DNS:server.test"), root);
    let client = make("/CN=Client", &format!("{SERVER}\nextendedKeyUsage=clientAuth"), root);
    let signs_only = make("/CN=Signs", &format!("{SERVER}\nkeyUsage=keyCertSign"), root);
    let no_authority = make("/CN=No CA", "basicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash", root);
    let under_none = make("/CN=Under", SERVER, &no_authority);
    let unspoken = make("/CN=Unspoken", "subjectKeyIdentifier=hash", root);
    let under_unspoken = make("/CN=Under Unspoken", SERVER, &unspoken);
    let mute = make("/CN=Mute", &format!("{CA}\nkeyUsage=digitalSignature"), root);
    let under_mute = make("/CN=Under Mute", SERVER, &mute);
    let short =
        make("/CN=Short", "basicConstraints=critical,CA:TRUE,pathlen:0\nsubjectKeyIdentifier=hash", root);
    let beyond = make("/CN=Beyond", CA, &short);
    let too_deep = make("/CN=Deep", SERVER, &beyond);
    let strict =
        make("/CN=Strict", &format!("{CA}\nnameConstraints=critical,permitted;DNS:other.test"), root);
    let outside = make("/CN=Outside", SERVER, &strict);
    let odd = make("/CN=Odd", &format!("{SERVER}\n1.2.3.4=critical,ASN1:UTF8String:odd"), root);
    let strange_ca = make("/CN=Client CA", &format!("{CA}\nextendedKeyUsage=clientAuth"), root);
    let under_strange = make("/CN=Under Client", SERVER, &strange_ca);
    vec![
        case("an authority that serves", &[&authority_as_leaf], &[root], "ok"),
        case("for clients only", &[&client], &[root], "INVALID_PURPOSE"),
        case("for signing certificates only", &[&signs_only], &[root], "INVALID_PURPOSE"),
        case("under one that is no authority", &[&under_none, &no_authority], &[root], "INVALID_PURPOSE"),
        case("under one that does not say", &[&under_unspoken, &unspoken], &[root], "INVALID_PURPOSE"),
        case("under one that may not sign", &[&under_mute, &mute], &[root], "UNSPECIFIED"),
        case("too deep", &[&too_deep, &beyond, &short], &[root], "PATH_LENGTH_EXCEEDED"),
        case("outside its authority's names", &[&outside, &strict], &[root], "UNSPECIFIED"),
        case("with an extension that nobody knows", &[&odd], &[root], "UNSPECIFIED"),
        case("under an authority for clients", &[&under_strange, &strange_ca], &[root], "INVALID_PURPOSE"),
    ]
}

fn names(workshop: &Workshop, family: &Family) -> Vec<Case> {
    let Family { root, .. } = family;
    let named = |name, host, subject: &str, extensions: &str, verdict| {
        let leaf = workshop.make(&Order { subject, extensions, issuer: Some(root), ..Order::default() });
        Case { host, ..case(name, &[&leaf], &[root], verdict) }
    };
    vec![
        named("another name", "server.test", "/CN=x", "subjectAltName=DNS:other.test", BAD),
        named("the name in capitals", "server.test", "/CN=x", "subjectAltName=DNS:SERVER.Test", "ok"),
        named("a wildcard", "a.server.test", "/CN=x", "subjectAltName=DNS:*.server.test", "ok"),
        named(
            "a wildcard two labels deep",
            "a.b.server.test",
            "/CN=x",
            "subjectAltName=DNS:*.server.test",
            BAD,
        ),
        named(
            "a wildcard for the bare name",
            "server.test",
            "/CN=x",
            "subjectAltName=DNS:*.server.test",
            BAD,
        ),
        named("a wildcard over a top level", "server.test", "/CN=x", "subjectAltName=DNS:*.test", BAD),
        named(
            "a wildcard within a label",
            "api-1.server.test",
            "/CN=x",
            "subjectAltName=DNS:api-*.server.test",
            "ok",
        ),
        named(
            "a wildcard further right",
            "a.b.server.test",
            "/CN=x",
            "subjectAltName=DNS:a.*.server.test",
            BAD,
        ),
        named("two wildcards", "ab.server.test", "/CN=x", "subjectAltName=DNS:*b*.server.test", BAD),
        named("a common name and no other", "server.test", "/CN=server.test", "", "ok"),
        named("a wrong common name and no other", "server.test", "/CN=other.test", "", BAD),
        named(
            "a common name beside another DNS name",
            "server.test",
            "/CN=server.test",
            "subjectAltName=DNS:other.test",
            BAD,
        ),
        named(
            "a common name beside an address",
            "server.test",
            "/CN=server.test",
            "subjectAltName=IP:127.0.0.1",
            "ok",
        ),
        named(
            "a common name beside a URI",
            "server.test",
            "/CN=server.test",
            "subjectAltName=URI:https://other.test/",
            "ok",
        ),
        named("an address", "127.0.0.1", "/CN=x", "subjectAltName=IP:127.0.0.1", "ok"),
        named("an IPv6 address", "::1", "/CN=x", "subjectAltName=IP:::1", "ok"),
        named("another address", "127.0.0.1", "/CN=x", "subjectAltName=IP:127.0.0.2", BAD),
        named("an address as a DNS name", "127.0.0.1", "/CN=x", "subjectAltName=DNS:127.0.0.1", BAD),
        named("an address as a common name", "127.0.0.1", "/CN=127.0.0.1", "", BAD),
        named("no name at all", "server.test", "/O=x", "", BAD),
    ]
}

const BAD: &str = "ERR_TLS_CERT_ALTNAME_INVALID";
