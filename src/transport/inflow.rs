//! The body of a reply on its way in, whatever its connection speaks.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::h1;
use super::h2::{self, Tally};
use super::head;
use crate::error::{Error, Phase};

/// A reply's body.
#[derive(Debug)]
pub struct Inflow {
    incoming: Incoming,
    /// What the stream has carried, where it shares its connection.
    tally: Option<Arc<Tally>>,
    /// Bytes that its trailers may have.
    max_trailers: usize,
}

impl Inflow {
    /// Of an exchange that has its connection to itself.
    pub fn whole(incoming: Incoming) -> Self {
        Self { incoming, tally: None, max_trailers: usize::MAX }
    }

    /// Of one stream among others.
    pub fn stream(incoming: Incoming, tally: Arc<Tally>, max_trailers: u32) -> Self {
        Self { incoming, tally: Some(tally), max_trailers: max_trailers as usize }
    }
}

impl Body for Inflow {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.incoming).poll_frame(cx));
        let Some(tally) = &this.tally else {
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| h1::body_failure(&error))));
        };
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                let trailers = frame.trailers_ref();
                let bytes = frame.data_ref().map_or(0, Bytes::len) + trailers.map_or(0, head::bytes);
                tally.count_received(bytes);
                let is_over = trailers.is_some_and(|fields| head::list_size(fields) > this.max_trailers);
                Some(if is_over {
                    Err(head::overflow().with(|facts| facts.phase = Phase::Body))
                } else {
                    Ok(frame)
                })
            }
            Some(Err(error)) => Some(Err(h2::body_failure(&error, tally))),
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
