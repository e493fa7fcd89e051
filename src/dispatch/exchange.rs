//! The life of one request: admit → lease → send → head → body → release.
//!
//! Each step can end it, and dropping the future ends it in any: a place in the queue is given up, a lease
//! comes back, a half-sent message closes its connection. Nothing else has to be told.

use std::pin::pin;
use std::sync::Arc;

use http::{Response, StatusCode};
use hyper::body::Incoming;

use crate::error::{Error, Kind, Phase};
use crate::metrics::Event;

use super::clock::within;
use super::keep::Rest;
use super::lease::Lease;
use super::patience::{Late, head};
use super::pool::Pool;
use super::relay::relay;
use super::reply::Reply;
use super::request::{Destination, Request};
use super::resend::{self, Seen};
use super::story::Story;
use super::wait::destroyed;

/// Carries one request and hands its reply over.
pub async fn exchange<R: Reply>(pool: &Arc<Pool>, request: &mut Request, reply: &mut R) {
    let mut story = Story::new(pool, &request.destination, request.submitted);
    let limit = request.timeouts.request;
    let outcome = within(limit, pin!(run(pool, request, reply, &mut story))).await;
    match outcome.unwrap_or_else(|_| Err(too_slow(pool, request, &story))) {
        // Under no time limit: the consumer has its reply.
        Ok(rest) => rest.settle().await,
        Err(error) => {
            story.failed(&error);
            // A second sending that came to nothing does not undo the first.
            reply.fail(error.with(|facts| facts.may_have_been_processed |= story.perhaps_seen()));
        }
    }
}

async fn run<R: Reply>(
    pool: &Arc<Pool>,
    request: &mut Request,
    reply: &mut R,
    story: &mut Story,
) -> Result<Rest, Error> {
    let (response, lease) = respond(pool, request, story).await?;
    story.answered();
    relay(pool, request, response, lease, reply, story).await
}

/// Up to the head of the reply, with the one safe second sending. That goes out on a fresh connection, whose
/// death is no race and ends it.
async fn respond(
    pool: &Arc<Pool>,
    request: &mut Request,
    story: &mut Story,
) -> Result<(Response<Incoming>, Lease), Error> {
    let mut resent = false;
    let wanted = request.wanted();
    let last = !pool.config_of(&wanted.destination.key).limits.keep_alive;
    loop {
        let mut lease =
            if resent { pool.acquire_fresh(&wanted).await? } else { pool.acquire(&wanted).await? };
        story.leased(&lease);
        let message = request.message(lease.rested(), last);
        let failure = match head(&mut lease, message, &request.timeouts).await {
            Ok(Ok(response)) => match turned_away(&request.destination, &response) {
                None => return Ok((response, lease)),
                Some(error) => return Err(died(pool, request, &lease, error, Seen::Nothing)),
            },
            Ok(Err(failure)) => failure,
            Err(late) => {
                let seen = resend::seen(&lease);
                return Err(died(pool, request, &lease, too_late(late, request), seen));
            }
        };
        let seen = resend::seen(&lease);
        if !lease.rested() || pool.is_destroyed() || !resend::is_death(&failure.error) {
            return Err(died(pool, request, &lease, failure.error, seen));
        }
        if let Some(message) = failure.unsent {
            // Never begun, so this is no second sending: the connection had closed before it took the message.
            request.take_back(*message);
        } else if request.is_kept() && resend::allowed(request.is_idempotent(), &lease, seen) {
            resent = true;
            pool.happened(&request.destination, Event::Resent);
        } else {
            return Err(died(pool, request, &lease, failure.error, seen));
        }
        story.again(seen);
    }
}

/// A proxy that wants credentials speaks for itself: its reply is none of the origin's. What else it may answer in the
/// origin's place looks like a reply of that.
fn turned_away(destination: &Destination, response: &Response<Incoming>) -> Option<Error> {
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
    let error = if pool.is_destroyed() { destroyed(Phase::Head) } else { error };
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

fn too_slow(pool: &Pool, request: &Request, story: &Story) -> Error {
    let origin = &request.destination.key.origin;
    let message = format!("the request to {origin} took too long in all (requestTimeout)");
    let moved = story.moved();
    Error::new(Kind::RequestTimeout, story.phase(), message).with(|facts| {
        facts.origin = Some(origin.to_string());
        facts.proxy = request.destination.key.proxy();
        facts.bytes_read = moved.received;
        facts.bytes_written = moved.written;
        facts.may_have_been_processed = moved.written > 0;
        facts.occupancy = Some(pool.state.lock().occupancy());
    })
}
