use std::time::Duration;

use super::histogram::Histogram;
use super::sample::{Outcome, Sample};
use super::snapshot::StageSummaries;

/// A stretch of a request's life that is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Waiting for a connection.
    Queue,
    /// Looking the name up.
    Dns,
    /// Opening the TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// From the end of the request to the first byte of the reply.
    FirstByte,
    /// From the end of the request to the first server-sent event.
    FirstEvent,
    /// From the call to the reply's last byte, for requests that completed.
    Total,
    /// How long a finished reply waited for a busy JavaScript thread.
    DeliveryLag,
}

pub(super) const STAGES: usize = Stage::ALL.len();

impl Stage {
    /// All of them, in the order in which a request goes through them.
    pub const ALL: [Self; 8] = [
        Self::Queue,
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::FirstByte,
        Self::FirstEvent,
        Self::Total,
        Self::DeliveryLag,
    ];

    /// The name that its figures have in JavaScript.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::FirstByte => "firstByte",
            Self::FirstEvent => "firstEvent",
            Self::Total => "total",
            Self::DeliveryLag => "deliveryLag",
        }
    }
}

/// A histogram for each stage, side by side; or none where they are switched off.
#[derive(Clone, Debug)]
pub(super) enum Stages {
    Off,
    On(Box<Histograms>),
}

type Histograms = [Histogram; STAGES];

impl Stages {
    pub(super) fn new(track: bool) -> Self {
        if track { Self::On(Box::default()) } else { Self::Off }
    }

    pub(super) fn record(&mut self, stage: Stage, took: Duration, times: u32) {
        if let Self::On(histograms) = self {
            record(histograms, stage, took, times);
        }
    }

    pub(super) fn record_all(&mut self, sample: &Sample) {
        let Self::On(histograms) = self else { return };
        for (stage, took) in sample.times.iter().filter(|(stage, _)| *stage != Stage::Total) {
            record(histograms, stage, took, 1);
        }
        if let Outcome::Completed(took) = sample.outcome {
            record(histograms, Stage::Total, took, 1);
        }
    }

    pub(super) fn fold(&mut self, other: &Self) {
        let (Self::On(mine), Self::On(theirs)) = (self, other) else { return };
        for (mine, theirs) in mine.iter_mut().zip(theirs.iter()) {
            mine.fold(theirs);
        }
    }

    /// Reads those histograms in which something was recorded since they were last read.
    pub(super) fn sum_up(&mut self) {
        if let Self::On(histograms) = self {
            histograms.iter_mut().for_each(Histogram::sum_up);
        }
    }

    pub(super) fn summaries(&self) -> StageSummaries {
        match self {
            Self::Off => StageSummaries::default(),
            Self::On(histograms) => StageSummaries(histograms.each_ref().map(Histogram::summary)),
        }
    }
}

fn record(histograms: &mut Histograms, stage: Stage, took: Duration, times: u32) {
    histograms[stage as usize].record(took, times);
}
