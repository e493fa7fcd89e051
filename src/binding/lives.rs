//! The requests of a ring by their handles: those whose turn to begin is yet to come, in order, and those that have begun.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use rustc_hash::FxHashMap;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::dispatch::{Destination, Pool};

use super::stream::Stream;
use super::upload::Piece;

/// A request as it was submitted.
pub(super) struct Due {
    pub(super) pool: Arc<Pool>,
    pub(super) destination: Arc<Destination>,
    pub(super) args: [u32; 3],
    pub(super) payload: Bytes,
    /// The body that came on its own.
    pub(super) attached: Option<Bytes>,
    pub(super) submitted: Instant,
}

/// A request that has begun, and may be over.
pub(super) struct Live {
    pub(super) task: AbortHandle,
    pub(super) stream: Arc<Stream>,
    pub(super) upload: Option<mpsc::UnboundedSender<Piece>>,
}

enum Life {
    Due(Box<Due>),
    Live(Live),
}

/// An entry outlives its request until the handle is used again.
#[derive(Default)]
pub(super) struct Lives {
    by_handle: FxHashMap<u32, Life>,
    /// Handles of those that are due, and of some that are no more.
    order: VecDeque<u32>,
}

impl Lives {
    /// Behind all others that are due, or where one of this handle was that is no more. None of it may be due.
    pub(super) fn put_off(&mut self, handle: u32, due: Due) {
        self.by_handle.insert(handle, Life::Due(Box::new(due)));
        self.order.push_back(handle);
    }

    /// Whose turn it is to begin.
    pub(super) fn next(&mut self) -> Option<(u32, Box<Due>)> {
        while let Some(handle) = self.order.pop_front() {
            if let Some(due) = self.take(handle) {
                return Some((handle, due));
            }
        }
        None
    }

    /// The request of this handle, if it has not begun; it is not due any more.
    pub(super) fn take(&mut self, handle: u32) -> Option<Box<Due>> {
        if !matches!(self.by_handle.get(&handle), Some(Life::Due(_))) {
            return None;
        }
        match self.by_handle.remove(&handle) {
            Some(Life::Due(due)) => Some(due),
            _ => None,
        }
    }

    /// Whether any may be due.
    pub(super) fn are_due(&self) -> bool {
        !self.order.is_empty()
    }

    pub(super) fn began(&mut self, handle: u32, live: Live) {
        self.by_handle.insert(handle, Life::Live(live));
    }

    pub(super) fn get(&self, handle: u32) -> Option<&Live> {
        match self.by_handle.get(&handle)? {
            Life::Live(live) => Some(live),
            Life::Due(_) => None,
        }
    }

    pub(super) fn abort_all(&self) {
        for life in self.by_handle.values() {
            if let Life::Live(live) = life {
                live.task.abort();
            }
        }
    }
}
