//! The life of a request, and the only place where pool and transport meet.
//!
//! It owns the clock, the core's lock and the tasks. [`exchange`](exchange::exchange) is the page to read
//! first; everything else serves a line of it.

mod ahead;
mod attempt;
pub(crate) mod clock;
mod content;
mod dial;
mod effects;
mod engine;
mod events;
mod exchange;
mod fresh;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod gap;
mod hold;
mod keep;
mod lease;
mod meter;
mod observe;
mod patience;
mod pipeline;
mod place;
mod pool;
mod raw;
mod relay;
mod reply;
mod request;
mod shared;
mod speaker;
mod story;
mod timer;
mod wait;

pub use engine::Engine;
pub use events::{Happened, Listener, mask};
pub use exchange::exchange;
pub use hold::Hold;
pub use observe::{Observed, OriginStanding};
pub use pool::Pool;
pub use raw::{Parting, RawLease, RawReply, Standing};
pub use reply::{Head, Reply, Settled};
pub use request::{Destination, Request};
