//! Certificates, made on the spot by the `openssl` command, so that they suit OpenSSL's own taste.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A directory of keys and certificates, removed in the end.
pub(crate) struct Workshop {
    at: PathBuf,
    next: AtomicU32,
}

/// A certificate, its key, and where they are.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// What to put into a certificate.
pub(crate) struct Order<'a> {
    pub(crate) subject: &'a str,
    /// Lines of an extension section.
    pub(crate) extensions: &'a str,
    /// `None`: it signs itself.
    pub(crate) issuer: Option<&'a Issued>,
    /// First and last moment, as `YYMMDDHHMMSSZ`.
    pub(crate) from: &'a str,
    pub(crate) until: &'a str,
}

impl Default for Order<'_> {
    fn default() -> Self {
        Self {
            subject: "/CN=nobody",
            extensions: "",
            issuer: None,
            from: "200101000000Z",
            until: "491231235959Z",
        }
    }
}

/// A root of one's own.
pub(crate) struct Authority {
    workshop: Workshop,
    pub(crate) root: Issued,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let workshop = Workshop::new();
        let root = workshop.make(&Order {
            subject: "/CN=Root",
            extensions: "basicConstraints=critical,CA:TRUE",
            ..Order::default()
        });
        Self { workshop, root }
    }

    /// A certificate of version 1, as is made where no extension is asked for.
    pub(crate) fn issue_version_1(&self, name: &str) -> Issued {
        let subject = format!("/CN={name}");
        self.workshop.make(&Order { subject: &subject, issuer: Some(&self.root), ..Order::default() })
    }

    /// A certificate for a server or a client of that name.
    pub(crate) fn issue(&self, name: &str) -> Issued {
        self.workshop.make(&Order {
            subject: "/CN=Leaf",
            extensions: &format!("subjectAltName=DNS:{name}"),
            issuer: Some(&self.root),
            ..Order::default()
        })
    }
}

impl Workshop {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rag-pool-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let at = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&at).unwrap();
        std::fs::write(at.join("ca.cnf"), CA_CONFIG).unwrap();
        std::fs::write(at.join("index.txt"), "").unwrap();
        std::fs::write(at.join("serial.txt"), "01").unwrap();
        Self { at, next: AtomicU32::new(0) }
    }

    pub(crate) fn make(&self, order: &Order<'_>) -> Issued {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let file = |ending: &str| self.at.join(format!("{number}.{ending}"));
        let (key, certificate, request, extensions) = (file("key"), file("pem"), file("csr"), file("cnf"));
        std::fs::write(&extensions, format!("{}\n", order.extensions)).unwrap();
        openssl(
            &self.at,
            &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", text(&key)],
        );
        openssl(
            &self.at,
            &[
                "req",
                "-new",
                "-config",
                "ca.cnf",
                "-key",
                text(&key),
                "-subj",
                order.subject,
                "-out",
                text(&request),
            ],
        );
        let mut arguments = vec![
            "ca",
            "-batch",
            "-config",
            "ca.cnf",
            "-notext",
            "-rand_serial",
            "-preserveDN",
            "-md",
            "sha256",
            "-startdate",
            order.from,
            "-enddate",
            order.until,
            "-in",
            text(&request),
            "-out",
            text(&certificate),
            "-extfile",
            text(&extensions),
        ];
        match order.issuer {
            Some(issuer) => {
                arguments.extend(["-cert", text(&issuer.certificate), "-keyfile", text(&issuer.key)]);
            }
            None => arguments.extend(["-selfsign", "-keyfile", text(&key)]),
        }
        openssl(&self.at, &arguments);
        Issued { certificate, key }
    }

    /// What `openssl req -x509` makes when asked for nothing special.
    pub(crate) fn request_x509(&self, name: &str) -> Issued {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (key, certificate) =
            (self.at.join(format!("{number}.key")), self.at.join(format!("{number}.pem")));
        let names = format!("subjectAltName=DNS:{name}");
        openssl(
            &self.at,
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "30",
                "-subj",
                "/CN=Default",
                "-addext",
                &names,
                "-keyout",
                text(&key),
                "-out",
                text(&certificate),
            ],
        );
        Issued { certificate, key }
    }
}

impl Issued {
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(&self.certificate).unwrap()
    }

    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_file(&self.key).unwrap()
    }

    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        self.key().secret_der().to_vec()
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.at));
    }
}

fn openssl(at: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(at).output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const CA_CONFIG: &str = "
[ca]
default_ca = own
[own]
database = index.txt
serial = serial.txt
new_certs_dir = .
policy = any
unique_subject = no
[any]
commonName = optional
[req]
distinguished_name = name
[name]
";
