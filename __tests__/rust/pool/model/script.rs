//! What may happen to a pool, and under which limits.

use proptest::prelude::*;
use rag_connection_pool::pool::{Limits, Scheduling};

use super::deed::{GRACE, KEYS, Outcome, Rules};
use crate::stage::{ms, roomy};

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Acquire(u32),
    Connected(usize),
    Failed(usize),
    Released(usize, Outcome),
    Detached(usize),
    Ended(usize),
    Cancelled(usize),
    Pass(u64),
    Destroy,
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let any = 0usize..1000;
    let outcome = prop_oneof![
        8 => Just(Outcome::Reusable),
        1 => Just(Outcome::Unused),
        1 => Just(Outcome::Close),
        1 => Just(Outcome::Broken),
    ];
    prop_oneof![
        300 => (0..KEYS).prop_map(Op::Acquire),
        150 => any.clone().prop_map(Op::Connected),
        50 => any.clone().prop_map(Op::Failed),
        200 => (any.clone(), outcome).prop_map(|(n, outcome)| Op::Released(n, outcome)),
        10 => any.clone().prop_map(Op::Detached),
        30 => any.clone().prop_map(Op::Ended),
        50 => any.prop_map(Op::Cancelled),
        100 => prop_oneof![0u64..50, 0u64..3000].prop_map(Op::Pass),
        1 => Just(Op::Destroy),
    ]
}

pub(crate) fn rules() -> impl Strategy<Value = Rules> {
    let bounds = (1usize..6, 1usize..5, 0usize..4, 500u64..5000);
    let queue = (prop::option::of(1u64..3000), prop::option::of(0usize..6));
    let rest = (prop::option::of(1u32..4), prop::bool::weighted(0.9), prop::bool::ANY);
    (bounds, queue, rest).prop_map(|(bounds, queue, rest)| Rules {
        max_sockets: bounds.0,
        max_per_origin: bounds.1,
        max_idle: bounds.2,
        idle_timeout: bounds.3,
        queue_timeout: queue.0,
        max_queued: queue.1,
        max_requests: rest.0,
        keep_alive: rest.1,
        scheduling: if rest.2 { Scheduling::Lifo } else { Scheduling::Fifo },
    })
}

pub(crate) fn limits(rules: &Rules) -> Limits {
    Limits {
        max_sockets: u32::try_from(rules.max_sockets).unwrap(),
        max_per_origin: u32::try_from(rules.max_per_origin).unwrap(),
        max_idle: u32::try_from(rules.max_idle).unwrap(),
        surplus_grace: ms(GRACE),
        idle_timeout: ms(rules.idle_timeout),
        queue_timeout: rules.queue_timeout.map(ms),
        max_queued: rules.max_queued.map(|most| u32::try_from(most).unwrap()),
        max_requests: rules.max_requests,
        keep_alive: rules.keep_alive,
        scheduling: rules.scheduling,
        ..roomy()
    }
}
