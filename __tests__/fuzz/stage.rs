//! The whole engine before a server that says what the fuzzer wants, over a Unix socket.

use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use rag_connection_pool::config::{Value, resolve};
use rag_connection_pool::dispatch::{Destination, Engine, Head, Pool, Reply, Request, Settled, exchange};
use rag_connection_pool::error::Error;
use rag_connection_pool::key::{Origin, PoolKey, Scheme, Speaks};

/// What the first connection of an input says; every later one answers [`STATUS`] and [`BODY`].
#[derive(Debug, Default)]
pub struct Script {
    /// Before it has been asked for anything.
    pub greeting: Vec<u8>,
    pub said: Vec<u8>,
    pub pieces: usize,
    pub closes: bool,
}

impl Script {
    /// Says it; false: the client has gone.
    pub fn say(&self, stream: &mut UnixStream) -> bool {
        let size = self.said.len().div_ceil(self.pieces).max(1);
        let is_said = self.said.chunks(size).all(|piece| std::io::Write::write_all(stream, piece).is_ok());
        if self.closes {
            drop(stream.shutdown(std::net::Shutdown::Write));
        }
        is_said
    }
}

/// Serves a connection; tells once it has said its script, if it has one.
pub type Serve = fn(UnixStream, Option<Script>, &mpsc::Sender<()>);

pub struct Stage {
    engine: Arc<Engine>,
    pool: Arc<Pool>,
    speaks: Speaks,
    path: String,
    script: Arc<Mutex<Option<Script>>>,
    written: mpsc::Receiver<()>,
}

static ANSWERED: AtomicUsize = AtomicUsize::new(0);
pub const STATUS: u16 = 299;
pub const BODY: &[u8] = b"second";
/// After so long without another request a script that leaves its connection open closes it.
pub const PATIENCE: Duration = Duration::from_millis(3);

impl Stage {
    pub fn new(speaks: Speaks, serve: Serve) -> Self {
        // As Node does: a peer that is gone is an error of the write.
        // SAFETY: the disposition of a signal, which no other code of this program sets.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        let path = std::env::temp_dir().join(format!("pool-fuzz-{}.sock", std::process::id()));
        drop(std::fs::remove_file(&path));
        let listener = UnixListener::bind(&path).unwrap();
        let script = Arc::new(Mutex::new(None));
        let (tell, written) = mpsc::channel();
        let given = Arc::clone(&script);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, tell) = (given.lock().unwrap().take(), tell.clone());
                std::thread::spawn(move || serve(stream.unwrap(), script, &tell));
            }
        });
        let engine = Engine::start(|| ()).unwrap();
        let config = resolve(&[("bodyTimeout", Value::Number(2_000.0))]).unwrap();
        let pool = Pool::open(&engine, config, 7);
        Self { engine, pool, speaks, path: path.to_str().unwrap().to_owned(), script, written }
    }

    /// Plays a script to a request, and holds that the next request gets its own reply.
    pub fn play(&self, script: Script, method: Method) {
        while self.written.try_recv().is_ok() {}
        *self.script.lock().unwrap() = Some(script);
        // An origin of its own for each input: none finds a connection of the last.
        let destination = self.destination(ANSWERED.fetch_add(1, Ordering::Relaxed));
        let _first = self.ask(&destination, method);
        drop(self.written.recv_timeout(Duration::from_secs(5)));
        let second = self.ask(&destination, Method::GET).expect("a second request failed");
        assert_eq!(second, (StatusCode::from_u16(STATUS).unwrap(), BODY.to_vec()));
        self.pool.close_idle();
    }

    fn destination(&self, number: usize) -> Arc<Destination> {
        let origin =
            Origin { scheme: Scheme::Http, host: format!("input-{number}.invalid").into(), port: 80 };
        let mut key = PoolKey::plain(origin);
        key.speaks = self.speaks;
        key.socket_path = Some(self.path.as_str().into());
        Destination::new(key).unwrap()
    }

    fn ask(&self, destination: &Arc<Destination>, method: Method) -> Option<(StatusCode, Vec<u8>)> {
        let timeouts = self.pool.config.timeouts;
        #[expect(clippy::disallowed_methods, reason = "the fuzzer's time is the real one")]
        let now = Instant::now();
        let mut request = Request::new(Arc::clone(destination), method, "/".parse().unwrap(), timeouts, now);
        request.decode = true;
        let (tell, told) = mpsc::channel();
        let mut consumer = Consumer { status: StatusCode::OK, body: Vec::new(), tell };
        let pool = Arc::clone(&self.pool);
        self.engine.spawn(async move { exchange(&pool, &mut request, &mut consumer).await });
        told.recv_timeout(Duration::from_secs(10)).expect("a request is never answered")
    }
}

struct Consumer {
    status: StatusCode,
    body: Vec<u8>,
    tell: mpsc::Sender<Option<(StatusCode, Vec<u8>)>>,
}

impl Consumer {
    fn tell(&mut self, whole: bool) {
        let reply = (self.status, std::mem::take(&mut self.body));
        drop(self.tell.send(whole.then_some(reply)));
    }
}

impl Reply for Consumer {
    fn whole(&mut self, head: Head, body: Bytes, _settled: Settled) {
        self.head(head);
        self.data(body);
        self.tell(true);
    }

    fn head(&mut self, head: Head) {
        self.status = head.status;
    }

    fn poll_room(&mut self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn poll_dumped(&mut self, _cx: &mut Context<'_>) -> Poll<bool> {
        Poll::Pending
    }

    fn data(&mut self, bytes: Bytes) {
        // What matters of a bomb is that it ends.
        if self.body.len() < 1 << 20 {
            self.body.extend_from_slice(&bytes);
        }
    }

    fn end(&mut self, _trailers: Option<HeaderMap>, _settled: Settled) {
        self.tell(true);
    }

    fn fail(&mut self, error: Error) {
        if std::env::var_os("FUZZ_TELL").is_some() {
            eprintln!("failed: {error:?}");
        }
        self.tell(false);
    }
}
