use rag_connection_pool::pool::{Acquired, Closed, Expect};

use crate::stage::{Stage, secs};

#[test]
fn an_origin_with_nothing_in_it_is_remembered_for_a_while_and_then_forgotten() {
    let mut stage = Stage::with_sockets(1);
    let first = stage.id(0);
    stage.meet(1..=1024);
    assert_eq!(stage.act(|pool, now, fx| pool.acquire(first, None, now, fx)), Acquired::Forgotten);
    assert_eq!(stage.pool.key(first), None);
}

#[test]
fn an_origin_that_is_asked_for_again_is_remembered_longer() {
    let mut stage = Stage::with_sockets(1);
    let first = stage.id(0);
    stage.meet(1..=1023);
    assert_eq!(stage.id(0), first);
    stage.id(1024);
    assert_eq!(stage.pool.key(first), Some(&0));
}

#[test]
fn an_origin_in_use_is_never_forgotten() {
    let mut stage = Stage::with_sockets(3);
    let lease = stage.fresh(0);
    let origin = lease.origin();
    stage.wait(1);
    stage.meet(2..=2000);
    assert_eq!(stage.pool.key(origin), Some(&0));
    stage.give_back(lease);
    assert_eq!(stage.take(0).origin(), origin);
}

#[test]
fn an_id_that_went_stale_does_not_reach_the_origin_that_took_its_place() {
    let mut stage = Stage::with_sockets(1);
    let first = stage.id(0);
    stage.meet(1..=1025);
    let again = stage.id(0);
    assert_ne!(first, again);
    assert_eq!(stage.pool.key(first), None);
}

#[test]
fn a_vacant_origin_keeps_what_was_learned_of_it() {
    let mut stage = Stage::with_sockets(5);
    stage.expect = Expect::Unknown;
    let lease = stage.fresh(1);
    stage.ended(lease.slot(), Closed::Error);
    stage.pass(secs(60));
    stage.wait(1);
    stage.wait(1);
    assert_eq!(stage.dials.len(), 2, "its connections are known not to multiplex");
}

#[test]
fn only_origins_with_something_in_them_are_reported() {
    let mut stage = Stage::with_sockets(5);
    stage.id(1);
    let _lease = stage.fresh(2);
    let keys: Vec<u32> = stage.pool.origins().map(|(key, _)| *key).collect();
    assert_eq!(keys, [2]);
}
