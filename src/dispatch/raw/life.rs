//! How far a raw lease has come, and what of its request could be sent again.

use bytes::Bytes;

use super::super::lease::Lease;
use super::super::pipeline::Admitted;
use super::super::story::Story;
use crate::error::Error;
use crate::transport::raw::Raw;

/// Bytes of a request that are kept until its reply begins, for a second sending. What the kernel has taken nothing of is
/// kept whole: its connection's queue holds it too.
const KEPT: usize = 64 * 1024;

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is set once, in any order")]
pub(super) struct Life {
    pub(super) lease: Option<Lease>,
    pub(super) story: Option<Story>,
    /// Who let the attempt in, until they have heard what became of it.
    pub(super) admitted: Option<Admitted>,
    /// Bytes written so far, while they can be sent again.
    pub(super) kept: Option<Vec<Bytes>>,
    pub(super) written: usize,
    pub(super) fin: bool,
    pub(super) resent: bool,
    /// Connections that died under the request.
    pub(super) attempts: u32,
    /// Of these, such as had just been opened.
    pub(super) stillborn: u32,
    pub(super) answered: bool,
    pub(super) told: bool,
    pub(super) over: bool,
    /// The connection died, or its peer sent its end before any byte of a reply; with why.
    pub(super) death: Option<Error>,
}

impl Life {
    /// Nothing written yet; `told`: its user knows of its connection already.
    pub(super) fn new(story: Story, admitted: Option<Admitted>, told: bool) -> Self {
        Self {
            lease: None,
            story: Some(story),
            admitted,
            kept: Some(Vec::new()),
            written: 0,
            fin: false,
            resent: false,
            attempts: 0,
            stillborn: 0,
            answered: false,
            told,
            over: false,
            death: None,
        }
    }

    /// A request longer than what is kept goes out once only, from its first byte in the kernel on.
    pub(super) fn forget_what_is_long(&mut self) {
        let is_long = self.written > KEPT && self.kept.is_some();
        if is_long && self.lease.as_ref().and_then(Lease::raw).is_some_and(Raw::has_begun) {
            self.kept = None;
        }
    }
}
