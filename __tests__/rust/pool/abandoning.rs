//! Dials that nobody waits for any more: they go on, until another origin wants their room.

use rag_connection_pool::pool::{CloseReason, DialId};

use crate::stage::Stage;

/// A dial to `key` for a request that has given up.
fn left_alone(stage: &mut Stage, key: u32) -> DialId {
    let waiter = stage.wait(key);
    let dial = stage.dials.back().unwrap().id();
    stage.cancel(waiter);
    dial
}

#[test]
fn one_goes_on_while_there_is_room() {
    let mut stage = Stage::with_sockets(2);
    left_alone(&mut stage, 1);
    stage.wait(2);
    assert_eq!((stage.abandoned.len(), stage.dialled()), (0, vec![1, 2]));
}

#[test]
fn at_the_total_it_is_given_up_for_another_origin_which_is_dialled_once_its_permit_is_back() {
    let mut stage = Stage::with_sockets(1);
    let dial = left_alone(&mut stage, 1);
    stage.wait(2);
    assert_eq!((&stage.abandoned, stage.dialled()), (&vec![dial], vec![1]));
    stage.down();
    assert_eq!(stage.dialled(), [2]);
}

#[test]
fn it_is_given_up_too_when_its_request_leaves_after_the_other_came() {
    let mut stage = Stage::with_sockets(1);
    let waiter = stage.wait(1);
    stage.wait(2);
    assert!(stage.abandoned.is_empty());
    stage.cancel(waiter);
    assert_eq!(stage.abandoned.len(), 1);
}

#[test]
fn no_more_are_given_up_than_origins_want_room_and_the_first_ones_first() {
    let mut stage = Stage::with_sockets(3);
    let dials = [1, 2, 3].map(|key| left_alone(&mut stage, key));
    stage.wait(4);
    stage.wait(5);
    assert_eq!(stage.abandoned, dials[..2]);
}

#[test]
fn one_that_somebody_else_needs_is_not_given_up() {
    let mut stage = Stage::with_sockets(1);
    let first = stage.wait(1);
    stage.wait(1);
    stage.cancel(first);
    stage.wait(2);
    assert!(stage.abandoned.is_empty());
}

#[test]
fn of_two_that_one_request_waits_for_the_other_is_given_up() {
    let mut stage = Stage::with_sockets(2);
    let first = stage.wait(1);
    let dial = stage.dials.back().unwrap().id();
    stage.wait(1);
    stage.cancel(first);
    stage.wait(2);
    assert_eq!(stage.abandoned, [dial]);
}

#[test]
fn one_that_has_come_to_a_connection_meanwhile_makes_room_as_an_idle_one() {
    let mut stage = Stage::with_sockets(1);
    left_alone(&mut stage, 1);
    stage.wait(2);
    stage.up();
    assert_eq!((stage.reasons(), stage.dialled()), (vec![CloseReason::Evicted], vec![2]));
}

#[test]
fn its_end_says_nothing_of_its_origin() {
    let mut stage = Stage::with_sockets(1);
    left_alone(&mut stage, 1);
    stage.wait(2);
    let late = stage.wait(1);
    stage.down();
    assert!(stage.rejected.is_empty());
    let lease = {
        let other = stage.queued[1];
        stage.up();
        stage.lease_of(other)
    };
    stage.give_back(lease);
    stage.up();
    assert_eq!(stage.winners(), [late]);
}

#[test]
fn one_that_was_given_up_before_it_began_is_known_as_such() {
    let mut stage = Stage::with_sockets(1);
    left_alone(&mut stage, 1);
    stage.wait(2);
    assert!(stage.pool.is_abandoned(&stage.dials[0]));
}
