//! Listening and the TLS handshake.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::census::Census;

/// A byte stream whose TCP connection can be reached, to reset it.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// The connection underneath.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for BufReader<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref()
    }
}

impl<S: Socket> Socket for TlsStream<S> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0.tcp()
    }
}

/// A listener on a free port of 127.0.0.1, and the port.
pub async fn bind() -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// Serves every connection in a task of its own, for ever.
pub async fn accept<F>(listener: TcpListener, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        match listener.accept().await {
            // A socket that refuses the option is already dead; its task will see that.
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                drop(tokio::spawn(serve(stream)));
            }
            // Out of descriptors: those in use have to be given back first.
            Err(_) => time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// The TLS handshake, counted; `None` when it fails.
pub async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    acceptor: &TlsAcceptor,
    stream: S,
    census: &Arc<Census>,
) -> Option<TlsStream<S>> {
    let stream = acceptor.accept(stream).await.ok();
    census.handshake(stream.as_ref().and_then(|stream| stream.get_ref().1.handshake_kind()));
    stream
}
