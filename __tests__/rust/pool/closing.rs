use rag_connection_pool::pool::{Acquired, CloseReason, Closed, Refusal, Reject, Release};

use crate::stage::{Stage, roomy, streams};

#[test]
fn a_connection_that_ends_while_idle_is_gone_without_being_told_to() {
    let mut stage = Stage::with_sockets(1);
    let lease = stage.fresh(1);
    let slot = lease.slot();
    stage.give_back(lease);
    stage.ended(slot, Closed::Peer);
    assert!(stage.closed.is_empty());
    assert_eq!((stage.pool.stats().open, stage.pool.stats().destroyed), (0, 1));
}

#[test]
fn a_lease_on_a_connection_that_has_ended_comes_back_to_nobody() {
    for how in [Closed::Peer, Closed::Error] {
        let mut stage = Stage::with_sockets(1);
        let lease = stage.fresh(1);
        stage.ended(lease.slot(), how);
        let before = stage.pool.stats();
        stage.give_back(lease);
        assert_eq!(stage.pool.stats(), before);
    }
}

#[test]
fn a_connection_that_ends_while_busy_makes_room_at_once() {
    let mut stage = Stage::with_sockets(1);
    let lease = stage.fresh(1);
    stage.wait(1);
    stage.ended(lease.slot(), Closed::Error);
    assert_eq!(stage.dials.len(), 1);
}

#[test]
fn an_end_that_is_reported_twice_counts_once() {
    let mut stage = Stage::with_sockets(1);
    let lease = stage.fresh(1);
    stage.ended(lease.slot(), Closed::Error);
    stage.ended(lease.slot(), Closed::Peer);
    assert_eq!(stage.pool.stats().destroyed, 1);
}

#[test]
fn a_broken_connection_is_closed_though_it_carries_other_streams() {
    let mut stage = Stage::with_sockets(2);
    let waiters = [stage.wait(1)];
    stage.up_with(streams(3));
    let first = stage.lease_of(waiters[0]);
    let second = stage.take(1);
    stage.give(first, Release::Broken);
    assert_eq!(stage.reasons(), [CloseReason::Broken]);
    stage.give_back(second);
    assert_eq!(stage.pool.stats().open, 0);
}

#[test]
fn a_connection_that_is_to_close_serves_no_waiter() {
    for (outcome, why) in [(Release::Close, CloseReason::Requested), (Release::Broken, CloseReason::Broken)] {
        let mut stage = Stage::with_sockets(1);
        let lease = stage.fresh(1);
        stage.wait(1);
        stage.give(lease, outcome);
        assert_eq!(stage.reasons(), [why]);
        assert!(stage.granted.is_empty());
        assert_eq!(stage.dials.len(), 1);
    }
}

#[test]
fn a_detached_connection_leaves_the_limits() {
    let mut stage = Stage::with_sockets(1);
    let lease = stage.fresh(1);
    stage.wait(1);
    stage.act(|pool, now, fx| pool.detached(lease, now, fx));
    assert!(stage.closed.is_empty(), "it is its user's own");
    assert_eq!(stage.dials.len(), 1);
    assert_eq!(stage.pool.stats().detached, 1);
}

#[test]
fn destroy_rejects_what_waits_and_closes_what_is_idle() {
    let mut stage = Stage::with_sockets(2);
    let (idle, _busy) = (stage.fresh(1), stage.fresh(2));
    let idle_slot = idle.slot();
    stage.give_back(idle);
    let waiter = stage.wait(2);
    stage.closed.clear();
    stage.destroy();
    assert_eq!(stage.rejected, [(waiter, Reject::Destroyed)]);
    assert!(stage.closed.iter().all(|(slot, why)| *slot == idle_slot && *why == CloseReason::Destroyed));
}

#[test]
fn after_destroy_busy_connections_close_as_their_requests_end() {
    let mut stage = Stage::with_sockets(2);
    let lease = stage.fresh(1);
    stage.destroy();
    assert!(stage.closed.is_empty());
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::Destroyed]);
}

#[test]
fn after_destroy_a_dial_that_succeeds_is_closed_and_one_that_fails_is_forgotten() {
    let mut stage = Stage::with_sockets(2);
    stage.wait(1);
    stage.wait(1);
    stage.destroy();
    let slot = stage.up();
    assert_eq!(stage.closed, [(slot, CloseReason::Destroyed)]);
    stage.down();
    let stats = stage.pool.stats();
    assert_eq!((stats.total, stats.created, stats.destroyed), (0, 1, 1));
}

#[test]
fn after_destroy_nothing_is_taken_on() {
    let mut stage = Stage::with_sockets(2);
    stage.destroy();
    stage.destroy();
    assert_eq!(stage.ask(1), Acquired::Refused(Refusal::Destroyed));
    assert_eq!(stage.pool.next_deadline(), None);
}

#[test]
fn an_unsent_last_request_does_not_bring_a_destroyed_pool_back_to_life() {
    let mut stage = Stage::new(rag_connection_pool::pool::Limits { max_requests: Some(1), ..roomy() });
    let lease = stage.fresh(1);
    stage.destroy();
    stage.give(lease, Release::Unused);
    assert_eq!(stage.reasons(), [CloseReason::Destroyed]);
}
