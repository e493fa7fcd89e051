//! Connections whose peers allow no streams for now.

use rag_connection_pool::pool::{CloseReason, Closed, SlotId};

use crate::stage::{Stage, secs, streams};
use crate::streams::shared;

/// One connection that carries nothing and whose peer allows no streams any more.
fn blocked(sockets: u32) -> (Stage, SlotId) {
    let (mut stage, lease) = shared(sockets, 3);
    let slot = lease.slot();
    resize(&mut stage, slot, 0);
    stage.give_back(lease);
    (stage, slot)
}

fn resize(stage: &mut Stage, slot: SlotId, allowed: u32) {
    stage.act(|pool, now, fx| pool.capacity_changed(slot, streams(allowed), now, fx));
}

#[test]
fn a_connection_without_streams_is_kept_and_serves_those_that_wait_once_it_has_some() {
    let (mut stage, slot) = blocked(1);
    let waiters = [stage.wait(1), stage.wait(1)];
    assert!(stage.closed.is_empty() && stage.dials.is_empty());
    resize(&mut stage, slot, 1);
    assert_eq!(stage.winners(), waiters[..1]);
}

#[test]
fn another_connection_is_tried_and_no_third() {
    let (mut stage, slot) = blocked(9);
    let waiters: Vec<_> = (0..5).map(|_| stage.wait(1)).collect();
    assert_eq!(stage.dials.len(), 1, "one at a time");
    let other = stage.up_with(streams(0));
    assert_eq!(stage.dials.len(), 0, "it has none either");
    resize(&mut stage, other, 2);
    assert_eq!(stage.winners(), waiters[..2]);
    resize(&mut stage, slot, 3);
    assert_eq!(stage.winners(), waiters);
}

#[test]
fn one_that_had_streams_at_first_counts_as_well() {
    let (mut stage, _) = blocked(9);
    let waiter = stage.wait(1);
    let other = stage.up_with(streams(1));
    stage.wait(1);
    assert_eq!(stage.dials.len(), 1);
    let another = stage.up_with(streams(0));
    resize(&mut stage, other, 0);
    assert_eq!(stage.dials.len(), 0);
    stage.ended(another, Closed::Peer);
    let lease = stage.lease_of(waiter);
    resize(&mut stage, other, 1);
    stage.give_back(lease);
    assert_eq!(stage.granted.len(), 1, "whoever has waited has the stream");
}

#[test]
fn when_the_last_connection_without_streams_has_gone_another_is_tried() {
    let (mut stage, slot) = blocked(9);
    stage.wait(1);
    let other = stage.up_with(streams(0));
    stage.ended(slot, Closed::Peer);
    assert_eq!(stage.dials.len(), 0);
    stage.ended(other, Closed::Peer);
    assert_eq!(stage.dials.len(), 1);
}

#[test]
fn a_connection_without_streams_makes_room_for_another_origin() {
    let (mut stage, slot) = blocked(1);
    stage.wait(2);
    assert_eq!(stage.closed, [(slot, CloseReason::Evicted)]);
}

#[test]
fn a_connection_without_streams_is_idle_as_any_other() {
    let (mut stage, _) = blocked(5);
    assert_eq!(stage.pool.stats().idle, 1);
    stage.pass(secs(15));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}

#[test]
fn those_that_have_gone_without_streams_keep_nobody_from_another_connection() {
    let (mut stage, busy) = shared(9, 1);
    stage.wait(1);
    let first = stage.up_with(streams(0));
    let second = stage.up_with(streams(0));
    assert_eq!(stage.dials.len(), 0, "one of them may be heard of");
    stage.ended(first, Closed::Peer);
    assert_eq!(stage.dials.len(), 0, "so may the other");
    stage.ended(second, Closed::Peer);
    assert_eq!(stage.dials.len(), 1, "there is none but one that is full");
    stage.give_back(busy);
}

#[test]
fn so_do_those_that_take_no_more_requests() {
    let (mut stage, lease) = shared(9, 2);
    let busy = lease.slot();
    stage.act(|pool, now, fx| pool.closed(busy, Closed::Draining, now, fx));
    resize(&mut stage, busy, 0);
    stage.wait(1);
    let other = stage.up_with(streams(0));
    assert_eq!(stage.dials.len(), 1, "the one that drains is not one of those that were tried");
    stage.up_with(streams(0));
    assert_eq!(stage.dials.len(), 0);
    stage.ended(other, Closed::Peer);
    stage.give_back(lease);
}
