//! Counters and histograms, for a pool and for each of its origins.
//!
//! Durations come in as they were measured elsewhere; nothing here reads a clock. Recording never fails
//! and, once an origin is known, never allocates but to widen a histogram.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod counters;
mod histogram;
mod recorder;
mod sample;
mod snapshot;
mod stages;

pub use counters::Counters;
pub use recorder::Recorder;
pub use sample::{Carrier, Event, Outcome, Sample, Times};
pub use snapshot::{OTHER, OriginSnapshot, Snapshot, StageSummaries, Summary};
pub use stages::Stage;
