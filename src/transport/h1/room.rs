//! For how many fields of a head hyper makes room from the first.

use super::super::body::ReqBody;
use super::H1Options;

/// A body of up to this many bytes is mostly the kernel's before any reply can come of it. To make room for all fields takes 15 µs a
/// reply, which shows beside less.
const SHORT: usize = 1024 * 1024;
/// Fields of a head that hyper takes without an allocation of its own.
const USUAL: usize = 100;

/// Room for the fields of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// For a hundred, which costs nothing. A head that has more is read again, behind which nothing can be sent of the
    /// request any more.
    Usual,
    /// For as many as are allowed.
    All,
}

impl Room {
    /// What the reply to a request with that body is to have: it may come while the body is still under way.
    pub fn for_reply_to(body: &ReqBody) -> Self {
        match body {
            ReqBody::Empty => Self::Usual,
            ReqBody::Full(bytes) if bytes.len() <= SHORT => Self::Usual,
            ReqBody::Full(_) | ReqBody::Stream(_) => Self::All,
        }
    }

    pub(super) fn fields(self, options: &H1Options) -> usize {
        match self {
            Self::Usual => USUAL.min(options.max_headers),
            Self::All => options.max_headers,
        }
    }

    /// What hyper has to be told of it: told of as many as it has room for in any case, it makes that anew for each head.
    pub(super) fn said(self, options: &H1Options) -> Option<usize> {
        Some(self.fields(options)).filter(|fields| *fields != USUAL)
    }
}
