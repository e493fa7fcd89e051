//! From an origin to an open connection: name, TCP, TLS, and a proxy in between if there is one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::consult::Consult;
use super::dns::{Answer, Dns, literal};
use super::io::Io;
use super::progress::step;
pub use super::progress::{PhaseCell, Reached};
use super::proxy::{self, Route, Ways};
use super::tcp::{self, TcpOptions};
use super::tls::{self, Peer, Trust};
use super::unix;
use super::wire::Wire;
use crate::error::Error;
use crate::key::{Origin, Scheme};

/// What to dial.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where to.
    pub origin: Origin,
    /// The server name to ask for and to verify, where it is not the origin's host; an empty one: nobody is asked for, and the host
    /// is verified.
    pub server_name: Option<Arc<str>>,
    /// The protocols to offer by ALPN, the preferred first, in place of those of `trust`.
    pub alpn: Option<&'static [&'static [u8]]>,
    /// Whom to trust; `None` for a connection in clear.
    pub trust: Option<Arc<Trust>>,
    /// How to open the TCP connection.
    pub tcp: TcpOptions,
    /// The path of the Unix socket to open in its place.
    pub socket_path: Option<Arc<str>>,
    /// The proxy to go by.
    pub route: Option<Route>,
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
    /// The opening of the TCP connection, the race between addresses and all that a proxy takes included.
    pub connect: Duration,
    /// The TLS handshake; zero in clear.
    pub tls: Duration,
}

/// Dials `target`. There is no deadline inside; dropping the future stops it, whatever step it is in.
///
/// # Errors
/// Of phase `dns`, `connect`, `proxy` or `tls`, with the origin, and the proxy that was to be gone by, filled in.
pub async fn dial(
    target: &Target,
    network: &Network,
    phase: &PhaseCell,
    now: impl Fn() -> Instant + Send + Sync,
) -> Result<Dialled, Error> {
    attempt(target, network, phase, &now).await.map_err(|error| {
        error.with(|facts| {
            facts.origin = Some(target.origin.to_string());
            facts.proxy = target.route.as_ref().map(|route| route.via.proxy.to_string());
        })
    })
}

async fn attempt(
    target: &Target,
    network: &Network,
    phase: &PhaseCell,
    now: &(impl Fn() -> Instant + Send + Sync),
) -> Result<Dialled, Error> {
    let steps = Steps { target, network, phase, now, timings: Mutex::default() };
    let wire = match &target.route {
        Some(route) => steps.by_proxy(route).await?,
        None => steps.reach(&target.origin.host, target.origin.port).await?,
    };
    let mut timings = *steps.timings.lock();
    let Some(trust) = target.trust.as_ref().filter(|_| target.origin.scheme == Scheme::Https) else {
        return Ok(Dialled { io: Io::plain(wire), timings });
    };
    phase.enter(step::TLS);
    phase.reached(wire.socket());
    let began = now();
    let peer = peer(target);
    let mut io = tls::handshake(wire, trust, peer, target.alpn).await?;
    if let Some(user) = &target.user {
        tls::consult(&mut io, trust, &**user, peer.name).await?;
    }
    timings.tls = now().saturating_duration_since(began);
    Ok(Dialled { io, timings })
}

/// As in Node an empty name keeps the server from being asked for by one, and the host is verified.
fn peer(target: &Target) -> Peer<'_> {
    match target.server_name.as_deref() {
        Some("") => Peer { name: without_zone(&target.origin.host), is_asked_for: false },
        Some(name) => Peer::named(name),
        None => Peer::named(without_zone(&target.origin.host)),
    }
}

/// No certificate names a zone, which means something on this machine alone.
fn without_zone(host: &str) -> &str {
    host.split_once('%').map_or(host, |(address, _)| address)
}

/// The zone of an address, which the system counts, is told of as its user wrote it.
fn with_zone(error: Error, host: &str, port: u16) -> Error {
    if !host.contains('%') || error.facts().call.as_ref().is_none_or(|call| call.port.is_none()) {
        return error;
    }
    error.with(|facts| {
        let Some(call) = facts.call.as_mut() else { return };
        facts.message = format!("{} {} {host}:{port}", call.name, facts.kind.code()).into();
        call.address = Some(host.to_owned());
    })
}

/// The steps of one dialling, each of which adds to what it took.
struct Steps<'a, Now> {
    target: &'a Target,
    network: &'a Network,
    phase: &'a PhaseCell,
    now: &'a Now,
    timings: Mutex<Timings>,
}

impl<Now: Fn() -> Instant + Send + Sync> Steps<'_, Now> {
    /// By way of the proxy. All of it is the proxy's part, so that no failure of it passes for the origin's.
    async fn by_proxy(&self, route: &Route) -> Result<Wire, Error> {
        let began = (self.now)();
        self.phase.enter(step::PROXY);
        let wire = proxy::open(route, &self.target.origin, &Proxied { steps: self, route }).await;
        let mut timings = self.timings.lock();
        timings.connect = (self.now)().saturating_duration_since(began).saturating_sub(timings.dns);
        wire
    }

    /// A connection to a host, by the way that is asked for.
    async fn reach(&self, host: &Arc<str>, port: u16) -> Result<Wire, Error> {
        if let Some(path) = &self.target.socket_path {
            self.enter(step::CONNECT);
            let began = (self.now)();
            let wire = unix::open(path).await;
            self.timings.lock().connect += (self.now)().saturating_duration_since(began);
            return wire;
        }
        // Addresses at which nothing answered are forgotten; were they stale, the name is looked up once more before
        // the failure counts.
        loop {
            let Answer { addresses, stale } = self.look_up(host).await?;
            if self.target.route.is_none() && literal(host).is_none() {
                self.phase.found(&addresses);
            }
            self.enter(step::CONNECT);
            let began = (self.now)();
            let raced = tcp::race(&at_port(&addresses, port), &self.target.tcp).await;
            self.timings.lock().connect += (self.now)().saturating_duration_since(began);
            match raced {
                Ok(wire) => return Ok(wire),
                Err(error) => {
                    self.network.dns.forget(host);
                    if !stale {
                        return Err(with_zone(error, host, port));
                    }
                }
            }
        }
    }

    /// The addresses of a host, from its user if he looks names up.
    async fn look_up(&self, host: &Arc<str>) -> Result<Answer, Error> {
        self.enter(step::DNS);
        let began = (self.now)();
        let Target { user, tcp, .. } = self.target;
        // As in Node, which looks no address up.
        let asked = user.as_ref().filter(|_| literal(host).is_none());
        let answer = match asked.and_then(|user| user.look_up(host, tcp.family)) {
            Some(answer) => {
                answer.await.map(|addresses| Answer { addresses: addresses.into(), stale: false })
            }
            None => self.network.dns.look_up(host, tcp.family, self.network.keep_names, began).await,
        };
        self.timings.lock().dns += (self.now)().saturating_duration_since(began);
        answer
    }

    fn enter(&self, step: u8) {
        if self.target.route.is_none() {
            self.phase.enter(step);
        }
    }
}

struct Proxied<'a, Now> {
    steps: &'a Steps<'a, Now>,
    route: &'a Route,
}

impl<Now: Fn() -> Instant + Send + Sync> Ways for Proxied<'_, Now> {
    async fn reach(&self) -> Result<Wire, Error> {
        let proxy = &self.route.via.proxy;
        self.steps.reach(&proxy.host, proxy.port).await
    }

    async fn look_up(&self) -> Result<Vec<SocketAddr>, Error> {
        let origin = &self.steps.target.origin;
        Ok(at_port(&self.steps.look_up(&origin.host).await?.addresses, origin.port))
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
