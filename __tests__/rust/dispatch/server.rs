//! Who answers: connections in the test's own hands.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A listener; nothing is accepted before the test says so.
pub(crate) struct Server {
    listener: TcpListener,
}

/// One connection, in clear or under TLS.
pub(crate) struct Peer<S = TcpStream> {
    pub(crate) stream: S,
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

impl Server {
    pub(crate) async fn bind() -> Self {
        Self::at(0).await
    }

    pub(crate) async fn at(port: u16) -> Self {
        Self { listener: TcpListener::bind(("127.0.0.1", port)).await.unwrap() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    pub(crate) async fn accept(&self) -> Peer {
        Peer { stream: self.listener.accept().await.unwrap().0 }
    }

    /// Whether a connection waits to be accepted.
    pub(crate) async fn is_called(&self) -> bool {
        tokio::time::timeout(Duration::from_millis(1), self.listener.accept()).await.is_ok()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// Reads a head and gives its first line.
    pub(crate) async fn request(&mut self) -> String {
        let head = self.head().await;
        head.lines().next().unwrap().to_owned()
    }

    pub(crate) async fn head(&mut self) -> String {
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\n") {
            text.push(self.stream.read_u8().await.expect("the client closed before a whole head"));
        }
        String::from_utf8(text).unwrap()
    }

    pub(crate) async fn body(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await.unwrap();
        bytes
    }

    pub(crate) async fn write(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Reads a request and answers it.
    pub(crate) async fn answer(&mut self, text: &str) {
        self.request().await;
        self.write(text).await;
    }

    /// Answers `ok` to every request until the client goes.
    pub(crate) async fn serve(mut self) {
        let mut text = Vec::new();
        while let Ok(byte) = self.stream.read_u8().await {
            text.push(byte);
            if text.ends_with(b"\r\n\r\n") {
                text.clear();
                if self.stream.write_all(OK.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Waits until the client has closed.
    pub(crate) async fn gone(&mut self) {
        let mut scratch = vec![0; 65536];
        while self.stream.read(&mut scratch).await.is_ok_and(|read| read > 0) {}
    }
}

impl Peer {
    /// Closes; a FIN if everything was read.
    pub(crate) fn close(self) {
        drop(self);
    }

    /// Closes with a reset.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
}
