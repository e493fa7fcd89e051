//! What bounds a pool. Values are taken as resolved: the configuration has checked them.

use std::time::Duration;

/// Which idle connection of an origin is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduling {
    /// The one used last: few connections stay warm, the rest age out.
    Lifo,
    /// The one idle longest: the load is spread over all.
    Fifo,
}

/// The bounds of a pool; those of `max_per_origin` and below hold for each origin that has none of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections in all, those being dialled included.
    pub max_sockets: u32,
    /// Idle connections kept in all, counting only those idle for longer than `surplus_grace`.
    /// 0: a connection without a waiter is closed at once.
    pub max_idle: u32,
    /// How long a connection may be idle before it counts as surplus.
    pub surplus_grace: Duration,
    /// Requests that may wait because a limit is reached. `None`: any number.
    pub max_queued: Option<u32>,
    /// Connections to one origin, those being dialled included.
    pub max_per_origin: u32,
    /// How long an idle connection is kept when its peer says nothing. `Duration::MAX`: for ever.
    pub idle_timeout: Duration,
    /// The most that a peer's keep-alive hint may ask for.
    pub keep_alive_cap: Duration,
    /// `false`: a connection carries one request, whatever it could carry, and is closed.
    pub keep_alive: bool,
    /// Which idle connection is taken.
    pub scheduling: Scheduling,
    /// How long a request waits for a connection. `None`: without end.
    pub queue_timeout: Option<Duration>,
    /// The age, ± 10 %, past which a connection takes no more requests. `None`: any age.
    pub max_lifetime: Option<Duration>,
    /// Requests after which a connection is closed. `None`: any number.
    pub max_requests: Option<u32>,
    /// Connections to each origin that has been used that are kept idle and ready.
    pub min_idle: u32,
}

impl Limits {
    /// The `surplus_grace` to use where nobody sets another: a second, longer than any pause between two requests
    /// of one burst.
    pub const SURPLUS_GRACE: Duration = Duration::from_secs(1);
}

/// The part of [`Limits`] that holds for one origin; origins under the same limits share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginLimits {
    /// As [`Limits::max_per_origin`]. The pool's total holds beside it, whichever is less.
    pub max_sockets: u32,
    /// As [`Limits::idle_timeout`].
    pub idle_timeout: Duration,
    /// As [`Limits::keep_alive_cap`].
    pub keep_alive_cap: Duration,
    /// As [`Limits::keep_alive`].
    pub keep_alive: bool,
    /// As [`Limits::scheduling`].
    pub scheduling: Scheduling,
    /// As [`Limits::queue_timeout`].
    pub queue_timeout: Option<Duration>,
    /// As [`Limits::max_lifetime`].
    pub max_lifetime: Option<Duration>,
    /// As [`Limits::max_requests`].
    pub max_requests: Option<u32>,
    /// As [`Limits::min_idle`].
    pub min_idle: u32,
}

impl Limits {
    /// The part that holds for each origin.
    pub fn for_origin(&self) -> OriginLimits {
        OriginLimits {
            max_sockets: self.max_per_origin,
            idle_timeout: self.idle_timeout,
            keep_alive_cap: self.keep_alive_cap,
            keep_alive: self.keep_alive,
            scheduling: self.scheduling,
            queue_timeout: self.queue_timeout,
            max_lifetime: self.max_lifetime,
            max_requests: self.max_requests,
            min_idle: self.min_idle,
        }
    }
}

impl OriginLimits {
    /// How many of a connection's streams are used.
    pub(super) fn usable(&self, streams: u32) -> u32 {
        if self.keep_alive { streams } else { streams.min(1) }
    }

    /// How long the peer's `Keep-Alive: timeout=n` lets a connection idle: a second less than it says, so that
    /// a request is not on its way when the peer closes.
    pub(super) fn honour(&self, hint: Duration) -> Duration {
        hint.saturating_sub(Duration::from_secs(1)).min(self.keep_alive_cap)
    }
}

/// How many requests a connection carries at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Streams. 0: the peer allows none for now, and the connection is as good as full until it allows more.
    pub streams: u32,
    /// False while this is only what may be used until the peer has told its own number, with
    /// [`Pool::capacity_changed`]. Until then the connection stands for as many streams as others of its origin
    /// have had, so that a queue waits for that word rather than for more connections.
    ///
    /// [`Pool::capacity_changed`]: super::Pool::capacity_changed
    pub settled: bool,
}

impl Capacity {
    /// One request at a time: HTTP/1.
    pub const SINGLE: Self = Self::of(1);

    /// So many, and the peer has said so.
    pub const fn of(streams: u32) -> Self {
        Self { streams, settled: true }
    }
}

/// What is known of an origin's protocol before its first connection is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// One request a connection: each waiter is dialled for at once.
    Single,
    /// The handshake will tell. Until it has, one dial serves for all, so that a burst to an origin that
    /// multiplexes does not open a connection a request.
    Unknown,
}
