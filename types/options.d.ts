// Made from the engine's table of options; change it there.

/** What one request may set for itself; what it leaves out is as the pool has it. */
export interface RequestTimeouts {
  /**
   * Milliseconds without a byte in either direction once a body flows, and for each write; never the wait for a first byte; 0 is never.
   */
  timeout?: number | undefined
  /**
   * Milliseconds that a request may wait for a connection; 0 is for ever.
   */
  queueTimeout?: number | undefined
  /**
   * Milliseconds for name look-up, TCP and TLS together; 0 is for ever.
   */
  connectTimeout?: number | undefined
  /**
   * Milliseconds from the end of the request to the head of the reply; 0 is for ever.
   */
  headersTimeout?: number | undefined
  /**
   * Milliseconds between two pieces of the reply's body; 0 is for ever.
   */
  bodyTimeout?: number | undefined
  /**
   * Milliseconds for a whole request, the queue and the reply's body included; 0 is for ever.
   */
  requestTimeout?: number | undefined
}

/** Options of the hosts of one name in `perHostPools`; what they leave out is as the pool has it. */
export interface HostOptions {
  /**
   * Which hosts: `api.example.com`, `*.svc.internal`, either with `:port`; the most specific wins.
   * @default the public hosts of `openai`, `anthropic` and `pinecone`; other names need them
   */
  hosts?: readonly string[] | undefined
  /**
   * Open connections to one origin.
   */
  maxSocketsPerHost?: number | undefined
  /**
   * Milliseconds without a byte in either direction once a body flows, and for each write; never the wait for a first byte; 0 is never.
   */
  timeout?: number | undefined
  /**
   * Milliseconds that an idle connection is kept; 0 closes it at once.
   */
  freeSocketTimeout?: number | undefined
  /**
   * Milliseconds: a server's `Keep-Alive: timeout=n` replaces freeSocketTimeout by the lesser of n s − 1 s and this.
   */
  keepAliveTimeout?: number | undefined
  /**
   * Whether a connection serves more than one request.
   */
  keepAlive?: boolean | undefined
  /**
   * Milliseconds before the first TCP keep-alive probe, of which the system counts whole seconds; 0 leaves the system's own delay.
   */
  keepAliveMsecs?: number | undefined
  /**
   * Which idle connection is taken: the one used last ('lifo') or the one idle longest ('fifo').
   */
  scheduling?: 'lifo' | 'fifo' | undefined
  /**
   * Milliseconds that a request may wait for a connection; 0 is for ever.
   */
  queueTimeout?: number | undefined
  /**
   * Milliseconds for name look-up, TCP and TLS together; 0 is for ever.
   */
  connectTimeout?: number | undefined
  /**
   * Milliseconds from the end of the request to the head of the reply; 0 is for ever.
   */
  headersTimeout?: number | undefined
  /**
   * Milliseconds between two pieces of the reply's body; 0 is for ever.
   */
  bodyTimeout?: number | undefined
  /**
   * Milliseconds for a whole request, the queue and the reply's body included; 0 is for ever.
   */
  requestTimeout?: number | undefined
  /**
   * Milliseconds, give or take a tenth, after which a connection takes no further request; 0 is never.
   */
  maxLifetime?: number | undefined
  /**
   * Requests that a connection serves before it is closed; 0 is any number.
   */
  maxRequestsPerSocket?: number | undefined
  /**
   * Idle connections kept ready to each origin that has been used, and replaced when they end; at most maxFreeSockets.
   */
  minFreeSockets?: number | undefined
  /**
   * Milliseconds that the addresses of a name are kept; 0 asks each time.
   */
  dnsCacheMs?: number | undefined
  /**
   * Whether request and fetch speak HTTP/2 with servers that choose it by ALPN; the agents speak HTTP/1.1.
   */
  allowH2?: boolean | undefined
  /**
   * Whether request and fetch speak HTTP/2 with http: origins too, which must know it without being asked.
   */
  h2c?: boolean | undefined
  /**
   * Requests at a time on one HTTP/2 connection, if its server allows as many.
   */
  maxConcurrentStreams?: number | undefined
  /**
   * Milliseconds without a byte of a reply after which an HTTP/2 server that owes one is sent a PING; 0 is never.
   */
  pingInterval?: number | undefined
  /**
   * Milliseconds that an HTTP/2 server may take to answer a PING before its connection is given up; 0 is for ever.
   */
  pingTimeout?: number | undefined
  /**
   * Bytes that the head of a reply may have.
   */
  maxHeaderSize?: number | undefined
  /**
   * Headers that a reply may have.
   */
  maxHeadersCount?: number | undefined
  /**
   * How many times its size on the wire a reply's body may have once decompressed, asked only beyond 16 MiB; 0 is any number.
   */
  maxExpansion?: number | undefined
  /**
   * The local address to dial from.
   */
  localAddress?: string | undefined
  /**
   * Dial only IPv4 (4) or only IPv6 (6) addresses; 0 is either.
   */
  family?: 0 | 4 | 6 | undefined
  /**
   * Looks names up in place of the system, as a `lookup` of `net.connect` does; it is asked for each connection.
   */
  lookup?: import('node:net').LookupFunction | undefined
  /**
   * The path of a Unix socket to dial in place of a request's host.
   */
  socketPath?: string | undefined
  /**
   * How TLS connections are made, by Node's names and with Node's meanings.
   */
  tls?: Pick<import('node:tls').ConnectionOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized' | 'minVersion' | 'maxVersion' | 'checkServerIdentity'> & {
    /** SHA-256 of public keys as `sha256/…` in base64; a server must have one of them, whoever vouches for it. */
    pins?: readonly string[] | undefined
    /** Whether the keys of sessions are written to the file that SSLKEYLOGFILE names. */
    keyLog?: boolean | undefined
    /** Whether whom the system trusts is trusted too; takes Node 22.15 or later. */
    systemCa?: boolean | undefined
  } | undefined
  /**
   * The proxy to go by, as `http://`, `https://`, `socks5://` or `socks5h://`, with `user:password@` before the host if it wants that; null or false is none, whatever the environment says.
   */
  proxy?: string | false | null | undefined
}

/** Options of a pool. */
export interface PoolOptions {
  /**
   * Open connections in all, over every origin.
   * @default 50
   */
  maxSockets?: number | undefined
  /**
   * Open connections to one origin.
   * @default 10
   */
  maxSocketsPerHost?: number | undefined
  /**
   * Idle connections kept in all, counting only those idle for more than 1 s; 0 closes a connection as soon as it is idle.
   * @default 10
   */
  maxFreeSockets?: number | undefined
  /**
   * Milliseconds without a byte in either direction once a body flows, and for each write; never the wait for a first byte; 0 is never.
   * @default 30000
   */
  timeout?: number | undefined
  /**
   * Milliseconds that an idle connection is kept; 0 closes it at once.
   * @default 15000
   */
  freeSocketTimeout?: number | undefined
  /**
   * Milliseconds: a server's `Keep-Alive: timeout=n` replaces freeSocketTimeout by the lesser of n s − 1 s and this.
   * @default 60000
   */
  keepAliveTimeout?: number | undefined
  /**
   * Whether a connection serves more than one request.
   * @default true
   */
  keepAlive?: boolean | undefined
  /**
   * Milliseconds before the first TCP keep-alive probe, of which the system counts whole seconds; 0 leaves the system's own delay.
   * @default 1000
   */
  keepAliveMsecs?: number | undefined
  /**
   * Which idle connection is taken: the one used last ('lifo') or the one idle longest ('fifo').
   * @default 'lifo'
   */
  scheduling?: 'lifo' | 'fifo' | undefined
  /**
   * Whether histograms are kept and metrics are told of; counters are always kept.
   * @default true
   */
  trackMetrics?: boolean | undefined
  /**
   * Milliseconds between two events `metrics_collected`; 0 is never.
   * @default 60000
   */
  metricsInterval?: number | undefined
  /**
   * Milliseconds that a request may wait for a connection; 0 is for ever.
   * @default 0
   */
  queueTimeout?: number | undefined
  /**
   * Requests that may wait for a connection at one time; 0 is any number.
   * @default 0
   */
  maxQueued?: number | undefined
  /**
   * Milliseconds for name look-up, TCP and TLS together; 0 is for ever.
   * @default 10000
   */
  connectTimeout?: number | undefined
  /**
   * Milliseconds from the end of the request to the head of the reply; 0 is for ever.
   * @default 0
   */
  headersTimeout?: number | undefined
  /**
   * Milliseconds between two pieces of the reply's body; 0 is for ever.
   * @default the value of `timeout`
   */
  bodyTimeout?: number | undefined
  /**
   * Milliseconds for a whole request, the queue and the reply's body included; 0 is for ever.
   * @default 0
   */
  requestTimeout?: number | undefined
  /**
   * Milliseconds, give or take a tenth, after which a connection takes no further request; 0 is never.
   * @default 0
   */
  maxLifetime?: number | undefined
  /**
   * Requests that a connection serves before it is closed; 0 is any number.
   * @default 0
   */
  maxRequestsPerSocket?: number | undefined
  /**
   * Idle connections kept ready to each origin that has been used, and replaced when they end; at most maxFreeSockets.
   * @default 0
   */
  minFreeSockets?: number | undefined
  /**
   * Milliseconds that the addresses of a name are kept; 0 asks each time.
   * @default 10000
   */
  dnsCacheMs?: number | undefined
  /**
   * Whether request and fetch speak HTTP/2 with servers that choose it by ALPN; the agents speak HTTP/1.1.
   * @default true
   */
  allowH2?: boolean | undefined
  /**
   * Whether request and fetch speak HTTP/2 with http: origins too, which must know it without being asked.
   * @default false
   */
  h2c?: boolean | undefined
  /**
   * Requests at a time on one HTTP/2 connection, if its server allows as many.
   * @default 100
   */
  maxConcurrentStreams?: number | undefined
  /**
   * Milliseconds without a byte of a reply after which an HTTP/2 server that owes one is sent a PING; 0 is never.
   * @default 60000
   */
  pingInterval?: number | undefined
  /**
   * Milliseconds that an HTTP/2 server may take to answer a PING before its connection is given up; 0 is for ever.
   * @default 15000
   */
  pingTimeout?: number | undefined
  /**
   * Bytes that the head of a reply may have.
   * @default 65536
   */
  maxHeaderSize?: number | undefined
  /**
   * Headers that a reply may have.
   * @default 2000
   */
  maxHeadersCount?: number | undefined
  /**
   * How many times its size on the wire a reply's body may have once decompressed, asked only beyond 16 MiB; 0 is any number.
   * @default 1000
   */
  maxExpansion?: number | undefined
  /**
   * The local address to dial from.
   */
  localAddress?: string | undefined
  /**
   * Dial only IPv4 (4) or only IPv6 (6) addresses; 0 is either.
   * @default 0
   */
  family?: 0 | 4 | 6 | undefined
  /**
   * Looks names up in place of the system, as a `lookup` of `net.connect` does; it is asked for each connection.
   */
  lookup?: import('node:net').LookupFunction | undefined
  /**
   * The path of a Unix socket to dial in place of a request's host.
   */
  socketPath?: string | undefined
  /**
   * Threads that carry the connections of all pools of a process; more than 1 has not shown its worth and is not offered.
   * @default 1
   */
  ioThreads?: 1 | undefined
  /**
   * What is opened by the same name in any thread of the process is one pool: its connections, limits and metrics; the options of who opened it first hold.
   */
  name?: string | undefined
  /**
   * Options of some hosts, by a name of the caller's own, or `openai`, `anthropic` or `pinecone`, whose hosts are known.
   */
  perHostPools?: Readonly<Record<string, HostOptions>> | undefined
  /**
   * The path of a JSON file of options, over which those given in code hold; RAG_POOL_CONFIG names it where this does not.
   */
  configFile?: string | undefined
  /**
   * Options that hold over those beside them where NODE_ENV is their name.
   */
  environments?: Readonly<Partial<Record<'development' | 'production' | 'test', Omit<PoolOptions, 'configFile' | 'environments'> & Record<string, unknown>>>> | undefined
  /**
   * How TLS connections are made, by Node's names and with Node's meanings.
   */
  tls?: Pick<import('node:tls').ConnectionOptions, 'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized' | 'minVersion' | 'maxVersion' | 'checkServerIdentity'> & {
    /** SHA-256 of public keys as `sha256/…` in base64; a server must have one of them, whoever vouches for it. */
    pins?: readonly string[] | undefined
    /** Whether the keys of sessions are written to the file that SSLKEYLOGFILE names. */
    keyLog?: boolean | undefined
    /** Whether whom the system trusts is trusted too; takes Node 22.15 or later. */
    systemCa?: boolean | undefined
  } | undefined
  /**
   * The proxy to go by, as `http://`, `https://`, `socks5://` or `socks5h://`, with `user:password@` before the host if it wants that; null or false is none, whatever the environment says.
   */
  proxy?: string | false | null | undefined
  /**
   * Whether HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY hold where `proxy` says nothing; NODE_USE_ENV_PROXY=1 says so where this is left out.
   */
  proxyEnv?: boolean | undefined
}
