//! Which requests were read and which answered, each by its id: what a client claims is checked against this.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::h1::Request;
use crate::target::Target;

/// Small enough for a million ids.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    tallies: Mutex<HashMap<u64, Tally>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    read: u16,
    answered: u16,
}

/// The id that a request carries, as `x-id` or as the query's `id`.
pub(super) fn id_of(request: &Request) -> Option<u64> {
    request.field("x-id").or_else(|| Target::new(&request.target).text("id"))?.parse().ok()
}

impl Ledger {
    /// The request was read to its last byte.
    pub(super) fn read(&self, id: u64) {
        self.tallies().entry(id).or_default().read += 1;
    }

    /// The kernel took the last byte of the reply.
    pub(super) fn answered(&self, id: u64) {
        self.tallies().entry(id).or_default().answered += 1;
    }

    pub(super) fn reset(&self) {
        self.tallies().clear();
    }

    /// Totals over all ids.
    pub(super) fn summary(&self) -> Value {
        let tallies = self.tallies();
        let count = |test: fn(&Tally) -> bool| tallies.values().filter(|tally| test(tally)).count();
        json!({
            "ids": tallies.len(),
            "read": tallies.values().map(|tally| u64::from(tally.read)).sum::<u64>(),
            "answered": tallies.values().map(|tally| u64::from(tally.answered)).sum::<u64>(),
            "idsReadTwice": count(|tally| tally.read > 1),
            "idsAnsweredTwice": count(|tally| tally.answered > 1),
            "idsNeverAnswered": count(|tally| tally.answered == 0),
        })
    }

    /// `[id, ...]` -> `[[times read, times answered], ...]`, in that order.
    pub(super) fn look_up(&self, body: &[u8]) -> Result<Value, String> {
        let ids: Vec<u64> = serde_json::from_slice(body).map_err(|why| why.to_string())?;
        let tallies = self.tallies();
        let tally = |id| tallies.get(id).copied().unwrap_or_default();
        Ok(ids.iter().map(tally).map(|tally| json!([tally.read, tally.answered])).collect())
    }

    fn tallies(&self) -> MutexGuard<'_, HashMap<u64, Tally>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_read_twice_and_answered_once_shows_as_a_duplicate() {
        let ledger = Ledger::default();
        ledger.read(7);
        ledger.read(7);
        ledger.answered(7);
        ledger.read(8);
        let summary = ledger.summary();
        assert_eq!((&summary["idsReadTwice"], &summary["idsAnsweredTwice"]), (&json!(1), &json!(0)));
        assert_eq!(summary["idsNeverAnswered"], 1);
        assert_eq!(ledger.look_up(b"[8,7,9]").unwrap(), json!([[1, 0], [2, 1], [0, 0]]));
    }
}
