use std::time::Duration;

use rag_connection_pool::pool::{CloseReason, Limits, Release, Scheduling};

use crate::stage::{Stage, ms, roomy, secs};

fn hinted(seconds: u64) -> Release {
    Release::Reusable { keep_alive_hint: Some(secs(seconds)) }
}

fn idle_pair(scheduling: Scheduling) -> (Stage, [rag_connection_pool::pool::SlotId; 2]) {
    let mut stage = Stage::new(Limits { scheduling, ..roomy() });
    let (first, second) = (stage.fresh(1), stage.fresh(1));
    let slots = [first.slot(), second.slot()];
    stage.give_back(first);
    stage.give_back(second);
    (stage, slots)
}

#[test]
fn lifo_takes_the_connection_used_last() {
    let (mut stage, [_, last]) = idle_pair(Scheduling::Lifo);
    assert_eq!(stage.take(1).slot(), last);
}

#[test]
fn fifo_takes_the_connection_idle_longest() {
    let (mut stage, [longest, _]) = idle_pair(Scheduling::Fifo);
    assert_eq!(stage.take(1).slot(), longest);
}

#[test]
fn a_lease_says_whether_its_connection_was_used_before() {
    let mut stage = Stage::with_sockets(1);
    let lease = stage.fresh(1);
    assert!(!lease.reused());
    stage.give_back(lease);
    assert!(stage.take(1).reused());
}

#[test]
fn an_idle_connection_is_closed_when_its_time_is_over_and_not_before() {
    let mut stage = Stage::new(Limits { idle_timeout: secs(15), ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    stage.pass(ms(14_999));
    assert!(stage.closed.is_empty());
    stage.pass(ms(1));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}

#[test]
fn use_begins_the_idle_time_anew() {
    let mut stage = Stage::new(Limits { idle_timeout: secs(15), ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    stage.pass(secs(10));
    let lease = stage.take(1);
    stage.pass(secs(30));
    stage.give_back(lease);
    stage.pass(ms(14_999));
    assert!(stage.closed.is_empty());
    stage.pass(ms(1));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}

#[test]
fn a_lease_given_back_unused_does_not_prolong_the_idle_time() {
    let mut stage = Stage::new(Limits { idle_timeout: secs(15), ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    stage.pass(secs(14));
    let lease = stage.take(1);
    stage.give(lease, Release::Unused);
    stage.pass(secs(1));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}

#[test]
fn a_connection_whose_idle_time_ended_under_an_unused_lease_serves_no_waiter() {
    let mut stage = Stage::new(Limits { idle_timeout: secs(15), max_sockets: 1, ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    let lease = stage.take(1);
    stage.wait(1);
    stage.pass(secs(15));
    stage.give(lease, Release::Unused);
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}

#[test]
fn an_expired_connection_is_not_granted_even_if_nobody_looked_at_the_clock() {
    let mut stage = Stage::new(Limits { idle_timeout: secs(15), ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    stage.pass_unseen(secs(3600));
    stage.wait(1);
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
    assert_eq!(stage.dials.len(), 1);
}

#[test]
fn a_keep_alive_hint_replaces_the_idle_timeout_by_a_second_less() {
    for (hint, kept) in [(5, secs(4)), (30, secs(29)), (61, secs(60)), (600, secs(60))] {
        let mut stage = Stage::new(Limits { idle_timeout: secs(15), ..roomy() });
        let lease = stage.fresh(1);
        stage.give(lease, hinted(hint));
        stage.pass(kept.saturating_sub(ms(1)));
        assert!(stage.closed.is_empty(), "hint {hint}");
        stage.pass(ms(1));
        assert_eq!(stage.reasons(), [CloseReason::IdleTimeout], "hint {hint}");
    }
}

#[test]
fn a_hint_that_leaves_no_time_closes_at_once_though_somebody_waits() {
    for hint in [0, 1] {
        let mut stage = Stage::with_sockets(1);
        let lease = stage.fresh(1);
        stage.wait(1);
        stage.give(lease, hinted(hint));
        assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
        assert_eq!(stage.dials.len(), 1);
    }
}

#[test]
fn a_hint_for_less_than_was_left_of_the_idle_time_is_kept_to() {
    let mut stage = Stage::new(Limits { idle_timeout: secs(50), ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    let lease = stage.take(1);
    stage.give(lease, hinted(5));
    stage.pass(secs(4));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}

#[test]
fn a_hint_holds_until_another_reply_says_otherwise() {
    let mut stage = Stage::new(Limits { idle_timeout: secs(15), ..roomy() });
    let lease = stage.fresh(1);
    stage.give(lease, hinted(5));
    let lease = stage.take(1);
    stage.give_back(lease);
    stage.pass(secs(4));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}

#[test]
fn more_than_max_idle_are_kept_for_a_second_and_then_the_longest_idle_go() {
    let mut stage = Stage::new(Limits { max_idle: 2, max_sockets: 5, max_per_origin: 5, ..roomy() });
    let leases: Vec<_> = (0..5).map(|_| stage.fresh(1)).collect();
    let slots: Vec<_> = leases.iter().map(rag_connection_pool::pool::Lease::slot).collect();
    for lease in leases {
        stage.give_back(lease);
        stage.pass(ms(10));
    }
    stage.pass(ms(949));
    assert!(stage.closed.is_empty());
    stage.pass(secs(1));
    assert_eq!(stage.closed.iter().map(|(slot, _)| *slot).collect::<Vec<_>>(), slots[..3]);
    assert!(stage.reasons().iter().all(|why| *why == CloseReason::Surplus));
}

#[test]
fn a_connection_between_two_requests_is_no_surplus() {
    let mut stage = Stage::new(Limits { max_idle: 1, ..roomy() });
    let mut leases: Vec<_> = (0..5).map(|_| stage.fresh(1)).collect();
    for _ in 0..100 {
        for lease in std::mem::take(&mut leases) {
            stage.give_back(lease);
        }
        stage.pass(ms(500));
        leases = (0..5).map(|_| stage.take(1)).collect();
    }
    assert!(stage.closed.is_empty());
}

#[test]
fn max_idle_of_zero_closes_at_once() {
    let mut stage = Stage::new(Limits { max_idle: 0, ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::Surplus]);
}

#[test]
fn max_idle_of_zero_still_hands_over_to_a_waiter() {
    let mut stage = Stage::new(Limits { max_idle: 0, max_sockets: 1, ..roomy() });
    let lease = stage.fresh(1);
    let waiter = stage.wait(1);
    stage.give_back(lease);
    assert_eq!(stage.winners(), [waiter]);
    assert!(stage.closed.is_empty());
}

#[test]
fn nothing_to_come_is_no_deadline() {
    let mut stage = Stage::new(Limits { idle_timeout: Duration::MAX, ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    assert_eq!(stage.pool.next_deadline(), None);
}

#[test]
fn a_connection_used_without_end_does_not_wake_the_pool_for_each_use() {
    let mut stage = Stage::new(Limits { idle_timeout: secs(15), ..roomy() });
    let lease = stage.fresh(1);
    stage.give_back(lease);
    let first = stage.pool.next_deadline();
    for _ in 0..1000 {
        stage.pass_unseen(ms(1));
        let lease = stage.take(1);
        stage.give_back(lease);
    }
    assert_eq!(stage.pool.next_deadline(), first);
}

#[test]
fn close_idle_closes_what_is_idle_and_nothing_else() {
    let (mut stage, _) = idle_pair(Scheduling::Lifo);
    let busy = stage.take(1);
    stage.act(rag_connection_pool::pool::Pool::close_idle);
    assert_eq!(stage.reasons(), [CloseReason::CloseIdle]);
    stage.give_back(busy);
    assert_eq!(stage.pool.stats().idle, 1);
}

#[test]
fn close_one_closes_the_connection_that_would_be_lent_next() {
    let (mut stage, slots) = idle_pair(Scheduling::Lifo);
    let origin = stage.id(1);
    stage.act(|pool, now, fx| pool.close_one(origin, now, fx));
    assert_eq!(stage.reasons(), [CloseReason::CloseIdle]);
    assert_eq!((stage.pool.is_open(slots[0]), stage.pool.is_open(slots[1])), (true, false));
}

#[test]
fn close_one_spares_what_is_in_use() {
    let mut stage = Stage::new(roomy());
    let lease = stage.fresh(1);
    let origin = stage.id(1);
    stage.act(|pool, now, fx| pool.close_one(origin, now, fx));
    assert!(stage.reasons().is_empty());
    stage.give_back(lease);
    assert_eq!(stage.pool.stats().idle, 1);
}
