use std::collections::HashSet;

use rag_connection_pool::pool::{Capacity, CloseReason, Expect, Limits, Release};

use crate::stage::{REUSABLE, Stage, roomy, secs, streams};

#[test]
fn without_keep_alive_a_connection_carries_one_request() {
    let mut stage = Stage::new(Limits { keep_alive: false, max_sockets: 1, ..roomy() });
    let lease = stage.fresh(1);
    stage.wait(1);
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::KeepAliveOff]);
    assert_eq!(stage.dials.len(), 1);
}

#[test]
fn without_keep_alive_a_connection_of_many_streams_carries_one_request_too() {
    let mut stage = Stage::new(Limits { keep_alive: false, ..roomy() });
    stage.expect = Expect::Unknown;
    let waiters: Vec<_> = (0..3).map(|_| stage.wait(1)).collect();
    let slot = stage.up_with(Capacity { settled: false, ..streams(10) });
    assert_eq!(
        (stage.winners(), stage.dials.len()),
        (waiters[..1].to_vec(), 2),
        "each has a dial of its own"
    );
    stage.act(|pool, now, fx| pool.capacity_changed(slot, streams(100), now, fx));
    assert_eq!((stage.winners(), stage.dials.len()), (waiters[..1].to_vec(), 2));
    let lease = stage.lease_of(waiters[0]);
    stage.give_back(lease);
    assert_eq!(stage.closed, [(slot, CloseReason::KeepAliveOff)]);
}

#[test]
fn a_connection_is_closed_after_max_requests() {
    let mut stage = Stage::new(Limits { max_requests: Some(3), ..roomy() });
    let mut lease = stage.fresh(1);
    for _ in 1..3 {
        stage.give_back(lease);
        assert!(stage.closed.is_empty());
        lease = stage.take(1);
    }
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::MaxRequests]);
}

#[test]
fn a_connection_whose_last_request_was_none_is_held_to_its_lifetime_again() {
    let limits =
        Limits { max_requests: Some(3), max_lifetime: Some(secs(100)), idle_timeout: secs(3), ..roomy() };
    let mut stage = Stage::new(limits);
    let waiter = stage.wait(1);
    stage.up_with(streams(2));
    let first = stage.lease_of(waiter);
    stage.give_back(first);
    let (long, last) = (stage.take(1), stage.take(1));
    // Its time among the deadlines, which was that of its rest, passes while it drains and has none.
    stage.pass(secs(4));
    stage.give(last, Release::Unused);
    stage.pass(secs(100));
    stage.give_back(long);
    assert_eq!(stage.reasons(), [CloseReason::Lifetime]);
}

#[test]
fn a_lease_given_back_unused_is_no_request() {
    let mut stage = Stage::new(Limits { max_requests: Some(1), ..roomy() });
    let lease = stage.fresh(1);
    stage.give(lease, Release::Unused);
    assert!(stage.closed.is_empty());
    let lease = stage.take(1);
    assert!(!lease.reused());
    stage.give(lease, REUSABLE);
    assert_eq!(stage.reasons(), [CloseReason::MaxRequests]);
}

#[test]
fn max_requests_counts_those_under_way_on_other_streams() {
    let mut stage = Stage::new(Limits { max_requests: Some(2), ..roomy() });
    let first = stage.wait(1);
    stage.up_with(streams(10));
    let first = stage.lease_of(first);
    let second = stage.take(1);
    stage.wait(1);
    assert_eq!(stage.dials.len(), 1, "the connection is used up");
    stage.give_back(first);
    assert!(stage.closed.is_empty());
    stage.give_back(second);
    assert_eq!(stage.reasons(), [CloseReason::MaxRequests]);
}

#[test]
fn an_idle_connection_is_closed_when_its_life_is_over() {
    let mut stage = Stage::new(Limits { max_lifetime: Some(secs(100)), idle_timeout: secs(600), ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    stage.pass(secs(89));
    assert!(stage.closed.is_empty());
    stage.pass(secs(21));
    assert_eq!(stage.reasons(), [CloseReason::Lifetime]);
}

#[test]
fn a_busy_connection_outlives_its_life_until_the_request_ends() {
    let mut stage = Stage::new(Limits { max_lifetime: Some(secs(100)), ..roomy() });
    let lease = stage.fresh(1);
    stage.pass(secs(1000));
    assert!(stage.closed.is_empty());
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::Lifetime]);
}

#[test]
fn a_connection_past_its_life_is_not_granted_again_though_its_request_went_unsent() {
    let mut stage = Stage::new(Limits {
        max_lifetime: Some(secs(10)),
        idle_timeout: secs(60),
        max_sockets: 1,
        ..roomy()
    });
    let lease = stage.fresh(1);
    stage.wait(1);
    stage.pass_unseen(secs(20));
    stage.give(lease, Release::Unused);
    assert_eq!(stage.reasons(), [CloseReason::Lifetime]);
}

#[test]
fn a_shared_connection_past_its_life_takes_no_more_streams() {
    let mut stage = Stage::new(Limits { max_lifetime: Some(secs(10)), ..roomy() });
    let waiter = stage.wait(1);
    stage.up_with(streams(5));
    let lease = stage.lease_of(waiter);
    stage.pass(secs(20));
    stage.wait(1);
    assert_eq!(stage.dials.len(), 1);
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::Lifetime]);
}

#[test]
fn a_shared_connection_past_its_life_is_passed_over_even_if_nobody_looked_at_the_clock() {
    let mut stage = Stage::new(Limits { max_lifetime: Some(secs(10)), ..roomy() });
    let waiter = stage.wait(1);
    stage.up_with(streams(5));
    let lease = stage.lease_of(waiter);
    stage.pass_unseen(secs(20));
    stage.wait(1);
    assert_eq!(stage.dials.len(), 1);
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::Lifetime]);
}

#[test]
fn connections_made_together_are_not_all_replaced_together() {
    let mut stage = Stage::new(Limits {
        max_lifetime: Some(secs(1000)),
        idle_timeout: secs(6000),
        max_idle: 10,
        ..roomy()
    });
    let leases: Vec<_> = (0..10).map(|_| stage.fresh(1)).collect();
    let start = stage.now;
    for lease in leases {
        stage.give_back(lease);
    }
    let mut ends = HashSet::new();
    while let Some(at) = stage.pool.next_deadline() {
        stage.now = at;
        stage.act(rag_connection_pool::pool::Pool::on_time);
        let age = (at - start).as_secs();
        assert!((900..=1100).contains(&age), "closed at the age of {age} s");
        ends.insert(age);
    }
    assert!(ends.len() > 5);
}
