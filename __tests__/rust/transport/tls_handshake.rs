//! The handshake: what is agreed on, and how it fails.

use std::sync::Arc;

use rag_connection_pool::key::TrustId;
use rag_connection_pool::transport::io::{Io, TlsVersion};
use rag_connection_pool::transport::tls::{Identity, TlsOptions, Trust, Trusts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::certificates::{Authority, Issued};
use crate::loopback::{dial_target, drain, run, serve, target};
use crate::tls_verdicts::serving;

/// A configuration that trusts nobody.
pub(crate) fn trust_nobody() -> Arc<Trust> {
    Arc::new(Trust::new(&TlsOptions::new(Arc::new([]))).unwrap())
}

pub(crate) fn trusting(authority: &Authority) -> TlsOptions {
    TlsOptions::new(Arc::from([authority.root.certificate()]))
}

/// A TLS server that echoes, for any number of connections.
pub(crate) async fn echo(server: Arc<rustls::ServerConfig>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&server));
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut buffer = [0; 1024];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    if stream.write_all(&buffer[..read]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

pub(crate) async fn dial_tls(port: u16, trust: &Arc<Trust>) -> Result<Io, rag_connection_pool::error::Error> {
    let mut target = target("127.0.0.1", port);
    target.origin.scheme = rag_connection_pool::key::Scheme::Https;
    target.server_name = Some(Arc::from("server.test"));
    target.trust = Some(Arc::clone(trust));
    dial_target(&target).await.map(|dialled| dialled.io)
}

pub(crate) async fn exchange(io: &mut Io) {
    io.write_all(b"ping").await.unwrap();
    let mut bytes = [0; 4];
    io.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"ping");
}

pub(crate) fn server(leaf: &Issued) -> rustls::ServerConfig {
    server_speaking(leaf, rustls::ALL_VERSIONS)
}

fn server_speaking(
    leaf: &Issued,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> rustls::ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.certificate()], leaf.key())
        .unwrap()
}

#[test]
fn a_trusted_server_is_spoken_to() {
    run(async {
        let authority = Authority::new();
        let leaf = authority.issue("server.test");
        let trust = Arc::new(Trust::new(&trusting(&authority)).unwrap());
        let mut io = dial_tls(echo(Arc::new(server(&leaf))).await, &trust).await.unwrap();
        exchange(&mut io).await;
        assert_eq!(io.tls_version(), Some(TlsVersion::V1_3));
        assert_eq!(io.peer_certificates(), [leaf.certificate()]);
        assert_eq!(io.cipher(), Some("TLS13_AES_256_GCM_SHA384"));
        assert_eq!(io.authorization_error(), None);
    });
}

#[test]
fn the_greatest_version_is_honoured() {
    run(async {
        let authority = Authority::new();
        let options = TlsOptions { max_version: TlsVersion::V1_2, ..trusting(&authority) };
        let trust = Arc::new(Trust::new(&options).unwrap());
        let io =
            dial_tls(echo(Arc::new(server(&authority.issue("server.test")))).await, &trust).await.unwrap();
        assert_eq!(io.tls_version(), Some(TlsVersion::V1_2));
    });
}

#[test]
fn a_server_of_too_old_a_version_is_refused() {
    run(async {
        let authority = Authority::new();
        let options = TlsOptions { min_version: TlsVersion::V1_3, ..trusting(&authority) };
        let trust = Arc::new(Trust::new(&options).unwrap());
        let server = server_speaking(&authority.issue("server.test"), &[&rustls::version::TLS12]);
        let error = dial_tls(echo(Arc::new(server)).await, &trust).await.unwrap_err();
        assert_eq!(error.code(), "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    });
}

#[test]
fn versions_that_exclude_each_other_are_refused() {
    let options = TlsOptions {
        min_version: TlsVersion::V1_3,
        max_version: TlsVersion::V1_2,
        ..TlsOptions::new(Arc::new([]))
    };
    assert_eq!(Trust::new(&options).unwrap_err().code(), "ERR_TLS_INVALID_CONTEXT");
}

#[test]
fn alpn_is_agreed_on() {
    run(async {
        let authority = Authority::new();
        let mut server = server(&authority.issue("server.test"));
        server.alpn_protocols = vec![b"h2".to_vec()];
        let options = TlsOptions { alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()], ..trusting(&authority) };
        let trust = Arc::new(Trust::new(&options).unwrap());
        let io = dial_tls(echo(Arc::new(server)).await, &trust).await.unwrap();
        assert_eq!(io.alpn(), Some(b"h2".as_slice()));
    });
}

#[test]
fn a_second_connection_resumes_the_session() {
    run(async {
        let authority = Authority::new();
        let port = echo(Arc::new(server(&authority.issue("server.test")))).await;
        let trust = Arc::new(Trust::new(&trusting(&authority)).unwrap());
        let mut first = dial_tls(port, &trust).await.unwrap();
        assert!(!first.resumed());
        // TLS 1.3 tickets come with the first bytes read.
        exchange(&mut first).await;
        let mut second = dial_tls(port, &trust).await.unwrap();
        exchange(&mut second).await;
        assert!(second.resumed());
    });
}

#[test]
fn bytes_are_counted_as_the_kernel_sees_them() {
    run(async {
        let authority = Authority::new();
        let trust = Arc::new(Trust::new(&trusting(&authority)).unwrap());
        let mut io =
            dial_tls(echo(Arc::new(server(&authority.issue("server.test")))).await, &trust).await.unwrap();
        let before = io.socket().written();
        exchange(&mut io).await;
        // Four bytes, the header of the record (5), its type (1) and the tag (16).
        assert_eq!(io.socket().written() - before, 4 + 22);
    });
}

#[test]
fn a_client_certificate_is_shown() {
    run(async {
        let authority = Authority::new();
        let client = authority.issue("client.test");
        let mut roots = rustls::RootCertStore::empty();
        roots.add(authority.root.certificate()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
            Arc::new(roots),
            Arc::clone(&provider),
        )
        .build()
        .unwrap();
        let leaf = authority.issue("server.test");
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![leaf.certificate()], leaf.key())
            .unwrap();
        let port = echo(Arc::new(server)).await;
        let identity = Identity { chain: vec![client.certificate()], key: client.pkcs8() };
        let options = TlsOptions { identity: Some(identity), ..trusting(&authority) };
        exchange(&mut dial_tls(port, &Arc::new(Trust::new(&options).unwrap())).await.unwrap()).await;
    });
}

#[test]
fn a_key_that_does_not_fit_its_certificate_is_refused() {
    let authority = Authority::new();
    let (one, other) = (authority.issue("one.test"), authority.issue("other.test"));
    let identity = Identity { chain: vec![one.certificate()], key: other.pkcs8() };
    let options = TlsOptions { identity: Some(identity), ..trusting(&authority) };
    assert_eq!(Trust::new(&options).unwrap_err().code(), "ERR_TLS_INVALID_CONTEXT");
}

#[test]
fn without_refusal_the_verdict_is_recorded() {
    run(async {
        let authority = Authority::new();
        let options = TlsOptions { reject_unauthorized: false, ..TlsOptions::new(Arc::new([])) };
        let trust = Arc::new(Trust::new(&options).unwrap());
        let port = echo(Arc::new(server(&authority.issue("server.test")))).await;
        let mut io = dial_tls(port, &trust).await.unwrap();
        assert_eq!(io.authorization_error(), Some("UNABLE_TO_VERIFY_LEAF_SIGNATURE"));
        exchange(&mut io).await;
    });
}

#[test]
fn a_name_is_not_compared_where_another_will() {
    run(async {
        let authority = Authority::new();
        let options = TlsOptions { check_name: false, ..trusting(&authority) };
        let trust = Arc::new(Trust::new(&options).unwrap());
        dial_tls(echo(Arc::new(server(&authority.issue("other.test")))).await, &trust).await.unwrap();
    });
}

#[test]
fn a_certificate_of_version_1_proves_its_key_in_either_version_of_tls() {
    run(async {
        let authority = Authority::new();
        let leaf = authority.issue_version_1("server.test");
        let port = echo(serving(vec![leaf.certificate()], &leaf)).await;
        for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
            let options = TlsOptions { min_version: version, max_version: version, ..trusting(&authority) };
            let mut io = dial_tls(port, &Arc::new(Trust::new(&options).unwrap())).await.unwrap();
            exchange(&mut io).await;
        }
    });
}

#[test]
fn a_certificate_of_version_1_is_no_use_without_its_key() {
    run(async {
        let authority = Authority::new();
        let (leaf, other) = (authority.issue_version_1("server.test"), authority.issue("other.test"));
        let port = echo(serving(vec![leaf.certificate()], &other)).await;
        for (version, reject_unauthorized) in [TlsVersion::V1_2, TlsVersion::V1_3]
            .into_iter()
            .flat_map(|version| [(version, true), (version, false)])
        {
            let only = TlsOptions { min_version: version, max_version: version, ..trusting(&authority) };
            let options = TlsOptions { reject_unauthorized, ..only };
            let error = dial_tls(port, &Arc::new(Trust::new(&options).unwrap())).await.unwrap_err();
            assert_eq!(error.code(), "ERR_SSL_BAD_SIGNATURE");
        }
    });
}

#[test]
fn equal_options_are_one_configuration() {
    let authority = Authority::new();
    let trusts = Trusts::new();
    let one = trusts.intern(trusting(&authority)).unwrap();
    assert_eq!(trusts.intern(trusting(&authority)).unwrap(), one);
    let other = TlsOptions { alpn: vec![b"h2".to_vec()], ..trusting(&authority) };
    assert_ne!(trusts.intern(other).unwrap(), one);
    assert!(trusts.get(Some(&one)).unwrap().is_some());
    assert!(trusts.get(None).unwrap().is_none());
    assert_eq!(trusts.get(Some(&TrustId::new(9))).unwrap_err().code(), "ERR_TLS_INVALID_CONTEXT");
}

#[test]
fn a_close_without_notice_ends_a_reply_like_any_other() {
    run(async {
        let authority = Authority::new();
        let leaf = authority.issue("server.test");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server(&leaf)));
        let (address, _) = serve(|stream| async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            stream.write_all(b"hello").await.unwrap();
            stream.flush().await.unwrap();
            let (mut stream, _) = stream.into_inner();
            stream.shutdown().await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let trust = Arc::new(Trust::new(&trusting(&authority)).unwrap());
        let mut io = dial_tls(address.port(), &trust).await.unwrap();
        let mut text = String::new();
        io.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
    });
}
