//! Takes the content codings off a reply's body as it arrives.
//!
//! Every piece that comes in is decoded as far as it goes and handed on at once, so that events flushed by
//! the server inside a compressed stream flow. What comes out at a time is bounded, so that a bomb fills no
//! memory before its reader asks for more, and in all it is bounded against what came in, as is every layer
//! below it. Decoding takes its turn with the other work of its thread.

mod account;
mod stage;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use http_body::{Body, Frame, SizeHint};

use self::account::Account;
use self::stage::{Stage, Step};
use super::turn::poll_left;
use crate::error::{Error, Kind, Phase};

/// A content coding (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`, `x-gzip`
    Gzip,
    /// `deflate`: zlib as the RFC has it, or bare as many servers send it; the first byte tells.
    Deflate,
    /// `br`
    Brotli,
    /// `zstd`
    Zstd,
}

/// How far a body may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes out for each byte in, once more than `free` are out.
    pub max_ratio: u64,
    /// Bytes out before the ratio counts.
    pub free: u64,
    /// Bytes out in all.
    pub max_bytes: u64,
}

impl Default for Bounds {
    /// gzip at its best makes 1032 bytes of one, so that what passes the ratio was made to harm; 16 MiB are
    /// free; no bound in all.
    fn default() -> Self {
        Self { max_ratio: 1_100, free: 16 * 1024 * 1024, max_bytes: u64::MAX }
    }
}

/// A body without its codings; with none, the body as it is.
#[derive(Debug)]
pub struct Decoded<B> {
    source: Source<B>,
    /// The coding that was put on last comes off first.
    stages: Vec<Stage>,
    account: Account,
    ended: bool,
}

#[derive(Debug)]
struct Source<B> {
    body: B,
    trailers: Option<HeaderMap>,
    ended: bool,
}

/// The codings of a reply in the order in which they were put on. Empty where there are none, and where one
/// is unknown: then the body goes to the user as it came, as Node's fetch has it.
///
/// # Errors
/// `Z_DATA_ERROR` for more than five, which no honest server sends.
pub fn codings(headers: &HeaderMap) -> Result<Vec<Coding>, Error> {
    let mut codings = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        let Ok(value) = value.to_str() else { return Ok(Vec::new()) };
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match coding(name) {
                Some(coding) => codings.push(coding),
                None if name.eq_ignore_ascii_case("identity") => {}
                None => return Ok(Vec::new()),
            }
        }
    }
    if codings.len() > MOST_CODINGS {
        return Err(broken(
            "Z_DATA_ERROR",
            format!("{} content codings, at most {MOST_CODINGS}", codings.len()),
        ));
    }
    Ok(codings)
}

/// `body` without its `codings`, which stand in the order in which they were put on.
///
/// The frames come with these errors: those of the body itself; `Z_BUF_ERROR` where it ends too early and
/// `Z_DATA_ERROR` where it is no such coding (Node has names of its own for brotli's and zstd's faults; here
/// they are one); [`Kind::BodyTooLarge`] where it grows past its bounds. An empty body is whole, and what
/// follows a coding's end is ignored, except that gzip members and zstd frames go on to the next.
pub fn decode<B>(codings: &[Coding], body: B, bounds: Bounds) -> Decoded<B> {
    let stages = codings.iter().rev().map(|coding| Stage::new(*coding)).collect();
    let source = Source { body, trailers: None, ended: false };
    Decoded { source, stages, account: Account::new(bounds), ended: false }
}

impl<B> Decoded<B> {
    /// Bytes taken from the body so far, still coded.
    pub fn taken(&self) -> u64 {
        self.account.taken()
    }
}

impl<B> Body for Decoded<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Error>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        if this.stages.is_empty() {
            return Pin::new(&mut this.source.body).poll_frame(cx).map_err(Into::into);
        }
        if this.ended {
            return Poll::Ready(None);
        }
        let pulled = ready!(pull(&mut this.stages, &mut this.source, &mut this.account, cx));
        let frame = pulled.and_then(|bytes| match bytes {
            Some(bytes) => this.account.give(bytes.len()).map(|()| Some(Frame::data(bytes))),
            None => Ok(this.source.trailers.take().map(Frame::trailers)),
        });
        this.ended = !matches!(&frame, Ok(Some(frame)) if frame.is_data());
        Poll::Ready(frame.transpose())
    }

    fn is_end_stream(&self) -> bool {
        if self.stages.is_empty() { self.source.body.is_end_stream() } else { self.ended }
    }

    fn size_hint(&self) -> SizeHint {
        if self.stages.is_empty() { self.source.body.size_hint() } else { SizeHint::default() }
    }
}

/// The next bytes out of the last of `stages`, each of which draws on the one before it.
fn pull<B>(
    stages: &mut [Stage],
    source: &mut Source<B>,
    account: &mut Account,
    cx: &mut Context<'_>,
) -> Poll<Result<Option<Bytes>, Error>>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Error>,
{
    let Some((stage, before)) = stages.split_last_mut() else {
        let bytes = ready!(source.poll(cx))?;
        account.take(bytes.as_ref().map_or(0, Bytes::len));
        return Poll::Ready(Ok(bytes));
    };
    loop {
        // Input that comes to nothing gives nobody a reason to wait.
        ready!(poll_left(cx));
        let held = stage.unused();
        let step = stage.step()?;
        let used = held - stage.unused();
        match step {
            Step::Out(bytes) => {
                account.charge(used + bytes.len(), cx);
                return Poll::Ready(Ok(Some(bytes)));
            }
            Step::Nothing => {
                account.charge(used, cx);
                continue;
            }
            // Costs nothing, or a turn that begins with it might end before the stage below has begun.
            Step::Hungry => {}
        }
        match ready!(pull(before, source, account, cx))? {
            Some(bytes) => account.pass(stage.feed(bytes))?,
            None => return Poll::Ready(stage.finish().map(|()| None)),
        }
    }
}

impl<B> Source<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Error>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        while !self.ended {
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)) else { break };
            match frame.map_err(Into::into)?.into_data() {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Poll::Ready(Ok(Some(bytes))),
                Err(other) => self.trailers = other.into_trailers().ok(),
            }
        }
        self.ended = true;
        Poll::Ready(Ok(None))
    }
}

fn coding(name: &str) -> Option<Coding> {
    let known = [
        ("gzip", Coding::Gzip),
        ("x-gzip", Coding::Gzip),
        ("deflate", Coding::Deflate),
        ("br", Coding::Brotli),
        ("zstd", Coding::Zstd),
    ];
    known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, coding)| *coding)
}

fn broken(code: &'static str, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Kind::Decode(code.into()), Phase::Body, message)
}

const MOST_CODINGS: usize = 5;
