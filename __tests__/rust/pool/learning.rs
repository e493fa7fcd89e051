use std::time::Duration;

use rag_connection_pool::pool::{CloseReason, Closed, Limits};

use crate::stage::{Stage, ms, roomy, secs};

fn patient() -> Stage {
    Stage::new(Limits { idle_timeout: secs(600), ..roomy() })
}

/// A connection is used, falls idle and is closed by its peer after `idle`, or before by the pool.
fn peer_closes_after(stage: &mut Stage, idle: Duration) {
    let lease = stage.fresh(1);
    let slot = lease.slot();
    stage.give_back(lease);
    stage.pass(idle);
    stage.ended(slot, Closed::Peer);
    stage.pass(secs(5));
}

/// How long the pool keeps an idle connection now, if that is less than 20 s.
fn kept(stage: &mut Stage) -> Option<Duration> {
    let lease = stage.fresh(1);
    let slot = lease.slot();
    stage.give_back(lease);
    let since = stage.now;
    let before = stage.closed.len();
    while let Some(at) = stage.pool.next_deadline().filter(|at| *at <= since + secs(20)) {
        if stage.closed.len() > before {
            break;
        }
        stage.pass(at - stage.now);
    }
    stage.ended(slot, Closed::Error);
    (stage.closed.len() > before).then(|| stage.now - since)
}

#[test]
fn three_closures_that_agree_are_learned_with_a_margin() {
    for (closes_at, kept_for) in
        [(ms(100), ms(50)), (secs(2), ms(1500)), (secs(5), ms(4500)), (secs(10), secs(9))]
    {
        let mut stage = patient();
        for _ in 0..3 {
            peer_closes_after(&mut stage, closes_at);
        }
        assert_eq!(kept(&mut stage), Some(kept_for), "closes at {closes_at:?}");
    }
}

#[test]
fn two_closures_prove_nothing() {
    let mut stage = patient();
    for _ in 0..2 {
        peer_closes_after(&mut stage, secs(5));
    }
    assert_eq!(kept(&mut stage), None);
}

#[test]
fn closures_that_disagree_prove_nothing() {
    let mut stage = patient();
    for seconds in [2, 5, 9, 3, 7, 2] {
        peer_closes_after(&mut stage, secs(seconds));
    }
    assert_eq!(kept(&mut stage), None);
}

#[test]
fn the_earliest_of_those_that_agree_counts() {
    let mut stage = patient();
    for closes_at in [ms(5200), ms(5000), ms(5100)] {
        peer_closes_after(&mut stage, closes_at);
    }
    assert_eq!(kept(&mut stage), Some(ms(4500)));
}

#[test]
fn a_peer_that_restarts_closes_many_at_once_and_teaches_nothing() {
    let mut stage = patient();
    let leases: Vec<_> = (0..8).map(|_| stage.fresh(1)).collect();
    let slots: Vec<_> = leases.iter().map(rag_connection_pool::pool::Lease::slot).collect();
    for lease in leases {
        stage.give_back(lease);
    }
    stage.pass(ms(300));
    for slot in slots {
        stage.ended(slot, Closed::Peer);
    }
    stage.pass(secs(5));
    assert_eq!(kept(&mut stage), None);
}

#[test]
fn closures_that_follow_closely_without_end_are_learned_from_all_the_same() {
    let limits = Limits { idle_timeout: secs(600), max_idle: 50, max_per_origin: 50, ..roomy() };
    let mut stage = Stage::new(limits);
    let leases: Vec<_> = (0..20).map(|_| stage.fresh(1)).collect();
    let slots: Vec<_> = leases.iter().map(rag_connection_pool::pool::Lease::slot).collect();
    for lease in leases {
        stage.give_back(lease);
        stage.pass(ms(200));
    }
    stage.pass(secs(1));
    for slot in slots {
        stage.ended(slot, Closed::Peer);
        stage.pass(ms(200));
    }
    assert_eq!(kept(&mut stage), Some(ms(4500)));
}

#[test]
fn a_connection_closed_while_busy_or_before_its_first_request_teaches_nothing() {
    let mut stage = patient();
    for _ in 0..3 {
        let lease = stage.fresh(1);
        stage.pass(secs(5));
        stage.ended(lease.slot(), Closed::Peer);
        let waiter = stage.wait(1);
        stage.cancel(waiter);
        let unused = stage.up();
        stage.pass(secs(5));
        stage.ended(unused, Closed::Peer);
    }
    assert_eq!(kept(&mut stage), None);
}

#[test]
fn what_was_learned_is_doubled_every_ten_minutes() {
    let mut stage = patient();
    for _ in 0..3 {
        peer_closes_after(&mut stage, secs(5));
    }
    stage.pass(secs(600));
    assert_eq!(kept(&mut stage), Some(secs(9)));
    stage.pass(secs(600));
    assert_eq!(kept(&mut stage), Some(secs(18)));
}

#[test]
fn a_peer_that_still_closes_where_it_used_to_restores_it_at_once() {
    let mut stage = patient();
    for _ in 0..3 {
        peer_closes_after(&mut stage, secs(5));
    }
    stage.pass(secs(600));
    peer_closes_after(&mut stage, secs(5));
    assert_eq!(kept(&mut stage), Some(ms(4500)));
}

#[test]
fn what_was_learned_never_prolongs_the_configured_time() {
    let mut stage = Stage::new(Limits { idle_timeout: secs(3), ..roomy() });
    for _ in 0..3 {
        let lease = stage.fresh(1);
        let slot = lease.slot();
        stage.give_back(lease);
        stage.pass_unseen(secs(10));
        stage.ended(slot, Closed::Peer);
        stage.pass(secs(5));
    }
    assert_eq!(kept(&mut stage), Some(secs(3)));
    assert_eq!(stage.reasons(), [CloseReason::IdleTimeout]);
}
