//! The I/O thread's side of a ring: submissions become exchanges.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use rustc_hash::FxHashMap;

use crate::dispatch::{Destination, Engine, Parting, clock, exchange};
use crate::error::{Error, Kind, Phase};

use super::failure::describe;
use super::inbox::Serves;
use super::lives::{Due, Live, Lives};
use super::parse;
use super::pools::OpenPool;
use super::records::{Reader, Record, submission as record};
use super::reply::{Ahead, RingReply, given_up};
use super::ring::{Command, Completion, Ring};
use super::stream::Stream;
use super::upload::{self, Piece};
use super::way::destination;

/// So many requests begin, and have their turn before the next do: what they take is in the processor's cache then.
const TOGETHER: u32 = 16;

/// Everything that the I/O thread keeps for one ring. Dropped, it aborts what is in flight.
pub(super) struct Intake {
    engine: Arc<Engine>,
    ring: Arc<Ring>,
    pools: FxHashMap<u32, OpenPool>,
    /// By the number that JavaScript gave it.
    origins: FxHashMap<u32, (u32, Arc<Destination>)>,
    lives: Lives,
    /// Bodies of requests that are submitted next, by handle.
    attached: FxHashMap<u32, Bytes>,
}

/// Serves a ring until JavaScript's side of it is gone.
pub(super) async fn serve(engine: Arc<Engine>, ring: Arc<Ring>) {
    let intake = Intake::new(engine, Arc::clone(&ring));
    ring.serve(intake).await;
}

impl Serves<Command> for Intake {
    fn obey(&mut self, command: Command) -> ControlFlow<()> {
        match command {
            Command::Batch(bytes) => self.batch(&bytes),
            Command::Attach { handle, bytes } => {
                self.attached.insert(handle, bytes);
            }
            Command::Push { handle, bytes } => {
                let raw = self.ring.raws.lock().get(&handle).cloned();
                match raw {
                    Some(raw) => raw.write(bytes),
                    None => self.upload(handle, Piece::Data(bytes)),
                }
            }
            Command::Open { id, open } => {
                self.pools.insert(id, open);
            }
            Command::Detach => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    fn go_on(&mut self) -> bool {
        for _ in 0..TOGETHER {
            let Some((handle, due)) = self.lives.next() else { break };
            self.begin_or_fail(handle, *due);
        }
        self.lives.are_due()
    }
}

impl Intake {
    pub(super) fn new(engine: Arc<Engine>, ring: Arc<Ring>) -> Self {
        Self {
            engine,
            ring,
            pools: FxHashMap::default(),
            origins: FxHashMap::default(),
            lives: Lives::default(),
            attached: FxHashMap::default(),
        }
    }

    /// Opens connections ahead of their use. The handle's final record tells how that went.
    fn preconnect(&mut self, handle: u32, [origin, count, _]: [u32; 3]) {
        self.begin_if_due(handle);
        let waiting = Ahead::new(Arc::clone(&self.ring), handle);
        let Some((open, destination)) = self.known(origin) else { return waiting.tell(&Err(gone())) };
        let (pool, destination) = (Arc::clone(&open.pool), Arc::clone(destination));
        let task = self.engine.spawn(async move {
            waiting.tell(&pool.preconnect(&destination, count).await);
        });
        let stream = Arc::new(Stream::new(handle));
        self.lives.began(handle, Live { task, stream, upload: None });
    }

    /// Obeys the records. Only to begin requests is put off: whatever else is told, of them or of others, must not wait for that.
    fn batch(&mut self, bytes: &Bytes) {
        let submitted = clock::now();
        for Record { kind, handle, args, payload } in Reader::new(bytes) {
            match kind {
                record::REQUEST => self.put_off(handle, args, bytes.slice_ref(payload), submitted),
                record::ABORT => self.abort(handle),
                record::CREDIT => {
                    if let Some(live) = self.lives.get(handle) {
                        live.stream.credit(args[0] as usize, clock::now);
                    }
                }
                record::DUMP => {
                    if let Some(live) = self.lives.get(handle) {
                        live.stream.discard(args[0] == 1);
                    }
                }
                record::BODY_END => self.upload(handle, Piece::End),
                record::PRECONNECT => self.preconnect(handle, args),
                record::ORIGIN => self.origin(handle, args, payload),
                record::CLOSE => {
                    self.pools.remove(&handle);
                }
                record::FORGET => {
                    self.origins.remove(&handle);
                }
                _ => self.raw(kind, handle, args, bytes, payload),
            }
        }
    }

    fn abort(&mut self, handle: u32) {
        if self.lives.take(handle).is_some() {
            self.fail(handle, &given_up());
        } else if let Some(live) = self.lives.get(handle) {
            live.task.abort();
        }
    }

    /// What a raw lease is told.
    fn raw(&self, kind: u32, handle: u32, args: [u32; 3], bytes: &Bytes, payload: &[u8]) {
        // Outside the lock: what is done with a lease may end it, which takes the lock again.
        let Some(raw) = self.ring.raws.lock().get(&handle).cloned() else { return };
        match kind {
            record::RAW_WRITE => {
                if let Some(written) = payload.get(..args[0] as usize) {
                    super::linger::moved();
                    raw.write(bytes.slice_ref(written));
                }
            }
            record::RAW_END => raw.lease.finish(),
            record::RAW_DETACH => raw.lease.detach(),
            record::RAW_ABORT => {
                let how = match args[1] {
                    record::WHOLE => Parting::Whole,
                    record::SPOILED => Parting::Spoiled,
                    record::TIMED_OUT => Parting::TimedOut,
                    _ => Parting::GivenUp,
                };
                raw.lease.part(how, args[0] == 1);
            }
            record::RAW_CREDIT => raw.stream.credit(args[0] as usize, clock::now),
            _ => {}
        }
    }

    fn known(&self, origin: u32) -> Option<(&OpenPool, &Arc<Destination>)> {
        let (id, destination) = self.origins.get(&origin)?;
        Some((self.pools.get(id)?, destination))
    }

    fn origin(&mut self, number: u32, [pool, length, section]: [u32; 3], payload: &[u8]) {
        let text = payload.get(..length as usize);
        let destination =
            text.and_then(|text| destination(&self.engine, self.pools.get(&pool)?, section, text));
        if let Some(destination) = destination {
            self.origins.insert(number, (pool, destination));
        }
    }

    fn fail(&self, handle: u32, error: &Error) {
        self.ring.push(Completion::Fail { handle, text: describe(error) });
    }

    /// Its time runs from now on, though the request itself begins only when it is its turn.
    fn put_off(&mut self, handle: u32, args: [u32; 3], payload: Bytes, submitted: Instant) {
        self.begin_if_due(handle);
        let attached = self.attached.remove(&handle);
        let Some((open, destination)) = self.known(args[0]) else { return self.fail(handle, &gone()) };
        let (pool, destination) = (Arc::clone(&open.pool), Arc::clone(destination));
        self.lives.put_off(handle, Due { pool, destination, args, payload, attached, submitted });
    }

    /// Whatever JavaScript says next of a handle, its request is not forgotten.
    fn begin_if_due(&mut self, handle: u32) {
        if let Some(due) = self.lives.take(handle) {
            self.begin_or_fail(handle, *due);
        }
    }

    /// A fault of ours fails this request. It must not end the task that serves the ring: whoever asks later would
    /// wait for ever.
    fn begin_or_fail(&mut self, handle: u32, due: Due) {
        if catch_unwind(AssertUnwindSafe(|| self.begin(handle, due))).is_err() {
            let error = Error::new(Kind::Internal, Phase::Queue, "the engine failed to take the request");
            self.fail(handle, &error);
        }
    }

    /// Every request gets its final record, even one that makes no sense.
    fn begin(&mut self, handle: u32, due: Due) {
        let Due { pool, destination, args, payload, attached, submitted } = due;
        let timeouts = &pool.config_of(&destination.key).timeouts;
        let (mut request, source) =
            match parse::request(&destination, timeouts, args, &payload, attached, submitted) {
                Ok(parsed) => parsed,
                Err(error) => return self.fail(handle, &error),
            };
        let stream = Arc::new(Stream::new(handle));
        let upload = source.map(|length| {
            let (upload, body) = upload::begin(&self.engine, &self.ring, &stream, length);
            request.body = body;
            upload
        });
        let mut reply = RingReply::new(Arc::clone(&self.ring), Arc::clone(&stream));
        // Made in its box: a task's future is moved several times on its way in, and this one is large.
        let place = Box::new_uninit();
        let life = Box::write(place, async move { exchange(&pool, &mut request, &mut reply).await });
        let life = Box::into_pin(life);
        let task = self.engine.spawn(life);
        self.lives.began(handle, Live { task, stream, upload });
    }

    fn upload(&mut self, handle: u32, piece: Piece) {
        self.begin_if_due(handle);
        if let Some(upload) = self.lives.get(handle).and_then(|live| live.upload.as_ref()) {
            // A request that is over takes no more of its body.
            drop(upload.send(piece));
        }
    }
}

/// What is asked of a pool that JavaScript has closed.
fn gone() -> Error {
    Error::new(Kind::Destroyed, Phase::Queue, "the pool is destroyed")
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.lives.abort_all();
        for number in self.pools.keys() {
            super::pools::let_go(*number);
        }
        // Dropped by a panic and not by `Detach`, it leaves requests behind that would never hear of it.
        if !self.ring.is_detached() {
            self.ring.lose();
        }
    }
}

#[cfg(test)]
mod tests;
