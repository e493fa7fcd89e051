//! Who asks for the leases, and holds that each is told what its own server said.

use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use rag_connection_pool::config::resolve;
use rag_connection_pool::dispatch::{Destination, Engine, Pool, RawLease, RawReply};
use rag_connection_pool::error::Error;
use rag_connection_pool::key::{Origin, PoolKey, Scheme};
use rag_connection_pool::transport::connect::Reached;
use rag_connection_pool::transport::socket::Socket;

use super::script::{LARGE, Parting, Script, When};
use super::server::{Bill, Part, listen};

/// Far more than any step takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// The engine before a server.
pub struct Stage {
    pool: Arc<Pool>,
    path: String,
    bill: Bill,
    /// Exchanges so far, and inputs.
    number: u32,
    inputs: u32,
    _engine: Arc<Engine>,
}

/// What became of an exchange.
pub struct Played {
    pub connection: usize,
    pub is_kept: bool,
}

impl Stage {
    pub fn new() -> Self {
        // As Node does: a peer that is gone is an error of the write.
        // SAFETY: the disposition of a signal, which no other code of this program sets.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        let path = std::env::temp_dir().join(format!("pool-fuzz-leases-{}.sock", std::process::id()));
        drop(std::fs::remove_file(&path));
        let listener = UnixListener::bind(&path).unwrap();
        let bill = Bill::default();
        let shown = Arc::clone(&bill);
        std::thread::spawn(move || listen(&listener, &shown));
        let engine = Engine::start(|| ()).unwrap();
        let pool = Pool::open(&engine, resolve::<&str>(&[]).unwrap(), 7);
        Self { pool, path: path.to_str().unwrap().to_owned(), bill, number: 0, inputs: 0, _engine: engine }
    }

    /// An origin of its own for each input: none finds a connection of the last.
    pub fn destination(&mut self) -> Arc<Destination> {
        self.inputs += 1;
        let host = format!("input-{}.invalid", self.inputs);
        let mut key = PoolKey::plain(Origin { scheme: Scheme::Http, host: host.into(), port: 80 });
        key.socket_path = Some(self.path.as_str().into());
        Destination::new(key).unwrap()
    }

    pub fn end(&self) {
        self.pool.close_idle();
    }

    /// Plays an exchange.
    pub fn play(&mut self, destination: &Arc<Destination>, script: &Script) -> Played {
        self.number += 1;
        let ((cue, cues), (told, follows)) = (channel(), channel());
        let part = Part { number: self.number, script: script.clone(), cues, told };
        assert!(self.bill.lock().unwrap().replace(part).is_none(), "an exchange was never asked for");
        let mut exchange = Exchange::begin(&self.pool, destination, script, self.number);
        if let Err(error) = exchange.read(script.reply.len(), false) {
            panic!("{script:?} fails: {error:?}");
        }
        let connection = follows.recv_timeout(PATIENCE).expect("a server that says nothing");
        let go_on = || {
            cue.send(()).unwrap();
            follows.recv_timeout(PATIENCE).expect("a server that does not go on");
        };
        go_on();
        let is_kept = exchange.end();
        go_on();
        exchange.hear();
        Played { connection, is_kept }
    }
}

struct Exchange<'a> {
    script: &'a Script,
    lease: Arc<RawLease>,
    heard: Receiver<Heard>,
    written: usize,
    said: Vec<u8>,
    is_ended: bool,
}

impl<'a> Exchange<'a> {
    fn begin(pool: &Arc<Pool>, destination: &Arc<Destination>, script: &'a Script, number: u32) -> Self {
        let (tell, heard) = channel();
        let room = script.stalls.then_some(script.reply.len());
        let ear = Arc::new(Ear { tell, room, read: AtomicUsize::new(0), waits: Mutex::default() });
        let (lease, _) = RawLease::open(pool, destination, script.is_idempotent, ear).unwrap();
        let head = [number, u32::try_from(script.body).unwrap()].map(u32::to_le_bytes).concat();
        let written = head.len() + script.body;
        lease.write(head.into());
        lease.write(vec![b'x'; script.body].into());
        Self { script, lease, heard, written, said: Vec::new(), is_ended: false }
    }

    fn read(&mut self, bytes: usize, end: bool) -> Result<(), Error> {
        while self.said.len() < bytes || end && !self.is_ended {
            match self.heard.recv_timeout(PATIENCE).expect("a reply that never comes") {
                Heard::Fail(error) if self.said.is_empty() => return Err(error),
                heard => self.note(heard),
            }
        }
        Ok(())
    }

    /// Whatever has come by now.
    fn hear(&mut self) {
        while let Ok(heard) = self.heard.try_recv() {
            self.note(heard);
        }
    }

    fn note(&mut self, heard: Heard) {
        match heard {
            Heard::Data(bytes) => self.said.extend_from_slice(&bytes),
            Heard::Ended => self.is_ended = true,
            Heard::Fail(error) => panic!("a lease that nothing is wrong with fails: {error:?}"),
        }
        let whole = [&self.script.reply[..], &self.script.surplus].concat();
        assert!(whole.starts_with(&self.said), "bytes that its server never said, or not in this order");
        assert!(
            !self.is_ended || self.script.half_closes != When::Never,
            "an end that its server never said"
        );
    }

    /// Ends the lease as somebody who knows his reply; whether its connection goes back.
    fn end(&mut self) -> bool {
        let (bytes, end) = self.script.by_the_end();
        if self.script.listens && !self.script.stalls {
            self.read(bytes, end).unwrap();
        }
        self.hear();
        let (script, lease) = (self.script, &self.lease);
        if script.parting == Parting::Abort {
            lease.abort(false);
            return false;
        }
        let is_wanted = script.parting == Parting::Keep;
        let is_kept = lease
            .release(self.written as u64, script.reply.len() as u64, is_wanted, None)
            .expect("a lease is over");
        let is_more_read = self.said.len() > script.reply.len() || self.is_ended;
        let is_unwritten = script.is_early && script.body == LARGE;
        assert!(!is_kept || is_wanted && !is_more_read && !is_unwritten, "a connection is kept: {script:?}");
        assert!(is_kept || !is_wanted || !script.ends_clean(), "a clean connection is not kept: {script:?}");
        is_kept
    }
}

enum Heard {
    Data(Bytes),
    Ended,
    Fail(Error),
}

/// The side of the lease that is told.
#[derive(Debug)]
struct Ear {
    tell: Sender<Heard>,
    /// After how many bytes it reads no more.
    room: Option<usize>,
    read: AtomicUsize,
    waits: Mutex<Option<Waker>>,
}

impl Reached for Ear {
    fn found(&self, _: &[std::net::SocketAddr]) {}

    fn reached(&self, _socket: &Socket) {}
}

impl RawReply for Ear {
    fn leased(&self, _reused: bool) {}

    fn moved(&self) {}

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.room.is_none_or(|room| self.read.load(Ordering::Relaxed) < room) {
            return Poll::Ready(());
        }
        *self.waits.lock().unwrap() = Some(cx.waker().clone());
        Poll::Pending
    }

    fn data(&self, bytes: Bytes) {
        self.read.fetch_add(bytes.len(), Ordering::Relaxed);
        let _: Result<(), _> = self.tell.send(Heard::Data(bytes));
    }

    fn ended(&self) {
        let _: Result<(), _> = self.tell.send(Heard::Ended);
    }

    fn taken(&self, _bytes: u64, _news: bool) {}

    fn fail(&self, error: Error) {
        let _: Result<(), _> = self.tell.send(Heard::Fail(error));
    }

    fn closed(&self) {}

    fn released(&self) {}
}
