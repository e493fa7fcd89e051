//! What comes of a stream's reply after its head: counted, and refused where hyper lets through what is not allowed.

use std::sync::Arc;

use bytes::Bytes;
use http_body::Frame;

use super::super::head;
use super::failure;
use super::outgoing::Tally;
use super::sight::Sight;
use crate::error::{Error, Phase};

/// Sees the rest of one reply.
#[derive(Debug)]
pub struct Judge {
    tally: Arc<Tally>,
    sight: Arc<Sight>,
    /// Bytes that its trailers may have.
    max_trailers: usize,
}

impl Judge {
    pub(super) fn new(tally: Arc<Tally>, sight: Arc<Sight>, max_trailers: u32) -> Self {
        Self { tally, sight, max_trailers: max_trailers as usize }
    }

    /// Data or trailers as they are, if they may be so.
    ///
    /// # Errors
    /// What is wrong with them; the rest of the reply is to be dropped.
    pub fn frame(&self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, Error> {
        let trailers = frame.trailers_ref();
        let bytes = frame.data_ref().map_or(0, Bytes::len) + trailers.map_or(0, head::bytes);
        self.tally.count_received(bytes);
        if trailers.is_some_and(|fields| head::list_size(fields) > self.max_trailers) {
            return Err(head::overflow().with(|facts| facts.phase = Phase::Body));
        }
        Ok(frame)
    }

    /// What a failed read means.
    pub fn failure(&self, error: &hyper::Error) -> Error {
        self.tally.failure().unwrap_or_else(|| failure::of_body(error, &self.sight))
    }
}
