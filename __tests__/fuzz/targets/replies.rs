//! Whatever a server sends for a reply, the next request gets its own.
//!
//! The whole engine runs: pool, hyper, relay and decompression, over a Unix socket. The first connection of an input says
//! what the fuzzer wants; every later one, and the first if it is used again, answers `299` and `second`.
#![no_main]

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use libfuzzer_sys::fuzz_target;
use rag_connection_pool::config::{Value, resolve};
use rag_connection_pool::dispatch::{Destination, Engine, Head, Pool, Reply, Request, Settled, exchange};
use rag_connection_pool::error::Error;
use rag_connection_pool::key::{Origin, PoolKey, Scheme};

/// What the first connection says.
#[derive(Debug, Default)]
struct Script {
    /// A new input has a new number, by which a connection of an earlier one is told.
    said: Vec<u8>,
    pieces: usize,
    closes: bool,
}

struct Stage {
    engine: Arc<Engine>,
    pool: Arc<Pool>,
    path: String,
    script: Arc<Mutex<Option<Script>>>,
    written: mpsc::Receiver<()>,
}

static ANSWERED: AtomicUsize = AtomicUsize::new(0);
const SECOND: &[u8] = b"HTTP/1.1 299 Second\r\nContent-Length: 6\r\n\r\nsecond";
/// After so long without another request a script that leaves its connection open closes it.
const PATIENCE: Duration = Duration::from_millis(3);

fuzz_target!(|bytes: &[u8]| {
    static STAGE: OnceLock<Mutex<Stage>> = OnceLock::new();
    let [choice, said @ ..] = bytes else { return };
    let stage = STAGE.get_or_init(|| Mutex::new(Stage::new())).lock().unwrap();
    while stage.written.try_recv().is_ok() {}
    let pieces = 1 + usize::from(choice >> 1 & 3);
    *stage.script.lock().unwrap() = Some(Script { said: said.to_vec(), pieces, closes: choice & 1 == 1 });
    let method = [Method::GET, Method::HEAD, Method::POST, Method::GET][usize::from(choice >> 3 & 3)].clone();
    // An origin of its own for each input: none finds a connection of the last.
    let number = ANSWERED.fetch_add(1, Ordering::Relaxed);
    let destination = stage.destination(number);
    let _first = stage.ask(&destination, method);
    drop(stage.written.recv_timeout(Duration::from_secs(5)));
    let second = stage.ask(&destination, Method::GET).expect("a second request failed");
    assert_eq!(second, (StatusCode::from_u16(299).unwrap(), b"second".to_vec()));
    stage.pool.close_idle();
});

impl Stage {
    fn new() -> Self {
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
        Self { engine, pool, path: path.to_str().unwrap().to_owned(), script, written }
    }

    fn destination(&self, number: usize) -> Arc<Destination> {
        let origin =
            Origin { scheme: Scheme::Http, host: format!("input-{number}.invalid").into(), port: 80 };
        let mut key = PoolKey::plain(origin);
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

/// Reads a head, says what is to be said, and answers what comes after it.
fn serve(mut stream: UnixStream, script: Option<Script>, written: &mpsc::Sender<()>) {
    if let Some(script) = script {
        if !read_head(&mut stream) {
            drop(written.send(()));
            return;
        }
        let size = script.said.len().div_ceil(script.pieces).max(1);
        for piece in script.said.chunks(size) {
            if stream.write_all(piece).is_err() {
                break;
            }
        }
        if script.closes {
            drop(stream.shutdown(std::net::Shutdown::Write));
        }
        drop(written.send(()));
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    while read_head(&mut stream) {
        if stream.write_all(SECOND).is_err() {
            return;
        }
    }
}

fn read_head(stream: &mut UnixStream) -> bool {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    true
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

    fn fail(&mut self, _error: Error) {
        self.tell(false);
    }
}
