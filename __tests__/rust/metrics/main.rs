//! What a pool counts and times.
#![expect(clippy::expect_used, reason = "what stands beside a test fails it in the same way")]

mod counting;
mod origins;
mod timing;

use std::time::Duration;

use rag_connection_pool::metrics::{Carrier, Outcome, Recorder, Sample, Stage, Times};

const A: &str = "https://a.example";
const B: &str = "http://b.example:8080";

fn recorder() -> Recorder<&'static str> {
    Recorder::new(true)
}

const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

fn completed(total: Duration) -> Sample {
    Sample::new(Outcome::Completed(total))
}

/// What a request over a connection at hand brings: three stages, the total included.
fn usual(queue: u64, first_byte: u64, total: u64) -> Sample {
    Sample {
        carrier: Carrier::Reused,
        bytes_in: 200,
        bytes_out: 300,
        times: Times::default().with(Stage::Queue, micros(queue)).with(Stage::FirstByte, micros(first_byte)),
        ..completed(micros(total))
    }
}
