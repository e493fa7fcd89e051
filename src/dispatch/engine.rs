//! The I/O thread: one a process, under every pool and every JavaScript thread.

use std::future::{Future, pending};
use std::io;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::CertificateDer;
use tokio::runtime::{Builder, Handle};
use tokio::task::AbortHandle;

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
        }))
    }

    /// Runs a future on the I/O thread. A panic in it ends it alone.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.handle.spawn(future).abort_handle()
    }

    /// The certificates that Node trusts, for configurations made from now on.
    pub fn trust_roots(&self, roots: Vec<CertificateDer<'static>>) {
        *self.roots.write() = roots.into();
    }

    /// What [`Engine::trust_roots`] was last told.
    pub fn roots(&self) -> Arc<[CertificateDer<'static>]> {
        Arc::clone(&self.roots.read())
    }
}
