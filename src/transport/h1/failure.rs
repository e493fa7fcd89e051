//! What hyper's errors mean, in Node's words.

use std::error::Error as StdError;
use std::io;

use super::super::{errno, head, tls};
use crate::error::{Error, Kind, Phase};

/// What a failed read of a reply's body means: cut short (`ECONNRESET`, `aborted`) or badly framed (`HPE_*`).
pub fn body_failure(error: &hyper::Error) -> Error {
    let framing = source::<io::Error>(error).map(io::Error::kind);
    match framing {
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            if let Some(failure) = source::<rustls::Error>(error) {
                return tls::broken(failure, Phase::Body);
            }
            Error::new(
                Kind::Protocol("HPE_INVALID_CHUNK_SIZE".into()),
                Phase::Body,
                "Parse Error: Invalid character in chunk size",
            )
        }
        _ => Error::new(Kind::System("ECONNRESET".into()), Phase::Body, "aborted"),
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
