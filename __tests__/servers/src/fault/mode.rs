//! The keep-alive race: idle connections closed at random, as a server with a short timeout does.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How an idle connection is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// In good order.
    #[default]
    Fin,
    /// By RST.
    Reset,
}

/// What happens to idle connections. The default leaves them alone.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mode {
    /// After each reply the connection may stay idle for a time drawn from [0, so many] ms; `None`: for ever.
    pub close_idle_within_ms: Option<u64>,
    /// How it is closed then.
    #[serde(default)]
    pub by: Ending,
    /// Of the random numbers.
    #[serde(default)]
    pub seed: u64,
}

/// The mode in force, changeable while connections are served.
#[derive(Debug)]
pub(super) struct Switch {
    mode: Mutex<Mode>,
    random: AtomicU64,
}

impl Switch {
    pub(super) fn new(mode: Mode) -> Self {
        Self { mode: Mutex::new(mode), random: AtomicU64::new(mode.seed) }
    }

    /// Takes effect with each connection's next reply.
    pub(super) fn set(&self, body: &[u8]) -> Result<Value, String> {
        let mode: Mode = serde_json::from_slice(body).map_err(|why| why.to_string())?;
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
        self.random.store(mode.seed, Relaxed);
        serde_json::to_value(mode).map_err(|why| why.to_string())
    }

    /// How long the connection that asks may now stay idle, and how it ends then.
    pub(super) fn draw(&self) -> Option<(Duration, Ending)> {
        let mode = *self.mode.lock().unwrap_or_else(PoisonError::into_inner);
        let most = mode.close_idle_within_ms?.saturating_mul(1000);
        Some((Duration::from_micros(self.next() % (most + 1)), mode.by))
    }

    /// SplitMix64: its whole state is a counter, so that threads need no lock.
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.random.fetch_add(STEP, Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// How many of the next connections hear a reply before they have asked for anything.
#[derive(Debug, Default)]
pub(super) struct Greetings {
    left: AtomicU64,
    tls_alone: AtomicBool,
}

impl Greetings {
    /// `{"connections": N}`: the next N; with `"tls": true` the next N over TLS.
    pub(super) fn set(&self, body: &[u8]) -> Result<Value, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Order {
            connections: u64,
            #[serde(default)]
            tls: bool,
        }
        let order: Order = serde_json::from_slice(body).map_err(|why| why.to_string())?;
        self.tls_alone.store(order.tls, Relaxed);
        self.left.store(order.connections, Relaxed);
        Ok(json!({ "connections": order.connections, "tls": order.tls }))
    }

    /// Whether the connection that asks, over TLS or in clear, is one of them.
    pub(super) fn take(&self, tls: bool) -> bool {
        (tls || !self.tls_alone.load(Relaxed))
            && self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let mode = Mode { close_idle_within_ms: Some(50), seed: 7, ..Mode::default() };
        let draws = |switch: &Switch| (0..100).filter_map(|_| switch.draw()).collect::<Vec<_>>();
        let (first, second) = (draws(&Switch::new(mode)), draws(&Switch::new(mode)));
        assert_eq!(first, second);
        assert!(first.iter().all(|(limit, _)| *limit <= Duration::from_millis(50)));
        assert!(first.iter().any(|(limit, _)| *limit > Duration::from_millis(40)));
    }

    #[test]
    fn an_unknown_key_of_a_mode_is_refused_by_name() {
        let switch = Switch::new(Mode::default());
        assert!(switch.set(br#"{"closeIdleWithin":5}"#).unwrap_err().contains("closeIdleWithin"));
        assert!(switch.draw().is_none());
    }
}
