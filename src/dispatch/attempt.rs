//! One attempt at a request: its message on one connection, up to the head of the reply or a failure with its facts.

use std::pin::pin;
use std::sync::Arc;

use http::{Response, StatusCode};

use crate::error::{Error, Kind, Phase};
use crate::policy::{Attempt, Declined, Seen};
use crate::pool::Release;
use crate::transport::body::ReqBody;
use crate::transport::h1::{SendFailure, Unprocessed};
use crate::transport::inflow::Inflow;

use super::clock::now;
use super::lease::Lease;
use super::patience::{Late, head};
use super::pool::Pool;
use super::request::{Destination, Request};
use super::story::Story;
use super::wait::destroyed;

/// An attempt that failed.
pub(super) struct Failed {
    pub(super) error: Error,
    /// Its facts, unless it is the end of the request whatever they are.
    pub(super) attempt: Option<Attempt>,
    /// The message, if nothing of it was begun.
    unsent: Option<Box<http::Request<ReqBody>>>,
    seen: Seen,
}

impl Failed {
    /// It never got a connection.
    pub(super) fn before(error: Error) -> Self {
        Self { error, attempt: None, unsent: None, seen: Seen::Nothing }
    }

    /// Has the request ready for the next attempt.
    pub(super) fn prepare(self, request: &mut Request, story: &mut Story) {
        if let Some(message) = self.unsent {
            // Never begun, so what follows is no second sending: the connection had closed before it took the message.
            request.take_back(*message);
        }
        story.again(self.seen);
    }
}

/// Sends the request over a connection and waits for the head of its reply.
pub(super) async fn carry(
    pool: &Arc<Pool>,
    request: &mut Request,
    mut lease: Lease,
    story: &mut Story,
) -> Result<(Box<Response<Inflow>>, Lease), Failed> {
    story.leased(&lease, now());
    let last = !pool.config_of(&request.destination.key).limits.keep_alive;
    if !request.is_idempotent() {
        lease.look_again();
    }
    let message = request.message(lease.rested() || lease.is_shared(), last);
    let outcome = {
        let sending = pin!(head(&mut lease, message, &request.timeouts));
        pool.while_held(&request.destination, sending).await
    };
    let Some(outcome) = outcome else {
        let seen = lease.trace().seen();
        return Err(Failed::before(died(pool, request, &lease, destroyed(Phase::Head), seen)));
    };
    let failure = match outcome {
        Ok(Ok(response)) => {
            let Some(error) = turned_away(&request.destination, &response) else {
                return Ok((response, lease));
            };
            return Err(Failed::before(died(pool, request, &lease, error, Seen::Nothing)));
        }
        Ok(Err(failure)) => failure,
        Err(late) => {
            let seen = lease.trace().seen();
            return Err(Failed::before(died(pool, request, &lease, too_late(late, request), seen)));
        }
    };
    let declined = declined(pool, request, &lease, &failure);
    let attempt = Attempt {
        died: is_death(&failure.error) && !failure.taken,
        rested: lease.rested(),
        unsent: failure.unsent.is_some(),
        replayable: request.is_kept(),
        idempotent: request.is_idempotent(),
        declined,
        refusals: 0,
        resent: false,
        trace: lease.trace(),
    };
    // What was written meanwhile on a shared connection was others'.
    let untouched = failure.unprocessed.is_some() || failure.unsent.is_some();
    let seen = if untouched { Seen::Nothing } else { attempt.trace.seen() };
    let error = died(pool, request, &lease, failure.error, seen);
    if declined == Some(Declined::Shedding) {
        lease.finish(Release::Refused);
    }
    let attempt = (!pool.is_over_for(&request.destination)).then_some(attempt);
    Err(Failed { error, attempt, unsent: failure.unsent, seen })
}

/// Why the request was provably not processed, if it was not; a server that wants it over HTTP/1.1 has it so from now on.
fn declined(pool: &Arc<Pool>, request: &Request, lease: &Lease, failure: &SendFailure) -> Option<Declined> {
    match failure.unprocessed {
        Some(Unprocessed::Leaving) => Some(Declined::Leaving),
        Some(Unprocessed::Shedding) => Some(Declined::Shedding),
        Some(Unprocessed::Http1Required) => {
            pool.keeps_to_http1(&request.destination).then_some(Declined::Elsewhere)
        }
        None => {
            let untouched = lease.is_shared() && failure.unsent.is_some() && is_death(&failure.error);
            untouched.then_some(Declined::Leaving)
        }
    }
}

/// Whether the connection died. Protocol faults and refusals are answers.
fn is_death(error: &Error) -> bool {
    matches!(error.kind(), Kind::System(_))
}

/// A proxy that wants credentials speaks for itself: its reply is none of the origin's. What else it may answer in the
/// origin's place looks like a reply of that.
fn turned_away(destination: &Destination, response: &Response<Inflow>) -> Option<Error> {
    let status = response.status();
    let via = destination.key.via.as_ref().filter(|via| via.forwards)?;
    (status == StatusCode::PROXY_AUTHENTICATION_REQUIRED).then(|| {
        let message = format!(
            "proxy {}: it wants credentials, or others than it was given: 407 Proxy Authentication Required",
            via.proxy.authority()
        );
        Error::new(Kind::ProxyAuth, Phase::Proxy, message)
            .with(|facts| facts.proxy_status = Some(status.as_u16()))
    })
}

/// The error of an attempt with the facts of its moment.
fn died(pool: &Pool, request: &Request, lease: &Lease, error: Error, seen: Seen) -> Error {
    let error = if pool.is_over_for(&request.destination) { destroyed(Phase::Head) } else { error };
    let moved = lease.moved();
    error.with(|facts| {
        facts.origin = Some(request.destination.key.origin.to_string());
        facts.proxy = request.destination.key.proxy();
        facts.reused_socket = lease.reused();
        facts.bytes_read = moved.received;
        facts.bytes_written = moved.written;
        facts.may_have_been_processed = seen == Seen::Perhaps;
        facts.occupancy = Some(pool.state.lock().occupancy());
    })
}

fn too_late(late: Late, request: &Request) -> Error {
    let origin = &request.destination.key.origin;
    match late {
        Late::Head => {
            let message = format!("no reply from {origin} in time (headersTimeout)");
            Error::new(Kind::HeadersTimeout, Phase::Head, message)
        }
        Late::Write => {
            let message = format!("{origin} took no byte of the request in time (timeout)");
            Error::new(Kind::WriteTimeout, Phase::Head, message)
        }
    }
}
