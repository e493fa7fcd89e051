//! The server that misbehaves as it is told: by path, or by closing idle connections at random.

mod connection;
mod faults;
mod ledger;
mod mode;
mod script;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::census::Census;
use crate::certificate::{Identity, Kind};
use crate::control::{self, Controlled};
use crate::launch::Failure;
use crate::listen::{accept, bind, handshake};
use ledger::Ledger;
use mode::{Greetings, Switch};

pub use mode::{Ending, Mode};

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Fault {
    census: Arc<Census>,
    ledger: Ledger,
    mode: Switch,
    greetings: Greetings,
    counters: Counters,
}

/// What was read and answered, and how connections ended.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests_read: AtomicU64,
    requests_cut: AtomicU64,
    malformed: AtomicU64,
    replies_finished: AtomicU64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
    stalled: AtomicU64,
    stalls_ended: AtomicU64,
    idle_fins: AtomicU64,
    idle_resets: AtomicU64,
}

/// Opens every port; gives the line that says where they are.
pub async fn start(certificate: Kind, mode: Mode) -> Result<Value, Failure> {
    let identity = Identity::generate(certificate)?;
    let acceptor = TlsAcceptor::from(identity.config(&["http/1.1"])?);
    let fault = Arc::new(Fault {
        census: Arc::default(),
        ledger: Ledger::default(),
        mode: Switch::new(mode),
        greetings: Greetings::default(),
        counters: Counters::default(),
    });
    let (http, http_port) = bind().await?;
    let (https, https_port) = bind().await?;
    let (silent, silent_port) = bind().await?;
    let (control, control_port) = bind().await?;

    let shared = Arc::clone(&fault);
    drop(tokio::spawn(accept(http, move |stream| plain(Arc::clone(&shared), stream))));
    let shared = Arc::clone(&fault);
    drop(tokio::spawn(accept(https, move |stream| secure(Arc::clone(&shared), acceptor.clone(), stream))));
    let shared = Arc::clone(&fault);
    drop(tokio::spawn(accept(silent, move |stream| mute(Arc::clone(&shared), stream))));
    drop(tokio::spawn(control::serve(control, fault)));
    Ok(json!({
        "http": http_port, "https": https_port, "silent": silent_port, "control": control_port, "ca": identity.ca,
    }))
}

async fn plain(fault: Arc<Fault>, stream: TcpStream) {
    let guest = fault.census.welcome(false);
    connection::serve(&fault, guest, stream).await;
}

async fn secure(fault: Arc<Fault>, acceptor: TlsAcceptor, stream: TcpStream) {
    let guest = fault.census.welcome(true);
    if let Some(stream) = handshake(&acceptor, stream, &fault.census).await {
        connection::serve(&fault, guest, stream).await;
    }
}

/// Accepts, reads and never says a word: a TLS handshake here has no end.
async fn mute(fault: Arc<Fault>, stream: TcpStream) {
    let guest = fault.census.welcome(false);
    connection::stall(&fault, &mut crate::h1::Wire::new(stream)).await;
    drop(guest);
}

impl Controlled for Fault {
    fn control(&self, method: &str, path: &str, body: &[u8]) -> Option<Result<Value, String>> {
        Some(match (method, path) {
            ("GET", "/stats") => Ok(self.stats()),
            ("GET", "/log-summary") => Ok(self.ledger.summary()),
            ("POST", "/log") => self.ledger.look_up(body),
            ("POST", "/reset") => {
                self.census.reset();
                self.ledger.reset();
                self.counters.reset();
                control::done()
            }
            ("POST", "/mode") => self.mode.set(body),
            ("POST", "/greet") => self.greetings.set(body),
            ("POST", "/close-idle") => Ok(json!({ "closed": self.census.close_idle() })),
            _ => return None,
        })
    }
}

impl Fault {
    fn stats(&self) -> Value {
        let mut stats = self.census.snapshot();
        for (name, counter) in self.counters.named() {
            stats[name] = counter.load(Relaxed).into();
        }
        stats["cpuMicros"] = control::cpu_micros().into();
        stats
    }
}

impl Counters {
    fn named(&self) -> [(&'static str, &AtomicU64); 10] {
        [
            ("requestsRead", &self.requests_read),
            ("requestsCut", &self.requests_cut),
            ("malformed", &self.malformed),
            ("repliesFinished", &self.replies_finished),
            ("bytesRead", &self.bytes_read),
            ("bytesWritten", &self.bytes_written),
            ("stalled", &self.stalled),
            ("stallsEnded", &self.stalls_ended),
            ("idleFins", &self.idle_fins),
            ("idleResets", &self.idle_resets),
        ]
    }

    /// All but `stalled`, which tells how things stand now.
    fn reset(&self) {
        for (name, counter) in self.named() {
            if name != "stalled" {
                counter.store(0, Relaxed);
            }
        }
    }
}
