use std::time::Duration;

use rag_connection_pool::metrics::{Carrier, Counters, Event, Outcome, Recorder, Sample, Stage};

use crate::{A, B, completed, micros, recorder, usual};

fn counted(outcome: Outcome) -> Counters {
    let mut recorder = recorder();
    recorder.record(&A, &Sample::new(outcome));
    recorder.snapshot().counters
}

#[test]
fn nothing_is_counted_before_something_happens() {
    let snapshot = recorder().snapshot();
    assert_eq!(snapshot.counters, Counters::default());
    assert_eq!((snapshot.stages.iter().count(), snapshot.origins.len()), (0, 0));
}

#[test]
fn a_completed_request_is_counted_with_its_time() {
    let counters = counted(Outcome::Completed(micros(1_500)));
    assert_eq!(
        counters,
        Counters { total_requests: 1, completed: 1, total_micros: 1_500, ..Counters::default() }
    );
}

#[test]
fn a_failed_request_is_an_error() {
    assert_eq!(counted(Outcome::Failed), Counters { total_requests: 1, errors: 1, ..Counters::default() });
}

#[test]
fn a_request_that_timed_out_is_an_error_and_a_timeout() {
    let expected = Counters { total_requests: 1, errors: 1, timeouts: 1, ..Counters::default() };
    assert_eq!(counted(Outcome::TimedOut), expected);
}

#[test]
fn a_request_that_its_caller_gave_up_is_no_error() {
    assert_eq!(counted(Outcome::Aborted), Counters { total_requests: 1, aborted: 1, ..Counters::default() });
}

#[test]
fn a_request_is_counted_by_what_carried_it() {
    let mut recorder = recorder();
    for (carrier, times) in [(Carrier::None, 1), (Carrier::Fresh, 2), (Carrier::Reused, 3)] {
        for _ in 0..times {
            recorder.record(&A, &Sample { carrier, ..completed(micros(1)) });
        }
    }
    let counters = recorder.snapshot().counters;
    assert_eq!((counters.new_connections, counters.cached_connections), (2, 3));
    assert_eq!(counters.total_requests, 6);
}

#[test]
fn bytes_add_up_whatever_the_outcome() {
    let mut recorder = recorder();
    for outcome in [Outcome::Completed(micros(1)), Outcome::Failed, Outcome::TimedOut, Outcome::Aborted] {
        recorder.record(&A, &Sample { bytes_in: 10, bytes_out: 3, ..Sample::new(outcome) });
    }
    let counters = recorder.snapshot().counters;
    assert_eq!((counters.bytes_in, counters.bytes_out), (40, 12));
}

#[test]
fn events_are_counted_apart_from_requests() {
    let mut recorder = recorder();
    for (event, times) in [(Event::PoolExhausted, 1), (Event::Resent, 2), (Event::Leaked, 3)] {
        for _ in 0..times {
            recorder.happened(&A, event);
        }
    }
    let expected = Counters { pool_exhausted: 1, resent: 2, leaked: 3, ..Counters::default() };
    let snapshot = recorder.snapshot();
    assert_eq!(snapshot.counters, expected);
    assert_eq!(snapshot.origins[0].counters, expected);
}

#[test]
fn what_the_pool_did_not_carry_counts_for_the_pool_and_for_no_origin() {
    let mut recorder = recorder();
    recorder.record_elsewhere(Outcome::Completed(micros(2_000)));
    recorder.happened_elsewhere(Event::PoolExhausted);
    let snapshot = recorder.snapshot();
    assert_eq!((snapshot.counters.completed, snapshot.counters.pool_exhausted), (1, 1));
    assert_eq!(snapshot.stages.get(Stage::Total).map(|total| total.count), Some(1));
    assert!(snapshot.origins.is_empty());
}

#[test]
fn the_average_response_time_is_exact() {
    let mut recorder = recorder();
    for total in [1_000_001, 1_000_002, 1_000_006] {
        recorder.record(&A, &completed(micros(total)));
    }
    let counters = recorder.snapshot().counters;
    assert_eq!((counters.avg_response_ms(), counters.total_response_ms()), (1_000.003, 3_000.009));
}

#[test]
fn requests_without_a_reply_do_not_weigh_on_the_average() {
    let mut recorder = recorder();
    recorder.record(&A, &completed(micros(4_000)));
    recorder.record(&A, &Sample::new(Outcome::TimedOut));
    let counters = recorder.snapshot().counters;
    assert_eq!((counters.total_requests, counters.avg_response_ms()), (2, 4.0));
}

#[test]
fn the_average_of_nothing_is_zero() {
    let nothing = Counters::default();
    assert_eq!((nothing.avg_response_ms(), nothing.total_response_ms()), (0.0, 0.0));
}

#[test]
fn counters_saturate() {
    let mut recorder = recorder();
    let endless = Sample { bytes_in: u64::MAX, ..completed(Duration::MAX) };
    recorder.record(&A, &endless);
    recorder.record(&A, &endless);
    let counters = recorder.snapshot().counters;
    assert_eq!((counters.bytes_in, counters.total_micros), (u64::MAX, u64::MAX));
    assert_eq!(counters.completed, 2);
}

#[test]
fn without_tracking_counters_stay_and_histograms_are_not_kept() {
    let mut recorder = Recorder::new(false);
    recorder.record(&A, &usual(1, 2, 3_000));
    recorder.took(&A, Stage::DeliveryLag, micros(5), 1);
    let snapshot = recorder.snapshot();
    assert_eq!((snapshot.counters.completed, snapshot.counters.avg_response_ms()), (1, 3.0));
    assert_eq!(snapshot.origins[0].counters, snapshot.counters);
    assert_eq!((snapshot.stages.iter().count(), snapshot.origins[0].stages.iter().count()), (0, 0));
}

#[test]
fn a_reset_leaves_nothing() {
    let mut recorder = recorder();
    recorder.record(&A, &usual(1, 2, 3));
    recorder.record(&B, &usual(1, 2, 3));
    recorder.reset();
    assert_eq!(recorder.snapshot(), crate::recorder().snapshot());
}

#[test]
fn a_reset_does_not_switch_tracking_on_or_off() {
    for track in [false, true] {
        let mut recorder = Recorder::new(track);
        recorder.reset();
        recorder.record(&A, &usual(1, 2, 3));
        assert_eq!(recorder.snapshot().stages.get(Stage::Queue).is_some(), track);
    }
}

#[test]
fn the_totals_are_those_of_the_snapshot() {
    let mut recorder = recorder();
    recorder.record(&A, &usual(1, 2, 3));
    let snapshot = recorder.snapshot();
    assert_eq!(recorder.totals(), (snapshot.counters, snapshot.stages));
}
