use rag_connection_pool::pool::{CloseReason, Limits};

use crate::stage::{Stage, roomy, secs};

#[test]
fn room_goes_round_the_origins_that_hold_nothing_in_the_order_they_fell_short() {
    let mut stage = Stage::with_sockets(1);
    stage.wait(9);
    for key in [1, 1, 1, 2, 3] {
        stage.wait(key);
    }
    let mut order = Vec::new();
    while let Some(key) = stage.dialled().first().copied() {
        order.push(key);
        stage.down();
    }
    assert_eq!(order[..4], [9, 1, 2, 3], "a long queue takes one turn at a time");
}

#[test]
fn an_origin_without_a_connection_comes_before_one_that_wants_another() {
    let mut stage = Stage::with_sockets(2);
    let mine = stage.fresh(1);
    let other = stage.fresh(2);
    stage.wait(1);
    stage.wait(3);
    stage.give(other, rag_connection_pool::pool::Release::Close);
    assert_eq!(stage.dialled(), [3]);
    drop(mine);
}

#[test]
fn room_is_dealt_one_connection_a_turn_between_origins_that_hold_some() {
    let mut stage = Stage::new(Limits { max_sockets: 8, max_per_origin: 8, ..roomy() });
    let held: Vec<_> = (0..6).map(|_| stage.fresh(9)).collect();
    let _one = stage.fresh(1);
    let _two = stage.fresh(2);
    for key in [1, 1, 1, 2, 2, 2] {
        stage.wait(key);
    }
    for lease in held.into_iter().take(4) {
        stage.give(lease, rag_connection_pool::pool::Release::Close);
    }
    assert_eq!(stage.dialled(), [1, 2, 1, 2]);
}

#[test]
fn an_origin_above_its_share_gives_a_connection_to_one_two_below() {
    let mut stage = Stage::with_sockets(3);
    let leases = [stage.fresh(1), stage.fresh(1), stage.fresh(1)];
    stage.wait(1);
    stage.wait(2);
    let [first, second, _third] = leases;
    stage.give_back(first);
    assert_eq!(stage.reasons(), [CloseReason::Yielded]);
    assert_eq!(stage.dialled(), [2]);
    stage.up();
    stage.wait(2);
    stage.give_back(second);
    assert_eq!(stage.reasons(), [CloseReason::Yielded], "two against one is fair");
}

#[test]
fn an_origin_that_never_rests_gives_its_only_socket_away_after_eight_requests() {
    let mut stage = Stage::with_sockets(1);
    let mut lease = stage.fresh(1);
    stage.wait(2);
    for served in 1..8 {
        let next = stage.wait(1);
        stage.give_back(lease);
        assert!(stage.closed.is_empty(), "after {served} requests");
        lease = stage.lease_of(next);
    }
    stage.wait(1);
    stage.give_back(lease);
    assert_eq!(stage.reasons(), [CloseReason::Yielded]);
    assert_eq!(stage.dialled(), [2]);
}

#[test]
fn a_turn_is_over_after_a_second_however_few_requests_it_served() {
    let mut stage = Stage::with_sockets(1);
    let lease = stage.fresh(1);
    stage.wait(1);
    stage.wait(2);
    stage.pass(secs(1));
    stage.give_back(lease);
    assert_eq!(stage.dialled(), [2]);
}

#[test]
fn two_origins_that_never_rest_take_turns_on_one_socket() {
    let mut stage = Stage::with_sockets(1);
    let mut lease = stage.fresh(1);
    let mut served = [0, 0];
    for _ in 0..2 {
        stage.wait(1);
        stage.wait(2);
    }
    for _ in 0..160 {
        let key = *stage.pool.key(lease.origin()).unwrap();
        served[key as usize - 1] += 1;
        stage.wait(key);
        stage.give_back(lease);
        if !stage.dials.is_empty() {
            stage.up();
        }
        lease = stage.granted.pop().unwrap().1;
    }
    assert_eq!(served, [80, 80]);
}

#[test]
fn one_origin_that_asks_for_more_does_not_hide_another() {
    let mut stage = Stage::new(Limits { max_sockets: 7, max_per_origin: 7, ..roomy() });
    let rich: Vec<_> = (0..3).map(|_| stage.fresh(1)).collect();
    let mut donor: Vec<_> = (0..3).map(|_| stage.fresh(2)).collect();
    let _poor = stage.fresh(3);
    for key in [1, 3, 2, 2, 2] {
        stage.wait(key);
    }
    stage.give_back(donor.remove(0));
    assert!(stage.dials.is_empty(), "the first in the ring holds as much as the donor");
    stage.give_back(donor.remove(0));
    assert_eq!(stage.dialled(), [3]);
    drop(rich);
}
