//! A pool on the process's engine, and ways to hold that engine still.

use std::future::{Future, pending};
use std::sync::mpsc as blocking;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Method;
use rag_connection_pool::config::{Value, resolve, resolve_host};
use rag_connection_pool::dispatch::{Destination, Engine, Pool, Request, exchange};
use rag_connection_pool::key::{Origin, PoolKey, Scheme};
use rag_connection_pool::policy::Policies;
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

    /// A request without a key that may be sent again.
    pub(crate) fn posting(&self, destination: &Arc<Destination>, body: &'static str) -> Request {
        let mut request = self.request(Method::POST, destination, "/post");
        request.body = ReqBody::Full(Bytes::from_static(body.as_bytes()));
        request
    }

    /// How many requests were sent a second time.
    pub(crate) fn resent(&self) -> u64 {
        self.pool.observe().measured.counters.resent
    }

    /// On an engine that no other test uses, so that it can be held.
    pub(crate) fn alone(options: &[(&str, f64)]) -> Self {
        Self::on(&Engine::start(|| ()).unwrap(), options)
    }

    fn on(engine: &Arc<Engine>, options: &[(&str, f64)]) -> Self {
        Self { pool: Pool::open(engine, resolve(&numbers(options)).unwrap(), 7), engine: Arc::clone(engine) }
    }

    /// On a pool under policies of the test's own, and an I/O thread of its own.
    pub(crate) fn under(policies: Policies) -> Self {
        let (config, engine) = (resolve(&numbers(&[])).unwrap(), Engine::start(|| ()).unwrap());
        Self { pool: Pool::open_under(&engine, config, &[], policies, 7), engine }
    }

    /// On a pool that has other options for the origins of one section.
    pub(crate) fn with_section(options: &[(&str, f64)], section: &[(&str, f64)]) -> Self {
        let pool = resolve(&numbers(options)).unwrap();
        let own = resolve_host(&pool, &numbers(section)).unwrap();
        Self { pool: Pool::open_with(engine(), pool, &[own], 7), engine: Arc::clone(engine()) }
    }

    pub(crate) fn request(&self, method: Method, destination: &Arc<Destination>, target: &str) -> Request {
        let target = target.parse().unwrap();
        Request::new(Arc::clone(destination), method, target, self.pool.config.timeouts, now())
    }

    /// `GET target`.
    pub(crate) fn get(&self, destination: &Arc<Destination>, target: &str) -> Asked {
        self.send(self.request(Method::GET, destination, target))
    }

    pub(crate) fn send(&self, request: Request) -> Asked {
        let (listener, asked) = consumer();
        self.send_for(request, listener, asked)
    }

    pub(crate) fn send_for(&self, mut request: Request, mut listener: Listener, mut asked: Asked) -> Asked {
        let pool = Arc::clone(&self.pool);
        let carried = async move { exchange(&pool, &mut request, &mut listener).await };
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

fn numbers<'a>(options: &[(&'a str, f64)]) -> Vec<(&'a str, Value)> {
    options.iter().map(|(name, value)| (*name, Value::Number(*value))).collect()
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
    /// Lets the thread go on.
    pub(crate) fn release(self) {
        self.release.send(()).unwrap();
    }
}

impl Stage {
    /// Holds the I/O thread before it does anything else.
    pub(crate) async fn hold(&self) -> Held {
        self.hold_after(|| (), 0).await
    }

    /// Waits until the I/O thread has gone round a few times, and so has heard of what had happened to its sockets.
    pub(crate) async fn turns(&self) {
        for _ in 0..4 {
            self.hold_after(|| (), 200).await.release();
        }
    }

    /// Sends a request and holds the I/O thread when it has found its connection, or a place in the queue, and
    /// nobody else has had a turn.
    pub(crate) async fn send_and_hold(&self, request: Request) -> (Asked, Held) {
        self.send_and_hold_before(request, 0).await
    }

    /// As `send_and_hold`; and once released, the thread hears of what happened to its sockets before anyone else
    /// has a turn.
    pub(crate) async fn send_and_hold_deaf(&self, request: Request) -> (Asked, Held) {
        // More than the tasks that tokio runs between two looks at its sockets.
        self.send_and_hold_before(request, 200).await
    }

    async fn send_and_hold_before(&self, mut request: Request, idle_tasks: usize) -> (Asked, Held) {
        let (mut listener, mut asked) = consumer();
        let pool = Arc::clone(&self.pool);
        let (tell, task) = blocking::channel();
        // Tasks that the thread spawns itself have their turns in this order.
        let held = self
            .hold_after(
                move || {
                    let task =
                        tokio::spawn(async move { exchange(&pool, &mut request, &mut listener).await });
                    tell.send(task.abort_handle()).unwrap();
                },
                idle_tasks,
            )
            .await;
        asked.task = Some(task.recv().unwrap());
        (asked, held)
    }

    async fn hold_after(&self, first: impl FnOnce() + Send + 'static, idle_tasks: usize) -> Held {
        let (release, released) = blocking::channel::<()>();
        let (reached, is_reached) = oneshot::channel();
        self.engine.spawn(async move {
            first();
            tokio::spawn(async move {
                reached.send(()).unwrap();
                released.recv().unwrap_or(());
            });
            for _ in 0..idle_tasks {
                tokio::spawn(async {});
            }
        });
        is_reached.await.unwrap();
        Held { release }
    }
}

/// Tests own a clock.
#[expect(clippy::disallowed_methods, reason = "the top of the stack reads the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

const PATIENCE: Duration = Duration::from_secs(20);
