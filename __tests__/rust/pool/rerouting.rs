use rag_connection_pool::pool::{Acquired, Capacity, Closed, Expect, Limits, OriginId, SlotId, WaiterId};

use crate::stage::{Stage, ms, roomy, secs, streams};

const HOPED: u32 = 1;
const PLAIN: u32 = 2;

fn stage(limits: Limits) -> (Stage, OriginId) {
    let mut stage = Stage::new(limits);
    let plain = stage.id(PLAIN);
    stage.expect = Expect::Unknown;
    stage.id(HOPED);
    (stage, plain)
}

fn narrow(sockets: u32) -> Limits {
    Limits { max_per_origin: sockets, ..roomy() }
}

fn reroute(stage: &mut Stage, to: OriginId) -> Option<SlotId> {
    let permit = stage.dials.pop_front().expect("no dial is under way");
    stage.act(|pool, now, fx| pool.rerouted(permit, to, Capacity::SINGLE, now, fx))
}

fn waiting(stage: &mut Stage, key: u32, many: usize) -> Vec<WaiterId> {
    (0..many).map(|_| stage.wait(key)).collect()
}

#[test]
fn those_who_wait_are_served_and_dialled_for_where_they_are_sent() {
    let (mut stage, plain) = stage(narrow(3));
    let waiters = waiting(&mut stage, HOPED, 5);
    assert!(reroute(&mut stage, plain).is_some());
    assert_eq!(stage.winners(), waiters[..1]);
    assert_eq!(stage.dialled(), [PLAIN, PLAIN]);
}

#[test]
fn those_who_are_sent_on_keep_their_place_among_those_who_wait_there() {
    let (mut stage, plain) = stage(narrow(1));
    let first = stage.wait(PLAIN);
    let second = stage.wait(HOPED);
    let third = stage.wait(PLAIN);
    let fourth = stage.wait(HOPED);
    stage.up();
    assert_eq!(reroute(&mut stage, plain), None, "the origin has what it may have");
    for waiter in [first, second, third, fourth] {
        let lease = stage.lease_of(waiter);
        stage.give_back(lease);
    }
}

#[test]
fn a_connection_for_which_there_is_no_room_is_not_counted() {
    let (mut stage, plain) = stage(narrow(1));
    let busy = stage.fresh(PLAIN);
    stage.expect = Expect::Unknown;
    let waiter = stage.wait(HOPED);
    assert_eq!(reroute(&mut stage, plain), None);
    assert_eq!((stage.pool.stats().open, stage.pool.stats().created), (1, 1));
    stage.give_back(busy);
    assert_eq!(stage.winners(), [waiter]);
}

#[test]
fn an_idle_connection_serves_those_who_are_sent_to_it() {
    let (mut stage, plain) = stage(narrow(1));
    let lease = stage.fresh(PLAIN);
    let waiter = stage.wait(HOPED);
    stage.give_back(lease);
    reroute(&mut stage, plain);
    assert_eq!(stage.winners(), [waiter]);
}

#[test]
fn who_was_sent_on_can_still_give_up() {
    let (mut stage, plain) = stage(narrow(1));
    let waiters = waiting(&mut stage, HOPED, 3);
    reroute(&mut stage, plain);
    stage.cancel(waiters[1]);
    let lease = stage.lease_of(waiters[0]);
    stage.give_back(lease);
    assert_eq!(stage.winners(), [waiters[2]]);
}

#[test]
fn who_was_sent_on_waits_no_longer_than_he_may() {
    let (mut stage, plain) = stage(Limits { queue_timeout: Some(ms(50)), ..narrow(1) });
    let waiters = waiting(&mut stage, HOPED, 2);
    reroute(&mut stage, plain);
    stage.pass(ms(50));
    assert_eq!(stage.rejected.iter().map(|(waiter, _)| *waiter).collect::<Vec<_>>(), waiters[1..]);
}

#[test]
fn the_way_is_known_for_as_long_as_anything_is_there() {
    let (mut stage, plain) = stage(narrow(1));
    let hoped = stage.id(HOPED);
    let waiter = stage.wait(HOPED);
    assert_eq!(stage.pool.successor(hoped, stage.now), None);
    let slot = reroute(&mut stage, plain).unwrap();
    let lease = stage.lease_of(waiter);
    stage.pass_unseen(secs(600));
    assert_eq!(stage.pool.successor(hoped, stage.now), Some(plain), "a connection is there");
    stage.give_back(lease);
    stage.ended(slot, Closed::Peer);
    assert_eq!(stage.pool.successor(hoped, stage.now), None);
}

#[test]
fn a_pause_does_not_make_the_way_forgotten() {
    let (mut stage, plain) = stage(narrow(1));
    let hoped = stage.id(HOPED);
    let waiter = stage.wait(HOPED);
    let slot = reroute(&mut stage, plain).unwrap();
    let lease = stage.lease_of(waiter);
    stage.give_back(lease);
    stage.ended(slot, Closed::Peer);
    stage.pass_unseen(secs(599));
    assert_eq!(stage.pool.successor(hoped, stage.now), Some(plain));
    stage.pass_unseen(secs(1));
    assert_eq!(stage.pool.successor(hoped, stage.now), None);
}

#[test]
fn a_pool_that_was_destroyed_meanwhile_takes_no_connection() {
    let (mut stage, plain) = stage(narrow(1));
    stage.wait(HOPED);
    stage.destroy();
    assert_eq!(reroute(&mut stage, plain), None);
    assert!(matches!(stage.ask(PLAIN), Acquired::Refused(_)));
}

#[test]
fn who_was_sent_on_is_not_rejected_with_the_dial_that_was_made_for_him() {
    let (mut stage, plain) = stage(narrow(3));
    let busy = [stage.fresh(PLAIN), stage.fresh(PLAIN)];
    stage.expect = Expect::Unknown;
    let waiter = stage.wait(HOPED);
    let hoped = stage.id(HOPED);
    stage.act(|pool, now, fx| pool.preconnect(hoped, 2, now, fx));
    let ahead = stage.dials.pop_back().expect("a dial that was ordered");
    let other = stage.wait(PLAIN);
    stage.act(|pool, now, fx| pool.rerouted(ahead, plain, Capacity::SINGLE, now, fx));
    stage.down();
    assert!(stage.rejected.iter().all(|(rejected, _)| *rejected != waiter), "{:?}", stage.rejected);
    for lease in busy {
        stage.give_back(lease);
    }
    for waiter in [waiter, other] {
        let lease = stage.lease_of(waiter);
        stage.give_back(lease);
    }
}

#[test]
fn a_server_that_wants_the_other_way_later_moves_those_who_wait() {
    let (mut stage, plain) = stage(narrow(2));
    let rests = stage.fresh(PLAIN);
    stage.give_back(rests);
    let hoped = stage.id(HOPED);
    let first = stage.wait(HOPED);
    stage.up_with(streams(1));
    let lease = stage.lease_of(first);
    let waiters = waiting(&mut stage, HOPED, 2);
    stage.act(|pool, now, fx| pool.moved(hoped, plain, now, fx));
    assert_eq!(stage.winners(), waiters[..1]);
    assert_eq!(stage.dialled(), [HOPED, PLAIN]);
    assert_eq!(stage.pool.successor(hoped, stage.now), Some(plain));
    stage.give_back(lease);
}
