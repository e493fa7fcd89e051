//! Who is trusted: Node's verdict on the same certificates, case by case.
//!
//! The table holds what Node 20.20 said. Where a `node` is on the path it is asked again, so that the table
//! cannot drift from what it claims to hold.

use std::process::Command;
use std::sync::Arc;

use rag_connection_pool::key::Scheme;
use rag_connection_pool::transport::tls::{TlsOptions, Trust};
use rustls::pki_types::CertificateDer;
use tokio::net::TcpListener;

use crate::certificates::{Issued, Workshop};
use crate::loopback::{dial_target, run, target};
use crate::tls_cases::{Case, cases};

#[test]
fn every_certificate_gets_the_verdict_that_node_gives_it() {
    run(async {
        let workshop = Workshop::new();
        let mut wrong = Vec::new();
        for case in cases(&workshop) {
            let port = server(&case).await;
            let verdict = ours(&case, port).await;
            if verdict != case.verdict {
                wrong.push(format!("{}: {verdict}, not {}", case.name, case.verdict));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    });
}

#[test]
fn the_table_of_verdicts_is_what_node_says() {
    run(async {
        if Command::new("node").arg("-v").output().is_err() {
            return;
        }
        let workshop = Workshop::new();
        let mut wrong = Vec::new();
        for case in cases(&workshop) {
            let port = server(&case).await;
            let verdict = nodes(&case, port).await;
            if verdict != case.verdict {
                wrong.push(format!("{}: {verdict}, not {}", case.name, case.verdict));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    });
}

/// A server that shows any chain, with any key: by a resolver, because rustls looks hard at a certificate
/// that it is to serve itself.
pub(crate) fn serving(chain: Vec<CertificateDer<'static>>, key: &Issued) -> Arc<rustls::ServerConfig> {
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key.key()).unwrap();
    let certified = rustls::sign::CertifiedKey::new(chain, key);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certified)));
    Arc::new(config)
}

async fn server(case: &Case) -> u16 {
    let chain = case.sent.iter().map(Issued::certificate).collect();
    let config = serving(chain, &case.sent[0]);
    let acceptor = tokio_rustls::TlsAcceptor::from(config);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        if let Ok(mut stream) = acceptor.accept(stream).await {
            drop(tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 1]).await);
        }
    });
    port
}

async fn ours(case: &Case, port: u16) -> String {
    let ca = case.trusted.iter().map(Issued::certificate).collect();
    let trust = Trust::new(&TlsOptions { ca: Some(ca), ..TlsOptions::new(Arc::new([])) }).unwrap();
    let mut target = target("127.0.0.1", port);
    target.origin.scheme = Scheme::Https;
    target.server_name = Some(Arc::from(case.host));
    target.trust = Some(Arc::new(trust));
    match dial_target(&target).await {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

async fn nodes(case: &Case, port: u16) -> String {
    let trusted: Vec<_> =
        case.trusted.iter().map(|issued| issued.certificate.display().to_string()).collect();
    let (host, trusted) = (case.host, trusted.join(","));
    let asked = tokio::task::spawn_blocking(move || {
        Command::new("node").args(["-e", NODE, &port.to_string(), host, &trusted]).output().unwrap()
    });
    String::from_utf8(asked.await.unwrap().stdout).unwrap()
}

const NODE: &str = "
const [port, host, trusted] = process.argv.slice(1), tls = require('tls'), net = require('net');
const ca = trusted.split(',').filter(Boolean).map((file) => require('fs').readFileSync(file));
const name = net.isIP(host) ? { host: '127.0.0.1', checkServerIdentity: (_, c) => tls.checkServerIdentity(host, c) } : { host: '127.0.0.1', servername: host };
const socket = tls.connect({ port, ca: ca.length ? ca : 'none', ...name }, () => { process.stdout.write('ok'); process.exit(); });
socket.on('error', (error) => { process.stdout.write(error.code); process.exit(); });
";
