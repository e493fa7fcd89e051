//! Whether a connection is kept after a reply, and what its exchange still has to do then.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, Version, header, response};
use http_body::Body;

use crate::error::Error;
use crate::pool::Release;
use crate::transport::decompress::Decoded;
use crate::transport::inflow::Inflow;

use super::clock::within;
use super::lease::Lease;

/// How long a connection may take to be done with an exchange that its consumer is done with.
pub(super) const DRAIN_TIME: Duration = Duration::from_secs(1);

/// The same of a body of which nobody has said how long it is: who leaves a model's answer at its last event is at its end a moment
/// later, and who leaves it before wants no more of it made.
const DRAIN_TIME_OF_UNKNOWN: Duration = Duration::from_millis(250);
/// What is left of a body that nobody wants is read to its end up to this many bytes: a connection costs more.
const DRAINED: u64 = 128 * 1024;

/// Reads what is left of a body that nobody wants, unless that is too much or takes too long; says whether it came to its end.
pub(super) async fn drained(mut body: Pin<&mut Decoded<Inflow>>) -> bool {
    let left = body.size_hint().upper();
    if left.is_some_and(|left| left > DRAINED) {
        return false;
    }
    let limit = if left.is_some() { DRAIN_TIME } else { DRAIN_TIME_OF_UNKNOWN };
    let mut read = 0;
    let whole = async {
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            read += frame?.data_ref().map_or(0, |data| data.len() as u64);
            if read > DRAINED {
                return Ok(false);
            }
        }
        Ok::<bool, Error>(true)
    };
    matches!(within(Some(limit), pin!(whole)).await, Ok(Ok(true)))
}

/// What is left to do once the consumer has its reply: a reply that came early leaves the request's body under
/// way, and its connection busy.
#[derive(Debug)]
#[must_use = "the lease in it breaks the connection if it is dropped"]
pub(super) struct Rest(Option<(Lease, Release)>);

impl Rest {
    /// Gives the lease back, if its connection is done with the exchange.
    pub(super) fn begin(lease: Lease, release: Release) -> Self {
        if !matches!(release, Release::Reusable { .. }) || lease.is_ready() {
            lease.finish(release);
            return Self(None);
        }
        Self(Some((lease, release)))
    }

    pub(super) async fn settle(self) {
        if let Some((mut lease, release)) = self.0 {
            if matches!(within(Some(DRAIN_TIME), pin!(lease.ready())).await, Ok(true)) {
                lease.finish(release);
            } else {
                lease.cut(release);
            }
        }
    }
}

/// How the lease goes back once the body was read (RFC 9112, 9.3).
///
/// After a HEAD to which there would be a body the connection is not kept: some servers send that all the same, and it would be
/// read as the next reply. So does undici.
pub(super) fn release(asked: &Method, parts: &response::Parts) -> Release {
    let said = |word: &str| {
        parts.headers.get_all(header::CONNECTION).iter().any(|value| {
            value.to_str().is_ok_and(|text| text.split(',').any(|one| one.trim().eq_ignore_ascii_case(word)))
        })
    };
    if said("close") || (parts.version == Version::HTTP_10 && !said("keep-alive")) {
        return Release::Close;
    }
    let is_empty = matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || parts.headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "0");
    if asked == Method::HEAD && parts.version != Version::HTTP_2 && !is_empty {
        return Release::Close;
    }
    Release::Reusable { keep_alive_hint: keep_alive_hint(&parts.headers) }
}

/// `Keep-Alive: timeout=n`, in whole seconds, wherever among its parameters; as `lib/agent/keep-alive-hint.js` has it.
fn keep_alive_hint(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("keep-alive")?.to_str().ok()?;
    let timeout = text.split(',').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("timeout").then(|| value.trim().trim_matches('"'))
    })?;
    let digits = timeout.split(|one: char| !one.is_ascii_digit()).next()?;
    digits.parse().ok().map(Duration::from_secs)
}
