//! A request may be given up at every point of its wait.

use rag_connection_pool::pool::{Release, Stats};

use crate::stage::Stage;

fn occupancy(stats: Stats) -> (u32, u32, u32, u32) {
    (stats.active, stats.idle, stats.connecting, stats.waiting)
}

#[test]
fn given_up_before_a_dial_was_possible_it_is_never_dialled_for() {
    let mut stage = Stage::with_sockets(1);
    let lease = stage.fresh(1);
    let waiter = stage.wait(2);
    stage.cancel(waiter);
    stage.give_back(lease);
    assert!(stage.dials.is_empty());
    assert_eq!(occupancy(stage.pool.stats()), (0, 1, 0, 0));
}

#[test]
fn given_up_in_the_middle_of_the_queue_it_moves_the_others_up() {
    let mut stage = Stage::with_sockets(1);
    let lease = stage.fresh(1);
    let waiters = [stage.wait(1), stage.wait(1), stage.wait(1)];
    stage.cancel(waiters[1]);
    stage.give_back(lease);
    let lease = stage.lease_of(waiters[0]);
    stage.give_back(lease);
    assert_eq!(stage.winners(), [waiters[2]]);
}

#[test]
fn given_up_during_its_dial_it_leaves_the_connection_idle() {
    let mut stage = Stage::with_sockets(1);
    let waiter = stage.wait(1);
    stage.cancel(waiter);
    stage.up();
    assert!(stage.granted.is_empty());
    assert_eq!(occupancy(stage.pool.stats()), (0, 1, 0, 0));
}

#[test]
fn given_up_during_its_dial_it_leaves_the_dial_to_the_next() {
    let mut stage = Stage::with_sockets(1);
    let (first, second) = (stage.wait(1), stage.wait(1));
    stage.cancel(first);
    stage.up();
    assert_eq!(stage.winners(), [second]);
}

#[test]
fn given_up_when_the_grant_is_on_its_way_it_hands_the_lease_to_the_next() {
    let mut stage = Stage::with_sockets(1);
    let (first, second) = (stage.wait(1), stage.wait(1));
    stage.up();
    stage.cancel(first);
    let lease = stage.lease_of(first);
    stage.give(lease, Release::Unused);
    assert_eq!(stage.winners(), [second]);
    assert!(!stage.lease_of(second).reused());
}

#[test]
fn given_up_after_the_grant_was_taken_it_changes_nothing() {
    let mut stage = Stage::with_sockets(1);
    let waiter = stage.wait(1);
    stage.up();
    let lease = stage.lease_of(waiter);
    let before = stage.pool.stats();
    stage.cancel(waiter);
    assert_eq!(stage.pool.stats(), before);
    stage.give_back(lease);
}

#[test]
fn given_up_after_its_dial_failed_it_changes_nothing() {
    let mut stage = Stage::with_sockets(1);
    let waiter = stage.wait(1);
    stage.down();
    stage.cancel(waiter);
    assert_eq!(stage.rejected.len(), 1);
    assert_eq!(occupancy(stage.pool.stats()), (0, 0, 0, 0));
}

#[test]
fn given_up_before_its_dial_failed_it_is_not_rejected() {
    let mut stage = Stage::with_sockets(1);
    let waiter = stage.wait(1);
    stage.cancel(waiter);
    stage.down();
    assert!(stage.rejected.is_empty());
}

#[test]
fn given_up_after_destroy_it_is_rejected_once() {
    let mut stage = Stage::with_sockets(1);
    let waiter = stage.wait(1);
    stage.destroy();
    stage.cancel(waiter);
    assert_eq!(stage.rejected.len(), 1);
}

#[test]
fn an_id_that_is_stale_does_not_reach_the_waiter_that_took_its_place() {
    let mut stage = Stage::with_sockets(1);
    let _busy = stage.fresh(1);
    let gone = stage.wait(1);
    stage.cancel(gone);
    let here = stage.wait(1);
    assert_eq!(gone.index(), here.index());
    stage.cancel(gone);
    assert_eq!(stage.pool.stats().waiting, 1);
}

#[test]
fn the_first_without_a_dial_may_be_the_one_that_gives_up() {
    let mut stage = Stage::with_sockets(2);
    let _open = stage.fresh(1);
    let (_dialled, undialled, last) = (stage.wait(1), stage.wait(1), stage.wait(1));
    stage.cancel(undialled);
    stage.down();
    assert_eq!(stage.dials.len(), 1);
    stage.down();
    assert_eq!(stage.rejected.last().map(|(waiter, _)| *waiter), Some(last));
}
