//! What a failed request tells: a code, the phase it died in, and the facts of that moment.
//!
//! Errors are data. They cross to JavaScript as fields and become an `Error` object there, so nothing is
//! ever read back out of a message. No field may hold a header value, a query string or a body.

use std::borrow::Cow;
use std::fmt;

/// Why a request failed. [`Kind::code`] gives the `error.code` that a Node user matches on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The pool was destroyed before the request settled.
    Destroyed,
    /// The request waited longer than `queueTimeout` for a connection.
    QueueTimeout,
    /// `maxQueued` requests were waiting already.
    QueueFull,
    /// Name look-up, TCP and TLS together took longer than `connectTimeout`.
    ConnectTimeout,
    /// No head of a reply within `headersTimeout`.
    HeadersTimeout,
    /// No byte of the body within `bodyTimeout`.
    BodyTimeout,
    /// The peer took no byte of the request within `timeout`.
    WriteTimeout,
    /// The whole request took longer than `requestTimeout`.
    RequestTimeout,
    /// The caller aborted it; JavaScript rejects with the signal's own reason instead.
    Aborted,
    /// A decompressed body grew past the bound on expansion.
    BodyTooLarge,
    /// A failed system call or look-up, with Node's code: `ECONNREFUSED`, `ENOTFOUND`, ….
    System(Cow<'static, str>),
    /// A refused certificate or failed handshake, with the code that Node's tls gives.
    Tls(Cow<'static, str>),
    /// The proxy wants credentials, or others than it was given.
    ProxyAuth,
    /// The proxy does not let the request through, or does not get through itself.
    ProxyRefused,
    /// What the proxy says is no reply.
    ProxyReply,
    /// The peer broke HTTP, with the code of Node's parser: `HPE_*`.
    Protocol(Cow<'static, str>),
    /// The body's content coding is broken, with the code of Node's zlib: `Z_DATA_ERROR`, ….
    Decode(Cow<'static, str>),
    /// The server's public key is none of `tls.pins`.
    PinMismatch,
    /// A `lookup` or `checkServerIdentity` of the user's own gave or threw what has no code.
    User,
    /// A fault of the engine itself.
    Internal,
}

impl Kind {
    /// The `code` of the JavaScript error.
    pub fn code(&self) -> &str {
        match self {
            Self::Destroyed => "ERR_POOL_DESTROYED",
            Self::QueueTimeout => "ERR_POOL_QUEUE_TIMEOUT",
            Self::QueueFull => "ERR_POOL_QUEUE_FULL",
            Self::ConnectTimeout => "ERR_POOL_CONNECT_TIMEOUT",
            Self::HeadersTimeout => "ERR_POOL_HEADERS_TIMEOUT",
            Self::BodyTimeout => "ERR_POOL_BODY_TIMEOUT",
            Self::WriteTimeout => "ERR_POOL_WRITE_TIMEOUT",
            Self::RequestTimeout => "ERR_POOL_REQUEST_TIMEOUT",
            Self::Aborted => "ERR_POOL_ABORTED",
            Self::BodyTooLarge => "ERR_POOL_BODY_TOO_LARGE",
            Self::ProxyAuth => "ERR_POOL_PROXY_AUTH",
            Self::ProxyRefused => "ERR_POOL_PROXY_REFUSED",
            Self::ProxyReply => "ERR_POOL_PROXY_REPLY",
            Self::System(code) | Self::Tls(code) | Self::Protocol(code) | Self::Decode(code) => code,
            Self::PinMismatch => "ERR_POOL_PIN_MISMATCH",
            Self::User => "ERR_POOL_USER",
            Self::Internal => "ERR_POOL_INTERNAL",
        }
    }

    /// Whether the caller ran out of patience, as against the network or the peer failing.
    pub fn is_timeout(&self) -> bool {
        matches!(
            self,
            Self::QueueTimeout
                | Self::ConnectTimeout
                | Self::HeadersTimeout
                | Self::BodyTimeout
                | Self::WriteTimeout
                | Self::RequestTimeout
        )
    }
}

/// Where in its life a request was, in the order of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Waiting for a connection.
    Queue,
    /// Looking the name up.
    Dns,
    /// Opening the TCP connection.
    Connect,
    /// With the proxy: finding it, reaching it, and what it makes of the request.
    Proxy,
    /// In the TLS handshake.
    Tls,
    /// Sending the request or waiting for the first byte of the reply's head.
    Head,
    /// Reading the reply's body.
    Body,
}

impl Phase {
    /// The word that `error.phase` holds.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Head => "head",
            Self::Body => "body",
        }
    }
}

/// How full the pool was when the request failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// Open connections, those being dialled included.
    pub total: u32,
    /// Connections that carry a request.
    pub active: u32,
    /// Connections that wait for one.
    pub idle: u32,
    /// Requests that wait for a connection.
    pub waiting: u32,
}

/// The failed system call, as Node's `error.errno`, `syscall`, `address`, `port` and `hostname`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemCall {
    /// The operating system's number, negative as in Node; 0 when there is none.
    pub errno: i32,
    /// `connect`, `read`, `write`, `getaddrinfo`.
    pub name: &'static str,
    /// The peer's address, when the call had one.
    pub address: Option<String>,
    /// The peer's port, when the call had one.
    pub port: Option<u16>,
    /// The name that was looked up.
    pub hostname: Option<String>,
}

/// Why a certificate is not the server's, as Node's `error.reason`, `host` and `cert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What is wrong.
    pub reason: String,
    /// Whose certificate it should have been.
    pub host: String,
    /// The certificate in DER, and those above it.
    pub certificates: Vec<Vec<u8>>,
}

/// A failed request.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    facts: Box<Facts>,
}

/// The fields of an [`Error`]; boxed, so that a `Result` stays small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Why.
    pub kind: Kind,
    /// Where in its life.
    pub phase: Phase,
    /// A sentence for people.
    pub message: Cow<'static, str>,
    /// `scheme://host:port`, without path or query.
    pub origin: Option<String>,
    /// The proxy that the request was to go by, without its credentials: `scheme://host:port`.
    pub proxy: Option<String>,
    /// What an HTTP proxy answered in place of the origin.
    pub proxy_status: Option<u16>,
    /// The system call that failed.
    pub call: Option<SystemCall>,
    /// What is wrong with the name of a certificate.
    pub mismatch: Option<Mismatch>,
    /// How full the pool was.
    pub occupancy: Option<Occupancy>,
    /// The last failure to connect to this origin, for a request that waited in vain.
    pub last_failure: Option<String>,
    /// Whether the connection had served a request before.
    pub reused_socket: bool,
    /// Bytes of the reply that had arrived, head included.
    pub bytes_read: u64,
    /// Bytes of the request that the kernel had taken.
    pub bytes_written: u64,
    /// Whether the peer may have acted on the request.
    pub may_have_been_processed: bool,
    /// Where JavaScript keeps the error of the user's own that this one stands for.
    pub thrown: Option<u32>,
    /// One failure for each address tried, when all of them failed.
    pub causes: Vec<Error>,
}

impl Error {
    /// An error with nothing known but its kind, phase and sentence.
    pub fn new(kind: Kind, phase: Phase, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            facts: Box::new(Facts {
                kind,
                phase,
                message: message.into(),
                origin: None,
                proxy: None,
                proxy_status: None,
                call: None,
                mismatch: None,
                occupancy: None,
                last_failure: None,
                reused_socket: false,
                bytes_read: 0,
                bytes_written: 0,
                may_have_been_processed: false,
                thrown: None,
                causes: Vec::new(),
            }),
        }
    }

    /// The same error with facts filled in by whoever knows them.
    #[must_use]
    pub fn with(mut self, fill: impl FnOnce(&mut Facts)) -> Self {
        fill(&mut self.facts);
        self
    }

    /// All that is known.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Why it failed.
    pub fn kind(&self) -> &Kind {
        &self.facts.kind
    }

    /// Where in its life it failed.
    pub fn phase(&self) -> Phase {
        self.facts.phase
    }

    /// The `code` of the JavaScript error.
    pub fn code(&self) -> &str {
        self.facts.kind.code()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.facts.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.facts.message, self.code(), self.facts.phase.name())
    }
}

impl std::error::Error for Error {}
