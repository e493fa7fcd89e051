//! What Node's parser refuses in the head of a reply and hyper does not, and which of Node's codes fits what
//! hyper refuses.

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING};

use crate::error::{Error, Kind, Phase};

/// Refuses a head whose framing two readers could understand in two ways (RFC 9112 section 6.3): such a reply
/// is a request smuggler's tool, and the connection behind it cannot be trusted with another.
///
/// # Errors
/// `HPE_INVALID_TRANSFER_ENCODING`, `HPE_INVALID_CONTENT_LENGTH` or `HPE_UNEXPECTED_CONTENT_LENGTH`.
pub fn check(headers: &HeaderMap) -> Result<(), Error> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else { return check_codings(headers) };
    if lengths.next().is_some() {
        return Err(refused("HPE_UNEXPECTED_CONTENT_LENGTH", "Duplicate Content-Length"));
    }
    // An empty one too: hyper lets the name alone annul the length and reads until the connection ends. Node does
    // as the length says where the empty one comes first, and refuses it where it comes second.
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(both(headers));
    }
    match length.as_bytes() {
        [] => Err(refused("HPE_INVALID_CONTENT_LENGTH", "Empty Content-Length")),
        digits if !digits.iter().all(u8::is_ascii_digit) => {
            Err(refused("HPE_INVALID_CONTENT_LENGTH", "Invalid character in Content-Length"))
        }
        _ => Ok(()),
    }
}

/// An empty line behind a coding is none of the list's members (RFC 9110 section 5.6.1), and so Node has it; hyper looks
/// at the last line alone and would give the chunks' frames for the body.
fn check_codings(headers: &HeaderMap) -> Result<(), Error> {
    let mut lines = headers.get_all(TRANSFER_ENCODING).iter();
    if lines.next_back().is_some_and(HeaderValue::is_empty) && lines.any(|line| !line.is_empty()) {
        return Err(refused("HPE_INVALID_TRANSFER_ENCODING", "Empty Transfer-Encoding after another"));
    }
    Ok(())
}

/// Bytes of the fields, without what separates them.
pub(super) fn bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// As HTTP/2 counts them (RFC 9113, 6.5.2).
pub(super) fn list_size(headers: &HeaderMap) -> usize {
    bytes(headers) + PER_FIELD * headers.len()
}

/// What HTTP/2 counts for a field besides its bytes.
pub(super) const PER_FIELD: usize = 32;

/// Why hyper could not read the head that `unread` begins with.
pub fn diagnose(unread: &[u8], max_head: usize, max_headers: usize) -> Error {
    let mut headers = vec![httparse::EMPTY_HEADER; max_headers];
    let mut head = httparse::Response::new(&mut headers);
    match head.parse(unread) {
        Ok(httparse::Status::Complete(length)) if length > max_head => overflow(),
        Ok(httparse::Status::Partial) => overflow(),
        Ok(httparse::Status::Complete(_)) => refused("HPE_INVALID_STATUS", "Invalid status code"),
        Err(error) => name(error, unread),
    }
}

/// Whether the head that `unread` begins with, or will when the rest has come, is refused for having more
/// than `room` fields and for nothing else.
pub(super) fn is_crowded(unread: &[u8], room: usize, max_head: usize, max_headers: usize) -> bool {
    if unread.split(|byte| *byte == b'\n').nth(room).is_none() {
        return false;
    }
    let mut headers = vec![httparse::EMPTY_HEADER; max_headers];
    let mut head = httparse::Response::new(&mut headers);
    match head.parse(unread) {
        Ok(httparse::Status::Complete(length)) => length <= max_head && head.headers.len() > room,
        // Within its bytes and without a fault, and yet it was refused.
        Ok(httparse::Status::Partial) => unread.len() < max_head,
        Err(_) => false,
    }
}

fn name(error: httparse::Error, unread: &[u8]) -> Error {
    match error {
        httparse::Error::TooManyHeaders => overflow(),
        httparse::Error::HeaderName => refused("HPE_INVALID_HEADER_TOKEN", "Invalid header token"),
        httparse::Error::HeaderValue if has_bare_return(unread) => {
            refused("HPE_LF_EXPECTED", "Missing expected LF after header value")
        }
        httparse::Error::HeaderValue => refused("HPE_INVALID_HEADER_TOKEN", "Invalid header value char"),
        httparse::Error::Status => refused("HPE_INVALID_STATUS", "Invalid status code"),
        httparse::Error::NewLine => refused("HPE_LF_EXPECTED", "Missing expected LF after header value"),
        httparse::Error::Version if unread.trim_ascii_start().starts_with(b"HTTP/") => {
            refused("HPE_INVALID_VERSION", "Invalid HTTP version")
        }
        httparse::Error::Version | httparse::Error::Token => {
            refused("HPE_INVALID_CONSTANT", "Expected HTTP/")
        }
    }
}

/// Node names the header that came second.
fn both(headers: &HeaderMap) -> Error {
    let second = headers.keys().filter(|name| *name == CONTENT_LENGTH || *name == TRANSFER_ENCODING).nth(1);
    if second == Some(&CONTENT_LENGTH) {
        refused("HPE_INVALID_CONTENT_LENGTH", "Content-Length can't be present with Transfer-Encoding")
    } else {
        refused("HPE_INVALID_TRANSFER_ENCODING", "Transfer-Encoding can't be present with Content-Length")
    }
}

pub(super) fn overflow() -> Error {
    refused("HPE_HEADER_OVERFLOW", "Header overflow")
}

/// Whether a carriage return without its line feed comes before any other control character.
fn has_bare_return(unread: &[u8]) -> bool {
    let ends = |at: usize| unread.get(at.saturating_add(1)) == Some(&b'\n');
    unread
        .iter()
        .enumerate()
        .find(|(at, byte)| match byte {
            b'\r' => !ends(*at),
            b'\n' | b'\t' => false,
            other => other.is_ascii_control(),
        })
        .is_some_and(|(_, byte)| *byte == b'\r')
}

pub(super) fn refused(code: &'static str, reason: &str) -> Error {
    Error::new(Kind::Protocol(code.into()), Phase::Head, format!("Parse Error: {reason}"))
}
