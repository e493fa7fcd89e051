//! The body of a reply on its way in, whatever its connection speaks.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::h1;
use super::h2::{self, Judge};
use crate::error::Error;

/// A reply's body.
#[derive(Debug)]
pub struct Inflow {
    incoming: Incoming,
    /// Of a stream that shares its connection.
    judge: Option<Box<Judge>>,
}

impl Inflow {
    /// Of an exchange that has its connection to itself.
    pub fn whole(incoming: Incoming) -> Self {
        Self { incoming, judge: None }
    }

    /// Of one stream among others.
    pub fn stream(incoming: Incoming, judge: Judge) -> Self {
        Self { incoming, judge: Some(Box::new(judge)) }
    }
}

impl Body for Inflow {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.incoming).poll_frame(cx));
        let Some(judge) = &this.judge else {
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| h1::body_failure(&error))));
        };
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(judge.frame(frame)),
            Some(Err(error)) => judge.failure(&error).map(Err),
            // hyper takes a reset without an error for the end, which it is only of a body that has ended.
            None if !this.incoming.is_end_stream() => Some(Err(h2::cut_short())),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
