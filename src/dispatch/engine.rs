//! The I/O thread: one a process, under every pool and every JavaScript thread.

use std::collections::HashMap;
use std::future::{Future, pending};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rustls::pki_types::CertificateDer;
use tokio::runtime::{Builder, Handle};
use tokio::task::AbortHandle;

use crate::transport::consult::Consult;
use crate::transport::dns::Dns;
use crate::transport::tls::Trusts;

/// Threads that block in getaddrinfo at the same time.
const RESOLVER_THREADS: usize = 4;

/// A running engine. It is never stopped: an idle one costs a sleeping thread, and ending it under the feet
/// of another JavaScript thread would cost a lock on every call.
#[derive(Debug)]
pub struct Engine {
    handle: Handle,
    pub(super) names: Dns,
    /// TLS configurations, equal ones once.
    pub trusts: Trusts,
    roots: parking_lot::RwLock<Arc<[CertificateDer<'static>]>>,
    users: Users,
}

/// Those who are asked while a connection is made, by the numbers that stand for them in pool keys.
#[derive(Debug, Default)]
struct Users {
    last: AtomicU32,
    all: parking_lot::RwLock<HashMap<u32, Arc<dyn Consult>>>,
}

impl Engine {
    /// Starts the thread. `on_idle` runs on it each time it has nothing left to do before it sleeps.
    ///
    /// # Errors
    /// Those of making a thread or the system's event queue.
    pub fn start(on_idle: impl Fn() + Send + Sync + 'static) -> io::Result<Arc<Self>> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(RESOLVER_THREADS)
            .on_thread_park(on_idle)
            .thread_name("rag-pool-dns")
            .build()?;
        let handle = runtime.handle().clone();
        thread::Builder::new().name("rag-pool-io".into()).spawn(move || runtime.block_on(pending::<()>()))?;
        Ok(Arc::new(Self {
            handle,
            names: Dns::system(),
            trusts: Trusts::new(),
            roots: parking_lot::RwLock::new(Arc::new([])),
            users: Users::default(),
        }))
    }

    /// Runs a future on the I/O thread. A panic in it ends it alone.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.handle.spawn(future).abort_handle()
    }

    /// Tasks that have not ended.
    pub fn tasks(&self) -> usize {
        self.handle.metrics().num_alive_tasks()
    }

    /// Users who may be asked.
    pub fn users(&self) -> usize {
        self.users.all.read().len()
    }

    /// The certificates that Node trusts, for configurations made from now on.
    pub fn trust_roots(&self, roots: Vec<CertificateDer<'static>>) {
        *self.roots.write() = roots.into();
    }

    /// Has a user asked while connections of the keys are made that bear the number which this gives.
    pub fn appoint(&self, user: Arc<dyn Consult>) -> u32 {
        let number = self.users.last.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        self.users.all.write().insert(number, user);
        number
    }

    /// Nobody is asked any more under that number, and nothing is dialled.
    pub fn dismiss(&self, number: u32) {
        self.users.all.write().remove(&number);
    }

    /// Who is asked under a number.
    pub(super) fn user(&self, number: u32) -> Option<Arc<dyn Consult>> {
        self.users.all.read().get(&number).cloned()
    }

    /// What [`Engine::trust_roots`] was last told.
    pub fn roots(&self) -> Arc<[CertificateDer<'static>]> {
        Arc::clone(&self.roots.read())
    }
}
