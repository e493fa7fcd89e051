//! The life of one raw lease: asked for, waited for, used, given back.
//!
//! Asking and giving back happen on the caller's thread and under the pool's lock, so that whoever counts connections on
//! that thread is right at every step. What takes time, a turn in the queue, a dial, a second sending, is a task's.

use std::fmt::Debug;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::error::{Error, Phase};
use crate::metrics::Event;
use crate::pool::Release;
use crate::transport::h1::hang_up;
use crate::transport::raw::{Face, User};
use crate::transport::socket::Socket;

use super::clock::now;
use super::lease::Lease;
use super::pool::Pool;
use super::request::Destination;
use super::resend::{self, Seen};
use super::story::Story;
use super::wait::{Asked, Wanted, destroyed};

/// Bytes of a request that are kept until its reply begins, for a second sending.
const KEPT: usize = 64 * 1024;
/// Against a server that closes what it has just accepted there is no end otherwise.
const MOST_ATTEMPTS: u32 = 10;

/// Who uses a raw lease. `fail` or `closed` is its last call.
pub trait RawReply: Send + Sync + Debug {
    /// The connection is there; `reused` if it has carried a request before.
    fn leased(&self, reused: bool);
    /// Ready once more bytes may be read.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()>;
    /// Bytes of the peer.
    fn data(&self, bytes: Bytes);
    /// The peer has said that no more bytes come.
    fn ended(&self);
    /// The kernel has taken so many of the bytes written.
    fn taken(&self, bytes: u64);
    /// There is no connection any more.
    fn fail(&self, error: Error);
    /// The lease is over, as its user wished.
    fn closed(&self);
}

/// How a request stands that has just asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has a connection; `reused` if that has carried a request before.
    Leased {
        /// It has carried one.
        reused: bool,
    },
    /// A connection is being opened.
    Dialling,
    /// A limit is reached.
    Queued,
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

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is set once, in any order")]
struct Life {
    lease: Option<Lease>,
    story: Option<Story>,
    /// Bytes written so far, while they can be sent again.
    kept: Option<Vec<Bytes>>,
    written: usize,
    fin: bool,
    resent: bool,
    /// Connections that died under the request.
    attempts: u32,
    answered: bool,
    told: bool,
    over: bool,
    /// The connection died, or its peer sent its end before any byte of a reply; with why.
    death: Option<Error>,
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
        };
        let mut story = Story::new(pool, destination, submitted);
        let asked = ask(pool, &wanted).inspect_err(|error| story.failed(error))?;
        let standing = match &asked {
            Asked::Granted(lease) => Standing::Leased { reused: lease.reused() },
            Asked::Waiting(waiting) if waiting.exhausted => Standing::Queued,
            Asked::Waiting(_) => Standing::Dialling,
        };
        let this = Arc::new(Self {
            pool: Arc::clone(pool),
            wanted,
            reply,
            idempotent,
            life: Mutex::new(Life {
                lease: None,
                story: Some(story),
                kept: Some(Vec::new()),
                written: 0,
                fin: false,
                resent: false,
                attempts: 0,
                answered: false,
                told: matches!(standing, Standing::Leased { .. }),
                over: false,
                death: None,
            }),
            news: Notify::new(),
        });
        pool.engine.spawn(Arc::clone(&this).live(asked, submitted));
        Ok((this, standing))
    }

    /// Writes bytes, now or as soon as there is a connection.
    pub fn write(&self, bytes: Bytes) {
        let mut life = self.life.lock();
        life.written += bytes.len();
        let fits = life.lease.is_none() || life.written <= KEPT;
        match life.kept.as_mut() {
            Some(kept) if fits => kept.push(bytes.clone()),
            _ => life.kept = None,
        }
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
    /// `written` bytes were taken by the kernel, and the peer sent none but the `read` ones, nor its end.
    pub fn release(&self, written: u64, read: u64, keep: bool, keep_alive_hint: Option<Duration>) -> bool {
        let mut life = self.life.lock();
        if std::mem::replace(&mut life.over, true) {
            return false;
        }
        let lease = life.lease.take();
        if let Some(mut story) = life.story.take() {
            story.completed();
        }
        drop(life);
        let kept = lease.is_some_and(|lease| {
            let clean = lease.raw().is_some_and(|raw| raw.detach(written, read));
            lease.finish(match (clean, keep) {
                (true, true) => Release::Reusable { keep_alive_hint },
                (true, false) => Release::Close,
                (false, _) => Release::Broken,
            });
            clean && keep
        });
        self.conclude();
        kept
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
        let mut life = self.life.lock();
        if std::mem::replace(&mut life.over, true) {
            return;
        }
        let (lease, story) = (life.lease.take(), life.story.take());
        drop(life);
        if let Some(raw) = lease.as_ref().and_then(Lease::raw).filter(|_| reset) {
            drop(raw.socket().reset_on_close());
        }
        // The account first: who sees the connection gone finds it told.
        drop(story);
        drop(lease);
        self.conclude();
    }

    /// What is known of the connection, while there is one.
    pub fn face(&self) -> Option<(Arc<Socket>, Arc<Face>)> {
        let life = self.life.lock();
        life.lease.as_ref().and_then(Lease::raw).map(|raw| (Arc::clone(raw.socket()), raw.face()))
    }

    fn conclude(&self) {
        self.reply.closed();
        self.news.notify_one();
    }

    async fn live(self: Arc<Self>, asked: Asked, since: Instant) {
        let mut next = tokio::select! {
            lease = self.pool.await_turn(asked, &self.wanted, since) => lease,
            () = self.until_over() => return,
        };
        loop {
            match next {
                Ok(lease) => self.begin(lease),
                Err(error) => return self.fail(error),
            }
            loop {
                let Some(error) = self.death().await else { return };
                if self.may_send_again() {
                    break;
                }
                if !self.only_ended() {
                    return self.fail(error);
                }
                // A peer that has only half-closed is for the user to judge, who knows what a reply is.
                self.reply.ended();
            }
            next = tokio::select! {
                lease = self.pool.acquire_fresh(&self.wanted) => lease,
                () = self.until_over() => return,
            };
        }
    }

    fn begin(self: &Arc<Self>, mut lease: Lease) {
        let mut life = self.life.lock();
        if life.over {
            return;
        }
        let reused = lease.reused();
        if let Some(story) = life.story.as_mut() {
            story.leased(&lease);
        }
        lease.mark_used();
        let Some(raw) = lease.raw() else { return };
        if !raw.attach(Arc::clone(self) as Arc<dyn User>, lease.rested()) {
            life.death = Some(hang_up());
            self.news.notify_one();
        }
        for bytes in life.kept.iter().flatten() {
            raw.write(bytes.clone());
        }
        if life.fin {
            raw.finish();
        }
        if life.written > KEPT {
            life.kept = None;
        }
        life.lease = Some(lease);
        let told = std::mem::replace(&mut life.told, true);
        drop(life);
        if !told {
            self.reply.leased(reused);
        }
    }

    async fn until_over(&self) {
        while !self.life.lock().over {
            self.news.notified().await;
        }
    }

    /// Waits for the connection's death; `None`: the lease is over.
    async fn death(&self) -> Option<Error> {
        loop {
            {
                let mut life = self.life.lock();
                if life.over {
                    return None;
                }
                if let Some(error) = life.death.take() {
                    return Some(error);
                }
            }
            self.news.notified().await;
        }
    }

    /// Whether the request goes out once more, on a fresh connection; then the old one is gone.
    fn may_send_again(&self) -> bool {
        let mut life = self.life.lock();
        let Some(lease) = life.lease.as_ref() else { return false };
        let seen = resend::seen(lease);
        // What was provably never seen goes out as if for the first time, also from a fresh connection.
        let unseen = seen == Seen::Nothing;
        let again = lease.rested() && !life.resent && resend::allowed(self.idempotent, lease, seen);
        let possible = !life.answered && life.kept.is_some() && !self.pool.is_destroyed();
        if !possible || life.attempts >= MOST_ATTEMPTS || !(unseen || again) {
            return false;
        }
        life.attempts += 1;
        life.resent |= !unseen;
        let lease = life.lease.take();
        if let Some(raw) = lease.as_ref().and_then(Lease::raw) {
            // What becomes of the old connection is no news for the new one.
            raw.let_go();
        }
        life.death = None;
        if let Some(story) = life.story.as_mut() {
            story.again(seen);
        }
        drop(life);
        drop(lease);
        if seen == Seen::Perhaps {
            self.pool.happened(&self.wanted.destination, Event::Resent);
        }
        true
    }

    fn only_ended(&self) -> bool {
        let life = self.life.lock();
        life.lease.as_ref().and_then(Lease::raw).is_some_and(|raw| raw.peer_ended() && !raw.is_dead())
    }

    fn fail(&self, error: Error) {
        let mut life = self.life.lock();
        if std::mem::replace(&mut life.over, true) {
            return;
        }
        let (lease, story) = (life.lease.take(), life.story.take());
        drop(life);
        let error = if self.pool.is_destroyed() { destroyed(error.facts().phase) } else { error };
        let error = match lease.as_ref() {
            Some(lease) => self.with_facts(error, lease),
            None => error,
        };
        if let Some(mut story) = story {
            story.failed(&error);
        }
        drop(lease);
        self.reply.fail(error);
    }

    fn with_facts(&self, error: Error, lease: &Lease) -> Error {
        let moved = lease.moved();
        let seen = resend::seen(lease);
        error.with(|facts| {
            facts.origin = Some(self.wanted.destination.key.origin.to_string());
            facts.reused_socket = lease.reused();
            facts.bytes_read = moved.received;
            facts.bytes_written = moved.written;
            facts.may_have_been_processed = seen == Seen::Perhaps;
        })
    }

    fn dies(&self, error: Error) {
        let mut life = self.life.lock();
        life.death.get_or_insert(error);
        drop(life);
        self.news.notify_one();
    }
}

/// A connection at once, if one is idle and alive; else a place in the queue.
fn ask(pool: &Arc<Pool>, wanted: &Wanted) -> Result<Asked, Error> {
    loop {
        match pool.ask(wanted, wanted.queue_timeout)? {
            Asked::Granted(lease) if !lease.is_usable() => lease.found_dead(),
            asked => return Ok(asked),
        }
    }
}

impl User for RawLease {
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.reply.poll_room(cx)
    }

    fn data(&self, bytes: Bytes) {
        {
            let mut life = self.life.lock();
            if life.over {
                return;
            }
            if !std::mem::replace(&mut life.answered, true) {
                life.kept = None;
                if let Some(story) = life.story.as_mut() {
                    story.answered();
                }
            }
        }
        self.reply.data(bytes);
    }

    fn ended(&self) {
        if self.life.lock().answered {
            self.reply.ended();
        } else {
            self.dies(hang_up());
        }
    }

    fn taken(&self, bytes: u64) {
        self.reply.taken(bytes);
    }

    fn died(&self, error: Option<Error>) {
        let phase = if self.life.lock().answered { Phase::Body } else { Phase::Head };
        let error = error.unwrap_or_else(hang_up);
        self.dies(error.with(|facts| facts.phase = phase));
    }
}
