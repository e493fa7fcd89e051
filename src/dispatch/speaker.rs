//! What is spoken on a connection, and the change from one to the other.
//!
//! The same connection serves both ways in: HTTP that the engine speaks, and bytes that an agent's user speaks himself.
//! It is changed when it is leased, and only if the last lease was of the other kind, or left HTTP in a state that does not suit the
//! next request.

use std::sync::{Arc, Weak};

use tokio::sync::oneshot;

use crate::pool::SlotId;
use crate::transport::body::ReqBody;
use crate::transport::h1::{Driver, H1, H1Options, Room, start_with};
use crate::transport::io::Io;
use crate::transport::raw::{Raw, RawDriver, raw};
use crate::transport::socket::{Look, Socket};

use super::lease::Lease;
use super::pool::Pool;
use super::shared::Stream;

/// Our side of a connection.
#[derive(Debug)]
pub(super) enum Speaker {
    Http(H1),
    Raw(Raw),
    Shared(Arc<Stream>),
}

impl Speaker {
    pub(super) fn socket(&self) -> &Arc<Socket> {
        match self {
            Self::Http(h1) => h1.socket(),
            Self::Raw(raw) => raw.socket(),
            Self::Shared(stream) => stream.shared.h2.socket(),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Http(h1) => h1.is_closed(),
            Self::Raw(raw) => raw.is_closed(),
            Self::Shared(stream) => stream.shared.h2.is_closed(),
        }
    }

    /// One more stream, of a connection that many have at a time.
    pub(super) fn share(&self, in_company: bool) -> Option<Self> {
        match self {
            Self::Shared(stream) => Some(Self::Shared(stream.another(in_company))),
            Self::Http(_) | Self::Raw(_) => None,
        }
    }

    /// The look before reuse.
    pub(super) fn is_alive(&self, under_tls: bool) -> bool {
        !self.is_closed()
            && match self.socket().look() {
                Look::Alive => true,
                // Under TLS these may be tickets, and in HTTP/2 frames; the driver, which reads them, has the last word.
                Look::Bytes => under_tls || matches!(self, Self::Shared(_)),
                Look::Dead => false,
            }
    }
}

/// What a connection is to speak from now on, and who waits for that.
#[derive(Debug)]
pub(super) struct Becoming {
    next: Next,
    speaker: oneshot::Sender<Speaker>,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Http(Room),
    Raw,
}

impl Lease {
    /// Makes the connection speak what this lease is for. False: it closed meanwhile.
    pub(super) async fn speak(&mut self, raw: bool) -> bool {
        match (self.speaker.take(), raw) {
            (Some(Speaker::Http(h1)), true) => self.speaker = self.after_http(h1, Next::Raw).await,
            (Some(Speaker::Raw(raw)), false) => {
                let next = self.next_speaker(Next::Http(Room::Usual));
                raw.give_back();
                self.speaker = arrived(next).await;
            }
            // Keys keep them apart.
            (Some(Speaker::Shared(_)), true) => {}
            (same, _) => self.speaker = same,
        }
        self.speaker.is_some()
    }

    /// Whether a request with that body can be sent as HTTP stands on the connection.
    pub(super) fn suits(&self, body: &ReqBody) -> bool {
        !matches!(&self.speaker, Some(Speaker::Http(h1)) if !h1.suits(body))
    }

    /// Has HTTP begin anew on the connection. False: it closed meanwhile.
    pub(super) async fn suit(&mut self, body: &ReqBody) -> bool {
        let room = Room::for_reply_to(body);
        self.speaker = match self.speaker.take() {
            Some(Speaker::Http(h1)) => self.after_http(h1, Next::Http(room)).await,
            other => other,
        };
        self.speaker.is_some()
    }

    async fn after_http(&self, h1: H1, next: Next) -> Option<Speaker> {
        let next = self.next_speaker(next);
        h1.into_raw().await.ok()?;
        arrived(next).await
    }

    fn next_speaker(&self, next: Next) -> Option<oneshot::Receiver<Speaker>> {
        let slot = self.slot()?;
        let mut state = self.pool.state.lock();
        let (speaker, receiver) = oneshot::channel();
        state.connections.get_mut(&slot)?.becoming = Some(Becoming { next, speaker });
        Some(receiver)
    }
}

async fn arrived(next: Option<oneshot::Receiver<Speaker>>) -> Option<Speaker> {
    next?.await.ok()
}

enum Mode {
    Http(Box<Driver>),
    Raw(Box<RawDriver>),
}

/// Drives a connection until it ends, whatever is spoken on it.
pub(super) async fn drive(pool: Weak<Pool>, slot: SlotId, driver: Box<Driver>, options: H1Options) {
    let mut end = End { pool, slot, failed: true };
    let mut mode = Mode::Http(driver);
    loop {
        let (io, failed) = run(mode).await;
        let Some((io, becoming)) = io.and_then(|io| Some((io, end.becoming()?))) else {
            end.failed = failed;
            return;
        };
        let speaker;
        (speaker, mode) = match becoming.next {
            // In a box of its own: it would have its room in the task of every connection, for as long as that lives.
            Next::Http(room) => match Box::pin(start_with(io, &options, room)).await {
                Ok((h1, driver)) => (Speaker::Http(h1), Mode::Http(Box::new(driver))),
                Err(_) => return,
            },
            Next::Raw => {
                let (side, driver) = raw(io);
                (Speaker::Raw(side), Mode::Raw(Box::new(driver)))
            }
        };
        // Who has gone meanwhile has given up the connection, and this task with it.
        drop(becoming.speaker.send(speaker));
    }
}

async fn run(mode: Mode) -> (Option<Io>, bool) {
    match mode {
        Mode::Http(driver) => {
            let ended = driver.await;
            (ended.io.and_then(|(io, unread)| unread.is_empty().then_some(io)), ended.error.is_some())
        }
        Mode::Raw(driver) => match driver.await {
            Ok(io) => (io, false),
            Err(_) => (None, true),
        },
    }
}

/// Tells the pool that a connection is no more, also if its driver is cut or panics.
struct End {
    pool: Weak<Pool>,
    slot: SlotId,
    failed: bool,
}

impl End {
    fn becoming(&self) -> Option<Becoming> {
        self.pool.upgrade()?.state.lock().connections.get_mut(&self.slot)?.becoming.take()
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.ended(self.slot, self.failed);
        }
    }
}
