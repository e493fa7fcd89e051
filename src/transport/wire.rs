//! What leads to the peer, and counts what passes to and from the kernel.

mod ahead;

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use self::ahead::Ahead;
use super::socket::Socket;
use super::turn::charge;

/// What leads to the peer: a TCP stream, counting what passes to and from the kernel, or TLS with a proxy over one.
#[derive(Debug)]
pub struct Wire {
    layer: Layer,
    socket: Arc<Socket>,
}

#[derive(Debug)]
enum Layer {
    Tcp(TcpStream, Ahead),
    Tls(Box<TlsStream<Wire>>),
}

impl Wire {
    /// Takes a connected stream over.
    ///
    /// # Errors
    /// The stream's addresses cannot be read: it is no longer connected.
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        let socket = Arc::new(Socket::of(&stream)?);
        Ok(Self { layer: Layer::Tcp(stream, Ahead::default()), socket })
    }

    /// Takes a connected Unix socket over. Reads, writes and closes of a stream socket are the same calls whatever its
    /// family is, so that one type serves both.
    ///
    /// # Errors
    /// The I/O thread cannot watch it.
    #[cfg(unix)]
    pub fn unix(stream: tokio::net::UnixStream) -> io::Result<Self> {
        let descriptor = std::os::fd::OwnedFd::from(stream.into_std()?);
        let stream = TcpStream::from_std(std::net::TcpStream::from(descriptor))?;
        let socket = Arc::new(Socket::of_unix(&stream));
        Ok(Self { layer: Layer::Tcp(stream, Ahead::default()), socket })
    }

    /// What is inside of TLS with a proxy.
    pub(super) fn under_tls(stream: TlsStream<Self>) -> Self {
        let socket = Arc::clone(&stream.get_ref().0.socket);
        Self { layer: Layer::Tls(Box::new(stream)), socket }
    }

    /// What others may know about it.
    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // Before the field below it closes the descriptor: see `Socket`.
        self.socket.close();
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let (stream, ahead) = match &mut this.layer {
            Layer::Tcp(stream, ahead) => (stream, ahead),
            Layer::Tls(stream) => return poll_read_tls(stream, cx, buffer),
        };
        let room = buffer.remaining();
        let read = ready!(ahead.poll_read(stream, cx, buffer))?;
        this.socket.hold_back(ahead.held());
        match read {
            Some(0) if room > 0 => this.socket.mark_eof(),
            Some(bytes) => {
                this.socket.count_read(bytes);
                charge(bytes, cx);
            }
            None => {}
        }
        Poll::Ready(Ok(()))
    }
}

/// A FIN without close_notify is an end: truncation is judged by HTTP's framing, as Node judges it. A reply delimited by
/// the close is whole, any other is short and refused higher up.
pub(super) fn poll_read_tls(
    stream: &mut TlsStream<Wire>,
    cx: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    match ready!(Pin::new(stream).poll_read(cx, buffer)) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
        other => Poll::Ready(other),
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let stream = match &mut this.layer {
            Layer::Tcp(stream, _) => stream,
            Layer::Tls(stream) => return Pin::new(stream).poll_write(cx, bytes),
        };
        this.socket.may_write()?;
        let taken = ready!(Pin::new(stream).poll_write(cx, bytes))?;
        this.socket.count_written(taken);
        Poll::Ready(Ok(taken))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // The kernel's way from `send` is shorter than that from `writev`.
        if let [slice] = slices {
            return self.poll_write(cx, slice);
        }
        let this = self.get_mut();
        let stream = match &mut this.layer {
            Layer::Tcp(stream, _) => stream,
            Layer::Tls(stream) => return Pin::new(stream).poll_write_vectored(cx, slices),
        };
        this.socket.may_write()?;
        let taken = ready!(Pin::new(stream).poll_write_vectored(cx, slices))?;
        this.socket.count_written(taken);
        Poll::Ready(Ok(taken))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.layer {
            Layer::Tcp(stream, _) => stream.is_write_vectored(),
            Layer::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().layer {
            Layer::Tcp(stream, _) => Pin::new(stream).poll_flush(cx),
            Layer::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().layer {
            Layer::Tcp(stream, _) => Pin::new(stream).poll_shutdown(cx),
            Layer::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
