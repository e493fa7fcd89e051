//! A REQUEST record as a request. `lib/request.js` has checked everything, and nothing is believed here:
//! what cannot stand in a request fails it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http::{Method, Uri};

use crate::config::Timeouts;
use crate::dispatch::{Destination, Request};
use crate::error::{Error, Kind, Phase};
use crate::transport::body::ReqBody;

use super::records::{submission as record, word_at};

/// The length of a streamed body, where it is known.
pub(super) type StreamLength = Option<u64>;

/// The request, and whether its body follows by `push`.
pub(super) fn request(
    destination: &Arc<Destination>,
    pools_own: &Timeouts,
    args: [u32; 3],
    payload: &Bytes,
    attached: Option<Bytes>,
    submitted: Instant,
) -> Result<(Box<Request>, Option<StreamLength>), Error> {
    let [_, head_length, body_length] = args;
    let flags = word_at(payload, 0).ok_or_else(malformed)?;
    let timeouts = timeouts(pools_own, payload)?;
    let text_at = record::REQUEST_WORDS * 4;
    let body_at = text_at.checked_add(head_length as usize).ok_or_else(malformed)?;
    if body_at > payload.len() {
        return Err(malformed());
    }
    let mut request = head(destination, timeouts, &payload.slice(text_at..body_at), submitted)?;
    request.decode = flags & record::KEEP_CODING == 0;
    request.keep_fields = flags & record::KEEP_FIELDS != 0;
    request.anew = flags & record::ANEW != 0;
    let mut stream = None;
    if flags & record::BODY_ATTACHED != 0 {
        request.body = ReqBody::Full(attached.ok_or_else(malformed)?);
    } else if flags & record::BODY_INLINE != 0 {
        let end = body_at.checked_add(body_length as usize).ok_or_else(malformed)?;
        if end > payload.len() {
            return Err(malformed());
        }
        request.body = ReqBody::Full(payload.slice(body_at..end));
    } else if flags & record::BODY_STREAM != 0 {
        let upper = word_at(payload, 7).ok_or_else(malformed)?;
        let length = u64::from(upper) << 32 | u64::from(body_length);
        stream = Some((upper != record::UNKNOWN_LENGTH).then_some(length));
    }
    Ok((request, stream))
}

fn head(
    destination: &Arc<Destination>,
    timeouts: Timeouts,
    text: &Bytes,
    submitted: Instant,
) -> Result<Box<Request>, Error> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let method = lines.next().and_then(|line| Method::from_bytes(line).ok()).ok_or_else(malformed)?;
    let target = lines.next().ok_or_else(malformed)?;
    let target = Uri::from_maybe_shared(text.slice_ref(target)).map_err(|_| malformed())?;
    let request = Request::new(Arc::clone(destination), method, target, timeouts, submitted);
    let mut request = Box::new(request);
    while let Some(name) = lines.next() {
        let value = lines.next().ok_or_else(malformed)?;
        let name = HeaderName::from_bytes(name).map_err(|_| malformed())?;
        let value = HeaderValue::from_maybe_shared(text.slice_ref(value)).map_err(|_| malformed())?;
        // The body's own length stands.
        if name == CONTENT_LENGTH {
            return Err(malformed());
        }
        // A map of too many names would panic.
        if name == HOST {
            request.headers.insert(name, value);
        } else {
            request.headers.try_append(name, value).map_err(|_| malformed())?;
        }
    }
    Ok(request)
}

fn timeouts(pools_own: &Timeouts, payload: &Bytes) -> Result<Timeouts, Error> {
    let pick = |index: usize, own: Option<Duration>| -> Result<Option<Duration>, Error> {
        match word_at(payload, index).ok_or_else(malformed)? {
            record::POOLS_OWN => Ok(own),
            0 => Ok(None),
            ms => Ok(Some(Duration::from_millis(ms.into()))),
        }
    };
    Ok(Timeouts {
        queue: pick(1, pools_own.queue)?,
        connect: pick(2, pools_own.connect)?,
        headers: pick(3, pools_own.headers)?,
        body: pick(4, pools_own.body)?,
        request: pick(5, pools_own.request)?,
        write: pick(6, pools_own.write)?,
    })
}

fn malformed() -> Error {
    Error::new(Kind::Internal, Phase::Queue, "a submission record is malformed")
}
