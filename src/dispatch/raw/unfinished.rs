//! A task of a raw lease that ends without having told its user.

use std::sync::Arc;

use super::RawLease;
use crate::error::{Error, Kind, Phase};

/// Tells a user that panicked under a task, or whose task was cut, that nothing comes any more.
pub(super) struct Unfinished(Option<Arc<RawLease>>);

impl Unfinished {
    pub(super) fn of(lease: &Arc<RawLease>) -> Self {
        Self(Some(Arc::clone(lease)))
    }

    pub(super) fn finished(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Nothing, if it is over.
        if let Some(lease) = self.0.take() {
            lease.fail(Error::new(Kind::Internal, Phase::Queue, "the engine lost a lease"));
        }
    }
}
