//! Who uses a raw lease: writes bytes as an agent's socket does, and notes what it is told, in order.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use parking_lot::Mutex;
use rag_connection_pool::dispatch::{Destination, RawLease, RawReply, Standing};
use rag_connection_pool::error::Error;
use rag_connection_pool::transport::connect::Reached;
use rag_connection_pool::transport::socket::Socket;
use tokio::sync::mpsc;

use crate::stage::Stage;

/// One call of the user.
#[derive(Debug)]
pub(crate) enum Heard {
    Reached(Option<u16>),
    Leased(bool),
    Data(Bytes),
    Ended,
    Taken(u64),
    Fail(Error),
    Closed,
}

type Happens = Box<dyn FnOnce() + Send>;

/// The side that is told.
pub(crate) struct Ear {
    tell: mpsc::UnboundedSender<Heard>,
    /// What happens on the I/O thread once it has found that there is room, before it reads.
    at_room: Mutex<Option<Happens>>,
    /// What happens once it hears of its connection.
    at_lease: Mutex<Option<Happens>>,
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ear").finish_non_exhaustive()
    }
}

/// A raw lease and its user.
pub(crate) struct Carrier {
    pub(crate) lease: Arc<RawLease>,
    pub(crate) standing: Standing,
    heard: mpsc::UnboundedReceiver<Heard>,
    ear: Arc<Ear>,
    written: u64,
    read: u64,
}

pub(crate) const GET: &str = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";

impl Stage {
    /// Asks for a lease for a request that may be sent twice.
    pub(crate) fn raw(&self, destination: &Arc<Destination>) -> Carrier {
        self.raw_for(destination, true).unwrap()
    }

    pub(crate) fn raw_for(&self, destination: &Arc<Destination>, idempotent: bool) -> Result<Carrier, Error> {
        let (tell, heard) = mpsc::unbounded_channel();
        let ear = Arc::new(Ear { tell, at_room: Mutex::default(), at_lease: Mutex::default() });
        let reply = Arc::clone(&ear) as Arc<dyn RawReply>;
        let (lease, standing) = RawLease::open(&self.pool, destination, idempotent, reply)?;
        Ok(Carrier { lease, standing, heard, ear, written: 0, read: 0 })
    }
}

impl Carrier {
    pub(crate) fn write(&mut self, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        self.written += bytes.len() as u64;
        self.lease.write(bytes);
    }

    /// What it is told next, acknowledgements aside.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            match self.heard.recv().await.expect("the lease was dropped") {
                Heard::Taken(_) => {}
                other => return other,
            }
        }
    }

    /// Waits until so many bytes were acknowledged.
    pub(crate) async fn taken(&mut self, bytes: u64) {
        loop {
            match self.heard.recv().await.expect("the lease was dropped") {
                Heard::Taken(taken) if taken >= bytes => return,
                Heard::Taken(_) | Heard::Reached(_) | Heard::Leased(_) => {}
                other => panic!("{other:?} in place of an acknowledgement"),
            }
        }
    }

    /// Reads as many bytes as a reply has.
    pub(crate) async fn reply(&mut self, reply: &str) {
        let mut text = Vec::new();
        while text.len() < reply.len() {
            match self.next().await {
                Heard::Data(bytes) => text.extend_from_slice(&bytes),
                Heard::Reached(_) | Heard::Leased(_) => {}
                other => panic!("{other:?} in place of a reply"),
            }
        }
        self.read += text.len() as u64;
        assert_eq!(String::from_utf8(text).unwrap(), reply);
    }

    pub(crate) async fn failure(&mut self) -> Error {
        loop {
            match self.next().await {
                Heard::Fail(error) => return error,
                Heard::Reached(_) | Heard::Leased(_) => {}
                other => panic!("{other:?} in place of a failure"),
            }
        }
    }

    /// Gives the lease back as somebody who wants its connection kept; whether it is.
    pub(crate) fn release(&self) -> bool {
        self.lease.release(self.written, self.read, true, None).unwrap_or(false)
    }

    /// As `release`, on the I/O thread, after it has found that there is room and before it reads.
    pub(crate) fn release_before_the_next_read(&self) -> mpsc::UnboundedReceiver<bool> {
        let (tell, told) = mpsc::unbounded_channel();
        let (lease, written, read) = (Arc::clone(&self.lease), self.written, self.read);
        *self.ear.at_room.lock() = Some(Box::new(move || {
            tell.send(lease.release(written, read, true, None).unwrap_or(false)).unwrap();
        }));
        told
    }
}

impl Carrier {
    pub(crate) fn panic_once_leased(&self) {
        *self.ear.at_lease.lock() = Some(Box::new(|| panic!("a user that panics")));
    }
}

impl Reached for Ear {
    fn found(&self, _: &[std::net::SocketAddr]) {}

    fn reached(&self, socket: &Socket) {
        drop(self.tell.send(Heard::Reached(socket.peer_addr().map(|address| address.port()))));
    }
}

impl RawReply for Ear {
    fn moved(&self) {}

    fn leased(&self, reused: bool) {
        if let Some(happens) = self.at_lease.lock().take() {
            happens();
        }
        drop(self.tell.send(Heard::Leased(reused)));
    }

    fn poll_room(&self, _cx: &mut Context<'_>) -> Poll<()> {
        if let Some(happens) = self.at_room.lock().take() {
            happens();
        }
        Poll::Ready(())
    }

    fn data(&self, bytes: Bytes) {
        assert!(!bytes.is_empty(), "an empty piece");
        drop(self.tell.send(Heard::Data(bytes)));
    }

    fn ended(&self) {
        drop(self.tell.send(Heard::Ended));
    }

    fn taken(&self, bytes: u64, _news: bool) {
        drop(self.tell.send(Heard::Taken(bytes)));
    }

    fn fail(&self, error: Error) {
        drop(self.tell.send(Heard::Fail(error)));
    }

    fn closed(&self) {
        drop(self.tell.send(Heard::Closed));
    }

    fn released(&self) {
        drop(self.tell.send(Heard::Closed));
    }
}
