//! Origins under limits of their own, beside others under the pool's.

use std::sync::Arc;

use rag_connection_pool::pool::{
    Acquired, CloseReason, Expect, Limits, OriginLimits, Reject, Release, Scheduling,
};

use crate::stage::{Stage, roomy, secs};

/// A pool in which origin 1 is under limits of its own.
fn stage(limits: Limits, own: impl FnOnce(&mut OriginLimits)) -> Stage {
    let mut theirs = limits.for_origin();
    own(&mut theirs);
    let mut stage = Stage::new(limits);
    stage.act(|pool, now, _| pool.origin_under(&1, &Arc::new(theirs), Expect::Single, now));
    stage
}

#[test]
fn an_origin_dials_no_more_than_its_own_limit() {
    let mut stage = stage(roomy(), |own| own.max_sockets = 2);
    for _ in 0..5 {
        stage.wait(1);
    }
    assert_eq!(stage.dials.len(), 2);
}

#[test]
fn an_origin_may_have_more_than_the_others() {
    let limits = Limits { max_per_origin: 1, ..roomy() };
    let mut stage = stage(limits, |own| own.max_sockets = 3);
    for key in [1, 2, 1, 2, 1, 2] {
        stage.wait(key);
    }
    assert_eq!(stage.dialled(), [1, 2, 1, 1]);
}

#[test]
fn the_total_holds_beside_a_limit_of_its_own() {
    let limits = Limits { max_sockets: 2, ..roomy() };
    let mut stage = stage(limits, |own| own.max_sockets = 5);
    for _ in 0..5 {
        stage.wait(1);
    }
    assert_eq!(stage.dials.len(), 2);
}

#[test]
fn an_origin_keeps_its_idle_connections_for_its_own_time() {
    let mut stage = stage(roomy(), |own| own.idle_timeout = secs(5));
    let (own, other) = (stage.fresh(1), stage.fresh(2));
    let slot = own.slot();
    stage.give_back(own);
    stage.give_back(other);
    stage.pass(secs(6));
    assert_eq!(stage.closed, [(slot, CloseReason::IdleTimeout)]);
}

#[test]
fn an_origin_caps_keep_alive_hints_by_itself() {
    let mut stage = stage(roomy(), |own| own.keep_alive_cap = secs(3));
    let lease = stage.fresh(1);
    stage.give(lease, Release::Reusable { keep_alive_hint: Some(secs(30)) });
    stage.pass(secs(4));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}

#[test]
fn an_origin_can_do_without_keep_alive() {
    let mut stage = stage(roomy(), |own| own.keep_alive = false);
    let (own, other) = (stage.fresh(1), stage.fresh(2));
    let slot = own.slot();
    stage.give_back(own);
    stage.give_back(other);
    assert_eq!(stage.closed, [(slot, CloseReason::KeepAliveOff)]);
}

#[test]
fn an_origin_is_scheduled_in_its_own_way() {
    let mut stage = stage(roomy(), |own| own.scheduling = Scheduling::Fifo);
    for (key, expected) in [(1, 0), (2, 1)] {
        let leases = [stage.fresh(key), stage.fresh(key)];
        let slots = [leases[0].slot(), leases[1].slot()];
        for lease in leases {
            stage.give_back(lease);
        }
        assert_eq!(stage.take(key).slot(), slots[expected]);
    }
}

#[test]
fn an_origin_closes_connections_after_its_own_number_of_requests() {
    let mut stage = stage(roomy(), |own| own.max_requests = Some(1));
    let (own, other) = (stage.fresh(1), stage.fresh(2));
    stage.give_back(own);
    stage.give_back(other);
    assert_eq!(stage.reasons(), [CloseReason::MaxRequests]);
}

#[test]
fn an_origin_retires_connections_at_its_own_age() {
    let limits = Limits { idle_timeout: secs(600), ..roomy() };
    let mut stage = stage(limits, |own| own.max_lifetime = Some(secs(10)));
    let (own, other) = (stage.fresh(1), stage.fresh(2));
    let slot = own.slot();
    stage.give_back(own);
    stage.give_back(other);
    stage.pass(secs(12));
    assert_eq!(stage.closed, [(slot, CloseReason::Lifetime)]);
}

#[test]
fn an_origin_has_a_queue_timeout_of_its_own() {
    let limits = Limits { max_per_origin: 1, ..roomy() };
    let mut stage = stage(limits, |own| own.queue_timeout = Some(secs(1)));
    let _busy = [stage.fresh(1), stage.fresh(2)];
    let impatient = stage.wait(1);
    stage.wait(2);
    stage.pass(secs(2));
    assert_eq!(stage.rejected, [(impatient, Reject::QueueTimeout)]);
}

#[test]
fn the_limits_of_an_origin_that_is_remembered_stand() {
    let mut stage = stage(roomy(), |own| own.max_sockets = 1);
    let wider = Arc::new(roomy().for_origin());
    let id = stage.act(|pool, now, _| pool.origin_under(&1, &wider, Expect::Single, now));
    stage.wait(1);
    let answer = stage.act(|pool, now, fx| pool.acquire(id, None, now, fx));
    assert!(matches!(answer, Acquired::Queued { exhausted: true, .. }));
    assert_eq!(stage.dials.len(), 1);
}
