//! Where a request goes, as HTTP/2 says it: scheme and authority beside the path, and no `Host` (RFC 9113, 8.3.1).

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Method, Request, Uri, header};
use http_body::Body as _;

use super::super::body::ReqBody;
use super::super::h1::SendFailure;
use super::super::head;
use crate::error::Phase;

/// Moves the `Host` field into the target.
pub(super) fn absolute(mut request: Request<ReqBody>, secure: bool) -> Result<Request<ReqBody>, SendFailure> {
    let host = request.headers().get(header::HOST);
    let authority = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let scheme = if secure { Scheme::HTTPS } else { Scheme::HTTP };
    let path = request.uri().path_and_query().cloned();
    let uri = authority.and_then(|authority| {
        let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
        Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build().ok()
    });
    let Some(uri) = uri else {
        let message = "the host field is no host that HTTP/2 can name".to_owned();
        return Err(SendFailure::unsent(
            super::broken("ERR_INVALID_ARG_VALUE", Phase::Head, message),
            request,
        ));
    };
    *request.uri_mut() = uri;
    request.headers_mut().remove(header::HOST);
    Ok(request)
}

/// Bytes of the fields of a request's head, those included that HTTP/2 says in place of a request line.
pub(super) fn size(request: &Request<ReqBody>) -> u64 {
    let uri = request.uri();
    let parts = [
        request.method().as_str(),
        uri.scheme_str().unwrap_or_default(),
        uri.authority().map(Authority::as_str).unwrap_or_default(),
        uri.path_and_query().map(PathAndQuery::as_str).unwrap_or_default(),
    ];
    let values: usize = parts.iter().map(|part| part.len()).sum();
    (PSEUDO_FIELDS + values + head::bytes(request.headers())) as u64
}

/// Refuses a head that is larger than the peer takes: most end the connection for it, with all that others have on it.
pub(super) fn within(request: Request<ReqBody>, most: u32) -> Result<Request<ReqBody>, SendFailure> {
    let size = list_size(&request);
    if size <= u64::from(most) {
        return Ok(request);
    }
    let message =
        format!("the request's head has {size} bytes, of which the server takes {most}; it was not sent");
    let error = super::broken("ERR_HTTP2_STREAM_ERROR", Phase::Head, message);
    Err(SendFailure::unsent(error, relative(request)))
}

/// As HTTP/2 counts it (RFC 9113, 6.5.2), with the length of the body, which hyper adds.
fn list_size(request: &Request<ReqBody>) -> u64 {
    let headers = request.headers();
    let is_told = headers.contains_key(header::CONTENT_LENGTH);
    let is_bodiless = matches!(*request.method(), Method::GET | Method::HEAD | Method::DELETE);
    let length =
        request.body().size_hint().exact().filter(|length| !is_told && (*length > 0 || !is_bodiless));
    let added = length.map_or(0, |length| {
        let digits = length.checked_ilog10().unwrap_or_default() as usize + 1;
        header::CONTENT_LENGTH.as_str().len() + digits + head::PER_FIELD
    });
    size(request) + (added + (PSEUDO + headers.len()) * head::PER_FIELD) as u64
}

const PSEUDO: usize = 4;
/// `:method`, `:scheme`, `:authority` and `:path`.
const PSEUDO_FIELDS: usize = 7 + 7 + 10 + 5;

/// As it was.
pub(super) fn relative(mut request: Request<ReqBody>) -> Request<ReqBody> {
    let uri = std::mem::take(request.uri_mut());
    let host = uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().insert(header::HOST, host);
    }
    if let Some(path) = uri.into_parts().path_and_query {
        *request.uri_mut() = Uri::from(path);
    }
    request
}
