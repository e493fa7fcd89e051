//! What is to come, and what the effects have told so far.

use std::collections::VecDeque;

use rag_connection_pool::pool::{SlotId, WaiterId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    Arrival,
    Dialled(u64),
    BrokenOff(u64),
    Finished(u64),
    PeerCloses(SlotId),
    GivenUp(WaiterId),
}

#[derive(Default)]
pub(crate) struct Held {
    pub(crate) connections: u32,
    pub(crate) dials: u32,
    pub(crate) queue: VecDeque<WaiterId>,
}

#[derive(Default)]
pub(crate) struct Totals {
    pub(crate) arrived: u64,
    pub(crate) granted: u64,
    pub(crate) rejected: u64,
    pub(crate) given_up: u64,
    pub(crate) opened: u64,
    pub(crate) ended: u64,
    pub(crate) detached: u64,
    pub(crate) longest_wait: u64,
    pub(crate) full: u64,
    pub(crate) broken_off: u64,
}
