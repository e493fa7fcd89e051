//! What both pools are told and what both want done, in numbers that they share.

use rag_connection_pool::pool::{Reject, Scheduling};

/// Times are in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) max_sockets: usize,
    pub(crate) max_per_origin: usize,
    pub(crate) max_idle: usize,
    pub(crate) idle_timeout: u64,
    pub(crate) queue_timeout: Option<u64>,
    pub(crate) max_queued: Option<usize>,
    pub(crate) max_requests: Option<u32>,
    pub(crate) keep_alive: bool,
    pub(crate) scheduling: Scheduling,
}

pub(crate) const GRACE: u64 = 1000;
pub(crate) const KEYS: u32 = 4;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    Connect { dial: usize, key: u32 },
    Abandon { dial: usize },
    Grant { waiter: usize, slot: usize },
    Reject { waiter: usize, why: u8 },
    Close { slot: usize, why: &'static str },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Granted(usize),
    Queued { waiter: usize, exhausted: bool },
    Full,
    Destroyed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Reusable,
    Unused,
    Close,
    Broken,
}

pub(crate) fn reject_code(why: Reject) -> u8 {
    match why {
        Reject::QueueTimeout => 0,
        Reject::Destroyed => 1,
        Reject::ConnectFailed => 2,
    }
}
