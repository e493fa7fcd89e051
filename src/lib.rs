//! The native engine of `rag-connection-pool`.
//!
//! Layers, arrows pointing down only (see ARCHITECTURE.md):
//!
//! ```text
//! binding                      node: napi only
//!    dispatch                  net: the life of one request; clock, lock, tasks
//!       transport              net: dials and speaks; no pooling, no policy
//! pool policy config metrics key error vectors    always: pure
//! ```

pub mod config;
pub mod error;
pub mod key;
pub mod metrics;
pub mod policy;
pub mod pool;
pub mod vectors;

#[cfg(feature = "net")]
pub mod dispatch;
#[cfg(feature = "net")]
pub mod transport;

#[cfg(feature = "node")]
mod binding;

#[cfg(all(feature = "net", fuzzing))]
pub mod fuzzing;
