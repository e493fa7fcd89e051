//! A pool on the process's engine, and ways to hold that engine still.

use std::future::{Future, pending};
use std::sync::mpsc as blocking;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Method;
use rag_connection_pool::config::{Value, resolve};
use rag_connection_pool::dispatch::{Destination, Engine, Pool, Request, exchange};
use rag_connection_pool::key::{Origin, PoolKey, Scheme};
use rag_connection_pool::pool::Stats;
use rag_connection_pool::transport::body::ReqBody;
use tokio::sync::oneshot;

use crate::consumer::{Asked, Listener, consumer};
use crate::server::Server;

/// A pool with the given options.
pub(crate) struct Stage {
    pub(crate) pool: Arc<Pool>,
    pub(crate) engine: Arc<Engine>,
}

/// Runs a test to its end; one that hangs fails.
pub(crate) fn run<F: Future>(test: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await.expect("the test hangs") })
}

fn engine() -> &'static Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::start(|| ()).unwrap())
}

impl Stage {
    pub(crate) fn new(options: &[(&str, f64)]) -> Self {
        Self::on(engine(), options)
    }

    /// On an engine that no other test uses, so that it can be held.
    pub(crate) fn alone(options: &[(&str, f64)]) -> Self {
        Self::on(&Engine::start(|| ()).unwrap(), options)
    }

    fn on(engine: &Arc<Engine>, options: &[(&str, f64)]) -> Self {
        let options: Vec<_> = options.iter().map(|(name, value)| (*name, Value::Number(*value))).collect();
        Self { pool: Pool::open(engine, resolve(&options).unwrap(), 7), engine: Arc::clone(engine) }
    }

    pub(crate) fn request(&self, method: Method, destination: &Arc<Destination>, target: &str) -> Request {
        let target = target.parse().unwrap();
        Request::new(Arc::clone(destination), method, target, self.pool.config.timeouts, now())
    }

    /// `GET target`.
    pub(crate) fn get(&self, destination: &Arc<Destination>, target: &str) -> Asked {
        self.send(self.request(Method::GET, destination, target))
    }

    pub(crate) fn post(&self, destination: &Arc<Destination>, body: impl Into<Bytes>) -> Asked {
        let mut request = self.request(Method::POST, destination, "/post");
        request.body = ReqBody::Full(body.into());
        self.send(request)
    }

    pub(crate) fn send(&self, request: Request) -> Asked {
        let (listener, asked) = consumer();
        self.send_for(request, listener, asked)
    }

    pub(crate) fn send_for(&self, request: Request, mut listener: Listener, mut asked: Asked) -> Asked {
        let pool = Arc::clone(&self.pool);
        let carried = async move { exchange(pool, request, &mut listener).await };
        asked.task = Some(self.engine.spawn(carried));
        asked
    }

    pub(crate) fn stats(&self) -> Stats {
        self.pool.observe().stats
    }

    /// Waits until the pool is as described.
    pub(crate) async fn until(&self, is_so: impl Fn(&Stats) -> bool) {
        until(|| is_so(&self.stats())).await;
    }

    /// Waits until nothing is under way, and checks that every connection is accounted for.
    pub(crate) async fn quiet(&self) {
        self.until(|now| now.active == 0 && now.connecting == 0 && now.waiting == 0).await;
        let now = self.stats();
        assert_eq!(now.created - now.destroyed - now.detached, u64::from(now.open), "{now:?}");
        assert_eq!(now.open, now.idle, "{now:?}");
    }
}

pub(crate) fn plain(server: &Server) -> Arc<Destination> {
    to("127.0.0.1", server.port())
}

pub(crate) fn to(host: &str, port: u16) -> Arc<Destination> {
    Destination::new(PoolKey::plain(Origin { scheme: Scheme::Http, host: host.into(), port })).unwrap()
}

/// Waits until something is so that nobody announces.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        drop(tokio::time::timeout(Duration::from_millis(1), pending::<()>()).await);
    }
}

/// The I/O thread, held still.
pub(crate) struct Held {
    release: blocking::Sender<()>,
}

impl Held {
    /// Holds the thread before it does anything else.
    pub(crate) async fn now(engine: &Engine) -> Self {
        let (held, block) = hold();
        let (reached, is_reached) = oneshot::channel();
        engine.spawn(async move {
            drop(reached.send(()));
            block();
        });
        is_reached.await.unwrap();
        held
    }

    pub(crate) fn release(self) {
        self.release.send(()).unwrap();
    }
}

/// Something to run on a thread that is to stand still, and what lets it go on.
pub(crate) fn hold() -> (Held, impl FnOnce() + Send + 'static) {
    let (release, released) = blocking::channel();
    (Held { release }, move || drop(released.recv()))
}

/// Tests own a clock.
#[expect(clippy::disallowed_methods, reason = "the top of the stack reads the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

const PATIENCE: Duration = Duration::from_secs(20);
