//! What a reply's fields say of its content.

use http::{HeaderMap, header};

use crate::error::Error;
use crate::transport::decompress::{Bounds, Decoded, codings, decode};
use crate::transport::inflow::Inflow;

use super::pool::Pool;
use super::request::Request;

/// The body with its coding undone, and the fields without those that spoke of the coding, unless the request keeps them.
pub(super) fn open(
    pool: &Pool,
    request: &Request,
    incoming: Inflow,
    mut headers: HeaderMap,
) -> Result<(Decoded<Inflow>, HeaderMap), Error> {
    let codings = if request.decode { codings(&headers)? } else { Vec::new() };
    if !codings.is_empty() && !request.keep_fields {
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
    }
    let config = pool.config_of(&request.destination.key);
    let max_ratio = config.body.max_expansion.map_or(u64::MAX, u64::from);
    let bounds = Bounds { max_ratio, free: crate::config::Body::EXPANSION_FLOOR, max_bytes: u64::MAX };
    Ok((decode(&codings, incoming, bounds), headers))
}

/// Whether the body is made of server-sent events.
pub(super) fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.as_bytes().get(..EVENT_STREAM.len()));
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case(EVENT_STREAM))
}

const EVENT_STREAM: &[u8] = b"text/event-stream";
