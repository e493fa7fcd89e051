//! What measuring costs: a request of three stages, and a snapshot.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rag_connection_pool::key::{Origin, Scheme};
use rag_connection_pool::metrics::{Carrier, Outcome, Recorder, Sample, Stage};

fn origins(count: usize) -> Vec<Origin> {
    let host = |index| Arc::from(format!("service-{index}.example"));
    (0..count).map(|index| Origin { scheme: Scheme::Https, host: host(index), port: 443 }).collect()
}

fn sample(round: u64) -> Sample {
    let first_byte = Duration::from_micros(round * 7_919 % 300_000);
    let mut sample = Sample::new(Outcome::Completed(first_byte + Duration::from_micros(50)));
    sample.carrier = Carrier::Reused;
    sample.times.set(Stage::Queue, first_byte / 100);
    sample.times.set(Stage::FirstByte, first_byte);
    sample
}

fn filled(origins: &[Origin]) -> Recorder<Origin> {
    let mut recorder = Recorder::new(true);
    for round in 1..200 {
        for origin in origins {
            recorder.record(origin, &sample(round));
        }
    }
    recorder
}

/// A thousand in rotation outgrow the processor's cache: what is measured there is memory.
fn record(criterion: &mut Criterion) {
    for count in [1, 10, 1_000] {
        let origins = origins(count);
        let mut recorder = filled(&origins);
        let mut round = 0_u64;
        let mut next = origins.iter().cycle();
        criterion.bench_function(&format!("record, {count} origins"), |bencher| {
            bencher.iter(|| {
                round += 1;
                if let Some(origin) = next.next() {
                    recorder.record(black_box(origin), black_box(&sample(round)));
                }
            });
        });
    }
}

fn snapshot(criterion: &mut Criterion) {
    let recorder = filled(&origins(1_000));
    criterion.bench_function("snapshot of 1000 origins", |bencher| {
        bencher.iter(|| black_box(recorder.snapshot()));
    });
}

criterion_group!(metrics, record, snapshot);
criterion_main!(metrics);
