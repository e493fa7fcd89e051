//! Both directions of the crossing without JavaScript.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::batch::write_batch;
use super::bulk::Bulk;
use super::home::Home;
use super::inbox::Serves;
use super::intake::Intake;
use super::pools::OpenPool;
use super::records::{Reader, Writer, completion as record};
use super::reply::Block;
use super::ring::{Command, Completion, Ring};
use super::stream::Stream;
use super::way::Way;
use crate::config;
use crate::dispatch::clock::now;
use crate::dispatch::{Engine, Pool};

/// A ring whose JavaScript says whatever it likes.
pub struct Submissions {
    engine: Arc<Engine>,
    open: OpenPool,
    /// Tasks that are there when nothing is asked.
    resting: usize,
}

/// Far more than it takes to find that a socket is not there.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a slab that any failure fits.
const SLAB: usize = 64 * 1024;

impl Submissions {
    /// With a pool, number 1, whose connections all go to a Unix socket that is not there.
    pub fn new() -> Option<Self> {
        let engine = Engine::start(|| ()).ok()?;
        let config = config::resolve::<&str>(&[]).ok()?;
        let way = Way { socket_path: Some("/nowhere/at/all".into()), ..Way::default() };
        let pool = Pool::open(&engine, config, 7);
        let open = OpenPool { pool, ways: [way].into(), proxies: [].into(), name: None, hold: None };
        let resting = engine.tasks();
        Some(Self { engine, open, resting })
    }

    /// Has `batches` served, and waits until nobody works on them any more.
    pub fn serve<'a>(&self, batches: impl IntoIterator<Item = &'a [u8]>) -> Answers {
        let ring = Arc::new(Ring::new(Home::default()));
        let mut intake = Intake::new(Arc::clone(&self.engine), Arc::clone(&ring));
        assert!(intake.obey(Command::Open { id: 1, open: self.open.clone() }).is_continue());
        for (number, batch) in batches.into_iter().enumerate() {
            let mut tell = |command| assert!(intake.obey(command).is_continue());
            tell(Command::Attach { handle: 1, bytes: Bytes::from_static(b"attached") });
            tell(Command::Batch(Bytes::copy_from_slice(batch)));
            // What follows meets requests that have begun, and others that have not.
            if number.is_multiple_of(2) {
                intake.go_on();
            }
        }
        while intake.go_on() {}
        self.rest();
        let mut told = VecDeque::new();
        ring.collect(&mut told);
        ring.detach();
        Answers::of(told)
    }

    /// What is told late, or twice, is told by then.
    fn rest(&self) {
        let since = now();
        while self.engine.tasks() > self.resting {
            assert!(now() - since < PATIENCE, "a request is never answered");
            std::thread::yield_now();
        }
    }
}

/// What JavaScript was told.
#[derive(Debug, Default)]
pub struct Answers {
    /// Handle and kind of each record, in order.
    pub records: Vec<(u32, u32)>,
    /// Requests that were counted as over by then.
    pub settled: usize,
}

impl Answers {
    fn of(mut told: VecDeque<Completion>) -> Self {
        let mut answers = Self::default();
        let mut slab = vec![0; SLAB];
        while !told.is_empty() {
            let (count, settled) = batch(&mut slab, &mut told, &mut Bulk::default());
            answers.settled += settled;
            answers.records.extend(Reader::new(&slab).take(count).map(|found| (found.handle, found.kind)));
        }
        answers
    }
}

/// One batch, as `deliver` writes it: its records, and how many requests are over with it.
fn batch(slab: &mut [u8], backlog: &mut VecDeque<Completion>, bulk: &mut Bulk) -> (usize, usize) {
    let mut writer = Writer::new(slab);
    let mut settled = 0;
    write_batch(&mut writer, backlog, bulk, |_| settled += 1);
    (writer.records() as usize, settled)
}

/// A body on its way, and where its source was cut.
#[derive(Clone, Debug)]
pub struct Body {
    /// The text of its head.
    pub head: Vec<u8>,
    /// The pieces in which it arrives.
    pub pieces: Vec<Vec<u8>>,
}

/// What came out on the other side.
#[derive(Debug, Default)]
pub struct Crossing {
    /// Heads and bodies by handle.
    pub arrived: HashMap<u32, (Vec<u8>, Vec<u8>)>,
    bulk: Bulk,
    backlog: VecDeque<Completion>,
}

impl Crossing {
    /// Carries `bodies`, whose handles are their places, over a slab of so many bytes.
    pub fn carry(bodies: &[Body], slab: usize) -> Self {
        let mut crossing = Self::default();
        let mut slab = vec![0; slab];
        let streams: Vec<_> = (0..).zip(bodies).map(|(handle, _)| Arc::new(Stream::new(handle))).collect();
        for (handle, body) in (0..).zip(bodies) {
            let head = Block { status: 200, text: Bytes::copy_from_slice(&body.head) };
            crossing.backlog.push_back(Completion::Head { handle, head });
        }
        let longest = bodies.iter().map(|body| body.pieces.len()).max().unwrap_or(0);
        for turn in 0..longest {
            for (stream, body) in streams.iter().zip(bodies) {
                if let Some(piece) = body.pieces.get(turn).filter(|piece| !piece.is_empty())
                    && stream.append(Bytes::copy_from_slice(piece)).is_news
                {
                    crossing.backlog.push_back(Completion::Data(Arc::clone(stream)));
                }
            }
            crossing.deliver(&mut slab);
        }
        while !crossing.backlog.is_empty() {
            crossing.deliver(&mut slab);
        }
        crossing
    }

    /// One batch, as `lib/ring/completions.js` reads it.
    fn deliver(&mut self, slab: &mut [u8]) {
        let (count, _settled) = batch(slab, &mut self.backlog, &mut self.bulk);
        let records: Vec<_> = Reader::new(slab)
            .take(count)
            .map(|found| (found.kind, found.handle, found.args[1], found.payload.to_vec()))
            .collect();
        assert_eq!(records.len(), count, "a record that was written cannot be read");
        for (kind, handle, length, payload) in records {
            let (head, body) = self.arrived.entry(handle).or_default();
            let bytes = payload.get(..length as usize);
            match kind {
                record::HEAD | record::PART => head.extend_from_slice(bytes.unwrap_or_default()),
                record::DATA => body.extend_from_slice(bytes.unwrap_or_default()),
                record::BULK => {
                    let Some(stream) = self.bulk.remove(handle) else { continue };
                    let mut place = vec![0; length as usize];
                    let taken = stream.take(&mut place);
                    body.extend_from_slice(place.get(..taken.bytes).unwrap_or_default());
                    if taken.more {
                        self.backlog.push_front(Completion::Data(stream));
                    }
                }
                _ => {}
            }
        }
        self.bulk.clear();
    }
}
