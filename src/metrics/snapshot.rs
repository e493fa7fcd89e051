use super::counters::Counters;
use super::stages::{STAGES, Stage};

/// The name under which a snapshot holds the origins that are no longer told apart. No origin is called
/// so: theirs have a scheme.
pub const OTHER: &str = "other";

/// All that a pool has measured, as plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Over all origins.
    pub counters: Counters,
    /// Over all origins.
    pub stages: StageSummaries,
    /// For each origin.
    pub origins: Vec<OriginSnapshot>,
}

/// The figures of one origin.
#[derive(Clone, Debug, PartialEq)]
pub struct OriginSnapshot {
    /// The origin, or [`OTHER`].
    pub name: String,
    /// What happened how often.
    pub counters: Counters,
    /// How long it took.
    pub stages: StageSummaries,
}

/// A summary for each stage in which something was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StageSummaries(pub(super) [Option<Summary>; STAGES]);

/// A histogram in six figures, times in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many values.
    pub count: u64,
    /// Their exact average.
    pub avg_ms: f64,
    /// Half of them are no more than this.
    pub p50_ms: f64,
    /// 95 of a hundred are no more than this.
    pub p95_ms: f64,
    /// 99 of a hundred are no more than this.
    pub p99_ms: f64,
    /// The greatest, exactly.
    pub max_ms: f64,
}

impl StageSummaries {
    /// One stage; `None` where nothing was recorded.
    pub fn get(&self, stage: Stage) -> Option<&Summary> {
        self.0[stage as usize].as_ref()
    }

    /// Those in which something was recorded.
    pub fn iter(&self) -> impl Iterator<Item = (Stage, &Summary)> {
        Stage::ALL.into_iter().zip(&self.0).filter_map(|(stage, summary)| Some((stage, summary.as_ref()?)))
    }
}
