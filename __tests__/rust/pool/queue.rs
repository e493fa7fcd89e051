use std::time::Duration;

use rag_connection_pool::pool::{Acquired, Asks, Limits, Refusal, Reject};

use crate::stage::{Stage, ms, roomy, secs};

#[test]
fn waiters_of_one_origin_are_served_first_come_first_served() {
    let mut stage = Stage::with_sockets(1);
    let mut lease = stage.fresh(1);
    let waiters = [stage.wait(1), stage.wait(1), stage.wait(1)];
    for waiter in waiters {
        stage.give_back(lease);
        assert_eq!(stage.winners(), [waiter]);
        lease = stage.lease_of(waiter);
    }
}

#[test]
fn a_newcomer_does_not_overtake_those_that_wait() {
    let mut stage = Stage::with_sockets(1);
    let lease = stage.fresh(1);
    let first = stage.wait(1);
    stage.give_back(lease);
    let second = stage.wait(1);
    let lease = stage.lease_of(first);
    stage.give_back(lease);
    assert_eq!(stage.winners(), [second]);
}

#[test]
fn a_waiter_is_rejected_when_its_queue_timeout_has_passed_and_not_before() {
    let mut stage = Stage::new(Limits { max_sockets: 1, queue_timeout: Some(ms(500)), ..roomy() });
    let _busy = stage.fresh(1);
    let waiter = stage.wait(1);
    stage.pass(ms(499));
    assert!(stage.rejected.is_empty());
    stage.pass(ms(1));
    assert_eq!(stage.rejected, [(waiter, Reject::QueueTimeout)]);
    assert_eq!(stage.pool.stats().waiting, 0);
}

#[test]
fn a_queue_timeout_of_a_request_replaces_that_of_the_pool() {
    let mut stage = Stage::new(Limits { max_sockets: 1, queue_timeout: Some(secs(1)), ..roomy() });
    let _busy = stage.fresh(1);
    let _patient = stage.ask_for(1, Some(Duration::MAX));
    let Acquired::Queued { waiter: hasty, .. } = stage.ask_for(1, Some(ms(10))) else { panic!("not queued") };
    stage.pass(secs(100));
    assert_eq!(stage.rejected, [(hasty, Reject::QueueTimeout)]);
}

#[test]
fn a_queue_timeout_ends_the_wait_for_a_dial_too() {
    let mut stage = Stage::new(Limits { queue_timeout: Some(secs(1)), ..roomy() });
    let waiter = stage.wait(1);
    stage.pass(secs(1));
    assert_eq!(stage.rejected, [(waiter, Reject::QueueTimeout)]);
    stage.up();
    assert_eq!(stage.pool.stats().idle, 1);
}

#[test]
fn a_request_beyond_max_queued_is_refused_and_leaves_no_trace() {
    let mut stage = Stage::new(Limits { max_sockets: 1, max_queued: Some(2), ..roomy() });
    let _busy = stage.fresh(1);
    stage.wait(1);
    stage.wait(2);
    assert_eq!(stage.ask(1), Acquired::Refused(Refusal::QueueFull));
    assert_eq!(stage.ask(3), Acquired::Refused(Refusal::QueueFull));
    let stats = stage.pool.stats();
    assert_eq!((stats.waiting, stats.queued_total), (2, 2));
}

#[test]
fn a_request_that_was_let_in_before_is_never_one_too_many() {
    let mut stage = Stage::new(Limits { max_sockets: 1, max_queued: Some(1), ..roomy() });
    let _busy = stage.fresh(1);
    stage.wait(1);
    let origin = stage.id(1);
    let again = stage.act(|pool, now, fx| pool.acquire_as(Asks::Again, origin, None, now, fx));
    assert!(matches!(again, Acquired::Queued { exhausted: true, .. }));
    assert_eq!(stage.ask(1), Acquired::Refused(Refusal::QueueFull));
}

#[test]
fn requests_that_wait_for_their_own_dial_do_not_fill_the_queue() {
    let mut stage = Stage::new(Limits { max_queued: Some(0), ..roomy() });
    stage.wait(1);
    stage.wait(1);
    assert_eq!(stage.dials.len(), 2);
}

#[test]
fn the_oldest_waiter_of_an_origin_is_reported_with_its_time() {
    let mut stage = Stage::with_sockets(1);
    let _busy = stage.fresh(1);
    stage.wait(1);
    let since = stage.now;
    stage.pass(secs(3));
    stage.wait(1);
    let (key, stats) = stage.pool.origins().next().unwrap();
    assert_eq!((*key, stats.waiting, stats.active, stats.oldest_wait), (1, 2, 1, Some(since)));
}
