//! What comes in on a raw connection, in pieces whose memory is no more than they need.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncReadExt;

use super::super::io::Io;

/// Where it is read to.
#[derive(Debug, Default)]
pub(super) struct Intake {
    buffer: BytesMut,
    /// Whether the last read had no room for all.
    filled: bool,
}

impl Intake {
    /// What is there; empty at the end of the stream, nothing when it is not there yet.
    pub(super) fn read(&mut self, io: &mut Io, cx: &mut Context<'_>) -> io::Result<Option<Bytes>> {
        if self.buffer.capacity() < CHUNK {
            self.buffer.reserve(if self.filled { BLOCK } else { CHUNK });
        }
        let room = self.buffer.capacity();
        let Poll::Ready(length) = pin!(io.read_buf(&mut self.buffer)).poll(cx)? else {
            // A connection that waits holds no memory for what may come.
            *self = Self::default();
            return Ok(None);
        };
        self.filled |= length == room;
        if length > SMALL {
            return Ok(Some(self.buffer.split().freeze()));
        }
        let bytes = Bytes::copy_from_slice(&self.buffer);
        self.buffer.clear();
        Ok(Some(bytes))
    }
}

/// Bytes that a read has room for at least, and once one has filled what it had.
const CHUNK: usize = 16 * 1024;
const BLOCK: usize = 64 * 1024;
/// Up to so many bytes are copied out, so that the rest of the room serves the next read.
const SMALL: usize = 2 * 1024;
