use std::net::IpAddr;
use std::time::Duration;

use super::sections::{Config, Scheduling};

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name in JavaScript.
    pub name: &'static str,
    /// What it takes, and where that goes.
    pub kind: Kind,
    /// What holds when it is left out.
    pub default: Fallback,
    /// Whether a request may set it for itself.
    pub per_request: bool,
    /// One sentence, with the unit and what 0 means.
    pub doc: &'static str,
}

/// What an option takes. Each kind carries a setter of its own type, so that a value of another type has
/// no way into the configuration.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A whole number.
    Int {
        /// The least allowed.
        min: u32,
        /// The most allowed.
        max: u32,
        /// Where it goes.
        set: fn(&mut Config, u32),
    },
    /// A whole number of milliseconds, from 0.
    Ms {
        /// The most allowed.
        max: u32,
        /// Where it goes.
        set: fn(&mut Config, Duration),
    },
    /// `true` or `false`.
    Bool {
        /// Where it goes.
        set: fn(&mut Config, bool),
    },
    /// One of a few words.
    OneOf(&'static [Choice]),
    /// One of a few numbers.
    OneOfInt {
        /// The numbers.
        of: &'static [u8],
        /// Where it goes.
        set: fn(&mut Config, u8),
    },
    /// A literal IPv4 or IPv6 address.
    Address {
        /// Where it goes.
        set: fn(&mut Config, IpAddr),
    },
    /// An object that is checked elsewhere, by those who know its fields.
    Object {
        /// Its TypeScript type.
        typescript: &'static str,
    },
}

/// One of a few words.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The word.
    pub word: &'static str,
    /// What it does.
    pub set: fn(&mut Config),
}

/// What holds when an option is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// This number.
    Number(u32),
    /// This answer.
    Bool(bool),
    /// This word.
    Text(&'static str),
    /// Whatever the option of this name has.
    SameAs(&'static str),
    /// Nothing is set.
    Absent,
}

/// The longest time that an option takes: what fits a Node timer, 24.8 days.
const MAX_MS: u32 = 2_147_483_647;

/// More connections than a process can have open.
const MAX_SOCKETS: u32 = 1_000_000;

/// More than any of the counted things can reach.
const MAX_COUNT: u32 = 2_147_483_647;

/// The type of `tls`: those of Node's options that are honoured.
const TLS: &str = "Pick<import('node:tls').ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | \
'rejectUnauthorized' | 'minVersion' | 'maxVersion'>";

/// Options that are promised for later. To take one and ignore it would be a silent fault in the
/// application that relies on it, so each is refused until it works.
pub const NOT_YET: &[&str] = &[
    "allowH2",
    "configFile",
    "environments",
    "ioThreads",
    "lookup",
    "maxConcurrentStreams",
    "metricsInterval",
    "minFreeSockets",
    "name",
    "perHostPools",
    "proxy",
    "proxyEnv",
    "socketPath",
];

/// Every option of this version.
pub const OPTIONS: &[Spec] = &[
    int("maxSockets", 50, (1, MAX_SOCKETS), |c, n| c.limits.max_sockets = n)
        .doc("Open connections in all, over every origin."),
    int("maxSocketsPerHost", 10, (1, MAX_SOCKETS), |c, n| c.limits.max_per_origin = n)
        .doc("Open connections to one origin."),
    int("maxFreeSockets", 10, (0, MAX_SOCKETS), |c, n| c.limits.max_idle = n).doc(
        "Idle connections kept in all, counting only those idle for more than 1 s; 0 closes a connection as \
         soon as it is idle.",
    ),
    ms("timeout", 30_000, |c, t| c.timeouts.write = unless_zero(t)).per_request().doc(
        "Milliseconds without a byte in either direction once a body flows, and for each write; never the \
         wait for a first byte; 0 is never.",
    ),
    ms("freeSocketTimeout", 15_000, |c, t| c.limits.idle_timeout = t)
        .doc("Milliseconds that an idle connection is kept; 0 closes it at once."),
    ms("keepAliveTimeout", 60_000, |c, t| c.limits.keep_alive_cap = t).doc(
        "Milliseconds: a server's `Keep-Alive: timeout=n` replaces freeSocketTimeout by the lesser of n s − 1 \
         s and this.",
    ),
    flag("keepAlive", true, |c, on| c.limits.keep_alive = on)
        .doc("Whether a connection serves more than one request."),
    // TCP_KEEPIDLE takes at most 32,767 s.
    ms_up_to(32_767_000, "keepAliveMsecs", 1_000, |c, t| c.tcp.keep_alive_delay = unless_zero(t)).doc(
        "Milliseconds before the first TCP keep-alive probe, of which the system counts whole seconds; 0 \
         leaves the system's own delay.",
    ),
    Spec {
        kind: Kind::OneOf(&[
            Choice { word: "lifo", set: |c| c.limits.scheduling = Scheduling::Lifo },
            Choice { word: "fifo", set: |c| c.limits.scheduling = Scheduling::Fifo },
        ]),
        default: Fallback::Text("lifo"),
        ..UNNAMED
    }
    .named("scheduling")
    .doc("Which idle connection is taken: the one used last ('lifo') or the one idle longest ('fifo')."),
    flag("trackMetrics", true, |c, on| c.track_metrics = on)
        .doc("Whether histograms are kept; counters always are."),
    ms("queueTimeout", 0, |c, t| c.timeouts.queue = unless_zero(t))
        .per_request()
        .doc("Milliseconds that a request may wait for a connection; 0 is for ever."),
    int("maxQueued", 0, (0, MAX_COUNT), |c, n| c.limits.max_queued = (n > 0).then_some(n))
        .doc("Requests that may wait for a connection at one time; 0 is any number."),
    ms("connectTimeout", 10_000, |c, t| c.timeouts.connect = unless_zero(t))
        .per_request()
        .doc("Milliseconds for name look-up, TCP and TLS together; 0 is for ever."),
    ms("headersTimeout", 0, |c, t| c.timeouts.headers = unless_zero(t))
        .per_request()
        .doc("Milliseconds from the end of the request to the head of the reply; 0 is for ever."),
    Spec {
        default: Fallback::SameAs("timeout"),
        ..ms("bodyTimeout", 0, |c, t| c.timeouts.body = unless_zero(t))
    }
    .per_request()
    .doc("Milliseconds between two pieces of the reply's body; 0 is for ever."),
    ms("requestTimeout", 0, |c, t| c.timeouts.request = unless_zero(t))
        .per_request()
        .doc("Milliseconds for a whole request, the queue and the reply's body included; 0 is for ever."),
    ms("maxLifetime", 0, |c, t| c.limits.max_lifetime = unless_zero(t))
        .doc("Milliseconds, give or take a tenth, after which a connection takes no further request; 0 is never."),
    int("maxRequestsPerSocket", 0, (0, MAX_COUNT), |c, n| c.limits.max_requests = (n > 0).then_some(n))
        .doc("Requests that a connection serves before it is closed; 0 is any number."),
    ms("dnsCacheMs", 10_000, |c, t| c.dns.cache = t)
        .doc("Milliseconds that the addresses of a name are kept; 0 asks each time."),
    // Below 8192 hyper's reader does not start.
    int("maxHeaderSize", 65_536, (8_192, 16_777_216), |c, n| c.head.max_size = n)
        .doc("Bytes that the head of a reply may have."),
    // http::HeaderMap holds no more than 24,576 names.
    int("maxHeadersCount", 2_000, (1, 24_576), |c, n| c.head.max_count = n)
        .doc("Headers that a reply may have."),
    int("maxExpansion", 1_000, (0, MAX_COUNT), |c, n| c.body.max_expansion = (n > 0).then_some(n)).doc(
        "How many times its size on the wire a reply's body may have once decompressed, asked only beyond 16 \
         MiB; 0 is any number.",
    ),
    Spec { kind: Kind::Address { set: |c, ip| c.tcp.local_address = Some(ip) }, ..UNNAMED }
        .named("localAddress")
        .doc("The local address to dial from."),
    Spec {
        kind: Kind::OneOfInt { of: &[0, 4, 6], set: |c, n| c.tcp.family = n },
        default: Fallback::Number(0),
        ..UNNAMED
    }
    .named("family")
    .doc("Dial only IPv4 (4) or only IPv6 (6) addresses; 0 is either."),
    Spec { kind: Kind::Object { typescript: TLS }, ..UNNAMED }
        .named("tls")
        .doc("How TLS connections are made, by Node's names and with Node's meanings."),
];

impl Spec {
    /// The option of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|spec| spec.name == name)
    }

    const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    const fn per_request(self) -> Self {
        Self { per_request: true, ..self }
    }

    const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }
}

const UNNAMED: Spec = Spec {
    name: "",
    kind: Kind::Object { typescript: "object" },
    default: Fallback::Absent,
    per_request: false,
    doc: "",
};

const fn int(name: &'static str, default: u32, (min, max): (u32, u32), set: fn(&mut Config, u32)) -> Spec {
    Spec { name, kind: Kind::Int { min, max, set }, default: Fallback::Number(default), ..UNNAMED }
}

const fn ms(name: &'static str, default: u32, set: fn(&mut Config, Duration)) -> Spec {
    ms_up_to(MAX_MS, name, default, set)
}

const fn ms_up_to(max: u32, name: &'static str, default: u32, set: fn(&mut Config, Duration)) -> Spec {
    Spec { name, kind: Kind::Ms { max, set }, default: Fallback::Number(default), ..UNNAMED }
}

const fn flag(name: &'static str, default: bool, set: fn(&mut Config, bool)) -> Spec {
    Spec { name, kind: Kind::Bool { set }, default: Fallback::Bool(default), ..UNNAMED }
}

fn unless_zero(time: Duration) -> Option<Duration> {
    (!time.is_zero()).then_some(time)
}
