//! Opening and destroying pools.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use napi::bindgen_prelude::{Either, Object};
use napi_derive::napi;
use parking_lot::Mutex;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::config::Config;
use crate::dispatch::{Engine, Hold, Pool};
use crate::key::proxy::{Credentials, Proxy, ProxyKind};

use super::attach::{engine, ring};
use super::consult::{Appointed, UserInput};
use super::options::{Refusal, resolve, resolve_host, text_of};
use super::ring::{Command, Ring};
use super::shared;
use super::tls::{TlsInput, trusted};
use super::way::Way;

static POOLS: Mutex<Option<HashMap<u32, OpenPool>>> = Mutex::new(None);
/// Those destroyed last, whose figures may still be asked for.
static PAST: Mutex<VecDeque<(u32, Arc<Pool>)>> = Mutex::new(VecDeque::new());
const MOST_PAST: usize = 64;
static NEXT_POOL: AtomicU32 = AtomicU32::new(1);

/// A pool, and how the connections of its sections are made; its own way first.
#[derive(Clone, Debug)]
pub(super) struct OpenPool {
    pub(super) pool: Arc<Pool>,
    pub(super) ways: Arc<[Way]>,
    /// The proxies that its origins may go by, as they name them from 1 on.
    pub(super) proxies: Arc<[Arc<Proxy>]>,
    /// By which other threads may hold it too.
    pub(super) name: Option<Arc<str>>,
    /// The hold of this one, if it has a name.
    pub(super) hold: Option<Arc<Hold>>,
}

/// A hold on a pool that has a name.
#[napi(object, object_from_js = false)]
pub struct Held {
    /// The pool's number for this holder.
    pub number: u32,
    /// What the one who opened it had `stated`; null: it is this one.
    pub stated: Option<String>,
}

/// What the hosts of one name in `perHostPools` have for themselves.
#[napi(object, object_to_js = false)]
pub struct HostInput<'env> {
    /// What stands before an option's name in a message: `perHostPools.name.`.
    pub path: String,
    /// Their options, without `hosts`.
    pub options: Object<'env>,
    /// How their TLS connections are made, if not as the pool's.
    pub tls: Option<TlsInput>,
}

/// A proxy, as `lib/proxy` has read it.
#[napi(object)]
pub struct ProxyInput {
    /// `http`, `https`, `socks5` or `socks5h`.
    pub kind: String,
    /// Its name or address, an IPv6 one without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// In whose name it is asked.
    pub user: Option<String>,
    /// What proves it.
    pub password: Option<String>,
    /// Whom to trust to be it, where it speaks TLS.
    pub tls: Option<TlsInput>,
}

/// Opens a pool: its number, or the option that cannot be had. The hosts' options hold for the origins that are
/// named with their place in `hosts`, counted from 1. `users` are asked while the connections of a section are made, the
/// pool's own first.
#[napi]
pub fn open_pool(
    id: u32,
    options: Object<'_>,
    tls: Option<TlsInput>,
    hosts: Option<Vec<HostInput<'_>>>,
    proxies: Option<Vec<ProxyInput>>,
    users: Option<Vec<UserInput>>,
) -> Either<u32, Refusal> {
    let (hosts, proxies) = (hosts.unwrap_or_default(), proxies.unwrap_or_default());
    match open(id, &options, tls, hosts, proxies, users.unwrap_or_default()) {
        Ok(number) => Either::A(number),
        Err(refusal) => Either::B(refusal),
    }
}

/// As `open_pool`, for the pool of a name: the one that is open by now, or a new one with these options. `stated` is what
/// other holders are told of them.
#[napi]
pub fn hold_pool(
    id: u32,
    name: String,
    stated: String,
    options: Object<'_>,
    tls: Option<TlsInput>,
    hosts: Option<Vec<HostInput<'_>>>,
    proxies: Option<Vec<ProxyInput>>,
) -> Either<Held, Refusal> {
    let plan = || {
        let engine = engine().ok_or_else(no_engine)?;
        // Also who finds it open is told what is wrong with his own.
        plan(&engine, &options, tls, hosts.unwrap_or_default())?.by(&engine, proxies.unwrap_or_default())
    };
    match plan().and_then(|plan| hold(id, name, stated, plan)) {
        Ok(held) => Either::A(held),
        Err(refusal) => Either::B(refusal),
    }
}

fn hold(id: u32, name: String, stated: String, plan: Plan) -> Result<Held, Refusal> {
    let (Some(ring), Some(engine)) = (ring(id), engine()) else { return Err(no_engine()) };
    let number = NEXT_POOL.fetch_add(1, Ordering::Relaxed);
    let (open, stated) = shared::hold(name, stated, || plan.open(&engine, number));
    add(&ring, number, OpenPool { hold: Some(Arc::default()), ..open });
    Ok(Held { number, stated })
}

/// Which option of a pool cannot be had; null if all can.
#[napi]
pub fn refuse_options(
    options: Object<'_>,
    tls: Option<TlsInput>,
    hosts: Option<Vec<HostInput<'_>>>,
) -> Option<Refusal> {
    let Some(engine) = engine() else { return Some(no_engine()) };
    plan(&engine, &options, tls, hosts.unwrap_or_default()).err()
}

/// A pool's options, all of which can be had.
struct Plan {
    config: Config,
    way: Way,
    hosts: Vec<(Config, Way)>,
    proxies: Arc<[Arc<Proxy>]>,
}

fn plan(
    engine: &Engine,
    options: &Object<'_>,
    tls: Option<TlsInput>,
    hosts: Vec<HostInput<'_>>,
) -> Result<Plan, Refusal> {
    let config = resolve(options)?;
    let way = way(engine, &Way::default(), options, tls)?;
    let hosts = hosts.into_iter().map(|HostInput { path, options, tls: own }| {
        let own = resolve_host(&config, &options)
            .and_then(|config| Ok((config, self::way(engine, &way, &options, own)?)));
        own.map_err(|refusal| refusal.below(&path))
    });
    Ok(Plan { hosts: hosts.collect::<Result<_, _>>()?, config, way, proxies: Arc::new([]) })
}

/// What `options` say of how connections are made, over what holds without them.
fn way(engine: &Engine, base: &Way, options: &Object<'_>, tls: Option<TlsInput>) -> Result<Way, Refusal> {
    let trust = tls.map_or_else(|| Ok(base.trust.clone()), |tls| trusted(engine, tls))?;
    let socket_path = text_of(options, "socketPath").map(Arc::from).or_else(|| base.socket_path.clone());
    Ok(Way { trust, socket_path, user: None })
}

fn open(
    id: u32,
    options: &Object<'_>,
    tls: Option<TlsInput>,
    hosts: Vec<HostInput<'_>>,
    proxies: Vec<ProxyInput>,
    users: Vec<UserInput>,
) -> Result<u32, Refusal> {
    let (Some(ring), Some(engine)) = (ring(id), engine()) else { return Err(no_engine()) };
    let plan = plan(&engine, options, tls, hosts)?.by(&engine, proxies)?;
    let number = NEXT_POOL.fetch_add(1, Ordering::Relaxed);
    let mut open = plan.open(&engine, number);
    let mut ways = open.ways.to_vec();
    for (way, user) in ways.iter_mut().zip(users) {
        way.user = Appointed::of(&engine, &ring, &user).map(Arc::new);
    }
    open.ways = ways.into();
    add(&ring, number, open);
    Ok(number)
}

impl Plan {
    fn by(self, engine: &Engine, proxies: Vec<ProxyInput>) -> Result<Self, Refusal> {
        let proxies = proxies.into_iter().map(|proxy| proxy_of(engine, proxy).map(Arc::new));
        Ok(Self { proxies: proxies.collect::<Result<Vec<_>, _>>()?.into(), ..self })
    }

    fn open(self, engine: &Arc<Engine>, number: u32) -> OpenPool {
        let Self { config, way, hosts, proxies } = self;
        let (configs, ways): (Vec<_>, Vec<_>) = hosts.into_iter().unzip();
        let ways = std::iter::once(way).chain(ways).collect();
        let pool = Pool::open_with(engine, config, &configs, seed(number));
        OpenPool { pool, ways, proxies, name: None, hold: None }
    }
}

fn add(ring: &Ring, number: u32, open: OpenPool) {
    POOLS.lock().get_or_insert_default().insert(number, open.clone());
    ring.send(Command::Open { id: number, open });
}

fn proxy_of(engine: &Engine, input: ProxyInput) -> Result<Proxy, Refusal> {
    let ProxyInput { kind, host, port, user, password, tls } = input;
    let kind = ProxyKind::of(&kind)
        .ok_or_else(|| Refusal::of("proxy", "proxy must be one of a kind that is known".into()))?;
    let credentials = user.map(|user| Credentials { user, password: password.unwrap_or_default() });
    let trust = tls.map(|tls| trusted(engine, tls)).transpose()?.unwrap_or_default().id;
    Ok(Proxy { kind, host: host.into(), port, credentials, trust })
}

fn no_engine() -> Refusal {
    Refusal::of("options", "the native engine could not be started".into())
}

/// Jitter wants no secret, only to differ from pool to pool and from process to process.
fn seed(number: u32) -> u64 {
    (u64::from(std::process::id()) << 32) ^ u64::from(number)
}

/// Destroys a pool: what waits or is in flight fails, connections close. Of one that others hold as well this holder's
/// requests fail, and the rest goes on.
#[napi]
pub fn destroy_pool(id: u32, number: u32) {
    let Some(ring) = ring(id) else { return };
    if let Some(open) = let_go(number).filter(|open| open.pool.is_destroyed()) {
        let mut past = PAST.lock();
        past.push_back((number, open.pool));
        if past.len() > MOST_PAST {
            past.pop_front();
        }
    }
    for raw in ring.raws_of(number) {
        raw.lease.disown();
    }
}

/// The certificates that Node trusts, as PEM texts, for TLS that names no `ca`.
#[napi]
pub fn trust_roots(texts: Vec<String>) {
    let Some(engine) = engine() else { return };
    // What Node carries is well-formed; NODE_EXTRA_CA_CERTS may hold anything, and Node skips what is not.
    let roots = texts.into_iter().flat_map(|text| {
        CertificateDer::pem_slice_iter(text.as_bytes()).filter_map(Result::ok).collect::<Vec<_>>()
    });
    engine.trust_roots(roots.collect());
}

pub(super) fn pool(number: u32) -> Option<Arc<Pool>> {
    open_pool_of(number).map(|open| open.pool)
}

/// A pool that is open, or was destroyed not long ago.
pub(super) fn present_or_past(number: u32) -> Option<Arc<Pool>> {
    let past = || PAST.lock().iter().find(|(known, _)| *known == number).map(|(_, pool)| Arc::clone(pool));
    pool(number).or_else(past)
}

pub(super) fn open_pool_of(number: u32) -> Option<OpenPool> {
    POOLS.lock().as_ref()?.get(&number).cloned()
}

/// Pools that are open, and those that are kept for their figures.
pub(super) fn counts() -> (usize, usize) {
    (POOLS.lock().as_ref().map_or(0, HashMap::len), PAST.lock().len())
}

/// Ends a hold on a pool, and with the last one the pool. None: it had ended already.
pub(super) fn let_go(number: u32) -> Option<OpenPool> {
    let open = POOLS.lock().as_mut()?.remove(&number)?;
    if let Some(hold) = &open.hold {
        open.pool.end_hold(hold);
    }
    if shared::let_go(&open) {
        open.pool.destroy();
    } else {
        open.pool.hush(number);
    }
    Some(open)
}

/// Closes every idle connection of a pool; says how many those were.
#[napi]
pub fn close_idle(number: u32) -> u32 {
    pool(number).map_or(0, |pool| pool.close_idle())
}
