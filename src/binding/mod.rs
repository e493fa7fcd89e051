//! The bridge to Node: rings, and data in and out. It converts and never decides.
//!
//! Everything here returns data and never throws: an error made natively is no `instanceof Error` in another
//! realm. `lib/native.js` is the only caller, and is believed in nothing.

#![expect(unreachable_pub, reason = "what napi exports has to be `pub`")]

/// What the engine holds is made on one thread and let go on another, in sizes at which the system's allocator tidies up
/// each time. Not under a fuzzer: its sanitizer watches the system's.
#[cfg(not(fuzzing))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod attach;
mod batch;
mod bulk;
mod call;
mod census;
mod consult;
mod deliver;
mod events;
mod failure;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod gather;
mod home;
mod inbox;
mod intake;
mod linger;
mod lives;
mod metrics;
mod numbers;
mod options;
mod outbox;
mod overdue;
mod parse;
mod pools;
mod processors;
mod raw;
mod raw_calls;
mod raw_reply;
mod records;
mod reply;
mod ring;
mod shared;
mod stream;
mod sync;
mod tls;
mod transfer;
mod upload;
mod vectors;
mod wake;
mod way;
mod window;
mod write;
