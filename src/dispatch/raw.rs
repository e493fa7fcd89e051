//! The life of one raw lease: asked for, waited for, used, given back.
//!
//! Asking and giving back happen on the caller's thread and under the pool's lock, so that whoever counts connections on
//! that thread is right at every step. What takes time, a turn in the queue, a dial, a second sending, is a task's: see `attempts`.

mod attempts;
mod entry;
mod life;
mod unfinished;

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::error::{Error, Kind, Phase};
use crate::policy::Outcome;
use crate::pool::Release;
use crate::transport::connect::Reached;
use crate::transport::h1::hang_up;
use crate::transport::raw::{Face, Raw};
use crate::transport::socket::Socket;

use super::clock::now;
use super::lease::Lease;
use super::pipeline;
use super::pool::Pool;
use super::request::Destination;
use super::story::Story;
use super::wait::{Asked, Wanted};
use entry::{Come, ask, come};
use life::Life;

/// Who uses a raw lease. `fail`, `closed` or `released` is its last call.
pub trait RawReply: Reached {
    /// The connection is there; `reused` if it has carried a request before.
    fn leased(&self, reused: bool);
    /// Another connection took the place of the one that it was told of.
    fn moved(&self);
    /// Ready once more bytes may be read.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()>;
    /// Bytes of the peer.
    fn data(&self, bytes: Bytes);
    /// The peer has said that no more bytes come.
    fn ended(&self);
    /// The kernel has taken so many of the bytes written. `news`: the user may be waiting for it.
    fn taken(&self, bytes: u64, news: bool);
    /// There is no connection any more.
    fn fail(&self, error: Error);
    /// The lease is over, as its user wished.
    fn closed(&self);
    /// The lease is over, and its user knows: he is who has just released it.
    fn released(&self);
}

/// How a request stands that has just asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has a connection; `reused` if that has carried a request before.
    Leased {
        /// It has carried one.
        reused: bool,
        /// Its number, where that is known at once.
        connection: Option<u32>,
    },
    /// A connection is being opened.
    Dialling,
    /// A limit is reached.
    Queued,
}

/// What an exchange came to that ends with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// The reply was whole.
    Whole,
    /// The peer spoiled it.
    Spoiled,
    /// Its connection, which its user finished by himself, took too long.
    TimedOut,
    /// Its caller wanted no more of it.
    GivenUp,
}

impl Parting {
    /// What went wrong, if anything did.
    fn fault(self) -> Option<Error> {
        match self {
            Self::Whole | Self::GivenUp => None,
            Self::Spoiled => Some(hang_up()),
            Self::TimedOut => Some(Error::new(
                Kind::ConnectTimeout,
                Phase::Tls,
                "its user gave the connection too little time",
            )),
        }
    }
}

/// One exclusive use of a connection.
#[derive(Debug)]
pub struct RawLease {
    pool: Arc<Pool>,
    wanted: Wanted,
    reply: Arc<dyn RawReply>,
    idempotent: bool,
    life: Mutex<Life>,
    news: Notify,
}

impl RawLease {
    /// Asks for a connection. `idempotent`: sending it twice does what sending it once does.
    ///
    /// # Errors
    /// It is not taken on: the queue is full, or the pool destroyed.
    pub fn open(
        pool: &Arc<Pool>,
        destination: &Arc<Destination>,
        idempotent: bool,
        reply: Arc<dyn RawReply>,
    ) -> Result<(Arc<Self>, Standing), Error> {
        let submitted = now();
        let timeouts = &pool.config_of(&destination.key).timeouts;
        let wanted = Wanted {
            destination: Arc::clone(destination),
            queue_timeout: timeouts.queue,
            connect_timeout: timeouts.connect,
            raw: true,
            ear: Some(Arc::clone(&reply) as Arc<dyn Reached>),
            farewell: None,
        };
        let mut story = Story::new(pool, destination, submitted);
        let come = pipeline::ask(pool, destination).and_then(|entry| come(entry, || ask(pool, &wanted)));
        let (come, admitted) = come.inspect_err(|error| story.failed(error))?;
        let standing = match &come {
            Come::In(Asked::Granted(lease)) => {
                Standing::Leased { reused: lease.reused(), connection: lease.raw().map(Raw::number) }
            }
            Come::In(Asked::Waiting(waiting)) if !waiting.exhausted => Standing::Dialling,
            Come::In(Asked::Waiting(_)) | Come::Later(_) => Standing::Queued,
        };
        let this = Arc::new(Self {
            pool: Arc::clone(pool),
            wanted,
            reply,
            idempotent,
            life: Mutex::new(Life::new(story, admitted, matches!(standing, Standing::Leased { .. }))),
            news: Notify::new(),
        });
        match come {
            // At once, without a task: the I/O thread is woken once, when bytes come.
            Come::In(Asked::Granted(lease)) if lease.raw().is_some() => {
                this.begin(lease, submitted);
                this.attend();
            }
            come => drop(pool.engine.spawn(Arc::clone(&this).wait(come, submitted))),
        }
        Ok((this, standing))
    }

    /// Writes bytes, now or as soon as there is a connection.
    pub fn write(&self, bytes: Bytes) {
        let mut life = self.life.lock();
        life.written += bytes.len();
        if let Some(kept) = life.kept.as_mut() {
            kept.push(bytes.clone());
        }
        life.forget_what_is_long();
        if let Some(raw) = life.lease.as_ref().and_then(Lease::raw) {
            raw.write(bytes);
        }
    }

    /// No more bytes come from this side.
    pub fn finish(&self) {
        let mut life = self.life.lock();
        life.fin = true;
        if let Some(raw) = life.lease.as_ref().and_then(Lease::raw) {
            raw.finish();
        }
    }

    /// The exchange is over. The connection goes back if `keep` is wished and nothing of the exchange is left on it: all
    /// `written` bytes were taken by the kernel, and the peer sent none but the `read` ones, nor its end. Says whether it
    /// did; `None`: the lease was over already. Nothing written: its user had given it up before he had it.
    pub fn release(
        &self,
        written: u64,
        read: u64,
        keep: bool,
        keep_alive_hint: Option<Duration>,
    ) -> Option<bool> {
        let mut life = self.life.lock();
        if std::mem::replace(&mut life.over, true) {
            return None;
        }
        let (lease, admitted) = (life.lease.take(), life.admitted.take());
        let tell = if written == 0 && read == 0 { Story::given_up } else { Story::completed };
        let at = life.story.take().map_or_else(now, |mut story| tell(&mut story));
        drop(life);
        drop(admitted);
        let kept = lease.is_some_and(|lease| {
            let clean = lease.raw().is_some_and(|raw| raw.detach(written, read));
            let release = match (clean, keep) {
                (true, true) => Release::Reusable { keep_alive_hint },
                (true, false) => Release::Close,
                (false, _) => Release::Broken,
            };
            lease.finish_at(release, at);
            clean && keep
        });
        self.reply.released();
        self.news.notify_one();
        Some(kept)
    }

    /// Upgraded, or a tunnel: the connection is its user's own until it is aborted, and counts against no limit.
    pub fn detach(&self) {
        let mut life = self.life.lock();
        life.kept = None;
        if let Some(mut story) = life.story.take() {
            story.completed();
        }
        if let Some(lease) = life.lease.as_mut() {
            lease.detach();
        }
    }

    /// Gives the lease up, in whatever state, and with it the connection. `reset`: the peer is told so by a reset.
    pub fn abort(&self, reset: bool) {
        self.part(Parting::GivenUp, reset);
    }

    /// As [`RawLease::abort`], of an exchange of which its user knows what it came to.
    pub fn part(&self, how: Parting, reset: bool) {
        let mut life = self.life.lock();
        if std::mem::replace(&mut life.over, true) {
            return;
        }
        let (mut lease, story, admitted) = (life.lease.take(), life.story.take(), life.admitted.take());
        drop(life);
        if let Some(lease) = lease.as_mut().filter(|_| !reset) {
            lease.say_goodbye();
        }
        let fault = how.fault();
        if let Some((fault, admitted)) = fault.as_ref().zip(admitted) {
            admitted.record(&Outcome::Failed(fault.kind().clone()));
        }
        if let Some(raw) = lease.as_ref().and_then(Lease::raw).filter(|_| reset) {
            drop(raw.socket().reset_on_close());
        }
        // The account first: who sees the connection gone finds it told.
        if let Some(mut story) = story {
            match &fault {
                Some(fault) => story.failed(fault),
                None if how == Parting::Whole => drop(story.completed()),
                None => {}
            }
        }
        if let Some(lease) = lease.filter(|_| how == Parting::Whole) {
            if let Some(raw) = lease.raw() {
                raw.let_go();
            }
            lease.finish(Release::Close);
        }
        self.reply.closed();
        self.news.notify_one();
    }

    /// Whether its user has heard the last of it, or is about to.
    pub fn is_over(&self) -> bool {
        self.life.lock().over
    }

    /// The connection's number, while there is one.
    pub fn connection(&self) -> Option<u32> {
        self.life.lock().lease.as_ref().and_then(Lease::raw).map(Raw::number)
    }

    /// What is known of the connection, while there is one.
    pub fn face(&self) -> Option<(Arc<Socket>, Arc<Face>)> {
        let life = self.life.lock();
        life.lease.as_ref().and_then(Lease::raw).map(|raw| (Arc::clone(raw.socket()), raw.face()))
    }
}
