//! From an origin to an open connection: name, TCP, TLS.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use super::consult::Consult;
use super::dns::{Answer, Dns, literal};
use super::io::{Io, Wire};
use super::socket::Socket;
use super::tcp::{self, TcpOptions};
use super::tls::{self, Trust};
use super::unix;
use crate::error::{Error, Phase};
use crate::key::{Origin, Scheme};

/// What to dial.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where to.
    pub origin: Origin,
    /// The server name to ask for and to verify, where it is not the origin's host.
    pub server_name: Option<Arc<str>>,
    /// Whom to trust; `None` for a connection in clear.
    pub trust: Option<Arc<Trust>>,
    /// How to open the TCP connection.
    pub tcp: TcpOptions,
    /// The path of the Unix socket to open in its place.
    pub socket_path: Option<Arc<str>>,
    /// Who is asked along the way.
    pub user: Option<Arc<dyn Consult>>,
}

/// What all dialling shares.
#[derive(Clone, Debug)]
pub struct Network {
    /// The cache of names.
    pub dns: Dns,
    /// How long an address is kept: `dnsCacheMs`. Zero: not at all.
    pub keep_names: Duration,
}

/// An open connection and what it took.
#[derive(Debug)]
pub struct Dialled {
    /// The connection.
    pub io: Io,
    /// What it took.
    pub timings: Timings,
}

/// How long each step of dialling took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// The look-up of the name; next to nothing when it was known.
    pub dns: Duration,
    /// The opening of the TCP connection, the race between addresses included.
    pub connect: Duration,
    /// The TLS handshake; zero in clear.
    pub tls: Duration,
}

/// Who is told that TCP is through, before TLS begins.
pub trait Reached: Send + Sync + Debug {
    /// The connection is open, by this socket.
    fn reached(&self, socket: &Socket);
}

/// The step that a dialling is in, for whoever runs out of patience with it.
#[derive(Debug, Default)]
pub struct PhaseCell {
    step: AtomicU8,
    ear: Option<Arc<dyn Reached>>,
}

impl PhaseCell {
    /// At [`Phase::Dns`], where dialling begins.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, which tells of its steps.
    pub fn telling(ear: Option<Arc<dyn Reached>>) -> Self {
        Self { step: AtomicU8::default(), ear }
    }

    /// The step that is under way.
    pub fn phase(&self) -> Phase {
        match self.step.load(Ordering::Relaxed) {
            0 => Phase::Dns,
            1 => Phase::Connect,
            _ => Phase::Tls,
        }
    }

    fn enter(&self, step: u8) {
        self.step.store(step, Ordering::Relaxed);
    }

    fn reached(&self, socket: &Socket) {
        if let Some(ear) = &self.ear {
            ear.reached(socket);
        }
    }
}

/// Dials `target`. There is no deadline inside; dropping the future stops it, whatever step it is in.
///
/// # Errors
/// Of phase `dns`, `connect` or `tls`, with the origin filled in.
pub async fn dial(
    target: &Target,
    network: &Network,
    phase: &PhaseCell,
    now: impl Fn() -> Instant + Send + Sync,
) -> Result<Dialled, Error> {
    attempt(target, network, phase, &now)
        .await
        .map_err(|error| error.with(|facts| facts.origin = Some(target.origin.to_string())))
}

async fn attempt(
    target: &Target,
    network: &Network,
    phase: &PhaseCell,
    now: &(impl Fn() -> Instant + Send + Sync),
) -> Result<Dialled, Error> {
    let mut timings = Timings::default();
    let wire = reach(target, network, phase, now, &mut timings).await?;
    let Some(trust) = target.trust.as_ref().filter(|_| target.origin.scheme == Scheme::Https) else {
        return Ok(Dialled { io: Io::plain(wire), timings });
    };
    phase.enter(2);
    phase.reached(wire.socket());
    let began = now();
    let name = target.server_name.as_deref().unwrap_or_else(|| without_zone(&target.origin.host));
    let mut io = tls::handshake(wire, trust, name).await?;
    if let Some(user) = &target.user {
        tls::consult(&mut io, trust, &**user, name).await?;
    }
    timings.tls = now().saturating_duration_since(began);
    Ok(Dialled { io, timings })
}

/// No certificate names a zone, which means something on this machine alone.
fn without_zone(host: &str) -> &str {
    host.split_once('%').map_or(host, |(address, _)| address)
}

/// A connection to the origin, by the way that is asked for.
async fn reach(
    target: &Target,
    network: &Network,
    phase: &PhaseCell,
    now: &(impl Fn() -> Instant + Send + Sync),
    timings: &mut Timings,
) -> Result<Wire, Error> {
    let began = now();
    if let Some(path) = &target.socket_path {
        phase.enter(1);
        let wire = unix::open(path).await;
        timings.connect = now().saturating_duration_since(began);
        return wire;
    }
    let host = &target.origin.host;
    // As in Node, which looks no address up.
    let asked = target.user.as_ref().filter(|_| literal(host).is_none());
    let Some(answer) = asked.and_then(|user| user.look_up(host, target.tcp.family)) else {
        return by_name(target, network, phase, now, timings).await;
    };
    let addresses = answer.await?;
    let found = now();
    timings.dns = found.saturating_duration_since(began);
    phase.enter(1);
    let wire = tcp::race(&at_port(&addresses, target.origin.port), &target.tcp).await;
    timings.connect = now().saturating_duration_since(found);
    wire
}

/// A TCP connection by the system's look-up. Addresses at which nothing answered are forgotten; were they stale, the
/// name is looked up once more before the failure counts.
async fn by_name(
    target: &Target,
    network: &Network,
    phase: &PhaseCell,
    now: &(impl Fn() -> Instant + Send + Sync),
    timings: &mut Timings,
) -> Result<Wire, Error> {
    let host = &target.origin.host;
    loop {
        phase.enter(0);
        let began = now();
        let Answer { addresses, stale } =
            network.dns.look_up(host, target.tcp.family, network.keep_names, began).await?;
        let found = now();
        timings.dns += found.saturating_duration_since(began);
        phase.enter(1);
        let raced = tcp::race(&at_port(&addresses, target.origin.port), &target.tcp).await;
        timings.connect += now().saturating_duration_since(found);
        match raced {
            Ok(wire) => return Ok(wire),
            Err(error) => {
                network.dns.forget(host);
                if !stale {
                    return Err(error);
                }
            }
        }
    }
}

fn at_port(addresses: &[SocketAddr], port: u16) -> Vec<SocketAddr> {
    addresses
        .iter()
        .map(|address| {
            let mut address = *address;
            address.set_port(port);
            address
        })
        .collect()
}
