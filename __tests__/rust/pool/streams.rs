use rag_connection_pool::pool::{Capacity, CloseReason, Closed, Expect, Lease, Limits, Release};

use crate::stage::{Stage, roomy, streams};

/// One connection of `n` streams, one of them in use.
pub(super) fn shared(sockets: u32, n: u32) -> (Stage, Lease) {
    let mut stage = Stage::new(Limits { max_sockets: sockets, max_per_origin: sockets, ..roomy() });
    stage.expect = Expect::Unknown;
    let waiter = stage.wait(1);
    stage.up_with(streams(n));
    let lease = stage.lease_of(waiter);
    (stage, lease)
}

#[test]
fn a_connection_carries_as_many_requests_as_it_has_streams() {
    let (mut stage, _first) = shared(5, 3);
    let _second = stage.take(1);
    let _third = stage.take(1);
    stage.wait(1);
    assert_eq!(stage.dials.len(), 1, "a full connection makes another");
}

#[test]
fn a_burst_that_waited_for_the_handshake_is_served_by_one_connection() {
    let mut stage = Stage::with_sockets(5);
    stage.expect = Expect::Unknown;
    let waiters: Vec<_> = (0..7).map(|_| stage.wait(1)).collect();
    stage.up_with(streams(5));
    assert_eq!(stage.winners(), waiters[..5]);
    assert_eq!(stage.dials.len(), 1, "one more dial carries both that are left");
}

#[test]
fn dials_are_counted_by_the_streams_they_will_bring() {
    let (mut stage, _first) = shared(5, 2);
    let _second = stage.take(1);
    for _ in 0..5 {
        stage.wait(1);
    }
    assert_eq!(stage.dials.len(), 3);
}

#[test]
fn a_busy_connection_is_taken_before_an_idle_one() {
    let (mut stage, first) = shared(5, 2);
    let second = stage.take(1);
    let waiter = stage.wait(1);
    stage.up_with(streams(2));
    let third = stage.lease_of(waiter);
    let busy = third.slot();
    stage.give_back(first);
    stage.give_back(second);
    assert_eq!(stage.take(1).slot(), busy);
}

#[test]
fn a_freed_stream_goes_to_the_first_that_waits() {
    let (mut stage, first) = shared(1, 2);
    let _second = stage.take(1);
    let waiters = [stage.wait(1), stage.wait(1)];
    stage.give_back(first);
    assert_eq!(stage.winners(), waiters[..1]);
}

#[test]
fn a_peer_that_allows_more_streams_serves_those_that_wait() {
    let (mut stage, first) = shared(1, 1);
    let waiters = [stage.wait(1), stage.wait(1), stage.wait(1)];
    stage.act(|pool, now, fx| pool.capacity_changed(first.slot(), streams(3), now, fx));
    assert_eq!(stage.winners(), waiters[..2]);
}

#[test]
fn streams_beyond_a_shrunken_limit_run_on_and_are_not_refilled() {
    let (mut stage, first) = shared(1, 3);
    let second = stage.take(1);
    let third = stage.take(1);
    stage.act(|pool, now, fx| pool.capacity_changed(first.slot(), streams(1), now, fx));
    let waiter = stage.wait(1);
    stage.give_back(first);
    stage.give_back(second);
    assert!(stage.granted.is_empty());
    stage.give_back(third);
    assert_eq!(stage.winners(), [waiter]);
}

#[test]
fn an_idle_connection_whose_limit_changes_stays_idle() {
    let (mut stage, lease) = shared(1, 3);
    let slot = lease.slot();
    stage.give_back(lease);
    stage.act(|pool, now, fx| pool.capacity_changed(slot, streams(1), now, fx));
    assert_eq!(stage.take(1).slot(), slot);
    stage.wait(1);
}

#[test]
fn a_connection_whose_peer_goes_away_takes_no_more_and_closes_at_its_last_stream() {
    let (mut stage, first) = shared(5, 3);
    let second = stage.take(1);
    stage.ended(first.slot(), Closed::Draining);
    stage.wait(1);
    assert_eq!(stage.dials.len(), 1);
    stage.give_back(first);
    assert!(stage.closed.is_empty());
    stage.give_back(second);
    assert_eq!(stage.reasons(), [CloseReason::Draining]);
}

#[test]
fn a_shared_connection_of_an_origin_whose_turn_is_over_is_drained_for_another() {
    let (mut stage, mut lease) = shared(1, 2);
    stage.wait(2);
    for _ in 0..20 {
        let rag_connection_pool::pool::Acquired::Granted(next) = stage.ask(1) else { break };
        stage.give_back(lease);
        lease = next;
    }
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::Yielded]);
    assert_eq!(stage.dialled(), [2]);
}

#[test]
fn one_waiter_drains_one_shared_connection_and_not_all_of_them() {
    let mut stage = Stage::with_sockets(3);
    stage.expect = Expect::Unknown;
    let mut leases = Vec::new();
    for _ in 0..3 {
        let waiter = stage.wait(1);
        stage.up_with(streams(2));
        leases.push(stage.lease_of(waiter));
        leases.push(stage.take(1));
    }
    stage.wait(2);
    let second = leases.remove(2);
    let first = leases.remove(0);
    let kept = second.slot();
    stage.give_back(first);
    stage.give_back(second);
    assert_eq!(stage.take(1).slot(), kept);
}

/// What may be used of a connection whose peer has not told its own number yet.
fn untold(n: u32) -> Capacity {
    Capacity { settled: false, ..streams(n) }
}

#[test]
fn a_queue_waits_for_the_peers_own_number_before_it_makes_another_connection() {
    let mut stage = Stage::with_sockets(5);
    stage.expect = Expect::Unknown;
    let waiters: Vec<_> = (0..7).map(|_| stage.wait(1)).collect();
    let slot = stage.up_with(untold(2));
    assert_eq!((stage.winners(), stage.dials.len()), (waiters[..2].to_vec(), 0));
    stage.act(|pool, now, fx| pool.capacity_changed(slot, streams(5), now, fx));
    assert_eq!((stage.winners(), stage.dials.len()), (waiters[..5].to_vec(), 1));
}

#[test]
fn a_connection_that_ends_before_its_peer_has_told_keeps_nobody_waiting() {
    let mut stage = Stage::with_sockets(5);
    stage.expect = Expect::Unknown;
    for _ in 0..3 {
        stage.wait(1);
    }
    let slot = stage.up_with(untold(1));
    assert_eq!(stage.dials.len(), 0);
    stage.ended(slot, Closed::Error);
    assert_eq!(stage.dials.len(), 1);
}

#[test]
fn a_connection_that_drains_before_its_peer_has_told_keeps_nobody_waiting() {
    let mut stage = Stage::with_sockets(5);
    stage.expect = Expect::Unknown;
    for _ in 0..3 {
        stage.wait(1);
    }
    let slot = stage.up_with(untold(1));
    stage.ended(slot, Closed::Draining);
    assert_eq!(stage.dials.len(), 1);
}

#[test]
fn a_connection_that_is_used_up_before_its_peer_has_told_keeps_nobody_waiting() {
    let limits = Limits { max_requests: Some(1), max_sockets: 5, max_per_origin: 5, ..roomy() };
    let mut stage = Stage::new(limits);
    stage.expect = Expect::Unknown;
    for _ in 0..3 {
        stage.wait(1);
    }
    stage.up_with(untold(1));
    assert_eq!((stage.granted.len(), stage.dials.len()), (1, 1));
}

#[test]
fn connections_to_come_are_counted_by_what_the_last_one_had() {
    let mut stage = Stage::with_sockets(9);
    stage.expect = Expect::Unknown;
    for _ in 0..50 {
        stage.wait(1);
    }
    stage.up_with(streams(10));
    assert_eq!(stage.dials.len(), 4);
    stage.up_with(untold(1));
    assert_eq!(stage.dials.len(), 3, "the one whose peer has not told stands for ten");
}

#[test]
fn a_connection_that_refuses_a_request_carries_no_more_than_the_others_it_has() {
    let (mut stage, first) = shared(1, 10);
    let (second, third) = (stage.take(1), stage.take(1));
    stage.give(third, Release::Refused);
    let waiters = [stage.wait(1), stage.wait(1), stage.wait(1)];
    stage.give_back(first);
    assert_eq!(stage.winners(), waiters[..2], "one in its place, and one more because it went well");
    stage.give(second, Release::Refused);
    assert_eq!(stage.winners(), waiters[..2]);
}

#[test]
fn a_connection_that_refuses_everything_is_tried_with_one() {
    let (mut stage, lease) = shared(1, 10);
    stage.give(lease, Release::Refused);
    let lease = stage.take(1);
    let waiters: Vec<_> = (0..6).map(|_| stage.wait(1)).collect();
    stage.give_back(lease);
    assert_eq!(stage.winners(), waiters[..2]);
    let slot = stage.granted[0].1.slot();
    stage.act(|pool, now, fx| pool.capacity_changed(slot, streams(5), now, fx));
    assert_eq!(stage.winners(), waiters[..5], "its peer's word counts again");
}

#[test]
fn a_refusal_makes_another_connection() {
    let (mut stage, first) = shared(5, 10);
    let second = stage.take(1);
    stage.give(second, Release::Refused);
    stage.wait(1);
    assert_eq!(stage.dials.len(), 1);
    stage.give_back(first);
}
