use std::time::Duration;

use proptest::prelude::*;
use rag_connection_pool::metrics::{Outcome, Sample, Stage, Summary, Times};

use crate::{A, completed, micros, recorder, usual};

fn summary_of(values: impl IntoIterator<Item = u64>) -> Summary {
    let mut recorder = recorder();
    for value in values {
        recorder.took(&A, Stage::Queue, micros(value), 1);
    }
    *recorder.snapshot().stages.get(Stage::Queue).expect("a summary")
}

#[test]
fn each_stage_has_a_histogram_of_its_own() {
    let mut recorder = recorder();
    for (stage, ms) in Stage::ALL.into_iter().zip(1..) {
        recorder.took(&A, stage, Duration::from_millis(ms), 1);
    }
    let snapshot = recorder.snapshot();
    let maxima: Vec<_> = snapshot.stages.iter().map(|(stage, summary)| (stage, summary.max_ms)).collect();
    let expected: Vec<_> = Stage::ALL.into_iter().zip((1..).map(f64::from)).collect();
    assert_eq!(maxima, expected);
}

#[test]
fn stages_have_the_names_of_the_figures_in_javascript() {
    let names = Stage::ALL.map(Stage::name);
    assert_eq!(names, ["queue", "dns", "connect", "tls", "firstByte", "firstEvent", "total", "deliveryLag"]);
}

#[test]
fn a_sample_is_recorded_in_the_stages_that_it_went_through() {
    let mut recorder = recorder();
    recorder.record(&A, &usual(10, 2_000, 3_000));
    let snapshot = recorder.snapshot();
    let seen: Vec<_> = snapshot.stages.iter().map(|(stage, summary)| (stage, summary.max_ms)).collect();
    assert_eq!(seen, [(Stage::Queue, 0.01), (Stage::FirstByte, 2.0), (Stage::Total, 3.0)]);
    assert_eq!(snapshot.origins[0].stages, snapshot.stages);
}

#[test]
fn a_request_that_failed_has_stages_but_no_response_time() {
    let mut recorder = recorder();
    let times = Times::default().with(Stage::Queue, micros(10));
    recorder.record(&A, &Sample { times, ..Sample::new(Outcome::Failed) });
    let snapshot = recorder.snapshot();
    assert!(snapshot.stages.get(Stage::Queue).is_some());
    assert!(snapshot.stages.get(Stage::Total).is_none());
}

#[test]
fn a_total_given_twice_is_counted_once() {
    let mut recorder = recorder();
    let times = Times::default().with(Stage::Total, micros(9));
    recorder.record(&A, &Sample { times, ..completed(micros(7)) });
    let total = *recorder.snapshot().stages.get(Stage::Total).expect("a summary");
    assert_eq!((total.count, total.max_ms), (1, 0.007));
}

#[test]
fn count_average_and_maximum_are_exact() {
    let summary = summary_of([1_000_001, 1_000_003, 5_000_003]);
    assert_eq!((summary.count, summary.max_ms), (3, 5_000.003));
    assert!((summary.avg_ms - 7_000.007 / 3.0).abs() < 1e-9, "{}", summary.avg_ms);
}

#[test]
fn no_quantile_lies_above_the_maximum() {
    let summary = summary_of([1_000_001]);
    assert_eq!((summary.p50_ms, summary.p99_ms, summary.max_ms), (1_000.001, 1_000.001, 1_000.001));
}

#[test]
fn zero_is_a_duration() {
    assert_eq!(summary_of([0]), Summary { count: 1, ..Summary::default() });
}

#[test]
fn an_endless_duration_saturates() {
    let mut recorder = recorder();
    recorder.took(&A, Stage::Queue, Duration::MAX, 1);
    recorder.took(&A, Stage::Queue, micros(1), 1);
    let queue = *recorder.snapshot().stages.get(Stage::Queue).expect("a summary");
    let fifty_days = 4_398_046_511.104;
    assert_eq!((queue.count, queue.p50_ms, queue.max_ms), (2, 0.001, fifty_days));
}

#[test]
fn more_values_than_a_bin_can_count_leave_the_quantiles_what_they_are() {
    let mut recorder = recorder();
    for _ in 0..3 {
        recorder.took(&A, Stage::Queue, Duration::from_millis(1), u32::MAX);
        recorder.took(&A, Stage::Queue, Duration::from_millis(100), u32::MAX / 4);
    }
    let queue = *recorder.snapshot().stages.get(Stage::Queue).expect("a summary");
    assert_eq!(queue.count, 3 * (u64::from(u32::MAX) + u64::from(u32::MAX / 4)));
    assert!((queue.p50_ms - 1.0).abs() < 0.01, "{}", queue.p50_ms);
    assert!((queue.p95_ms - 100.0).abs() < 1.0, "{}", queue.p95_ms);
}

proptest! {
    #[test]
    fn every_quantile_is_right_to_one_percent(mut values in prop::collection::vec(0..100_000_000_u32, 1..500)) {
        let summary = summary_of(values.iter().copied().map(u64::from));
        values.sort_unstable();
        for (percent, shown) in [(50, summary.p50_ms), (95, summary.p95_ms), (99, summary.p99_ms)] {
            let rank = (values.len() * percent).div_ceil(100);
            let exact = f64::from(values[rank - 1]) / 1_000.0;
            prop_assert!(shown >= exact && shown <= exact * 1.01 + 0.001, "{percent}: {shown}, not {exact}");
        }
    }
}

#[test]
fn quantiles_of_a_few_values_are_exact() {
    let summary = summary_of((1..=10).rev().map(|value| value * 100_003));
    assert_eq!((summary.p50_ms, summary.p95_ms, summary.p99_ms), (500.015, 1_000.03, 1_000.03));
}

#[test]
fn values_from_before_there_were_many_keep_their_weight() {
    let summary = summary_of((0..30).map(|_| 1_000).chain((0..30).map(|_| 50_000)));
    assert!((summary.p50_ms - 1.0).abs() <= 0.01, "{summary:?}");
    assert!((summary.p95_ms - 50.0).abs() <= 0.5, "{summary:?}");
}
