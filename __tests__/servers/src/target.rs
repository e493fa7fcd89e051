//! Path and query of a request target.

use std::str::FromStr;
use std::time::Duration;

/// A target, split.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Up to the question mark.
    pub path: &'a str,
    query: &'a str,
}

impl<'a> Target<'a> {
    /// Splits an origin-form target.
    pub fn new(target: &'a str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { path, query }
    }

    /// The value of a parameter, as written.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, v)| v)
    }

    /// A number, or `default` when the parameter is absent; the error names the parameter and its value.
    pub fn number<N: FromStr>(&self, name: &str, default: N) -> Result<N, String> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| format!("{name}={text} is not a number in range")),
        }
    }

    /// A span in milliseconds.
    pub fn millis(&self, name: &str, default: u64) -> Result<Duration, String> {
        self.number(name, default).map(Duration::from_millis)
    }

    /// `1` or `0`.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, String> {
        match self.text(name) {
            None => Ok(default),
            Some("1") => Ok(true),
            Some("0") => Ok(false),
            Some(text) => Err(format!("{name}={text} is neither 0 nor 1")),
        }
    }
}
