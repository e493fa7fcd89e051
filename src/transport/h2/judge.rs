//! What comes of a stream's reply after its head: counted, and refused where hyper lets through what is not allowed.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http_body::Frame;

use super::super::h1::failure::source;
use super::super::head;
use super::failure;
use super::outgoing::Tally;
use super::sight::{Fault, Sight};
use crate::error::{Error, Phase};

/// Sees the rest of one reply.
#[derive(Debug)]
pub struct Judge {
    tally: Arc<Tally>,
    sight: Arc<Sight>,
    /// Bytes that its trailers may have.
    max_trailers: usize,
    /// Whether its status allows it no body.
    bodiless: bool,
}

impl Judge {
    pub(super) fn new(status: StatusCode, tally: Arc<Tally>, sight: Arc<Sight>, max_trailers: u32) -> Self {
        let bodiless = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        Self { tally, sight, max_trailers: max_trailers as usize, bodiless }
    }

    /// Data or trailers as they are, if they may be so.
    ///
    /// # Errors
    /// What is wrong with them; the rest of the reply is to be dropped.
    pub fn frame(&self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, Error> {
        let trailers = frame.trailers_ref();
        let data = frame.data_ref().map_or(0, Bytes::len);
        self.tally.count_received(data + trailers.map_or(0, head::bytes));
        // h2 sees to it for HEAD alone (RFC 9110, 6.4.1).
        if self.bodiless && data > 0 {
            return Err(failure::malformed(Phase::Body));
        }
        if trailers.is_some_and(|fields| head::list_size(fields) > self.max_trailers) {
            return Err(head::overflow().with(|facts| facts.phase = Phase::Body));
        }
        let fault = || self.tally.stream().and_then(|stream| self.sight.fault(stream));
        if trailers.is_some() && fault() == Some(Fault::Trailers) {
            return Err(failure::malformed(Phase::Body));
        }
        Ok(frame)
    }

    /// What a failed read means. `None`: nothing, since all that the peer had to send came before it.
    pub fn failure(&self, error: &hyper::Error) -> Option<Error> {
        let own = self.tally.failure();
        own.or_else(|| (!self.came_after_all(error)).then(|| failure::of_body(error, &self.sight)))
    }

    /// Whether the reply was whole by then. What h2 itself finds may be found in its last frame.
    fn came_after_all(&self, error: &hyper::Error) -> bool {
        let is_own = source::<h2::Error>(error).is_some_and(h2::Error::is_library);
        !is_own && self.tally.stream().is_some_and(|stream| self.sight.is_whole(stream))
    }
}
