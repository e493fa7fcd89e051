//! Where raw leases go, and what is known of their connections. They are asked for and given back by `raw_calls`.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use napi_derive::napi;
use serde_json::{Value, json};

use crate::dispatch::{Destination, Engine, Pool, RawLease};
use crate::key::{PoolKey, Scheme};
use crate::transport::raw::Face;

use super::attach::{engine, ring};
use super::consult::RingUser;
use super::numbers::hex;
use super::pools::open_pool_of;
use super::ring::Ring;
use super::stream::Stream;
use super::tls::{TlsInput, trusted};
use super::way::key;

/// How a request wants its connection made, where it is not as the pool makes them.
#[napi(object)]
pub struct WayInput {
    /// Without TLS, though the scheme has it: its user speaks that himself.
    pub bare: bool,
    /// In place of all that the pool has of TLS.
    pub tls: Option<TlsInput>,
    /// The address to dial from.
    pub local_address: Option<String>,
    /// Dial only addresses of this family: 4, 6, or 0 for either.
    pub family: Option<u32>,
    /// The Unix socket to dial in place of the host.
    pub socket_path: Option<String>,
    /// The number of a user who is asked along the way.
    pub user: Option<u32>,
    /// Whether he looks names up.
    pub looks_up: bool,
    /// Whether he judges servers.
    pub checks: bool,
}

/// Names an origin for raw leases: `scheme\nhost\nport` of a pool, with `\nproxy` behind it if it goes by one, under one of its sections, by a way of its own if one
/// is given. False: it cannot be had.
#[napi]
pub fn name_raw(id: u32, number: u32, pool: u32, section: u32, text: String, way: Option<WayInput>) -> bool {
    let (Some(ring), Some(engine), Some(open)) = (ring(id), engine(), open_pool_of(pool)) else {
        return false;
    };
    let Some(mut key) = key(&engine, &open, section, &text.into_bytes()) else { return false };
    if let Some(via) = key.via.as_mut() {
        // Its user writes the requests. A tunnel takes his bytes to the origin as they are: nothing of them is rewritten,
        // what a proxy does not forward (an upgrade, a CONNECT of his own) works, and the origin answers him itself.
        via.forwards = false;
    }
    let shared = key.consulted;
    let changed = way.map_or(Some(()), |way| change(&engine, &ring, &mut key, way));
    if changed.is_none() {
        return false;
    }
    let appointed = if key.consulted == shared { 0 } else { key.consulted };
    let Some(destination) = Destination::held(key, open.hold.clone()) else { return false };
    let origin = RawOrigin { number: pool, pool: open.pool, destination, appointed };
    ring.home.lock().raw_origins.insert(number, origin);
    true
}

/// None: it cannot be had.
fn change(engine: &Engine, ring: &Arc<Ring>, key: &mut PoolKey, way: WayInput) -> Option<()> {
    let WayInput { bare, tls, local_address, family, socket_path, user, looks_up, checks } = way;
    if let Some(tls) = tls.filter(|_| key.origin.scheme == Scheme::Https) {
        let trust = trusted(engine, tls).ok()?;
        (key.trust, key.server_name) = (trust.id, trust.server_name);
    }
    if bare {
        (key.trust, key.server_name) = (None, None);
    }
    if let Some(address) = local_address {
        key.local_address = Some(address.parse().ok()?);
    }
    if let Some(family) = family {
        key.family = u8::try_from(family).ok()?;
    }
    if let Some(path) = socket_path {
        key.socket_path = Some(path.into());
        key.via = None;
    }
    if let Some(number) = user {
        key.consulted =
            engine.appoint(Arc::new(RingUser { ring: Arc::downgrade(ring), number, looks_up, checks }));
    }
    Some(())
}

/// The origin's number may be named anew.
#[napi]
pub fn forget_raw(id: u32, number: u32) {
    let forgotten = ring(id).and_then(|ring| ring.home.lock().raw_origins.remove(&number));
    if let (Some(engine), Some(origin)) = (engine(), forgotten) {
        engine.dismiss(origin.appointed);
    }
}

/// Closes an idle connection of an origin, if there is one; or all of them.
#[napi]
pub fn close_raw(id: u32, number: u32, all: bool) {
    let Some(ring) = ring(id) else { return };
    let known = ring.home.lock().raw_origins.get(&number).cloned();
    if let Some(RawOrigin { pool, destination, .. }) = known {
        pool.close_of(&destination, all);
    }
}

/// The number of the connection under a raw lease; 0 while there is none.
#[napi]
pub fn raw_connection(id: u32, number: u32) -> u32 {
    let Some(ring) = ring(id) else { return 0 };
    let raws = ring.raws.lock();
    raws.get(&number).and_then(|side| side.lease.connection()).unwrap_or(0)
}

/// What is known of the connection under a raw lease, as JSON; null while there is none.
#[napi]
pub fn raw_face(id: u32, number: u32) -> Option<String> {
    let (socket, face) = lease(&*ring(id)?, number)?.face()?;
    let Face { number, alpn, version, cipher, resumed, authorization_error, certificates } = &*face;
    let certificates: Vec<_> = certificates.iter().map(|der| hex(der)).collect();
    let described = json!({
        "number": number,
        "local": socket.local_addr().map(address),
        "remote": socket.peer_addr().map(address),
        "alpn": alpn,
        "version": version,
        "cipher": cipher,
        "resumed": resumed,
        "authorizationError": authorization_error,
        "certificates": certificates,
    });
    Some(described.to_string())
}

pub(super) fn address(address: SocketAddr) -> Value {
    let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
    json!({ "address": address.ip().to_string(), "port": address.port(), "family": family })
}

/// Where raw leases go, of which pool by the number of its holder.
#[derive(Clone, Debug)]
pub(super) struct RawOrigin {
    /// Of the pool.
    pub(super) number: u32,
    pub(super) pool: Arc<Pool>,
    pub(super) destination: Arc<Destination>,
    /// Who is asked for this origin alone, and no more once it is forgotten; 0: nobody, or who is asked for the whole pool.
    pub(super) appointed: u32,
}

/// Both sides of a raw lease, by its number.
#[derive(Clone, Debug)]
pub(super) struct RawSide {
    /// The number by which its ring holds the pool.
    pub(super) pool: u32,
    pub(super) lease: Arc<RawLease>,
    pub(super) stream: Arc<Stream>,
}

impl RawSide {
    /// Sends bytes to the peer; what comes of it from here on may be its answer to them.
    pub(super) fn write(&self, bytes: Bytes) {
        self.stream.spoken();
        self.lease.write(bytes);
    }
}

fn lease(ring: &Ring, number: u32) -> Option<Arc<RawLease>> {
    ring.raws.lock().get(&number).map(|side| Arc::clone(&side.lease))
}
