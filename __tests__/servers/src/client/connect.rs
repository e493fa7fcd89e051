//! A connection, in clear or over TLS, HTTP/1.1 or HTTP/2.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::launch::Failure;

/// Where to, and how.
#[derive(Debug, Deserialize)]
pub struct Place {
    port: u16,
    /// How many connections.
    pub connections: usize,
    /// HTTP/2 instead of HTTP/1.1.
    #[serde(default)]
    h2: bool,
    /// PEM of whom to trust; with it, TLS.
    ca: Option<String>,
}

/// The sending end of a connection.
#[derive(Debug)]
pub(super) enum Sender {
    Http1(http1::SendRequest<String>),
    Http2(http2::SendRequest<String>),
}

impl Place {
    pub(super) async fn connect(&self) -> Result<Sender, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.set_nodelay(true)?;
        let Some(ca) = &self.ca else { return self.handshake(stream).await };
        let connector = TlsConnector::from(Arc::new(self.config(ca)?));
        self.handshake(connector.connect(ServerName::try_from("localhost")?, stream).await?).await
    }

    fn config(&self, ca: &str) -> Result<ClientConfig, Failure> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.as_bytes())?)?;
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![if self.h2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        Ok(config)
    }

    async fn handshake<S>(&self, stream: S) -> Result<Sender, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        // How a connection ends is seen by whoever sends over it.
        if self.h2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
            drop(tokio::spawn(connection));
            return Ok(Sender::Http2(sender));
        }
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        drop(tokio::spawn(connection));
        Ok(Sender::Http1(sender))
    }
}

impl Sender {
    /// For one more lane: HTTP/2 shares the connection, HTTP/1.1 cannot.
    pub(super) fn share(&self) -> Option<Self> {
        match self {
            Self::Http1(_) => None,
            Self::Http2(sender) => Some(Self::Http2(sender.clone())),
        }
    }

    pub(super) async fn send(&mut self, request: Request<String>) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
            Self::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }
}
