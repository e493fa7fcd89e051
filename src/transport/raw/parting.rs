//! How a raw connection ends by its peer's doing.

use std::io;

use super::super::{errno, tls};
use crate::error::{Error, Phase};

/// A peer that resets what is written.
pub(super) struct Parting {
    pub(super) why: Error,
    /// It had said before that no more comes.
    pub(super) has_ended: bool,
}

pub(super) fn unread(error: &io::Error) -> Error {
    failure(error, "read")
}

/// The kernel tells of a reset once, to whoever asks first; as with Node it is the reader's.
pub(super) fn unwritten(error: &io::Error) -> Error {
    let call = if error.kind() == io::ErrorKind::ConnectionReset { "read" } else { "write" };
    failure(error, call)
}

fn failure(error: &io::Error, call: &'static str) -> Error {
    tls::fault_of(error, Phase::Head).unwrap_or_else(|| errno::failure(error, Phase::Head, call, None))
}
