use std::collections::VecDeque;
use std::sync::Arc;

use super::{Command, Completion, Intake, OpenPool, Serves, TOGETHER, record, serve};
use crate::binding::home::Home;
use crate::binding::ring::Ring;
use crate::binding::way::Way;
use crate::config;
use crate::dispatch::{Engine, Pool};

/// One that has been told of as many requests, of a pool that is there. Each is malformed, and so over once it begins.
fn intake_with(requests: u32) -> (Intake, Arc<Ring>) {
    let ring = Arc::new(Ring::new(Home::default()));
    let engine = Engine::start(|| {}).unwrap();
    let pool = Pool::open(&engine, config::resolve::<&str>(&[]).unwrap(), 7);
    let open = OpenPool { pool, ways: [Way::default()].into(), proxies: [].into(), name: None, hold: None };
    let mut intake = Intake::new(engine, Arc::clone(&ring));
    let mut batch = words([record::ORIGIN, 1, 36, 7, 12, 0]);
    batch.extend_from_slice(b"http\nhost\n80");
    batch.extend((0..requests).flat_map(|handle| words([record::REQUEST, handle, 24, 1, 0, 0])));
    for command in [Command::Open { id: 7, open }, Command::Batch(batch.into())] {
        assert!(intake.obey(command).is_continue());
    }
    (intake, ring)
}

fn words(record: [u32; 6]) -> Vec<u8> {
    record.into_iter().flat_map(u32::to_ne_bytes).collect()
}

fn told(ring: &Ring) -> Vec<u32> {
    let mut told = VecDeque::new();
    ring.collect(&mut told);
    told.into_iter()
        .map(|told| if let Completion::Fail { handle, .. } = told { handle } else { u32::MAX })
        .collect()
}

#[test]
fn so_many_requests_of_a_batch_begin_together_and_the_others_when_those_have_had_their_turn() {
    let (mut intake, ring) = intake_with(TOGETHER + 3);
    assert!(intake.go_on(), "there are more");
    assert_eq!(told(&ring), (0..TOGETHER).collect::<Vec<_>>());
    assert!(!intake.go_on());
    assert_eq!(told(&ring), (TOGETHER..TOGETHER + 3).collect::<Vec<_>>());
}

#[test]
fn a_request_that_is_given_up_before_its_turn_never_begins() {
    let (mut intake, ring) = intake_with(TOGETHER + 3);
    let given_up = words([record::ABORT, 2, 24, 0, 0, 0]);
    assert!(intake.obey(Command::Batch(given_up.into())).is_continue());
    assert_eq!(told(&ring), [2]);
    while intake.go_on() {}
    let all_others: Vec<_> = (0..TOGETHER + 3).filter(|handle| *handle != 2).collect();
    assert_eq!(told(&ring), all_others);
}

#[test]
fn a_request_whose_body_comes_begins_before_its_turn() {
    let (mut intake, ring) = intake_with(3);
    assert!(intake.obey(Command::Push { handle: 2, bytes: bytes::Bytes::new() }).is_continue());
    assert_eq!(told(&ring), [2]);
}

#[test]
fn a_handle_that_is_used_again_before_its_request_begins_has_both_answered() {
    let (mut intake, ring) = intake_with(1);
    let again =
        [words([record::REQUEST, 0, 24, 1, 0, 0]), words([record::PRECONNECT, 0, 24, 99, 1, 0])].concat();
    assert!(intake.obey(Command::Batch(again.into())).is_continue());
    while intake.go_on() {}
    assert_eq!(told(&ring).len(), 3);
}

#[test]
fn none_of_what_is_due_begins_once_javascript_is_gone() {
    let (mut intake, ring) = intake_with(3);
    assert!(intake.obey(Command::Detach).is_break());
    drop(intake);
    assert_eq!(told(&ring), [0; 0]);
}

#[test]
fn an_intake_that_ends_by_itself_leaves_its_ring_lost() {
    let engine = Engine::start(|| {}).unwrap();
    let ring = Arc::new(Ring::new(Home::default()));
    drop(Intake::new(engine, Arc::clone(&ring)));
    assert!(ring.is_lost());
}

#[test]
fn an_intake_that_is_told_to_end_loses_nothing() {
    let engine = Engine::start(|| {}).unwrap();
    let ring = Arc::new(Ring::new(Home::default()));
    ring.enqueue(Command::Push { handle: 1, bytes: bytes::Bytes::new() });
    assert!(ring.detach());
    to_its_end(serve(engine, Arc::clone(&ring)));
    assert!(!ring.is_lost());
}

fn to_its_end(life: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(life);
}
