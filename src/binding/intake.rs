//! The I/O thread's side of a ring: submissions become exchanges.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::dispatch::{Destination, Engine, Parting, clock, exchange};
use crate::error::{Error, Kind, Phase};

use super::failure::describe;
use super::parse;
use super::pools::OpenPool;
use super::raw::RawSide;
use super::records::{Reader, Record, submission as record};
use super::reply::{Ahead, RingReply};
use super::ring::{Command, Completion, Ring};
use super::stream::Stream;
use super::upload::{self, Piece};
use super::way::destination;

/// Requests of a batch that begin before those before them are sent.
const AT_ONCE: u32 = 16;

/// Everything that the I/O thread keeps for one ring. Dropped, it aborts what is in flight.
pub(super) struct Intake {
    engine: Arc<Engine>,
    ring: Arc<Ring>,
    pools: HashMap<u32, OpenPool>,
    /// By the number that JavaScript gave it.
    origins: HashMap<u32, (u32, Arc<Destination>)>,
    /// By handle. An entry outlives its request until the handle is used again.
    live: HashMap<u32, Live>,
    attached: HashMap<u32, Bytes>,
}

struct Live {
    task: AbortHandle,
    stream: Arc<Stream>,
    upload: Option<mpsc::UnboundedSender<Piece>>,
}

/// Serves a ring until JavaScript's side of it is gone.
pub(super) async fn serve(engine: Arc<Engine>, ring: Arc<Ring>) {
    let mut intake = Intake::new(engine, Arc::clone(&ring));
    ring.serve(|command| intake.obey(command)).await;
}

impl Intake {
    pub(super) fn new(engine: Arc<Engine>, ring: Arc<Ring>) -> Self {
        Self {
            engine,
            ring,
            pools: HashMap::new(),
            origins: HashMap::new(),
            live: HashMap::new(),
            attached: HashMap::new(),
        }
    }

    /// Gives what is left of it.
    pub(super) fn obey(&mut self, command: Command) -> Option<Command> {
        match command {
            Command::Batch(bytes) => return self.batch(&bytes).map(Command::Batch),
            Command::Attach { handle, bytes } => {
                self.attached.insert(handle, bytes);
            }
            Command::Push { handle, bytes } => {
                let raw = self.ring.raws.lock().get(&handle).cloned();
                match raw {
                    Some(raw) => raw.lease.write(bytes),
                    None => self.upload(handle, Piece::Data(bytes)),
                }
            }
            Command::Open { id, open } => {
                self.pools.insert(id, open);
            }
            Command::Detach => {}
        }
        None
    }

    /// Opens connections ahead of their use. The handle's final record tells how that went.
    fn preconnect(&mut self, handle: u32, [origin, count, _]: [u32; 3]) {
        let waiting = Ahead::new(Arc::clone(&self.ring), handle);
        let Some((open, destination)) = self.known(origin) else { return waiting.tell(&Err(gone())) };
        let (pool, destination) = (Arc::clone(&open.pool), Arc::clone(destination));
        let task = self.engine.spawn(async move {
            waiting.tell(&pool.preconnect(&destination, count).await);
        });
        let stream = Arc::new(Stream::new(handle));
        self.live.insert(handle, Live { task, stream, upload: None });
    }

    /// Obeys the records up to a few requests, and gives the others. What a request takes is still in the processor's cache then
    /// when it has its turn.
    fn batch(&mut self, bytes: &Bytes) -> Option<Bytes> {
        let mut records = Reader::new(bytes);
        let mut begun = 0;
        while let Some(Record { kind, handle, args, payload }) = records.next() {
            match kind {
                record::REQUEST => {
                    self.request_or_fail(handle, args, &bytes.slice_ref(payload));
                    begun += 1;
                    if begun == AT_ONCE && !records.rest().is_empty() {
                        return Some(bytes.slice_ref(records.rest()));
                    }
                }
                record::ABORT => {
                    if let Some(live) = self.live.get(&handle) {
                        live.task.abort();
                    }
                }
                record::CREDIT => {
                    if let Some(live) = self.live.get(&handle) {
                        live.stream.credit(args[0] as usize);
                    }
                }
                record::DUMP => {
                    if let Some(live) = self.live.get(&handle) {
                        live.stream.discard(args[0] == 1);
                    }
                }
                record::RAW_WRITE => {
                    if let Some(written) = payload.get(..args[0] as usize) {
                        super::linger::moved();
                        self.raw(handle, |raw| raw.lease.write(bytes.slice_ref(written)));
                    }
                }
                record::RAW_END => self.raw(handle, |raw| raw.lease.finish()),
                record::RAW_DETACH => self.raw(handle, |raw| raw.lease.detach()),
                record::RAW_ABORT => {
                    let how = match args[1] {
                        record::WHOLE => Parting::Whole,
                        record::SPOILED => Parting::Spoiled,
                        _ => Parting::GivenUp,
                    };
                    self.raw(handle, |raw| raw.lease.part(how, args[0] == 1));
                }
                record::RAW_CREDIT => self.raw(handle, |raw| raw.stream.credit(args[0] as usize)),
                record::BODY_END => self.upload(handle, Piece::End),
                record::PRECONNECT => self.preconnect(handle, args),
                record::ORIGIN => self.origin(handle, args, payload),
                record::CLOSE => {
                    self.pools.remove(&handle);
                }
                record::FORGET => {
                    self.origins.remove(&handle);
                }
                _ => {}
            }
        }
        None
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

    /// A fault of ours fails this request. It must not end the task that serves the ring: whoever asks later would
    /// wait for ever.
    fn request_or_fail(&mut self, handle: u32, args: [u32; 3], payload: &Bytes) {
        if catch_unwind(AssertUnwindSafe(|| self.request(handle, args, payload))).is_err() {
            let error = Error::new(Kind::Internal, Phase::Queue, "the engine failed to take the request");
            self.ring.push(Completion::Fail { handle, text: describe(&error) });
        }
    }

    /// Every request gets its final record, even one that makes no sense.
    fn request(&mut self, handle: u32, args: [u32; 3], payload: &Bytes) {
        let submitted = clock::now();
        let attached = self.attached.remove(&handle);
        let Some((open, destination)) = self.known(args[0]) else {
            return self.ring.push(Completion::Fail { handle, text: describe(&gone()) });
        };
        let timeouts = &open.pool.config_of(&destination.key).timeouts;
        let parsed = parse::request(destination, timeouts, args, payload, attached, submitted);
        let (mut request, source) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return self.ring.push(Completion::Fail { handle, text: describe(&error) }),
        };
        let stream = Arc::new(Stream::new(handle));
        let upload = source.map(|length| {
            let (upload, body) = upload::begin(&self.engine, &self.ring, &stream, length);
            request.body = body;
            upload
        });
        let mut reply = RingReply::new(Arc::clone(&self.ring), Arc::clone(&stream));
        let pool = Arc::clone(&open.pool);
        // Made in its box: a task's future is moved several times on its way in, and this one is large.
        let place = Box::new_uninit();
        let life = Box::write(place, async move { exchange(&pool, &mut request, &mut reply).await });
        let life = Box::into_pin(life);
        let task = self.engine.spawn(life);
        self.live.insert(handle, Live { task, stream, upload });
    }

    /// Outside the lock: what is done with a lease may end it, which takes the lock again.
    fn raw(&self, handle: u32, act: impl FnOnce(&RawSide)) {
        let side = self.ring.raws.lock().get(&handle).cloned();
        if let Some(side) = side {
            act(&side);
        }
    }

    fn upload(&mut self, handle: u32, piece: Piece) {
        if let Some(upload) = self.live.get(&handle).and_then(|live| live.upload.as_ref()) {
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
        for live in self.live.values() {
            live.task.abort();
        }
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
mod tests {
    use std::sync::Arc;

    use super::{AT_ONCE, Command, Intake, record, serve};
    use crate::binding::home::Home;
    use crate::binding::ring::Ring;
    use crate::dispatch::Engine;

    #[test]
    fn of_a_batch_so_many_requests_begin_at_once_and_the_others_are_what_is_left() {
        let ring = Arc::new(Ring::new(Home::default()));
        let mut intake = Intake::new(Engine::start(|| {}).unwrap(), Arc::clone(&ring));
        // Of a pool that nobody opened: each is told so.
        let record: Vec<u8> =
            [record::REQUEST, 7, 24, 0, 0, 0].into_iter().flat_map(u32::to_ne_bytes).collect();
        let all = record.repeat(AT_ONCE as usize + 3);
        let rest = intake.obey(Command::Batch(all.into()));
        assert_eq!(ring.waiting(), AT_ONCE as usize);
        let Some(Command::Batch(left)) = &rest else { panic!("nothing is left") };
        assert_eq!(left.len(), 3 * record.len());
        assert!(intake.obey(rest.unwrap()).is_none());
        assert_eq!(ring.waiting(), AT_ONCE as usize + 3);
    }

    #[test]
    fn an_intake_that_ends_by_itself_leaves_its_ring_lost() {
        let engine = Engine::start(|| {}).unwrap();
        let ring = Arc::new(Ring::new(Home::default()));
        drop(Intake::new(engine, Arc::clone(&ring)));
        assert!(ring.is_lost());
    }

    #[test]
    fn an_intake_that_is_told_to_end_loses_nothing() {
        let engine = Engine::start(|| {}).unwrap();
        let ring = Arc::new(Ring::new(Home::default()));
        ring.enqueue(Command::Push { handle: 1, bytes: bytes::Bytes::new() });
        assert!(ring.detach());
        to_its_end(serve(engine, Arc::clone(&ring)));
        assert!(!ring.is_lost());
    }

    fn to_its_end(life: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(life);
    }
}
