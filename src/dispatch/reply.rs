//! Whom a reply is handed to, and what goes with it.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::error::Error;

use super::pool::Pool;
use super::request::Destination;

/// The head of a reply.
#[derive(Debug)]
pub struct Head {
    /// The status code.
    pub status: StatusCode,
    /// The reason phrase, where it is not the one that belongs to the status.
    pub reason: Option<Bytes>,
    /// The fields, without those of a content coding that was undone.
    pub headers: HeaderMap,
}

/// A request that has its whole reply, for the account of how long that waits to be read.
#[derive(Debug)]
pub struct Settled {
    /// The pool that carried it.
    pub pool: Arc<Pool>,
    pub(super) destination: Arc<Destination>,
    pub(super) at: Instant,
}

/// The consumer of one reply, on the I/O thread. Exactly one of `whole`, `end` and `fail` is its last call,
/// unless the exchange is dropped before.
pub trait Reply: Send {
    /// A reply that arrived whole at once.
    fn whole(&mut self, head: Head, body: Bytes, settled: Settled);
    /// The head of a reply whose body follows.
    fn head(&mut self, head: Head);
    /// Ready once the consumer takes more of the body.
    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    /// Others wait for a connection, which the consumer keeps from them without having begun to read: takes more of the body than he
    /// has room for, so that `poll_room` is ready. False: he has begun, or holds as much as he may.
    fn overflow(&mut self) -> bool {
        false
    }
    /// Ready once the consumer wants no more of the body; true when it was found abandoned by the garbage
    /// collector.
    fn poll_dumped(&mut self, cx: &mut Context<'_>) -> Poll<bool>;
    /// A piece of the body; never empty.
    fn data(&mut self, bytes: Bytes);
    /// The body is whole.
    fn end(&mut self, trailers: Option<HeaderMap>, settled: Settled);
    /// There is no reply, or no whole one.
    fn fail(&mut self, error: Error);
}
