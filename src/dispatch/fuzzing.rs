//! What is read out of the fields of a reply's head.

use http::{HeaderMap, Method, Response};

use super::content::is_event_stream;
use super::keep::release;
use crate::pool::Release;
use crate::transport::decompress::codings;

/// Reads all of it; gives how the connection would go back to the pool.
pub fn read_fields(headers: HeaderMap) -> Release {
    let mut response = Response::new(());
    *response.headers_mut() = headers;
    let (parts, ()) = response.into_parts();
    let _: bool = is_event_stream(&parts.headers);
    drop(codings(&parts.headers));
    release(&Method::GET, &parts)
}
