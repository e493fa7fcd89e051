//! A request that got no reply, and what its peer can have made of it. HTTP/2 tells of it by the same words.

use http::Request;

use super::super::body::ReqBody;
use crate::error::Error;

/// A request that got no reply.
#[derive(Debug)]
pub struct SendFailure {
    /// Why. What the peer may have seen of the request is for the caller to fill in, from the socket.
    pub error: Error,
    /// The request, where none of it was handed to the connection.
    pub unsent: Option<Box<Request<ReqBody>>>,
    /// What the peer said, if it said that it has not processed the request, so that sending it again is no second sending.
    pub unprocessed: Option<Unprocessed>,
    /// The peer has said that it may have processed the request, so that whatever ended it is no race.
    pub taken: bool,
}

/// Why a peer has not processed a request (RFC 9113, 6.8, 7 and 8.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unprocessed {
    /// It goes away for no fault.
    Leaving,
    /// It refused the stream, or goes away with an error.
    Shedding,
    /// It wants the request over HTTP/1.1.
    Http1Required,
}

impl SendFailure {
    /// Of a request of which the peer may have seen anything.
    pub fn new(error: Error) -> Self {
        Self { error, unsent: None, unprocessed: None, taken: false }
    }

    /// Of a request none of which was handed to the connection.
    pub fn unsent(error: Error, request: Request<ReqBody>) -> Self {
        Self { unsent: Some(Box::new(request)), ..Self::new(error) }
    }
}
