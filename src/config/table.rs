use super::sections::Scheduling;
use super::spec::{Choice, Fallback, Kind, Spec, UNNAMED, flag, int, ms, ms_up_to, unless_zero};

/// More connections than a process can have open.
const MAX_SOCKETS: u32 = 1_000_000;

/// More than any of the counted things can reach.
const MAX_COUNT: u32 = 2_147_483_647;

/// The type of `tls`: those of Node's options that are honoured, and some that Node has not.
const TLS: &str = "Pick<import('node:tls').ConnectionOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | \
'rejectUnauthorized' | 'minVersion' | 'maxVersion' | 'checkServerIdentity'> & {
    /** SHA-256 of public keys as `sha256/…` in base64; a server must have one of them, whoever vouches for it. */
    pins?: readonly string[] | undefined
    /** Whether the keys of sessions are written to the file that SSLKEYLOGFILE names. */
    keyLog?: boolean | undefined
    /** Whether whom the system trusts is trusted too; takes Node 22.15 or later. */
    systemCa?: boolean | undefined
  }";

/// The type of `lookup`: Node's own.
const LOOKUP: &str = "import('node:net').LookupFunction";

/// The environments that have options of their own, as `NODE_ENV` names them.
pub const ENVIRONMENTS: &[&str] = &["development", "production", "test"];

/// Every option of this version.
pub const OPTIONS: &[Spec] = &[
    int("maxSockets", 50, (1, MAX_SOCKETS), |c, n| c.limits.max_sockets = n)
        .of_the_pool()
        .doc("Open connections in all, over every origin."),
    int("maxSocketsPerHost", 10, (1, MAX_SOCKETS), |c, n| c.limits.max_per_origin = n)
        .doc("Open connections to one origin."),
    int("maxFreeSockets", 10, (0, MAX_SOCKETS), |c, n| c.limits.max_idle = n).of_the_pool().doc(
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
        .of_the_pool()
        .doc("Whether histograms are kept and metrics are told of; counters are always kept."),
    ms("metricsInterval", 60_000, |c, t| c.metrics_interval = unless_zero(t))
        .of_the_pool()
        .doc("Milliseconds between two events `metrics_collected`; 0 is never."),
    ms("queueTimeout", 0, |c, t| c.timeouts.queue = unless_zero(t))
        .per_request()
        .doc("Milliseconds that a request may wait for a connection; 0 is for ever."),
    int("maxQueued", 0, (0, MAX_COUNT), |c, n| c.limits.max_queued = (n > 0).then_some(n))
        .of_the_pool()
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
    int("minFreeSockets", 0, (0, MAX_SOCKETS), |c, n| c.limits.min_idle = n).doc(
        "Idle connections kept ready to each origin that has been used, and replaced when they end; at most \
         maxFreeSockets.",
    ),
    ms("dnsCacheMs", 10_000, |c, t| c.dns.cache = t)
        .doc("Milliseconds that the addresses of a name are kept; 0 asks each time."),
    flag("allowH2", true, |c, on| c.h2.allow = on).doc(
        "Whether request and fetch speak HTTP/2 with servers that choose it by ALPN; the agents speak HTTP/1.1.",
    ),
    flag("h2c", false, |c, on| c.h2.clear = on).doc(
        "Whether request and fetch speak HTTP/2 with http: origins too, which must know it without being asked.",
    ),
    int("maxConcurrentStreams", 100, (1, MAX_COUNT), |c, n| c.h2.max_streams = n)
        .doc("Requests at a time on one HTTP/2 connection, if its server allows as many."),
    ms("pingInterval", 60_000, |c, t| c.h2.ping_interval = unless_zero(t)).doc(
        "Milliseconds without a byte of a reply after which an HTTP/2 server that owes one is sent a PING; 0 is never.",
    ),
    ms("pingTimeout", 15_000, |c, t| c.h2.ping_timeout = unless_zero(t))
        .doc("Milliseconds that an HTTP/2 server may take to answer a PING before its connection is given up; 0 is for ever."),
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
    Spec { kind: Kind::Function { typescript: LOOKUP }, ..UNNAMED }
        .named("lookup")
        .doc("Looks names up in place of the system, as a `lookup` of `net.connect` does; it is asked for each connection."),
    Spec { kind: Kind::Socket, ..UNNAMED }
        .named("socketPath")
        .doc("The path of a Unix socket to dial in place of a request's host."),
    Spec { kind: Kind::OneOfInt { of: &[1], set: |_, _| () }, default: Fallback::Number(1), ..UNNAMED }
        .named("ioThreads")
        .of_the_pool()
        .doc("Threads that carry the connections of all pools of a process; more than 1 has not shown its worth and is not offered."),
    Spec { kind: Kind::Name, ..UNNAMED }.named("name").of_the_pool().doc(
        "What is opened by the same name in any thread of the process is one pool: its connections, limits and metrics; \
         the options of who opened it first hold.",
    ),
    Spec { kind: Kind::Hosts, ..UNNAMED }.named("perHostPools").of_the_pool().doc(
        "Options of some hosts, by a name of the caller's own, or `openai`, `anthropic` or `pinecone`, whose hosts \
         are known.",
    ),
    Spec { kind: Kind::Path, ..UNNAMED }.named("configFile").of_the_pool().doc(
        "The path of a JSON file of options, over which those given in code hold; RAG_POOL_CONFIG names it where \
         this does not.",
    ),
    Spec { kind: Kind::Environments, ..UNNAMED }
        .named("environments")
        .of_the_pool()
        .doc("Options that hold over those beside them where NODE_ENV is their name."),
    Spec { kind: Kind::Object { typescript: TLS }, ..UNNAMED }
        .named("tls")
        .doc("How TLS connections are made, by Node's names and with Node's meanings."),
    Spec { kind: Kind::Proxy, ..UNNAMED }.named("proxy").doc(
        "The proxy to go by, as `http://`, `https://`, `socks5://` or `socks5h://`, with `user:password@` before the host \
         if it wants that; null or false is none, whatever the environment says.",
    ),
    Spec { kind: Kind::Bool { set: |_, _| () }, ..UNNAMED }.named("proxyEnv").of_the_pool().doc(
        "Whether HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY hold where `proxy` says nothing; NODE_USE_ENV_PROXY=1 says so where this is left out.",
    ),
];
