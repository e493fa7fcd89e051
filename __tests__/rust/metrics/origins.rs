use rag_connection_pool::metrics::{Event, OTHER, Recorder, Stage};

use crate::{A, B, completed, micros, recorder, usual};

const BOUND: u32 = 1_000;

/// A recorder that has seen each of these origins once, in this order.
fn after(origins: impl IntoIterator<Item = u32>) -> Recorder<u32> {
    let mut recorder = Recorder::new(true);
    for origin in origins {
        recorder.record(&origin, &completed(micros(1_000)));
    }
    recorder
}

fn names(recorder: &Recorder<u32>) -> Vec<String> {
    recorder.snapshot().origins.into_iter().map(|origin| origin.name).collect()
}

#[test]
fn each_origin_has_figures_of_its_own() {
    let mut recorder = recorder();
    recorder.record(&A, &usual(1, 2, 1_000));
    recorder.record(&B, &usual(1, 2, 3_000));
    recorder.record(&B, &usual(1, 2, 3_000));
    let snapshot = recorder.snapshot();
    let figures: Vec<_> = snapshot
        .origins
        .iter()
        .map(|origin| (origin.name.as_str(), origin.counters.completed, origin.counters.avg_response_ms()))
        .collect();
    assert_eq!(figures, [(A, 1, 1.0), (B, 2, 3.0)]);
}

#[test]
fn the_pool_has_the_figures_of_all_its_origins() {
    let mut recorder = recorder();
    recorder.record(&A, &usual(1, 2, 1_000));
    recorder.record(&B, &usual(1, 2, 3_000));
    let snapshot = recorder.snapshot();
    assert_eq!((snapshot.counters.completed, snapshot.counters.avg_response_ms()), (2, 2.0));
    assert_eq!(snapshot.stages.get(Stage::Total).map(|total| total.count), Some(2));
}

#[test]
fn a_thousand_origins_are_told_apart() {
    let recorder = after(0..BOUND);
    assert_eq!(names(&recorder), (0..BOUND).map(|origin| origin.to_string()).collect::<Vec<_>>());
}

#[test]
fn one_more_takes_the_place_of_the_one_least_recently_used() {
    let mut recorder = after(0..BOUND);
    recorder.happened(&0, Event::Resent);
    recorder.record(&BOUND, &completed(micros(1_000)));
    let names = names(&recorder);
    assert_eq!((names[0].as_str(), names[1].as_str()), ("0", "1000"));
    assert_eq!(names.last().map(String::as_str), Some(OTHER));
    assert_eq!(names.len(), 1_001);
}

#[test]
fn what_was_evicted_is_folded_into_one_entry() {
    let mut recorder = after(0..BOUND * 3);
    recorder.happened(&0, Event::Leaked);
    let snapshot = recorder.snapshot();
    let other = snapshot.origins.last().expect("an entry");
    let counters = &other.counters;
    assert_eq!((other.name.as_str(), counters.completed, counters.avg_response_ms()), (OTHER, 2_001, 1.0));
    assert_eq!(other.stages.get(Stage::Total).map(|total| total.count), Some(2_001));
}

#[test]
fn an_origin_that_comes_back_starts_anew() {
    let mut recorder = after(0..=BOUND);
    recorder.record(&0, &completed(micros(1_000)));
    let snapshot = recorder.snapshot();
    let back = snapshot.origins.iter().find(|origin| origin.name == "0").expect("an entry");
    assert_eq!(back.counters.completed, 1);
}

#[test]
fn no_figure_is_lost_or_counted_twice_by_eviction() {
    let recorder = after((0..20_000).map(|step: u32| step.wrapping_mul(2_654_435_761) >> 20));
    let snapshot = recorder.snapshot();
    let sum: u64 = snapshot.origins.iter().map(|origin| origin.counters.completed).sum();
    assert_eq!((sum, snapshot.counters.completed), (20_000, 20_000));
    let timed: u64 =
        snapshot.origins.iter().filter_map(|origin| origin.stages.get(Stage::Total)).map(|t| t.count).sum();
    assert_eq!(timed, 20_000);
}

#[test]
fn folding_many_values_into_one_entry_leaves_its_quantiles_what_they_are() {
    let mut recorder = Recorder::new(true);
    for origin in 0..BOUND + 3 {
        recorder.took(&origin, Stage::Queue, micros(1_000), u32::MAX);
    }
    let snapshot = recorder.snapshot();
    let other = snapshot.origins.last().and_then(|other| other.stages.get(Stage::Queue)).expect("a summary");
    assert_eq!((other.count, other.p50_ms), (3 * u64::from(u32::MAX), 1.0));
}

#[test]
fn origins_that_change_as_the_others_are_summed_up_hold_nobody_up() {
    let mut recorder = after(0..20);
    let mut next = Some(0);
    let mut parts = 0;
    while let Some(from) = next {
        next = recorder.sum_up(from, 8);
        parts += 1;
        assert!(parts <= 3, "twenty are eight, eight and four");
        for origin in 0..20 {
            recorder.record(&origin, &completed(micros(1_000)));
        }
    }
}
