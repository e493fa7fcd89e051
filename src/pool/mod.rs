//! The pool core: which request gets which connection, when one is dialled and when one is let go.
//!
//! A state machine without a clock, a thread or a socket. Every transition takes `&mut self` and `now`, and
//! leaves in an [`Effects`] buffer what the caller must do, in order. It never blocks, wakes, logs or fails:
//! a token or id that has been overtaken by events is a no-op, so no caller has to win a race.
//!
//! HTTP/1, 2 and 3 differ only in a connection's [`Capacity`]. Where the handshake decides between them, the
//! connections of each are an origin of their own: see [`Pool::rerouted`].
//!
//! # Invariants
//!
//! They hold after every public operation; [`Pool::check`] verifies all of them.
//!
//! - I1: open and dialling connections never exceed `max_sockets`, nor an origin's own limit for one.
//! - I2: created − destroyed − detached = open.
//! - I3: an origin with a waiter has no connection that could take it.
//! - I4: an origin stands in the ring of those short of a connection exactly when a waiter of it is covered by
//!   no dial, its own limit would allow one, and its peer has not just shown that it allows no streams; while one stands there, the total limit is reached and no
//!   connection is idle anywhere, nor a dial that nobody waits for left to be given up. Hence nothing waits that could be served, and no newcomer overtakes.
//! - I5: every list and counter agrees with the state of what it lists or counts.
//! - I6: an origin with a waiter has an open connection, a dial under way, or a place in the ring.
//! - I7: an origin stands among the cold ones exactly when it is to keep more connections ready than it has.
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::indexing_slicing
)]

mod abandon;
mod acquire;
mod arena;
mod check;
mod close;
mod dial;
mod effect;
mod gauge;
mod idle;
mod jitter;
mod learn;
mod limits;
mod list;
mod origin;
mod preconnect;
mod registry;
mod release;
mod replace;
mod reroute;
mod ring;
mod slot;
mod stats;
mod time;
mod token;
mod waiter;
mod warm;

pub use effect::{Acquired, Asks, CloseReason, Closed, Effect, Effects, Refusal, Reject, Release};
pub use limits::{Capacity, Expect, Limits, OriginLimits, Scheduling};
pub use registry::Pool;
pub use stats::{OriginStats, Stats};
pub use token::{DialId, Lease, OriginId, Permit, SlotId, WaiterId};
