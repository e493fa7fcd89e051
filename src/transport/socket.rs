//! What may be known about a connection's TCP socket by those who do not read from it or write to it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
#[cfg(windows)]
use std::os::windows::io::{AsRawSocket, BorrowedSocket, RawSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use socket2::SockRef;
use tokio::net::TcpStream;

/// What a look at an idle socket shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Open, and nothing has come in.
    Alive,
    /// Closed by the peer, failed, or closed here.
    Dead,
    /// Bytes are waiting that nobody asked for. On plain HTTP/1 that is as good as dead; under TLS and HTTP/2
    /// they may be tickets or pings, and the driver's verdict counts.
    Bytes,
}

/// A connection's socket, shared beside the stream that owns it.
///
/// It borrows the descriptor and never owns it. The number of a closed descriptor is soon another
/// connection's, so each use stands under the lock that the owner takes before it closes; reads and writes,
/// which are the owner's, take no lock.
pub struct Socket {
    #[cfg(unix)]
    raw: RawFd,
    #[cfg(windows)]
    raw: RawSocket,
    life: Mutex<Life>,
    written: AtomicU64,
    /// What was written before the last message began.
    before_message: AtomicU64,
    read: AtomicU64,
    received: AtomicU64,
    saw_eof: AtomicBool,
    /// The next write is preceded by a look.
    doubted: AtomicBool,
    /// Bytes read off the kernel that the stream's owner has not handed on.
    held: AtomicUsize,
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
    /// What TCP_INFO said when the connection was made: Linux counts the SYN as a byte.
    acked_before: Option<u64>,
}

#[derive(Clone, Copy)]
enum Life {
    Open,
    /// With the last word of TCP_INFO, which a failed request is judged by after its connection is gone.
    Closed {
        acked: Option<u64>,
    },
}

impl Socket {
    /// The face of a connected stream. The stream's owner must call [`Socket::close`] before it drops it.
    pub(super) fn of(stream: &TcpStream) -> io::Result<Self> {
        let (peer, local) = (Some(stream.peer_addr()?), Some(stream.local_addr()?));
        Ok(Self::between(stream, peer, local))
    }

    /// The face of a Unix socket, whose ends have no address.
    #[cfg(unix)]
    pub(super) fn of_unix(stream: &TcpStream) -> Self {
        Self::between(stream, None, None)
    }

    fn between(stream: &TcpStream, peer: Option<SocketAddr>, local: Option<SocketAddr>) -> Self {
        let mut socket = Self {
            #[cfg(unix)]
            raw: stream.as_raw_fd(),
            #[cfg(windows)]
            raw: stream.as_raw_socket(),
            life: Mutex::new(Life::Open),
            written: AtomicU64::new(0),
            before_message: AtomicU64::new(0),
            read: AtomicU64::new(0),
            received: AtomicU64::new(0),
            saw_eof: AtomicBool::new(false),
            doubted: AtomicBool::new(false),
            held: AtomicUsize::new(0),
            peer,
            local,
            acked_before: None,
        };
        socket.acked_before = socket.bytes_acked();
        socket
    }

    /// Whether an idle connection can be used, without taking a byte from it.
    pub fn look(&self) -> Look {
        let life = self.life.lock();
        if matches!(*life, Life::Closed { .. }) {
            return Look::Dead;
        }
        if self.held.load(Ordering::Acquire) > 0 {
            return Look::Bytes;
        }
        // The descriptor is non-blocking, so peeking returns at once.
        let mut byte = [std::mem::MaybeUninit::uninit()];
        loop {
            match SockRef::from(&self.borrow()).peek(&mut byte) {
                Ok(0) => return Look::Dead,
                Ok(_) => return Look::Bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Look::Alive,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Look::Dead,
            }
        }
    }

    /// Has the next write preceded by a look, which fails it if the peer has closed by then. Between the look before reuse and
    /// the write other tasks have their turn, and what is written to a peer that has sent its FIN may still be acknowledged: then
    /// nobody can tell whether it was read.
    pub fn look_before_writing(&self) {
        self.doubted.store(true, Ordering::Relaxed);
    }

    /// The look before a write, where one was asked for.
    pub(super) fn may_write(&self) -> io::Result<()> {
        // Loads alone are cheaper, and hardly any write is doubted.
        if self.doubted.load(Ordering::Relaxed)
            && self.doubted.swap(false, Ordering::Relaxed)
            && self.look() == Look::Dead
        {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }

    /// Bytes that the peer's TCP has acknowledged since the connection was made; `None` where the system
    /// does not tell. Comparable with [`Socket::written`]: a peer that acknowledged no more than was written
    /// before a request has seen none of it. After the close it is what it was at the close.
    pub fn acked(&self) -> Option<u64> {
        let life = self.life.lock();
        match *life {
            Life::Open => self.acked_since(),
            Life::Closed { acked } => acked,
        }
    }

    /// Bytes that the kernel has taken, TLS records and handshake included.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Bytes that have come from the kernel, TLS records and handshake included.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes that have come out above TLS: what replies are made of, without tickets and alerts.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Whether the peer's FIN has been read.
    pub fn saw_eof(&self) -> bool {
        self.saw_eof.load(Ordering::Acquire)
    }

    /// Whether the stream has been closed here.
    pub fn is_closed(&self) -> bool {
        matches!(*self.life.lock(), Life::Closed { .. })
    }

    /// The peer's address; a Unix socket has none.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The address on this side; a Unix socket has none.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local
    }

    /// Makes the close a reset, which tells the peer that what is in flight is not wanted.
    ///
    /// # Errors
    /// Those of `setsockopt`; a closed socket is left as it is.
    pub fn reset_on_close(&self) -> io::Result<()> {
        let life = self.life.lock();
        match *life {
            Life::Open => SockRef::from(&self.borrow()).set_linger(Some(std::time::Duration::ZERO)),
            Life::Closed { .. } => Ok(()),
        }
    }

    /// Ends every borrow of the descriptor. Its owner calls this before it drops the stream.
    pub(super) fn close(&self) {
        let mut life = self.life.lock();
        if matches!(*life, Life::Open) {
            let acked = self.acked_since();
            *life = Life::Closed { acked };
        }
    }

    /// The counters have one writer, the stream's owner, so that a store after a load loses nothing.
    pub(super) fn count_written(&self, bytes: usize) {
        self.written.store(self.written().wrapping_add(bytes as u64), Ordering::Relaxed);
    }

    /// A message begins, on a connection that carries one at a time.
    pub(super) fn begin_message(&self) {
        self.before_message.store(self.written(), Ordering::Relaxed);
    }

    /// Whether the kernel has taken anything since the last message began.
    pub(super) fn message_has_begun(&self) -> bool {
        self.written() != self.before_message.load(Ordering::Relaxed)
    }

    pub(super) fn count_read(&self, bytes: usize) {
        self.read.store(self.read().wrapping_add(bytes as u64), Ordering::Relaxed);
    }

    pub(super) fn count_received(&self, bytes: usize) {
        self.received.store(self.received().wrapping_add(bytes as u64), Ordering::Relaxed);
    }

    /// Bytes that a look at the kernel's does not show.
    pub(super) fn hold_back(&self, bytes: usize) {
        self.held.store(bytes, Ordering::Release);
    }

    pub(super) fn mark_eof(&self) {
        self.saw_eof.store(true, Ordering::Release);
    }

    /// Only under the lock and while open.
    fn acked_since(&self) -> Option<u64> {
        let acked = self.bytes_acked()?.checked_sub(self.acked_before?)?;
        // A FIN of ours counts as a byte too, once it is acknowledged.
        Some(acked.min(self.written()))
    }

    #[cfg(unix)]
    fn borrow(&self) -> BorrowedFd<'_> {
        // SAFETY: callers hold `life` and have seen `Open`, or are still making the socket: the owner takes
        // that lock in `close` before it closes the descriptor, so the number is still this connection's.
        unsafe { BorrowedFd::borrow_raw(self.raw) }
    }

    #[cfg(windows)]
    fn borrow(&self) -> BorrowedSocket<'_> {
        // SAFETY: callers hold `life` and have seen `Open`, or are still making the socket: the owner takes
        // that lock in `close` before it closes the socket, so the handle is still this connection's.
        unsafe { BorrowedSocket::borrow_raw(self.raw) }
    }

    #[cfg(target_os = "linux")]
    fn bytes_acked(&self) -> Option<u64> {
        let mut info = std::mem::MaybeUninit::<libc::tcp_info>::zeroed();
        let mut length = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).ok()?;
        // SAFETY: `raw` is open (see `borrow`), and the kernel writes at most `length` bytes into `info`,
        // which has that size and was zeroed.
        let result = unsafe {
            libc::getsockopt(
                self.raw,
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                info.as_mut_ptr().cast(),
                &raw mut length,
            )
        };
        // A kernel before 4.1 fills in less than this field.
        let needed = std::mem::offset_of!(libc::tcp_info, tcpi_bytes_acked) + size_of::<u64>();
        if result != 0 || (length as usize) < needed {
            return None;
        }
        // SAFETY: zeroed above and plain integers throughout, so every bit pattern is a value.
        Some(unsafe { info.assume_init() }.tcpi_bytes_acked)
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "one signature on every system")]
    fn bytes_acked(&self) -> Option<u64> {
        None
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("local", &self.local)
            .field("peer", &self.peer)
            .field("written", &self.written())
            .field("read", &self.read())
            .finish_non_exhaustive()
    }
}
