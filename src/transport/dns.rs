//! Names to addresses by the system's resolver, remembered for a while.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::error::{Error, Kind, Phase, SystemCall};

/// The addresses of a name, in the resolver's order, with port 0.
pub type Addresses = Arc<[SocketAddr]>;

/// What a look-up gives.
#[derive(Clone, Debug)]
pub struct Answer {
    /// At least one address.
    pub addresses: Addresses,
    /// Whether they are past their time and being refreshed behind the caller's back.
    pub stale: bool,
}

/// The look-up itself: blocking, name and family (4, 6, or 0 for either) in.
pub type Resolve = dyn Fn(&str, u8) -> Result<Vec<SocketAddr>, Error> + Send + Sync;

/// The cache of look-ups; cheap to clone, and one to an engine.
#[derive(Clone)]
pub struct Dns {
    shared: Arc<Shared>,
}

struct Shared {
    names: Mutex<HashMap<Name, Entry>>,
    resolve: Box<Resolve>,
}

type Name = (Arc<str>, u8);
type Outcome = Result<Addresses, Error>;

#[derive(Default)]
struct Entry {
    known: Option<Known>,
    /// Only one look-up a name is under way; the rest wait for its outcome. A receiver whose sender is gone
    /// marks a look-up that died.
    flight: Option<watch::Receiver<Option<Outcome>>>,
}

struct Known {
    outcome: Outcome,
    /// When it was asked for, which is before it was answered: an answer is never kept too long.
    since: Instant,
}

impl Dns {
    /// A cache over getaddrinfo.
    pub fn system() -> Self {
        Self::over(getaddrinfo)
    }

    /// A cache over another resolver, which is called on a thread that may block.
    pub fn over(
        resolve: impl Fn(&str, u8) -> Result<Vec<SocketAddr>, Error> + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared { names: Mutex::new(HashMap::new()), resolve: Box::new(resolve) };
        Self { shared: Arc::new(shared) }
    }

    /// The addresses of `host`. A literal address is its own answer. What is younger than `keep` at `now` is
    /// answered from memory (a failure: than 1 s); what is older is answered too, and looked up again beside.
    ///
    /// Dropping the future leaves a look-up under way to the others that wait for it: a thread inside
    /// getaddrinfo cannot be called back.
    ///
    /// # Errors
    /// `ENOTFOUND`, `EAI_AGAIN` and the rest, with Node's sentence: `getaddrinfo ENOTFOUND name`.
    pub async fn look_up(
        &self,
        host: &Arc<str>,
        family: u8,
        keep: Duration,
        now: Instant,
    ) -> Result<Answer, Error> {
        if let Some(literal) = literal(host) {
            return Ok(Answer { addresses: Arc::new([literal]), stale: false });
        }
        let mut flight = {
            let mut names = self.shared.names.lock();
            let entry = names.entry((Arc::clone(host), family)).or_default();
            let age = entry.known.as_ref().map(|known| now.saturating_duration_since(known.since));
            match (&entry.known, age) {
                (Some(Known { outcome: Ok(addresses), .. }), Some(age)) => {
                    let (addresses, stale) = (Arc::clone(addresses), age >= keep);
                    // Without a memory there is nothing stale to give: each call asks anew.
                    if !stale || !keep.is_zero() {
                        if stale {
                            self.begin(entry, host, family, now);
                        }
                        return Ok(Answer { addresses, stale });
                    }
                }
                (Some(Known { outcome: Err(error), .. }), Some(age)) if age < keep.min(KEEP_ERRORS) => {
                    return Err(error.clone());
                }
                _ => {}
            }
            self.begin(entry, host, family, now)
        };
        let outcome = flight.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(failure("EAI_CANCELED", -3003, host))).map(fresh)
    }

    /// Drops what is known of `host`: nothing answered at the addresses that it gave.
    pub fn forget(&self, host: &Arc<str>) {
        let mut names = self.shared.names.lock();
        names.retain(|(name, _), entry| {
            if name == host {
                entry.known = None;
            }
            name != host || entry.flight.is_some()
        });
    }

    /// Joins the look-up under way or starts one.
    fn begin(
        &self,
        entry: &mut Entry,
        host: &Arc<str>,
        family: u8,
        now: Instant,
    ) -> watch::Receiver<Option<Outcome>> {
        if let Some(flight) = entry.flight.as_ref().filter(|flight| flight.has_changed().is_ok()) {
            return flight.clone();
        }
        let (landed, flight) = watch::channel(None);
        entry.flight = Some(flight.clone());
        let (shared, name) = (Arc::clone(&self.shared), (Arc::clone(host), family));
        drop(tokio::task::spawn_blocking(move || shared.resolve(name, now, &landed)));
        flight
    }
}

impl Shared {
    fn resolve(&self, name: Name, now: Instant, landed: &watch::Sender<Option<Outcome>>) {
        let outcome = match (self.resolve)(&name.0, name.1) {
            Ok(addresses) if addresses.is_empty() => Err(failure("ENOTFOUND", NODATA, &name.0)),
            Ok(addresses) => Ok(Addresses::from(addresses)),
            Err(error) => Err(error),
        };
        let mut names = self.names.lock();
        Self::sweep(&mut names, now);
        let entry = names.entry(name).or_default();
        entry.flight = None;
        // A resolver in trouble takes no good answer away: what was stale stays in use, and the failure of
        // the refresh shows only to a name that nothing is known of.
        let keeps = outcome.is_err() && entry.known.as_ref().is_some_and(|known| known.outcome.is_ok());
        if !keeps {
            entry.known = Some(Known { outcome: outcome.clone(), since: now });
        }
        drop(names);
        landed.send_replace(Some(outcome));
    }

    /// A bound on names that are never asked for again: first those that nobody has asked for in a long time go, and if that
    /// is not enough a quarter of them, the longest known first, so that a crawler pays for it once in so many names.
    fn sweep(names: &mut HashMap<Name, Entry>, now: Instant) {
        if names.len() < MOST_NAMES {
            return;
        }
        names.retain(|_, entry| {
            let age = entry.known.as_ref().map(|known| now.saturating_duration_since(known.since));
            entry.flight.is_some() || age.is_some_and(|age| age < KEEP_UNASKED)
        });
        let landed = names.values().filter(|entry| entry.flight.is_none());
        let mut since: Vec<_> = landed.filter_map(|entry| Some(entry.known.as_ref()?.since)).collect();
        if names.len() < MOST_NAMES || since.is_empty() {
            return;
        }
        let quarter = (MOST_NAMES / 4).min(since.len() - 1);
        let (_, &mut oldest_kept, _) = since.select_nth_unstable(quarter);
        let mut left = quarter.max(1);
        names.retain(|_, entry| {
            let goes = entry.flight.is_none()
                && entry.known.as_ref().is_some_and(|known| known.since <= oldest_kept)
                && left > 0;
            left -= usize::from(goes);
            !goes
        });
    }
}

impl std::fmt::Debug for Dns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dns").field("names", &self.shared.names.lock().len()).finish_non_exhaustive()
    }
}

/// The address that `host` is, if it is one, with port 0 and in its zone (`fe80::1%eth0`, RFC 4007 section 11). A zone that is
/// not there is none, which the system refuses where it wants one, as with Node.
pub fn literal(host: &str) -> Option<SocketAddr> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some(SocketAddr::new(address, 0));
    }
    let (address, _) = host.split_once('%')?;
    let address = SocketAddr::new(address.parse::<Ipv6Addr>().ok()?.into(), 0);
    // Asks nobody: only the system knows the numbers of its interfaces.
    let hints = dns_lookup::AddrInfoHints { flags: NUMERIC, ..dns_lookup::AddrInfoHints::default() };
    let found =
        dns_lookup::getaddrinfo(Some(host), None, Some(hints)).ok().and_then(|mut found| found.next());
    Some(found.and_then(Result::ok).map_or(address, |info| zoned(info.sockaddr)))
}

/// An address with port 0. A link-local one is nothing without its zone.
fn zoned(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) => SocketAddr::V6(SocketAddrV6::new(*v6.ip(), 0, 0, v6.scope_id())),
        SocketAddr::V4(v4) => SocketAddr::new((*v4.ip()).into(), 0),
    }
}

/// The system's resolver as Node calls it.
///
/// # Errors
/// Those of [`Dns::look_up`].
pub fn getaddrinfo(host: &str, family: u8) -> Result<Vec<SocketAddr>, Error> {
    let hints = dns_lookup::AddrInfoHints {
        // Node asks so unless a family was given, to be spared addresses that no interface can reach.
        flags: if family == 0 { ADDRCONFIG } else { 0 },
        address: match family {
            4 => socket2::Domain::IPV4.into(),
            6 => socket2::Domain::IPV6.into(),
            _ => 0,
        },
        socktype: socket2::Type::STREAM.into(),
        protocol: 0,
    };
    let found =
        dns_lookup::getaddrinfo(Some(host), None, Some(hints)).map_err(|error| refused(&error, host))?;
    let mut addresses = Vec::new();
    for info in found.flatten() {
        let address = zoned(info.sockaddr);
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

fn refused(error: &dns_lookup::LookupError, host: &str) -> Error {
    use dns_lookup::LookupErrorKind as Gai;
    let (code, errno) = match error.kind() {
        Gai::NoData => ("ENOTFOUND", NODATA),
        Gai::Again => ("EAI_AGAIN", -3001),
        Gai::Badflags => ("EAI_BADFLAGS", -3002),
        Gai::Fail => ("EAI_FAIL", -3004),
        Gai::Family => ("EAI_FAMILY", -3005),
        Gai::Memory => ("EAI_MEMORY", -3006),
        Gai::Service => ("EAI_SERVICE", -3010),
        Gai::Socktype => ("EAI_SOCKTYPE", -3011),
        // Node gives both one name, and says in errno which it was. A name that no resolver can hold (a NUL,
        // an overlong label) is one that nobody has.
        Gai::NoName | Gai::System | Gai::Unknown | Gai::IO => ("ENOTFOUND", -3008),
    };
    failure(code, errno, host)
}

fn failure(code: &'static str, errno: i32, host: &str) -> Error {
    Error::new(Kind::System(code.into()), Phase::Dns, format!("getaddrinfo {code} {host}")).with(|facts| {
        facts.call = Some(SystemCall {
            errno,
            name: "getaddrinfo",
            hostname: Some(host.to_owned()),
            ..SystemCall::default()
        });
    })
}

fn fresh(addresses: Addresses) -> Answer {
    Answer { addresses, stale: false }
}

#[cfg(unix)]
const ADDRCONFIG: i32 = libc::AI_ADDRCONFIG;
#[cfg(not(unix))]
const ADDRCONFIG: i32 = 0;

#[cfg(unix)]
const NUMERIC: i32 = libc::AI_NUMERICHOST;
#[cfg(not(unix))]
const NUMERIC: i32 = 4;

/// libuv's `UV_EAI_NODATA`.
const NODATA: i32 = -3007;
const KEEP_ERRORS: Duration = Duration::from_secs(1);
const KEEP_UNASKED: Duration = Duration::from_secs(600);
const MOST_NAMES: usize = 1024;
