//! Where a request's body ends, said in its head.

use http::Request;
use http::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
use http_body::Body;

use super::super::body::ReqBody;
use crate::error::{Error, Kind, Phase};

/// Methods of whose requests a body is expected.
const EXPECTING: [&str; 6] = ["POST", "PUT", "PATCH", "QUERY", "PROPFIND", "PROPPATCH"];

/// hyper leaves bodies of unknown length out of GET, HEAD and CONNECT, and the length out of empty ones,
/// where the peer expects it (RFC 9110 section 8.6).
pub(super) fn frame(request: &mut Request<ReqBody>) -> Result<(), Error> {
    let length = request.body().size_hint().exact();
    let expects = EXPECTING.contains(&request.method().as_str());
    let chunked = request.headers().contains_key(TRANSFER_ENCODING);
    match (request.headers().get(CONTENT_LENGTH), length) {
        (Some(given), Some(length)) if given.as_bytes() != length.to_string().as_bytes() => {
            let sentence = format!("the request's body has {length} bytes and its Content-Length is another");
            return Err(Error::new(
                Kind::Protocol("ERR_HTTP_CONTENT_LENGTH_MISMATCH".into()),
                Phase::Head,
                sentence,
            ));
        }
        (None, None) if !chunked => {
            request.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        (None, Some(0)) if expects && !chunked => {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        _ => {}
    }
    Ok(())
}
