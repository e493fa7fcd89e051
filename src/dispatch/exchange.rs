//! The life of one request: admit → lease → send → head (`pipeline`, `attempt`) → body → release.
//!
//! Each step can end it, and dropping the future ends it in any: a place in the queue is given up, a lease
//! comes back, a half-sent message closes its connection. Nothing else has to be told.

use std::pin::pin;
use std::sync::Arc;

use crate::error::{Error, Kind, Phase};

use super::clock::within;
use super::keep::Rest;
use super::pipeline::respond;
use super::pool::Pool;
use super::relay::relay;
use super::reply::Reply;
use super::request::Request;
use super::story::Story;

/// Carries one request and hands its reply over.
pub async fn exchange<R: Reply>(pool: &Arc<Pool>, request: &mut Request, reply: &mut R) {
    let mut story = Story::new(pool, &request.destination, request.submitted);
    request.farewell = request.timeouts.request.map(|_| Arc::default());
    let outcome = within(request.timeouts.request, pin!(run(pool, request, reply, &mut story))).await;
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

fn too_slow(pool: &Pool, request: &Request, story: &Story) -> Error {
    let origin = &request.destination.key.origin;
    let message = format!("the request to {origin} took too long in all (requestTimeout)");
    let moved = story.moved();
    let phase = match story.phase() {
        Phase::Queue => {
            request.farewell.as_ref().and_then(|farewell| farewell.phase()).unwrap_or(Phase::Queue)
        }
        later => later,
    };
    Error::new(Kind::RequestTimeout, phase, message).with(|facts| {
        facts.origin = Some(origin.to_string());
        facts.proxy = request.destination.key.proxy();
        facts.bytes_read = moved.received;
        facts.bytes_written = moved.written;
        facts.may_have_been_processed = moved.written > 0;
        facts.occupancy = Some(pool.state.lock().occupancy());
    })
}
