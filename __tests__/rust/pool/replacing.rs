use rag_connection_pool::pool::{Capacity, CloseReason, Lease, Limits, Permit, Pool};

use crate::stage::{Stage, roomy, streams};

/// A connection of origin 1 that has served once, leased again.
fn reused(stage: &mut Stage) -> Lease {
    let lease = stage.fresh(1);
    stage.give_back(lease);
    stage.take(1)
}

fn swap(stage: &mut Stage, lease: Lease) -> Option<Permit> {
    stage.act(|pool, now, fx| pool.replaced(lease, now, fx))
}

fn connect(stage: &mut Stage, permit: Permit) -> Option<Lease> {
    stage.act(|pool, now, fx| pool.connected_leased(permit, Capacity::SINGLE, now, fx).1)
}

#[test]
fn a_swapped_connection_is_closed_and_its_room_stays_taken() {
    let mut stage = Stage::with_sockets(1);
    let lease = reused(&mut stage);
    assert!(swap(&mut stage, lease).is_some());
    assert_eq!(stage.reasons(), [CloseReason::Replaced]);
    assert_eq!(stage.pool.stats().total, 1);
    stage.wait(1);
    assert!(stage.dials.is_empty(), "the only room is the swap's");
}

#[test]
fn the_new_connection_is_its_callers_before_it_is_anybodys() {
    let mut stage = Stage::with_sockets(1);
    let lease = reused(&mut stage);
    let waiter = stage.wait(1);
    let permit = swap(&mut stage, lease).unwrap();
    let lease = connect(&mut stage, permit).unwrap();
    assert!(!lease.reused());
    assert!(stage.granted.is_empty());
    stage.give_back(lease);
    assert_eq!(stage.granted.last().map(|(granted, _)| *granted), Some(waiter));
}

#[test]
fn a_swap_whose_dial_fails_frees_its_room() {
    let mut stage = Stage::with_sockets(1);
    let lease = reused(&mut stage);
    let permit = swap(&mut stage, lease).unwrap();
    stage.wait(2);
    assert!(stage.dials.is_empty());
    stage.act(|pool, now, fx| pool.connect_failed(permit, now, fx));
    assert_eq!(stage.dials.len(), 1);
}

#[test]
fn a_swap_that_ends_after_destroy_closes_what_it_dialled() {
    let mut stage = Stage::with_sockets(1);
    let lease = reused(&mut stage);
    let permit = swap(&mut stage, lease).unwrap();
    stage.act(Pool::destroy);
    assert!(connect(&mut stage, permit).is_none());
    assert_eq!(stage.pool.stats().open, 0);
}

#[test]
fn a_connection_that_others_use_is_not_swapped() {
    let mut stage = Stage::new(Limits { max_sockets: 1, ..roomy() });
    let first = stage.wait(1);
    stage.up_with(streams(10));
    let first = stage.lease_of(first);
    let second = stage.take(1);
    assert!(swap(&mut stage, second).is_none());
    assert!(stage.closed.is_empty());
    stage.give_back(first);
}
