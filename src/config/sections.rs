use std::net::IpAddr;
use std::time::Duration;

/// Every option, resolved. Made by [`resolve`](super::resolve()) only: no other way leads to one that was
/// not validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// How many connections, and for how long.
    pub limits: Limits,
    /// How long a request may wait; these can be set per request.
    pub timeouts: Timeouts,
    /// What is set on each socket.
    pub tcp: Tcp,
    /// How names are looked up.
    pub dns: Dns,
    /// Bounds on the head of a reply.
    pub head: Head,
    /// Bounds on the body of a reply.
    pub body: Body,
    /// `trackMetrics`: whether histograms are kept. Counters always are.
    pub track_metrics: bool,
    /// `metricsInterval`: how often the layer above tells of the metrics.
    pub metrics_interval: Option<Duration>,
}

/// How many connections are open, and how long an idle one is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `maxSockets`: open connections in all.
    pub max_sockets: u32,
    /// `maxSocketsPerHost`: open connections to one origin.
    pub max_per_origin: u32,
    /// `maxFreeSockets`: idle connections in all; 0 closes a connection as soon as it is idle.
    pub max_idle: u32,
    /// `freeSocketTimeout`: how long an idle connection is kept; zero closes it at once.
    pub idle_timeout: Duration,
    /// `keepAliveTimeout`: the most that a server's `Keep-Alive: timeout=n` can ask for.
    pub keep_alive_cap: Duration,
    /// `keepAlive`: whether a connection serves more than one request.
    pub keep_alive: bool,
    /// `scheduling`: which idle connection is taken.
    pub scheduling: Scheduling,
    /// `maxQueued`: how many requests may wait.
    pub max_queued: Option<u32>,
    /// `maxLifetime`: the age at which a connection takes no further request.
    pub max_lifetime: Option<Duration>,
    /// `maxRequestsPerSocket`: how many requests a connection serves.
    pub max_requests: Option<u32>,
    /// `minFreeSockets`: idle connections kept ready to each origin that has been used.
    pub min_idle: u32,
}

/// Which idle connection is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheduling {
    /// The one used last, so that what is too many falls idle.
    #[default]
    Lifo,
    /// The one idle longest, so that load spreads.
    Fifo,
}

/// How long a request may spend in each phase. `None` is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// `queueTimeout`: waiting for a connection.
    pub queue: Option<Duration>,
    /// `connectTimeout`: name look-up, TCP and TLS together.
    pub connect: Option<Duration>,
    /// `headersTimeout`: from the request's last byte to the head of the reply.
    pub headers: Option<Duration>,
    /// `bodyTimeout`: between two pieces of the reply's body.
    pub body: Option<Duration>,
    /// `requestTimeout`: the whole of it.
    pub request: Option<Duration>,
    /// `timeout`, where it bounds each write.
    pub write: Option<Duration>,
}

/// What is set on each socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// `keepAliveMsecs`: the delay of the first keep-alive probe; `None` leaves the system's own.
    pub keep_alive_delay: Option<Duration>,
    /// `localAddress`: the address to dial from.
    pub local_address: Option<IpAddr>,
    /// `family`: dial only addresses of this family, 4 or 6; 0 for either.
    pub family: u8,
}

/// How names are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dns {
    /// `dnsCacheMs`: how long an answer is kept; zero asks each time.
    pub cache: Duration,
}

/// Bounds on the head of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// `maxHeaderSize`, in bytes.
    pub max_size: u32,
    /// `maxHeadersCount`.
    pub max_count: u32,
}

/// Bounds on the body of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// `maxExpansion`: how many times its size on the wire a decompressed body may have.
    pub max_expansion: Option<u32>,
}

impl Body {
    /// Bytes that a body may always decompress to. A short, regular text compresses a thousandfold and
    /// harms nobody; the ratio is asked only beyond this.
    pub const EXPANSION_FLOOR: u64 = 16 * 1024 * 1024;
}

impl Config {
    /// Nothing set. Every field is written by the table before a caller sees it.
    pub(super) fn blank() -> Self {
        Self {
            limits: Limits {
                max_sockets: 0,
                max_per_origin: 0,
                max_idle: 0,
                idle_timeout: Duration::ZERO,
                keep_alive_cap: Duration::ZERO,
                keep_alive: false,
                scheduling: Scheduling::Lifo,
                max_queued: None,
                max_lifetime: None,
                max_requests: None,
                min_idle: 0,
            },
            timeouts: Timeouts::default(),
            tcp: Tcp { keep_alive_delay: None, local_address: None, family: 0 },
            dns: Dns { cache: Duration::ZERO },
            head: Head { max_size: 0, max_count: 0 },
            body: Body { max_expansion: None },
            track_metrics: false,
            metrics_interval: None,
        }
    }
}
