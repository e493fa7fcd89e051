//! The ways by which the fuzz targets reach what is private. Compiled for them alone.

#[cfg(feature = "node")]
pub use crate::binding::fuzzing::{Answers, Body, Crossing, Submissions};
pub use crate::dispatch::fuzzing::read_fields;
pub use crate::transport::proxy::fuzzing::through;
