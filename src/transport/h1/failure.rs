//! What hyper's errors mean, in Node's words.

use std::error::Error as StdError;
use std::io;

use super::super::{errno, head, tls};
use crate::error::{Error, Kind, Phase};

/// What a failed read of a reply's body means: cut short (`ECONNRESET`, `aborted`) or badly framed (`HPE_*`).
pub fn body_failure(error: &hyper::Error) -> Error {
    match source::<io::Error>(error) {
        Some(framing)
            if matches!(framing.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) =>
        {
            if let Some(failure) = source::<rustls::Error>(error) {
                return tls::broken(failure, Phase::Body);
            }
            let (code, reason) = framing_fault(&framing.to_string());
            Error::new(Kind::Protocol(code.into()), Phase::Body, format!("Parse Error: {reason}"))
        }
        _ => Error::new(Kind::System("ECONNRESET".into()), Phase::Body, "aborted"),
    }
}

/// What is wrong with the chunks of a body, of which hyper tells only in words. Should it change them, the code is a less exact one.
fn framing_fault(words: &str) -> (&'static str, &'static str) {
    if words.contains("extensions over limit") {
        ("HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow")
    } else if words.contains("trailers") {
        ("HPE_HEADER_OVERFLOW", "Header overflow")
    } else if words.contains("header") {
        ("HPE_INVALID_HEADER_TOKEN", "Invalid header token")
    } else {
        ("HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size")
    }
}

pub(super) fn request_failure(error: &hyper::Error) -> Error {
    if let Some(own) = source::<Error>(error) {
        return own.clone();
    }
    if let Some(failure) = source::<rustls::Error>(error) {
        return tls::broken(failure, Phase::Head);
    }
    match source::<io::Error>(error) {
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            errno::failure(error, Phase::Head, "write", None)
        }
        Some(error) if error.raw_os_error().is_some() => errno::failure(error, Phase::Head, "read", None),
        _ => hang_up(),
    }
}

/// A head that hyper could read and whose framing it refused: the bytes are gone by then, and hyper tells
/// only in words. Should it change them, the code is a less exact one.
pub(super) fn refused_framing(error: &hyper::Error) -> Option<Error> {
    let words = error.to_string();
    if words.contains("content-length") {
        return Some(head::refused("HPE_INVALID_CONTENT_LENGTH", "Invalid Content-Length"));
    }
    let words = words.contains("transfer-encoding");
    words.then(|| head::refused("HPE_INVALID_TRANSFER_ENCODING", "Invalid Transfer-Encoding"))
}

/// The first cause of that type. An `io::Error` made of another error hides it from `source()`.
pub(in super::super) fn source<T: StdError + 'static>(error: &hyper::Error) -> Option<&T> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    None
}

/// The peer closed the connection before it replied: `ECONNRESET`, in Node's words.
pub fn hang_up() -> Error {
    Error::new(Kind::System("ECONNRESET".into()), Phase::Head, "socket hang up")
}
