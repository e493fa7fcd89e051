//! A connection with its read and write buffers.

use std::future;
use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::body::{Body, Piece};

const READ_SIZE: usize = 64 * 1024;
const MAX_READ_AHEAD: usize = 1 << 20;

/// A connection with its read and write buffers.
#[derive(Debug)]
pub struct Wire<S> {
    socket: S,
    input: BytesMut,
    /// What goes out at the next [`Wire::flush`].
    pub output: BytesMut,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Nothing read, nothing written.
    pub fn new(socket: S) -> Self {
        Self { socket, input: BytesMut::with_capacity(4096), output: BytesMut::with_capacity(4096) }
    }

    /// The bytes read and not yet consumed.
    pub fn input(&self) -> &[u8] {
        &self.input
    }

    /// The connection itself.
    pub fn socket(&self) -> &S {
        &self.socket
    }

    /// Drops bytes off the front of the input.
    pub fn consume(&mut self, count: usize) {
        self.input.advance(count);
    }

    /// Reads once; false at the end of the stream. Loses nothing when it is cancelled.
    pub async fn fill(&mut self) -> io::Result<bool> {
        if self.input.capacity() - self.input.len() < 1024 {
            // Small while requests are small, large as soon as a body fills it.
            self.input.reserve(if self.input.is_empty() { 4096 } else { READ_SIZE });
        }
        Ok(self.socket.read_buf(&mut self.input).await? > 0)
    }

    /// The next piece of a body, `None` at its end, `UnexpectedEof` if the client left within it.
    pub async fn piece(&mut self, body: &mut Body) -> io::Result<Option<Bytes>> {
        loop {
            match body.decode(&mut self.input)? {
                Piece::Data(data) => return Ok(Some(data)),
                Piece::End => return Ok(None),
                Piece::NeedMore => {
                    if self.input.is_empty() {
                        self.input.reserve(READ_SIZE);
                    }
                    if !self.fill().await? {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
            }
        }
    }

    /// Settles once the client has gone, keeping a bounded amount of what it pipelines meanwhile.
    pub async fn gone(&mut self) -> io::Error {
        while self.input.len() < MAX_READ_AHEAD {
            match self.fill().await {
                Ok(true) => {}
                Ok(false) => return io::ErrorKind::ConnectionAborted.into(),
                Err(why) => return why,
            }
        }
        future::pending().await
    }

    /// Reads and drops whatever comes until the client has gone.
    pub async fn drain(&mut self) {
        loop {
            self.input.clear();
            if !matches!(self.fill().await, Ok(true)) {
                return;
            }
        }
    }

    /// Hands everything written so far to the kernel.
    pub async fn flush(&mut self) -> io::Result<()> {
        if !self.output.is_empty() {
            self.socket.write_all(&self.output).await?;
            self.output.clear();
            self.socket.flush().await?;
        }
        Ok(())
    }

    /// Hands `bytes` to the kernel after what was written before, without copying them.
    pub async fn write_through(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.flush().await?;
        self.socket.write_all(bytes).await?;
        self.socket.flush().await
    }

    /// Ends the stream in good order: `close_notify` under TLS, then FIN.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.socket.shutdown().await
    }
}
