//! Reading more at once than is asked for.
//!
//! TLS asks the kernel for 4 KiB at a time, or for a record at most, which for a large body costs as much as the decryption.
//! So once such small rooms have been filled to the brim a few times, more is read at once and handed over piece by piece.
//! A connection holds a buffer only while it holds bytes, so that a thousand idle ones hold none; a thread keeps one for
//! whoever reads next.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// Bytes that are read at once.
const ROOM: usize = 64 * 1024;
/// Who offers more than this does not need it: more than a record of TLS may have (RFC 8446 section 5.2, RFC 5246 section 6.2.3).
const RECORD: usize = 5 + 16 * 1024 + 2 * 1024;
/// What is too little to be a large body's.
const SMALL: usize = 4 * 1024;
/// So many small rooms filled one after the other: a server's certificates come in fewer.
const FILLED: u8 = 4;

thread_local! {
    static SPARE: Cell<Box<[u8]>> = Cell::default();
}

/// What was read and not yet asked for.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    filled: u8,
}

impl Ahead {
    /// Bytes that the kernel has given and nobody has had yet.
    pub(super) fn held(&self) -> usize {
        self.end - self.start
    }

    /// As the stream's own; tells how many bytes came from the kernel, if it was asked: none at the end of the stream.
    pub(super) fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Option<usize>>> {
        if self.held() > 0 {
            self.give(buffer);
            return Poll::Ready(Ok(None));
        }
        let room = buffer.remaining();
        if self.filled < FILLED || room > RECORD {
            let before = buffer.filled().len();
            ready!(Pin::new(stream).poll_read(cx, buffer))?;
            let read = buffer.filled().len().saturating_sub(before);
            self.filled = if read == room && room > 0 { self.filled.saturating_add(1) } else { 0 };
            return Poll::Ready(Ok(Some(read)));
        }
        let mut spare = SPARE.take();
        if spare.is_empty() {
            spare = vec![0; ROOM].into_boxed_slice();
        }
        let mut place = ReadBuf::new(&mut spare);
        let outcome = Pin::new(stream).poll_read(cx, &mut place);
        let read = place.filled().len();
        (self.buffer, self.start, self.end) = (spare, 0, read);
        self.give(buffer);
        ready!(outcome)?;
        if read < SMALL {
            self.filled = 0;
        }
        Poll::Ready(Ok(Some(read)))
    }

    fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let size = self.held().min(buffer.remaining());
        if let Some(bytes) = self.buffer.get(self.start..self.start + size) {
            buffer.put_slice(bytes);
        }
        self.start += size;
        if self.held() == 0 {
            SPARE.set(std::mem::take(&mut self.buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use tokio::io::{AsyncRead, ReadBuf};

    use super::{Ahead, SMALL};

    /// Gives what it is asked for from a row of numbers, and counts the asking.
    struct Source {
        left: usize,
        given: usize,
        asked: usize,
    }

    impl AsyncRead for Source {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.asked += 1;
            let size = self.left.min(buffer.remaining());
            let bytes: Vec<u8> =
                (self.given..self.given + size).map(|at| u8::try_from(at % 251).unwrap()).collect();
            buffer.put_slice(&bytes);
            self.left -= size;
            self.given += size;
            Poll::Ready(Ok(()))
        }
    }

    /// Reads all in such rooms; gives the bytes, what was said to have come from the source, and the most held.
    fn read(source: &mut Source, room: usize) -> (Vec<u8>, usize, usize) {
        let (mut ahead, mut all, mut counted, mut most) = (Ahead::default(), Vec::new(), 0, 0);
        loop {
            let mut room = vec![0; room];
            let mut buffer = ReadBuf::new(&mut room);
            let outcome = ahead.poll_read(source, &mut Context::from_waker(Waker::noop()), &mut buffer);
            let Poll::Ready(Ok(read)) = outcome else { panic!("{outcome:?}") };
            most = most.max(ahead.held());
            counted += read.unwrap_or_default();
            if read == Some(0) {
                return (all, counted, most);
            }
            all.extend_from_slice(buffer.filled());
        }
    }

    #[test]
    fn every_byte_comes_once_and_in_order_and_is_counted_once() {
        let mut source = Source { left: 1_000_003, given: 0, asked: 0 };
        let (all, counted, _) = read(&mut source, SMALL);
        assert_eq!(counted, 1_000_003);
        assert_eq!(all.len(), 1_000_003);
        assert!(all.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 251));
    }

    #[test]
    fn a_large_body_is_asked_for_in_few_calls() {
        // As rustls asks, and as it asks once it knows how long the records are.
        for room in [SMALL, 16_406] {
            let mut source = Source { left: 1 << 20, given: 0, asked: 0 };
            read(&mut source, room);
            assert!(source.asked < 32, "{} calls for rooms of {room}", source.asked);
        }
    }

    #[test]
    fn what_fits_a_few_small_rooms_is_never_read_ahead() {
        let mut source = Source { left: 3 * SMALL, given: 0, asked: 0 };
        assert_eq!(read(&mut source, SMALL).2, 0);
    }
}
