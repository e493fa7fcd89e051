use rag_connection_pool::pool::{Acquired, CloseReason, Limits};

use crate::stage::{Stage, roomy};

fn limits(max_sockets: u32, max_per_origin: u32) -> Limits {
    Limits { max_sockets, max_per_origin, ..roomy() }
}

#[test]
fn one_origin_dials_no_more_than_its_own_limit() {
    let mut stage = Stage::new(limits(10, 3));
    for _ in 0..5 {
        stage.wait(1);
    }
    assert_eq!(stage.dials.len(), 3);
}

#[test]
fn all_origins_together_dial_no_more_than_the_total() {
    let mut stage = Stage::new(limits(4, 3));
    for key in [1, 1, 1, 2, 2, 2, 3] {
        stage.wait(key);
    }
    assert_eq!(stage.dialled(), [1, 1, 1, 2]);
}

#[test]
fn dials_under_way_count_against_the_limit() {
    let mut stage = Stage::new(limits(2, 2));
    let first = stage.fresh(1);
    stage.wait(1);
    assert_eq!(stage.pool.stats().total, 2);
    stage.wait(1);
    assert_eq!(stage.dials.len(), 1);
    drop(first);
}

#[test]
fn at_the_total_the_longest_idle_connection_of_another_origin_makes_room() {
    let mut stage = Stage::new(limits(2, 2));
    let (first, second) = (stage.fresh(1), stage.fresh(2));
    let oldest = second.slot();
    stage.give_back(second);
    stage.give_back(first);
    stage.wait(3);
    assert_eq!(stage.closed, [(oldest, CloseReason::Evicted)]);
    assert_eq!(stage.dialled(), [3]);
}

#[test]
fn a_connection_that_falls_idle_makes_room_for_an_origin_that_waits() {
    let mut stage = Stage::new(limits(1, 1));
    let lease = stage.fresh(1);
    stage.wait(2);
    assert!(stage.dials.is_empty());
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::Evicted]);
    assert_eq!(stage.dialled(), [2]);
}

#[test]
fn the_limit_of_an_origin_evicts_nobody() {
    let mut stage = Stage::new(limits(2, 1));
    let other = stage.fresh(2);
    stage.give_back(other);
    let _busy = stage.fresh(1);
    stage.wait(1);
    assert!(stage.closed.is_empty());
    assert!(stage.dials.is_empty());
}

#[test]
fn waiting_for_a_limit_is_told_from_waiting_for_a_dial() {
    let mut stage = Stage::new(limits(2, 1));
    assert!(matches!(stage.ask(1), Acquired::Queued { exhausted: false, .. }));
    assert!(matches!(stage.ask(1), Acquired::Queued { exhausted: true, .. }));
    assert!(matches!(stage.ask(2), Acquired::Queued { exhausted: false, .. }));
    assert!(matches!(stage.ask(3), Acquired::Queued { exhausted: true, .. }));
    assert_eq!(stage.pool.stats().queued_total, 2);
}

#[test]
fn counters_balance_whatever_became_of_a_connection() {
    let mut stage = Stage::new(limits(3, 3));
    let (a, b, c) = (stage.fresh(1), stage.fresh(1), stage.fresh(1));
    stage.give(a, rag_connection_pool::pool::Release::Broken);
    stage.act(|pool, now, fx| pool.detached(b, now, fx));
    let stats = stage.pool.stats();
    assert_eq!((stats.created, stats.destroyed, stats.detached, stats.open), (3, 1, 1, 1));
    assert_eq!((stats.peak, stats.active, stats.idle), (3, 1, 0));
    stage.give_back(c);
    assert_eq!(stage.pool.stats().idle, 1);
}

#[test]
fn a_connection_is_wanted_by_who_waits_at_a_limit_that_it_takes_room_under_and_by_nobody_whose_dial_is_under_way()
 {
    let mut stage = Stage::new(Limits { max_sockets: 3, max_per_origin: 2, ..roomy() });
    let (own, other) = (stage.id(1), stage.id(2));
    let _held = stage.fresh(1);
    stage.wait(2);
    assert!(!stage.pool.is_wanted(own) && !stage.pool.is_wanted(other), "a dial is under way");
    stage.up();
    stage.wait(2);
    stage.up();
    // Three of three: the total is reached, and the other origin's own limit with it.
    stage.wait(2);
    assert!(
        stage.pool.is_wanted(other) && !stage.pool.is_wanted(own),
        "its own limit, which no other origin's helps"
    );
    stage.wait(1);
    assert!(stage.pool.is_wanted(own) && stage.pool.is_wanted(other), "the limit of all, which any helps");
}
