//! Connections that are kept ready.

use rag_connection_pool::pool::{Acquired, CloseReason, Closed, Limits, Pool, Release};

use crate::stage::{REUSABLE, Stage, ms, roomy, secs};

fn keeping(min_idle: u32) -> Stage {
    Stage::new(Limits { min_idle, ..roomy() })
}

/// A stage on which origin 1 was used and has what it is to keep.
fn warm(min_idle: u32) -> Stage {
    warmed(keeping(min_idle))
}

fn warmed(mut stage: Stage) -> Stage {
    let lease = stage.fresh(1);
    stage.give_back(lease);
    while !stage.dials.is_empty() {
        stage.up();
    }
    stage
}

#[test]
fn nothing_is_dialled_for_an_origin_that_was_not_used() {
    let mut stage = keeping(3);
    stage.meet(1..=5);
    stage.pass(secs(60));
    assert_eq!(stage.dialled(), []);
}

#[test]
fn the_end_of_the_first_request_has_the_missing_ones_dialled() {
    let mut stage = keeping(3);
    let lease = stage.fresh(1);
    assert_eq!(stage.dialled(), []);
    stage.give_back(lease);
    assert_eq!(stage.dialled(), [1, 1]);
}

#[test]
fn a_request_that_takes_one_has_another_dialled() {
    let mut stage = warm(2);
    let lease = stage.take(1);
    assert_eq!(stage.dialled(), [1]);
    stage.up();
    assert_eq!(stage.pool.stats().idle, 2);
    stage.give_back(lease);
    assert_eq!((stage.pool.stats().idle, stage.dialled()), (3, vec![]));
}

#[test]
fn what_the_peer_closes_is_replaced() {
    let mut stage = warm(2);
    stage.pass(secs(11));
    let slots: Vec<_> = [stage.take(1), stage.take(1)]
        .map(|lease| {
            let slot = lease.slot();
            stage.give(lease, Release::Unused);
            slot
        })
        .into();
    while !stage.dials.is_empty() {
        stage.down();
    }
    for slot in slots {
        stage.ended(slot, Closed::Peer);
    }
    stage.pass(secs(2));
    assert_eq!(stage.dialled(), [1, 1]);
}

#[test]
fn the_last_ones_outlive_the_idle_timeout_and_the_others_do_not() {
    let mut stage = warm(2);
    let leases = [stage.take(1), stage.take(1)];
    while !stage.dials.is_empty() {
        stage.up();
    }
    for lease in leases {
        stage.give_back(lease);
    }
    assert_eq!(stage.pool.stats().idle, 4);
    stage.pass(secs(3600));
    assert_eq!(stage.pool.stats().idle, 2);
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout; 2]);
    assert_eq!(stage.dialled(), []);
}

#[test]
fn one_that_the_peer_said_it_would_close_is_closed_before_and_replaced() {
    let mut stage = keeping(1);
    let lease = stage.fresh(1);
    stage.give(lease, Release::Reusable { keep_alive_hint: Some(secs(5)) });
    stage.pass(secs(5));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
    assert_eq!(stage.dialled(), [1]);
}

#[test]
fn failed_dials_are_tried_again_ever_later_and_a_request_ends_the_wait() {
    let mut stage = warm(1);
    let lease = stage.take(1);
    stage.give(lease, Release::Broken);
    let mut tries = 0;
    let start = stage.now;
    while stage.now < start + secs(600) {
        while !stage.dials.is_empty() {
            tries += 1;
            stage.down();
        }
        stage.pass(ms(100));
    }
    assert!((12..=20).contains(&tries), "{tries} dials in ten minutes");
    let waiter = stage.wait(1);
    stage.up();
    let lease = stage.lease_of(waiter);
    assert_eq!(stage.dialled(), []);
    stage.give(lease, Release::Close);
    assert_eq!(stage.dialled(), [1]);
}

#[test]
fn a_peer_that_closes_what_it_has_just_accepted_is_not_dialled_without_end() {
    let mut stage = warm(1);
    let lease = stage.take(1);
    stage.give(lease, Release::Close);
    let mut tries = 0;
    for _ in 0..600 {
        while !stage.dials.is_empty() {
            tries += 1;
            let slot = stage.up();
            stage.ended(slot, Closed::Peer);
        }
        stage.pass(ms(100));
    }
    assert!((5..=12).contains(&tries), "{tries} dials in a minute");
}

#[test]
fn no_limit_is_exceeded_and_nothing_is_closed_for_them() {
    let limits = Limits { max_sockets: 3, max_per_origin: 2, min_idle: 2, ..roomy() };
    let mut stage = warmed(Stage::new(limits));
    let other = stage.fresh(2);
    stage.give_back(other);
    assert_eq!((stage.pool.stats().total, stage.dialled(), stage.reasons()), (3, vec![], vec![]));
}

#[test]
fn they_are_closed_for_an_origin_that_waits_and_come_back_when_there_is_room() {
    let limits = Limits { max_sockets: 2, max_per_origin: 2, min_idle: 1, ..roomy() };
    let mut stage = warmed(Stage::new(limits));
    let leases = [stage.fresh(2), stage.fresh(2)];
    assert_eq!(stage.reasons(), [CloseReason::Evicted]);
    let [first, second] = leases;
    stage.give(first, Release::Close);
    // Of the two that want the room the one that has waited longer is first.
    assert_eq!(stage.dialled(), [1]);
    stage.up();
    stage.give(second, REUSABLE);
    assert_eq!(stage.pool.stats().idle, 2);
}

#[test]
fn a_surplus_is_taken_from_those_that_nobody_keeps() {
    let mut stage = warmed(Stage::new(Limits { min_idle: 2, max_idle: 4, ..roomy() }));
    stage.pass(secs(2));
    let mut leases = Vec::new();
    for _ in 0..3 {
        leases.push(stage.fresh(2));
    }
    for lease in leases {
        stage.give_back(lease);
    }
    stage.pass(secs(5));
    assert_eq!(stage.reasons(), [CloseReason::Surplus]);
    let by_origin: Vec<_> = stage.pool.origins().map(|(key, stats)| (*key, stats.idle)).collect();
    assert_eq!(by_origin, [(1, 2), (2, 2)]);
}

#[test]
fn a_request_may_have_what_is_dialled_ahead() {
    let mut stage = keeping(2);
    let lease = stage.fresh(1);
    stage.give_back(lease);
    let lease = stage.take(1);
    let waiter = stage.wait(1);
    let before = stage.dials.len();
    stage.up();
    assert_eq!(stage.winners(), [waiter]);
    assert!(before <= 3, "{before} dials for one that waits and two that are kept");
    stage.give_back(lease);
}

#[test]
fn a_destroyed_pool_keeps_nothing_ready() {
    let mut stage = warm(2);
    let lease = stage.take(1);
    stage.dials.clear();
    stage.destroy();
    stage.give_back(lease);
    stage.pass(secs(100));
    assert_eq!((stage.dialled(), stage.pool.stats().open), (vec![], 0));
}

#[test]
fn all_idle_ones_that_are_closed_by_wish_are_counted_and_the_kept_replaced() {
    let mut stage = warm(2);
    assert_eq!(stage.act(Pool::close_idle), 2);
    assert_eq!(stage.reasons(), [CloseReason::CloseIdle; 2]);
    assert_eq!(stage.dialled(), [1, 1]);
    assert_eq!(stage.act(Pool::close_idle), 0);
}

#[test]
fn after_a_sleep_that_the_clock_did_not_count_those_are_closed_whose_time_is_over() {
    let mut stage = Stage::new(roomy());
    let leases = [stage.fresh(1), stage.fresh(2)];
    let [first, second] = leases;
    stage.give_back(first);
    stage.pass(secs(8));
    stage.give_back(second);
    stage.act(|pool, now, fx| pool.slept(secs(10), now, fx));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
    // The other has five seconds left, not fifteen.
    stage.pass(secs(4));
    assert_eq!(stage.pool.stats().idle, 1);
    stage.pass(secs(2));
    assert_eq!(stage.pool.stats().idle, 0);
}

#[test]
fn after_a_long_sleep_those_that_are_kept_are_replaced() {
    let mut stage = warm(1);
    stage.pass(secs(3600));
    stage.act(|pool, now, fx| pool.slept(secs(3600), now, fx));
    assert_eq!((stage.reasons(), stage.dialled()), (vec![CloseReason::IdleTimeout], vec![1]));
}

#[test]
fn a_kept_connection_is_granted_as_any_other() {
    let mut stage = warm(1);
    stage.pass_unseen(secs(100));
    assert!(matches!(stage.ask(1), Acquired::Granted(_)));
}

#[test]
fn an_origin_that_is_let_cool_is_dialled_for_no_more_until_its_next_use() {
    let mut stage = warm(1);
    let lease = stage.take(1);
    let origin = lease.origin();
    stage.give(lease, Release::Broken);
    stage.down();
    stage.act(|pool, _, _| pool.let_cool(origin));
    stage.pass(secs(600));
    assert_eq!(stage.dialled(), []);
    let lease = stage.fresh(1);
    stage.give_back(lease);
    let lease = stage.take(1);
    assert_eq!(stage.dialled(), [1]);
    stage.give_back(lease);
}
