//! Whom a connection is made with: keys that are exchanged, pinned and told of.

use std::sync::Arc;

use rag_connection_pool::transport::tls::pins::pin_of;
use rag_connection_pool::transport::tls::{TlsOptions, Trust};

use crate::certificates::{Authority, Issued};
use crate::loopback::run;
use crate::tls_handshake::{dial_tls, echo, exchange, server, trusting};
use crate::tls_verdicts::serving;

/// A server that agrees on this group and no other.
fn server_of_group(
    leaf: &Issued,
    group: &'static dyn rustls::crypto::SupportedKxGroup,
) -> rustls::ServerConfig {
    let provider = rustls::crypto::CryptoProvider {
        kx_groups: vec![group],
        ..rustls::crypto::aws_lc_rs::default_provider()
    };
    rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.certificate()], leaf.key())
        .unwrap()
}

#[test]
fn keys_are_exchanged_with_a_server_that_takes_nothing_but_post_quantum_ones() {
    run(async {
        let authority = Authority::new();
        let leaf = authority.issue("server.test");
        let trust = Arc::new(Trust::new(&trusting(&authority)).unwrap());
        for group in
            [rustls::crypto::aws_lc_rs::kx_group::X25519MLKEM768, rustls::crypto::aws_lc_rs::kx_group::X25519]
        {
            let port = echo(Arc::new(server_of_group(&leaf, group))).await;
            let mut io = dial_tls(port, &trust).await.unwrap();
            exchange(&mut io).await;
            assert_eq!(io.key_exchange(), Some(group.name()));
        }
    });
}

#[test]
fn a_post_quantum_exchange_is_what_is_offered_first() {
    run(async {
        let authority = Authority::new();
        let trust = Arc::new(Trust::new(&trusting(&authority)).unwrap());
        let port = echo(Arc::new(server(&authority.issue("server.test")))).await;
        let io = dial_tls(port, &trust).await.unwrap();
        assert_eq!(io.key_exchange(), Some(rustls::NamedGroup::X25519MLKEM768));
    });
}

#[test]
fn a_server_of_another_key_than_those_pinned_is_refused_whoever_vouches_for_it() {
    run(async {
        let authority = Authority::new();
        let (pinned, other) = (authority.issue("server.test"), authority.issue("server.test"));
        let pins = vec![[7; 32], pin_of(&pinned.certificate()).unwrap()];
        for reject_unauthorized in [true, false] {
            let options = TlsOptions { pins: pins.clone(), reject_unauthorized, ..trusting(&authority) };
            let trust = Arc::new(Trust::new(&options).unwrap());
            dial_tls(echo(Arc::new(server(&pinned))).await, &trust).await.unwrap();
            let error = dial_tls(echo(Arc::new(server(&other))).await, &trust).await.unwrap_err();
            assert_eq!((error.code(), error.phase().name()), ("ERR_POOL_PIN_MISMATCH", "tls"));
        }
    });
}

#[test]
fn a_pinned_certificate_that_is_only_sent_along_lets_nobody_in() {
    run(async {
        let authority = Authority::new();
        let (pinned, other) = (authority.issue("server.test"), authority.issue("server.test"));
        let pins = vec![pin_of(&pinned.certificate()).unwrap()];
        let trust = Arc::new(Trust::new(&TlsOptions { pins, ..trusting(&authority) }).unwrap());
        let port = echo(serving(vec![other.certificate(), pinned.certificate()], &other)).await;
        assert_eq!(dial_tls(port, &trust).await.unwrap_err().code(), "ERR_POOL_PIN_MISMATCH");
    });
}

#[test]
fn the_pins_hold_for_a_resumed_session() {
    run(async {
        let authority = Authority::new();
        let leaf = authority.issue("server.test");
        let pins = vec![pin_of(&leaf.certificate()).unwrap()];
        let trust = Arc::new(Trust::new(&TlsOptions { pins, ..trusting(&authority) }).unwrap());
        let port = echo(Arc::new(server(&leaf))).await;
        exchange(&mut dial_tls(port, &trust).await.unwrap()).await;
        let mut second = dial_tls(port, &trust).await.unwrap();
        exchange(&mut second).await;
        assert!(second.resumed());
    });
}

#[test]
fn certificates_are_told_up_to_the_trusted_one_that_vouches_for_them() {
    run(async {
        let authority = Authority::new();
        let (leaf, stranger) = (authority.issue("server.test"), Authority::new());
        let trust = Arc::new(Trust::new(&trusting(&authority)).unwrap());
        // What was sent besides vouches for nothing here.
        let port = echo(serving(vec![leaf.certificate(), stranger.root.certificate()], &leaf)).await;
        let io = dial_tls(port, &trust).await.unwrap();
        assert_eq!(io.certificates(), [leaf.certificate(), authority.root.certificate()]);
    });
}

#[test]
fn a_wrong_name_tells_of_the_certificate_that_was_shown() {
    run(async {
        let authority = Authority::new();
        let leaf = authority.issue("other.test");
        let trust = Arc::new(Trust::new(&trusting(&authority)).unwrap());
        let error = dial_tls(echo(Arc::new(server(&leaf))).await, &trust).await.unwrap_err();
        let mismatch = error.facts().mismatch.as_ref().unwrap();
        assert_eq!(mismatch.host, "server.test");
        assert_eq!(mismatch.reason, "Host: server.test. is not in the cert's altnames: DNS:other.test");
        let expected = [leaf.certificate(), authority.root.certificate()].map(|der| der.to_vec());
        assert_eq!(mismatch.certificates, expected);
    });
}
