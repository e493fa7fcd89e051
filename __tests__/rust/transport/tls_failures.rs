//! Handshakes with servers that are none. The codes and sentences are those that `tls.connect` of Node 20.20
//! gave for the same bytes.

use rag_connection_pool::error::Phase;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::loopback::{drain, reset, run, serve};
use crate::tls_handshake::{dial_tls, trust_nobody};

/// How the handshake fails.
async fn failure<F, R>(behave: F) -> rag_connection_pool::error::Error
where
    F: FnOnce(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let (address, _) = serve(behave).await;
    dial_tls(address.port(), &trust_nobody()).await.unwrap_err()
}

#[test]
fn a_server_in_clear_is_the_wrong_version() {
    run(async {
        let error = failure(|mut stream| async move {
            stream.read_u8().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        assert_eq!((error.code(), error.phase()), ("ERR_SSL_WRONG_VERSION_NUMBER", Phase::Tls));
        assert!(error.facts().message.contains("wrong version number"));
    });
}

#[test]
fn a_close_inside_the_handshake_is_a_lost_connection() {
    run(async {
        let error = failure(|mut stream| async move {
            stream.read_u8().await.unwrap();
            stream.shutdown().await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let sentence = "Client network socket disconnected before secure TLS connection was established";
        assert_eq!((error.code(), error.phase()), ("ECONNRESET", Phase::Tls));
        assert_eq!(error.facts().message, sentence);
    });
}

#[test]
fn a_reset_inside_the_handshake_is_a_reset() {
    run(async {
        let error = failure(|mut stream| async move {
            stream.read_u8().await.unwrap();
            reset(&stream);
        })
        .await;
        assert_eq!((error.code(), error.phase()), ("ECONNRESET", Phase::Tls));
        assert_eq!(error.facts().message, "read ECONNRESET");
    });
}

#[test]
fn an_alert_has_openssls_name() {
    run(async {
        for (alert, code) in [
            (40, "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"),
            (48, "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"),
            (70, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"),
            (80, "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"),
            (112, "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"),
            (116, "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
        ] {
            let error = failure(move |mut stream| async move {
                stream.read_u8().await.unwrap();
                stream.write_all(&[21, 3, 3, 0, 2, 2, alert]).await.unwrap();
                drain(&mut stream).await;
            })
            .await;
            assert_eq!(error.code(), code);
        }
    });
}
