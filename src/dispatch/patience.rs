//! How long a request waits for the head of its reply, and for its peer to take its body.
//!
//! The two limits follow each other: while the peer has not taken all of the request it has the write timeout
//! for each byte, and the headers timeout begins with the last one. Who takes a request in one gulp, as nearly
//! all do, costs no timer for the first; a long body is glanced at a few times in the span of a limit. While more of a
//! stream is to come and the peer has taken what there was, it is the caller that is waited for, and neither runs.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Response;

use crate::config::Timeouts;
use crate::transport::body::{ReqBody, Source};
use crate::transport::h1::SendFailure;
use crate::transport::inflow::Inflow;

use super::clock::{now, within};
use super::lease::Lease;
use super::meter::Meter;

/// A body of up to this many bytes fits into the empty send buffer of any system. A stream has no such room of its own.
const GULP: usize = 16 * 1024;
/// Glances at a long body in the span of the shorter limit: what a limit may be exceeded by is one of them.
const GLANCES: u32 = 8;

/// Which limit has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// The headers timeout.
    Head,
    /// The write timeout.
    Write,
}

/// Sends the request and waits for the head of its reply, as long as that may take.
pub(super) async fn head(
    lease: &mut Lease,
    message: Box<http::Request<ReqBody>>,
    timeouts: &Timeouts,
) -> Result<Result<Box<Response<Inflow>>, SendFailure>, Late> {
    let upload = Upload::of(message.body(), lease.meter());
    let sending = pin!(lease.send(message));
    match (upload, timeouts.write.into_iter().chain(timeouts.headers).min()) {
        (Some(upload), Some(limit)) => watched(sending, upload, timeouts, limit / GLANCES).await,
        _ => within(timeouts.headers, sending).await.map_err(|_| Late::Head),
    }
}

async fn watched<F: Future>(
    mut sending: Pin<&mut F>,
    mut upload: Upload,
    timeouts: &Timeouts,
    glance: Duration,
) -> Result<F::Output, Late> {
    loop {
        if let Ok(outcome) = within(Some(glance), sending.as_mut()).await {
            return Ok(outcome);
        }
        let quiet = upload.quiet_for(now());
        let (limit, late) =
            if upload.is_held_up() { (timeouts.write, Late::Write) } else { (timeouts.headers, Late::Head) };
        if limit.is_some_and(|limit| quiet >= limit) {
            return Err(late);
        }
    }
}

/// A body that takes a while to send.
struct Upload {
    meter: Meter,
    whole: Whole,
    /// Bytes that the kernel, and that the peer's TCP had taken at the last glance.
    taken: (u64, Option<u64>),
    /// Bytes of all bodies on the connection that had gone out.
    by_all: u64,
    since: Instant,
}

/// What there is to send.
enum Whole {
    /// So many bytes, all at hand.
    Known(u64),
    /// A stream, whose source may well be slower than its peer.
    From(Arc<Source>),
}

impl Upload {
    fn of(body: &ReqBody, meter: &Meter) -> Option<Self> {
        let gulp = if meter.is_of_a_stream() { 0 } else { GULP };
        let whole = match (body, body.source()) {
            (ReqBody::Full(bytes), _) if bytes.len() > gulp => Whole::Known(bytes.len() as u64),
            (_, Some(source)) => Whole::From(source),
            (_, None) => return None,
        };
        Some(Self { meter: meter.clone(), whole, taken: (0, None), by_all: 0, since: now() })
    }

    /// How long no byte has been taken, of this body or of those that it waits behind, though there were some to take or all were.
    fn quiet_for(&mut self, now: Instant) -> Duration {
        let taken = (self.meter.uploaded(), self.meter.acknowledged());
        let by_all = self.meter.uploaded_by_all();
        // Streams share the room of their connection: who waits for his turn of it is not stuck.
        let is_queued = by_all != self.by_all && self.is_held_up();
        if taken != self.taken || is_queued || self.is_awaited() {
            self.taken = taken;
            self.since = now;
        }
        self.by_all = by_all;
        now.saturating_duration_since(self.since)
    }

    /// Whether there are bytes to send that the peer does not take.
    fn is_held_up(&self) -> bool {
        let (written, acknowledged) = self.taken;
        let is_behind = match &self.whole {
            Whole::Known(length) => written < *length,
            Whole::From(source) => source.has_more() || written < source.taken(),
        };
        is_behind || acknowledged.is_some_and(|acknowledged| acknowledged < written)
    }

    /// Whether nothing but the source of the body is waited for.
    fn is_awaited(&self) -> bool {
        matches!(&self.whole, Whole::From(source) if source.is_awaited()) && !self.is_held_up()
    }
}
