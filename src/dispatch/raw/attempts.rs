//! The task of a raw lease: a connection, another where one died and that is safe, and what is told when none is left.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;

use super::super::clock::now;
use super::super::lease::Lease;
use super::super::wait::destroyed;
use super::RawLease;
use super::entry::{Come, status};
use super::unfinished::Unfinished;
use crate::error::{Error, Kind, Phase};
use crate::metrics::Event;
use crate::policy::{Outcome, Seen, Trace};
use crate::transport::h1::hang_up;
use crate::transport::raw::{Proof, User};

/// Against a server that closes what it has just accepted there is no end otherwise.
const MOST_ATTEMPTS: u32 = 10;

impl RawLease {
    /// Waits for the connection and hands it over.
    pub(super) async fn wait(self: Arc<Self>, come: Come, since: Instant) {
        let watch = Unfinished::of(&self);
        tokio::select! {
            // First: a connection that is there goes back whole.
            biased;
            next = self.turn(come, since) => match next {
                Ok(lease) => self.begin(lease, now()),
                Err(error) => self.fail(error),
            },
            () = self.until_over() => {}
        }
        self.replace().await;
        watch.finished();
    }

    /// After a death: puts another connection in its place as long as that is safe, or tells that none is left.
    async fn mend(self: Arc<Self>) {
        let watch = Unfinished::of(&self);
        self.replace().await;
        watch.finished();
    }

    async fn replace(self: &Arc<Self>) {
        while let Some(error) = self.death() {
            let unused = self.died_unused(&error);
            if self.may_send_again(&error) {
                tokio::select! {
                    biased;
                    next = self.fresh_turn() => match next {
                        Ok(lease) => self.begin(lease, now()),
                        // That no other could be opened is no news of the one that was.
                        Err(error) => self.fail(unused.unwrap_or(error)),
                    },
                    () = self.until_over() => {}
                }
            } else if self.only_ended() {
                // A peer that has only half-closed is for the user to judge, who knows what a reply is.
                self.reply.ended();
            } else {
                self.fail(error);
            }
        }
    }

    /// Takes a connection into use that was found at this moment, on whatever thread. One that has died by now leaves that to
    /// be dealt with.
    pub(super) fn begin(self: &Arc<Self>, mut lease: Lease, at: Instant) {
        let mut life = self.life.lock();
        if life.over {
            return;
        }
        let reused = lease.reused();
        if let Some(story) = life.story.as_mut() {
            story.leased(&lease, at);
        }
        lease.mark_used();
        let Some(raw) = lease.raw() else { return };
        let proof = match (lease.rested(), self.idempotent) {
            (false, _) => Proof::None,
            (true, true) => Proof::Shared,
            (true, false) => Proof::Own,
        };
        if !raw.attach(Arc::clone(self) as Arc<dyn User>, proof) {
            life.death = Some(hang_up());
        }
        for bytes in life.kept.iter().flatten() {
            raw.write(bytes.clone());
        }
        if life.fin {
            raw.finish();
        }
        life.lease = Some(lease);
        let (told, is_another) = (std::mem::replace(&mut life.told, true), life.attempts > 0);
        drop(life);
        if self.is_over_for_user() {
            // The hold ended after the connection was granted and before it was found here.
            return self.disown();
        }
        if !told {
            self.reply.leased(reused);
        } else if is_another {
            self.reply.moved();
        }
    }

    async fn until_over(&self) {
        while !self.life.lock().over {
            self.news.notified().await;
        }
    }

    /// How the connection died, if it did and the lease is not over.
    fn death(&self) -> Option<Error> {
        let mut life = self.life.lock();
        if life.over { None } else { life.death.take() }
    }

    /// Has the death of a connection dealt with, if there is one.
    pub(super) fn attend(self: &Arc<Self>) {
        if self.life.lock().death.is_some() {
            self.pool.engine.spawn(Arc::clone(self).mend());
        }
    }

    /// Whether the request goes out once more, on a fresh connection; then the old one is gone.
    fn may_send_again(&self, why: &Error) -> bool {
        let mut life = self.life.lock();
        let Some(lease) = life.lease.as_ref() else { return false };
        let (trace, was_idle) = (lease.trace(), lease.rested());
        let seen = trace.seen();
        // What was provably never seen goes out as if for the first time; from a connection that had just been opened too, but then
        // once: a peer that closes what it has accepted means it.
        let unseen = seen == Seen::Nothing && (was_idle || life.stillborn == 0);
        let again = was_idle && !life.resent && trace.allows(self.idempotent);
        let possible = !life.answered && life.kept.is_some() && !self.is_over_for_user();
        if !possible || life.attempts >= MOST_ATTEMPTS || !(unseen || again) {
            return false;
        }
        life.attempts += 1;
        life.stillborn += u32::from(!was_idle);
        life.resent |= seen == Seen::Perhaps;
        let lease = life.lease.take();
        if let Some(raw) = lease.as_ref().and_then(Lease::raw) {
            // What becomes of the old connection is no news for the new one.
            raw.let_go();
        }
        life.death = None;
        if let Some(story) = life.story.as_mut() {
            story.again(seen);
        }
        // One that was dead before the first byte is no attempt.
        let admitted = life.admitted.take_if(|_| !was_idle || trace.written > 0);
        drop(life);
        drop(lease);
        if let Some(admitted) = admitted {
            admitted.record(&Outcome::Failed(why.kind().clone()));
        }
        if seen == Seen::Perhaps {
            self.pool.happened(&self.wanted.destination, Event::Resent);
        }
        true
    }

    /// The failure of a connection that had just been opened, with its facts.
    fn died_unused(&self, why: &Error) -> Option<Error> {
        let life = self.life.lock();
        let trace = life.lease.as_ref().filter(|lease| !lease.rested())?.trace();
        drop(life);
        Some(self.with_facts(why.clone(), false, trace))
    }

    fn only_ended(&self) -> bool {
        let life = self.life.lock();
        life.lease.as_ref().and_then(Lease::raw).is_some_and(|raw| raw.peer_ended() && !raw.is_dead())
    }

    pub(super) fn fail(&self, error: Error) {
        let mut life = self.life.lock();
        if std::mem::replace(&mut life.over, true) {
            return;
        }
        let (lease, story, admitted) = (life.lease.take(), life.story.take(), life.admitted.take());
        drop(life);
        // Who waited has been told by the queue how far it came.
        let error = match error.kind() {
            Kind::Destroyed => error,
            _ if self.is_over_for_user() => destroyed(error.facts().phase),
            _ => error,
        };
        let error = match lease.as_ref() {
            Some(lease) => self.with_facts(error, lease.reused(), lease.trace()),
            None => error,
        };
        if let Some(mut story) = story {
            story.failed(&error);
        }
        if let Some(admitted) = admitted {
            admitted.record(&Outcome::Failed(error.kind().clone()));
        }
        drop(lease);
        self.reply.fail(error);
    }

    /// The hold has ended: what has a connection fails as if that were cut. Who waits for one hears of it there.
    pub fn disown(&self) {
        let life = self.life.lock();
        if life.lease.is_none() {
            return;
        }
        let phase = if life.answered { Phase::Body } else { Phase::Head };
        drop(life);
        self.fail(destroyed(phase));
        self.news.notify_one();
    }

    fn is_over_for_user(&self) -> bool {
        self.pool.is_over_for(&self.wanted.destination)
    }

    fn with_facts(&self, error: Error, reused: bool, trace: Trace) -> Error {
        error.with(|facts| {
            facts.origin = Some(self.wanted.destination.key.origin.to_string());
            facts.proxy = self.wanted.destination.key.proxy();
            facts.reused_socket = reused;
            facts.bytes_read = trace.received;
            facts.bytes_written = trace.written;
            facts.may_have_been_processed = trace.seen() == Seen::Perhaps;
            facts.occupancy = Some(self.pool.state.lock().occupancy());
        })
    }

    fn dies(self: Arc<Self>, error: Error) {
        self.life.lock().death.get_or_insert(error);
        self.attend();
    }
}

impl User for RawLease {
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.reply.poll_room(cx)
    }

    fn data(&self, bytes: Bytes) {
        let mut life = self.life.lock();
        if life.over {
            return;
        }
        let mut admitted = None;
        let answered = std::mem::replace(&mut life.answered, true);
        if !answered {
            life.kept = None;
            admitted = life.admitted.take();
            if let Some(story) = life.story.as_mut() {
                story.answered();
            }
        }
        drop(life);
        if let Some(admitted) = admitted {
            admitted.record(&Outcome::Answered(status(&bytes)));
        }
        self.reply.data(bytes);
    }

    fn ended(self: Arc<Self>) {
        let answered = self.life.lock().answered;
        if answered {
            self.reply.ended();
        } else {
            self.dies(hang_up());
        }
    }

    fn taken(&self, bytes: u64, news: bool) {
        self.life.lock().forget_what_is_long();
        self.reply.taken(bytes, news);
    }

    fn died(self: Arc<Self>, error: Option<Error>) {
        let phase = if self.life.lock().answered { Phase::Body } else { Phase::Head };
        let error = error.unwrap_or_else(hang_up);
        self.dies(error.with(|facts| facts.phase = phase));
    }
}
