//! The life of one request: admit → lease → send → head → body → release.
//!
//! Each step can end it, and dropping the future ends it in any: a place in the queue is given up, a lease
//! comes back, a half-sent message closes its connection. Nothing else has to be told.

use std::pin::pin;
use std::sync::Arc;

use http::Response;
use hyper::body::Incoming;

use crate::error::{Error, Kind, Phase};
use crate::metrics::Event;

use super::clock::within;
use super::lease::Lease;
use super::pool::Pool;
use super::relay::relay;
use super::reply::Reply;
use super::request::Request;
use super::resend::{self, Seen};
use super::story::Story;
use super::wait::destroyed;

/// Carries one request and hands its reply over.
pub async fn exchange<R: Reply>(pool: &Arc<Pool>, request: &mut Request, reply: &mut R) {
    let mut story = Story::new(pool, &request.destination, request.submitted);
    let limit = request.timeouts.request;
    let outcome = within(limit, pin!(run(pool, request, reply, &mut story))).await;
    let outcome = outcome.unwrap_or_else(|_| Err(too_slow(pool, request)));
    if let Err(error) = outcome {
        story.failed(&error);
        reply.fail(error);
    }
}

async fn run<R: Reply>(
    pool: &Arc<Pool>,
    request: &mut Request,
    reply: &mut R,
    story: &mut Story,
) -> Result<(), Error> {
    let (response, lease) = respond(pool, request, story).await?;
    story.answered();
    relay(pool, request, response, lease, reply, story).await
}

/// Up to the head of the reply, with the one safe second sending.
async fn respond(
    pool: &Arc<Pool>,
    request: &mut Request,
    story: &mut Story,
) -> Result<(Response<Incoming>, Lease), Error> {
    let mut resent = false;
    loop {
        let mut lease =
            if resent { pool.acquire_fresh(request).await? } else { pool.acquire(request).await? };
        story.leased(&lease);
        let message = request.message(lease.reused() && !resent);
        let sent = within(request.timeouts.headers, pin!(lease.send(message))).await;
        let failure = match sent {
            Ok(Ok(response)) => return Ok((response, lease)),
            Ok(Err(failure)) => failure,
            Err(_) => {
                story.moved(lease.moved());
                return Err(died(pool, request, &lease, headers_late(request), resend::seen(&lease)));
            }
        };
        story.moved(lease.moved());
        if let Some(message) = failure.unsent.filter(|_| lease.reused() && !pool.is_destroyed()) {
            // Never begun, so this is no second sending: the connection had closed before it took the message.
            request.take_back(*message);
            continue;
        }
        let seen = resend::seen(&lease);
        if resent
            || pool.is_destroyed()
            || !request.is_kept()
            || !resend::allowed(request, &lease, &failure.error, seen)
        {
            return Err(died(pool, request, &lease, failure.error, seen));
        }
        resent = true;
        pool.happened(&request.destination, Event::Resent);
    }
}

/// The error of an attempt with the facts of its moment.
fn died(pool: &Pool, request: &Request, lease: &Lease, error: Error, seen: Seen) -> Error {
    if pool.is_destroyed() {
        return destroyed();
    }
    let moved = lease.moved();
    error.with(|facts| {
        facts.origin = Some(request.destination.key.origin.to_string());
        facts.reused_socket = lease.reused();
        facts.bytes_read = moved.received;
        facts.bytes_written = moved.written;
        facts.may_have_been_processed = seen == Seen::Perhaps;
        facts.occupancy = Some(pool.state.lock().occupancy());
    })
}

fn headers_late(request: &Request) -> Error {
    let message = format!("no reply from {} in time (headersTimeout)", request.destination.key.origin);
    Error::new(Kind::HeadersTimeout, Phase::Head, message)
}

fn too_slow(pool: &Pool, request: &Request) -> Error {
    let origin = &request.destination.key.origin;
    let message = format!("the request to {origin} took too long in all (requestTimeout)");
    // Where it was when its time ran out is gone with its future; that it may have been sent is the safe guess.
    Error::new(Kind::RequestTimeout, Phase::Head, message).with(|facts| {
        facts.origin = Some(origin.to_string());
        facts.may_have_been_processed = true;
        facts.occupancy = Some(pool.state.lock().occupancy());
    })
}
