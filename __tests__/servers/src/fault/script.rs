//! A fault as data: the steps that a connection goes through to answer one request.

use std::time::Duration;

use bytes::Bytes;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Read the request's body to its end; the request counts as read from here on.
    ReadRequest,
    /// Hand these bytes to the kernel.
    Write(Bytes),
    /// Hand them over one at a time, one every so often.
    Dribble(Bytes, Duration),
    /// Hand these bytes over again and again, until the client has gone.
    Flood(&'static str),
    /// Let what was written reach the client before what comes next.
    Pause(Duration),
    /// The reply is whole: count it.
    Answered,
    /// Say nothing more until the client has gone.
    Stall,
    /// Close once the connection was idle for so long.
    CloseIfIdle(Duration),
    /// Close in good order: `close_notify` under TLS, then FIN.
    Close,
    /// FIN without `close_notify`: under TLS a truncation.
    Cut,
    /// RST.
    Reset,
}

/// The steps for one request, in order. One that ends without closing leaves the connection for the next request.
pub(super) type Script = Vec<Step>;

/// A write of text.
pub(super) fn write(text: impl Into<String>) -> Step {
    Step::Write(Bytes::from(text.into()))
}

/// The request read, these bytes sent, the reply counted.
pub(super) fn answer(reply: impl Into<Bytes>) -> Script {
    vec![Step::ReadRequest, Step::Write(reply.into()), Step::Answered]
}

/// A reply with a right head: the field lines, each ended by CRLF, and the body's length are put in.
pub(super) fn reply(fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes = format!("HTTP/1.1 200 OK\r\n{fields}content-length: {length}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
