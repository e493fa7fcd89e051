use rag_connection_pool::pool::{Acquired, Expect, Reject};

use crate::stage::Stage;

#[test]
fn each_waiter_is_dialled_for_at_once_when_connections_carry_one_request() {
    let mut stage = Stage::with_sockets(10);
    for _ in 0..4 {
        stage.wait(1);
    }
    assert_eq!(stage.dials.len(), 4);
}

#[test]
fn a_burst_to_an_unknown_origin_makes_one_dial_until_the_handshake_tells() {
    let mut stage = Stage::with_sockets(10);
    stage.expect = Expect::Unknown;
    for _ in 0..4 {
        assert!(matches!(stage.ask(1), Acquired::Queued { exhausted: false, .. }));
    }
    assert_eq!(stage.dials.len(), 1);
    stage.up();
    assert_eq!(stage.granted.len(), 1);
    assert_eq!(stage.dials.len(), 3, "a connection that does not multiplex lets the rest dial at once");
}

#[test]
fn what_the_handshake_told_is_remembered() {
    let mut stage = Stage::with_sockets(10);
    stage.expect = Expect::Unknown;
    let _first = stage.fresh(1);
    stage.wait(1);
    stage.wait(1);
    assert_eq!(stage.dials.len(), 2);
}

#[test]
fn a_waiter_takes_what_frees_first_and_its_dial_becomes_idle() {
    let mut stage = Stage::with_sockets(2);
    let lease = stage.fresh(1);
    let waiter = stage.wait(1);
    stage.give_back(lease);
    assert_eq!(stage.winners(), [waiter]);
    stage.up();
    assert_eq!(stage.pool.stats().idle, 1);
}

#[test]
fn a_dial_whose_waiter_was_served_serves_the_next() {
    let mut stage = Stage::with_sockets(5);
    let lease = stage.fresh(1);
    stage.wait(1);
    stage.give_back(lease);
    let next = stage.wait(1);
    assert_eq!(stage.dials.len(), 1, "no more dials than waiters");
    stage.up();
    assert_eq!(stage.winners().last(), Some(&next));
}

#[test]
fn a_failed_dial_rejects_the_waiter_that_it_was_made_for() {
    let mut stage = Stage::with_sockets(5);
    let _open = stage.fresh(1);
    let (first, second) = (stage.wait(1), stage.wait(1));
    stage.down();
    assert_eq!(stage.rejected, [(first, Reject::ConnectFailed)]);
    stage.up();
    assert_eq!(stage.winners(), [second]);
}

#[test]
fn a_failed_dial_whose_waiter_was_served_rejects_nobody() {
    let mut stage = Stage::with_sockets(5);
    let lease = stage.fresh(1);
    stage.wait(1);
    stage.give_back(lease);
    let next = stage.wait(1);
    stage.down();
    assert!(stage.rejected.is_empty());
    stage.up();
    assert_eq!(stage.winners().last(), Some(&next));
}

#[test]
fn while_another_connection_is_open_the_others_get_dials_of_their_own() {
    let mut stage = Stage::with_sockets(2);
    let _open = stage.fresh(1);
    let (first, second, third) = (stage.wait(1), stage.wait(1), stage.wait(1));
    stage.down();
    stage.down();
    assert_eq!(stage.rejected.len(), 2);
    stage.up();
    assert_eq!(stage.winners(), [third]);
    assert!(stage.rejected.iter().all(|(waiter, _)| [first, second].contains(waiter)));
}

#[test]
fn a_dead_host_costs_its_queue_two_connect_timeouts_and_not_one_for_each_waiter() {
    let mut stage = Stage::with_sockets(3);
    for _ in 0..100 {
        stage.wait(1);
    }
    for left in [99, 98, 97] {
        stage.down();
        assert_eq!(stage.pool.stats().waiting, left);
    }
    assert_eq!(stage.dials.len(), 1, "those that came after the first dials began are owed another");
    stage.down();
    assert_eq!(stage.pool.stats().waiting, 0);
    assert!(stage.dials.is_empty());
}

#[test]
fn those_that_came_after_the_failed_dial_began_are_dialled_for_again() {
    let mut stage = Stage::with_sockets(1);
    let before = stage.wait(1);
    let after = stage.wait(1);
    stage.down();
    assert_eq!(stage.rejected, [(before, Reject::ConnectFailed)]);
    assert_eq!(stage.dials.len(), 1);
    stage.up();
    assert_eq!(stage.winners(), [after]);
}

#[test]
fn an_origin_that_failed_is_probed_by_one_dial_until_it_answers() {
    let mut stage = Stage::with_sockets(2);
    let waiters: Vec<_> = (0..6).map(|_| stage.wait(1)).collect();
    stage.down();
    assert_eq!(stage.dials.len(), 1, "the other dial's verdict is awaited");
    stage.up();
    assert_eq!(stage.winners(), [waiters[1]]);
    assert_eq!(stage.dials.len(), 1);
}

#[test]
fn a_failed_dial_frees_its_room_for_another_origin() {
    let mut stage = Stage::with_sockets(1);
    stage.wait(1);
    stage.wait(2);
    stage.down();
    assert_eq!(stage.dialled(), [2]);
}

#[test]
fn suspicion_ends_with_the_queue_that_met_it() {
    let mut stage = Stage::with_sockets(10);
    stage.wait(1);
    stage.down();
    stage.wait(1);
    stage.wait(1);
    assert_eq!(stage.dials.len(), 2);
}
