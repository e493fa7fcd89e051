//! Connections that are opened before anybody needs them.

use rag_connection_pool::pool::{CloseReason, Closed, Limits};

use crate::stage::{Stage, roomy, secs, streams};

fn order(stage: &mut Stage, key: u32, open: u32) {
    let origin = stage.id(key);
    stage.act(|pool, now, fx| pool.preconnect(origin, open, now, fx));
}

fn stands(stage: &mut Stage, key: u32) -> (u32, bool) {
    let origin = stage.id(key);
    stage.pool.stands(origin)
}

#[test]
fn so_many_are_dialled_as_are_missing() {
    let mut stage = Stage::new(roomy());
    let busy = stage.fresh(1);
    let idle = stage.fresh(1);
    stage.give_back(idle);
    order(&mut stage, 1, 5);
    assert_eq!(stage.dialled(), [1, 1, 1]);
    order(&mut stage, 1, 4);
    assert_eq!(stage.dialled().len(), 3);
    for _ in 0..3 {
        assert!(stands(&mut stage, 1).1);
        stage.up();
    }
    assert_eq!(stands(&mut stage, 1), (5, false));
    stage.give_back(busy);
}

#[test]
fn they_wait_for_room_behind_those_who_wait_for_a_connection() {
    let mut stage = Stage::new(Limits { max_sockets: 1, ..roomy() });
    let busy = stage.fresh(1);
    order(&mut stage, 2, 1);
    let waiter = stage.wait(3);
    assert_eq!(stands(&mut stage, 2), (0, true));
    stage.give(busy, rag_connection_pool::pool::Release::Close);
    assert_eq!(stage.dialled(), [3]);
    stage.up();
    let lease = stage.lease_of(waiter);
    stage.give_back(lease);
    assert_eq!((stage.dialled(), stage.reasons()[1]), (vec![2], CloseReason::Evicted));
    stage.up();
    assert_eq!(stands(&mut stage, 2), (1, false));
}

#[test]
fn what_is_closed_for_an_order_lets_its_own_origin_dial_too() {
    let mut stage = Stage::new(Limits { max_sockets: 2, max_per_origin: 1, ..roomy() });
    let blocked = stage.fresh(1);
    let slot = blocked.slot();
    stage.give_back(blocked);
    stage.act(|pool, now, fx| pool.capacity_changed(slot, streams(0), now, fx));
    let waiter = stage.wait(1);
    let other = stage.fresh(2);
    stage.give_back(other);
    order(&mut stage, 3, 1);
    assert_eq!((stage.dialled(), stage.reasons()), (vec![3, 1], vec![CloseReason::Evicted; 2]));
    stage.up();
    stage.up();
    let lease = stage.lease_of(waiter);
    stage.give_back(lease);
}

#[test]
fn no_limit_of_the_origin_is_exceeded() {
    let mut stage = Stage::new(Limits { max_per_origin: 2, ..roomy() });
    order(&mut stage, 1, 5);
    assert_eq!(stage.dialled(), [1, 1]);
}

#[test]
fn a_failed_dial_ends_the_order() {
    let mut stage = Stage::new(Limits { max_per_origin: 1, ..roomy() });
    order(&mut stage, 1, 3);
    stage.down();
    assert_eq!((stage.dialled(), stands(&mut stage, 1)), (vec![], (0, false)));
}

#[test]
fn a_peer_that_closes_what_it_accepts_ends_the_order() {
    let mut stage = Stage::new(roomy());
    order(&mut stage, 1, 2);
    for _ in 0..2 {
        let slot = stage.up();
        stage.ended(slot, Closed::Peer);
    }
    assert_eq!((stage.dialled(), stands(&mut stage, 1)), (vec![], (0, false)));
}

#[test]
fn what_was_opened_ahead_is_idle_like_any_other() {
    let mut stage = Stage::new(roomy());
    order(&mut stage, 1, 1);
    let slot = stage.up();
    let lease = stage.take(1);
    assert_eq!((lease.slot(), lease.reused()), (slot, false));
    stage.give(lease, rag_connection_pool::pool::Release::Unused);
    stage.pass(secs(16));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}

#[test]
fn a_destroyed_pool_forgets_its_orders() {
    let mut stage = Stage::new(Limits { max_sockets: 1, ..roomy() });
    let busy = stage.fresh(1);
    order(&mut stage, 2, 1);
    stage.destroy();
    stage.give_back(busy);
    assert_eq!((stage.dialled(), stands(&mut stage, 2)), (vec![], (0, false)));
}

#[test]
fn what_is_withdrawn_is_not_dialled_when_there_is_room() {
    let mut stage = Stage::new(Limits { max_sockets: 1, max_queued: Some(2), ..roomy() });
    let busy = stage.fresh(1);
    order(&mut stage, 2, 1);
    let origin = stage.id(2);
    assert!(stage.pool.holds_back(origin));
    assert_eq!((stage.pool.is_queue_full(1), stage.pool.is_queue_full(2)), (false, true));
    stage.act(|pool, _, _| pool.withdraw(origin));
    assert_eq!((stage.pool.holds_back(origin), stands(&mut stage, 2)), (false, (0, false)));
    stage.give_back(busy);
    assert_eq!(stage.dialled(), []);
}

#[test]
fn what_is_idle_to_others_makes_room_though_an_own_has_been_so_for_longer() {
    let mut stage = Stage::new(Limits { max_sockets: 2, ..roomy() });
    order(&mut stage, 1, 1);
    stage.up();
    order(&mut stage, 2, 1);
    stage.up();
    order(&mut stage, 1, 2);
    assert_eq!((stage.dialled(), stage.reasons()[0]), (vec![1], CloseReason::Evicted));
    stage.up();
    assert_eq!((stands(&mut stage, 1), stands(&mut stage, 2)), ((2, false), (0, false)));
}
