//! What hyper's and h2's errors mean, in Node's words.

use h2::Reason;

use super::super::h1::failure::source;
use super::super::h1::{SendFailure, Unprocessed, hang_up};
use super::super::{errno, head};
use super::{Fault, Sight, broken};
use crate::error::{Error, Kind, Phase};

/// A request that got no head of a reply.
pub(super) fn of_request(error: &hyper::Error, sight: &Sight, stream: Option<u32>) -> SendFailure {
    let cause = source::<h2::Error>(error);
    let said = cause.and_then(unprocessed);
    let own = match cause {
        Some(cause) if cause.is_reset() && cause.is_library() => {
            stream.and_then(|stream| sight.fault(stream))
        }
        _ => None,
    };
    let error = match (cause, own) {
        _ if sight.speaks_http1() => no_http2(),
        (_, Some(Fault::Overflow)) => head::overflow(),
        (_, Some(Fault::Switching)) => switching(),
        (_, Some(Fault::Malformed)) => malformed(Phase::Head),
        (_, Some(Fault::Trailers) | None) => told(error, sight, Phase::Head),
    };
    // One that h2 had not begun yet when the peer went away ends with its connection, as those do that the peer may have taken.
    let taken = stream.and_then(|stream| sight.may_have_taken(stream));
    let unprocessed = said.or_else(|| (taken == Some(false)).then_some(Unprocessed::Leaving));
    SendFailure { unprocessed, taken: taken == Some(true), ..SendFailure::new(error) }
}

/// The peer answers with a status that HTTP/2 does not have.
pub(super) fn switching() -> Error {
    let message = "the server switches protocols (101), which HTTP/2 does not allow";
    broken("ERR_HTTP2_STREAM_ERROR", Phase::Head, message.to_owned())
}

fn no_http2() -> Error {
    let message = "the server speaks HTTP/1, where HTTP/2 was expected of it";
    broken("ERR_HTTP2_SESSION_ERROR", Phase::Head, message.to_owned())
}

/// What a failed read of a reply's body means.
pub(super) fn of_body(error: &hyper::Error, sight: &Sight) -> Error {
    told(error, sight, Phase::Body)
}

fn told(error: &hyper::Error, sight: &Sight, phase: Phase) -> Error {
    if sight.doubt().is_given_up() {
        return unanswered(phase);
    }
    let cause = source::<h2::Error>(error);
    // What h2 has found itself comes first; it knows of nothing else than that reading failed.
    if cause.is_none_or(h2::Error::is_io)
        && let Some(seen) = seen(sight, phase)
    {
        return seen;
    }
    match cause {
        Some(cause) => of_frame(cause, phase),
        None => without_frame(error, phase),
    }
}

fn seen(sight: &Sight, phase: Phase) -> Option<Error> {
    let over = sight.over().map(|reason| session_closed(Some(reason), phase));
    over.or_else(|| sight.fault_of_tls(phase))
}

fn session_closed(reason: Option<Reason>, phase: Phase) -> Error {
    broken("ERR_HTTP2_SESSION_ERROR", phase, format!("Session closed with error code {}", name(reason)))
}

/// The stream was reset before its body had ended.
pub fn cut_short() -> Error {
    Error::new(Kind::System("ECONNRESET".into()), Phase::Body, "aborted")
}

/// Of streams above the last that a GOAWAY names, and of refused ones, the peer has processed nothing (RFC 9113, 6.8 and
/// 8.7). h2 gives a GOAWAY to no other stream: those at or below its last end with the connection.
fn unprocessed(cause: &h2::Error) -> Option<Unprocessed> {
    if !cause.is_remote() {
        return None;
    }
    match (cause.reason()?, cause.is_go_away()) {
        (Reason::HTTP_1_1_REQUIRED, _) => Some(Unprocessed::Http1Required),
        (Reason::NO_ERROR, true) => Some(Unprocessed::Leaving),
        (_, true) | (Reason::REFUSED_STREAM, false) => Some(Unprocessed::Shedding),
        (_, false) => None,
    }
}

fn of_frame(cause: &h2::Error, phase: Phase) -> Error {
    if let Some(io) = cause.get_io() {
        return of_io(io, phase);
    }
    if cause.is_go_away() && cause.is_remote() {
        let reason = name(cause.reason());
        let message = format!("the server is going away and has not taken the request ({reason})");
        return broken("ERR_HTTP2_GOAWAY_SESSION", phase, message);
    }
    if cause.is_go_away() {
        return session_closed(cause.reason(), phase);
    }
    stream_closed(cause.reason(), phase)
}

/// A reply that breaks a rule which h2 does not keep.
pub(super) fn malformed(phase: Phase) -> Error {
    stream_closed(Some(Reason::PROTOCOL_ERROR), phase)
}

fn stream_closed(reason: Option<Reason>, phase: Phase) -> Error {
    broken("ERR_HTTP2_STREAM_ERROR", phase, format!("Stream closed with error code {}", name(reason)))
}

fn of_io(error: &std::io::Error, phase: Phase) -> Error {
    // All that h2 keeps of it is the kind.
    match phase {
        Phase::Body => cut_short(),
        _ if error.kind() == std::io::ErrorKind::TimedOut => errno::failure(error, phase, "read", None),
        _ => hang_up(),
    }
}

fn without_frame(error: &hyper::Error, phase: Phase) -> Error {
    if error.is_timeout() {
        return unanswered(phase);
    }
    match (source::<std::io::Error>(error), phase) {
        (Some(error), _) => of_io(error, phase),
        (None, Phase::Body) => cut_short(),
        (None, _) => hang_up(),
    }
}

fn unanswered(phase: Phase) -> Error {
    Error::new(Kind::System("ETIMEDOUT".into()), phase, "the server did not answer a PING (pingTimeout)")
}

/// As nghttp2 names it, and so Node.
fn name(reason: Option<Reason>) -> String {
    let known = match reason {
        Some(Reason::NO_ERROR) => "NO_ERROR",
        Some(Reason::PROTOCOL_ERROR) => "PROTOCOL_ERROR",
        Some(Reason::INTERNAL_ERROR) | None => "INTERNAL_ERROR",
        Some(Reason::FLOW_CONTROL_ERROR) => "FLOW_CONTROL_ERROR",
        Some(Reason::SETTINGS_TIMEOUT) => "SETTINGS_TIMEOUT",
        Some(Reason::STREAM_CLOSED) => "STREAM_CLOSED",
        Some(Reason::FRAME_SIZE_ERROR) => "FRAME_SIZE_ERROR",
        Some(Reason::REFUSED_STREAM) => "REFUSED_STREAM",
        Some(Reason::CANCEL) => "CANCEL",
        Some(Reason::COMPRESSION_ERROR) => "COMPRESSION_ERROR",
        Some(Reason::CONNECT_ERROR) => "CONNECT_ERROR",
        Some(Reason::ENHANCE_YOUR_CALM) => "ENHANCE_YOUR_CALM",
        Some(Reason::INADEQUATE_SECURITY) => "INADEQUATE_SECURITY",
        Some(Reason::HTTP_1_1_REQUIRED) => "HTTP_1_1_REQUIRED",
        // As Node shows a code without a name.
        Some(other) => return u32::from(other).to_string(),
    };
    format!("NGHTTP2_{known}")
}
