//! Both directions of the crossing without JavaScript.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::home::Home;
use super::intake::Intake;
use super::pools::OpenPool;
use super::records::{Reader, Writer, completion as record};
use super::reply::Block;
use super::ring::{Command, Completion, Ring};
use super::stream::Stream;
use super::way::Way;
use super::write::{Put, put};
use crate::config;
use crate::dispatch::{Engine, Pool};

/// A ring whose JavaScript says whatever it likes.
pub struct Submissions {
    engine: Arc<Engine>,
    open: OpenPool,
}

impl Submissions {
    /// With a pool, number 1, whose connections all go to a Unix socket that is not there.
    pub fn new() -> Option<Self> {
        let engine = Engine::start(|| ()).ok()?;
        let config = config::resolve::<&str>(&[]).ok()?;
        let way = Way { socket_path: Some("/nowhere/at/all".into()), ..Way::default() };
        let pool = Pool::open(&engine, config, 7);
        let open = OpenPool { pool, ways: [way].into(), proxies: [].into(), name: None, hold: None };
        Some(Self { engine, open })
    }

    /// Has `batches` served; gives the final records that were sent by then.
    pub fn serve<'a>(&self, batches: impl IntoIterator<Item = &'a [u8]>) -> usize {
        let ring = Arc::new(Ring::new(Home::default()));
        let mut intake = Intake::new(Arc::clone(&self.engine), Arc::clone(&ring));
        intake.obey(Command::Open { id: 1, open: self.open.clone() });
        for batch in batches {
            intake.obey(Command::Attach { handle: 1, bytes: Bytes::from_static(b"attached") });
            intake.obey(Command::Batch(batch.to_vec()));
        }
        let mut told = VecDeque::new();
        ring.collect(&mut told);
        ring.detach();
        told.iter().filter(|completion| matches!(completion, Completion::Fail { .. })).count()
    }
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
    bulk: HashMap<u32, Arc<Stream>>,
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
                    && stream.append(Bytes::copy_from_slice(piece))
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

    /// One batch, as `deliver` writes it and `lib/ring/completions.js` reads it.
    fn deliver(&mut self, slab: &mut [u8]) {
        let mut writer = Writer::new(slab);
        while let Some(completion) = self.backlog.pop_front() {
            match put(completion, &mut writer, &mut self.bulk) {
                Put::Done | Put::Settled(_) => {}
                Put::Rest(rest) => {
                    self.backlog.push_front(rest);
                    break;
                }
                Put::Split(parts) => parts.into_iter().rev().for_each(|part| self.backlog.push_front(part)),
            }
        }
        let count = writer.records() as usize;
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
                    let Some(stream) = self.bulk.remove(&handle) else { continue };
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
    }
}
