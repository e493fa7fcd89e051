//! The body of a request on its way out.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::error::{Error, Kind, Phase};

/// A request's body.
#[derive(Debug, Default)]
pub enum ReqBody {
    /// None.
    #[default]
    Empty,
    /// All of it at hand, so that it can be sent again.
    Full(Bytes),
    /// Handed over piece by piece; sent once only.
    Stream(Stream),
}

/// The receiving end of a streamed body.
pub struct Stream {
    pieces: mpsc::Receiver<Piece>,
    /// Bytes still to come, where the length was announced.
    left: Option<u64>,
    ended: bool,
    source: Arc<Source>,
}

/// What has become of the source of a streamed body, for whoever asks whom a request waits for.
#[derive(Debug, Default)]
pub struct Source {
    /// Pieces that the connection has not taken.
    waiting: AtomicUsize,
    /// Bytes that it has taken.
    taken: AtomicU64,
    ended: AtomicBool,
}

/// The sending end of a streamed body. Dropping it without [`BodySender::finish`] fails the request: a body
/// that was cut off must not look whole.
#[derive(Debug)]
pub struct BodySender {
    pieces: mpsc::Sender<Piece>,
    source: Arc<Source>,
}

/// The request is over and takes no more of its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone;

enum Piece {
    Data(Bytes),
    End(Option<HeaderMap>),
    Failed(Error),
}

impl ReqBody {
    /// A body to be streamed: `room` pieces are held before [`BodySender::send`] waits; with `length`, in
    /// bytes, it goes out under Content-Length, else chunked.
    pub fn channel(room: usize, length: Option<u64>) -> (BodySender, Self) {
        let (sender, pieces) = mpsc::channel(room.max(1));
        let source = Arc::<Source>::default();
        let stream = Stream { pieces, left: length, ended: false, source: Arc::clone(&source) };
        (BodySender { pieces: sender, source }, Self::Stream(stream))
    }

    /// Where a streamed body comes from; `None` for one that is at hand.
    pub fn source(&self) -> Option<Arc<Source>> {
        match self {
            Self::Empty | Self::Full(_) => None,
            Self::Stream(stream) => Some(Arc::clone(&stream.source)),
        }
    }

    /// The same body once more, where that is possible.
    pub fn replay(&self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Full(bytes) => Some(Self::Full(bytes.clone())),
            Self::Stream(_) => None,
        }
    }
}

impl BodySender {
    /// Hands a piece over, waiting while the connection is behind. Empty pieces are dropped.
    ///
    /// # Errors
    /// The request is over.
    pub async fn send(&self, bytes: Bytes) -> Result<(), Gone> {
        if bytes.is_empty() {
            return Ok(());
        }
        let place = self.pieces.reserve().await.map_err(|_| Gone)?;
        self.source.waiting.fetch_add(1, Ordering::Relaxed);
        place.send(Piece::Data(bytes));
        Ok(())
    }

    /// Ends the body, with trailers where there are any (sent only if chunked and announced).
    ///
    /// # Errors
    /// The request is over.
    pub async fn finish(self, trailers: Option<HeaderMap>) -> Result<(), Gone> {
        self.source.ended.store(true, Ordering::Relaxed);
        self.pieces.send(Piece::End(trailers)).await.map_err(|_| Gone)
    }

    /// Fails the request with `error`.
    ///
    /// # Errors
    /// The request is over.
    pub async fn abort(self, error: Error) -> Result<(), Gone> {
        self.source.ended.store(true, Ordering::Relaxed);
        self.pieces.send(Piece::Failed(error)).await.map_err(|_| Gone)
    }

    /// Resolves once the request takes no more.
    pub async fn gone(&self) {
        self.pieces.closed().await;
    }
}

impl Stream {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let frame = match ready!(self.pieces.poll_recv(cx)) {
            Some(Piece::Data(bytes)) => {
                self.source.waiting.fetch_sub(1, Ordering::Relaxed);
                self.take(bytes).map(Some)
            }
            Some(Piece::End(trailers)) => self.end(trailers),
            Some(Piece::Failed(error)) => Err(error),
            None => Err(Error::new(Kind::Aborted, Phase::Head, "the request's body was abandoned")),
        };
        if !matches!(frame, Ok(Some(_))) {
            self.ended = true;
        }
        if self.ended || self.left == Some(0) {
            self.source.ended.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame.transpose())
    }

    fn take(&mut self, bytes: Bytes) -> Result<Frame<Bytes>, Error> {
        self.source.taken.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if let Some(left) = self.left {
            self.left = Some(left.checked_sub(bytes.len() as u64).ok_or_else(|| mismatch("longer"))?);
        }
        Ok(Frame::data(bytes))
    }

    fn end(&mut self, trailers: Option<HeaderMap>) -> Result<Option<Frame<Bytes>>, Error> {
        if self.left.is_some_and(|left| left > 0) {
            return Err(mismatch("shorter"));
        }
        self.ended = true;
        Ok(trailers.map(Frame::trailers))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Who sends it knows that it is whole before it has been asked for its end, where its length was announced.
        self.source.ended.store(true, Ordering::Relaxed);
    }
}

impl Source {
    /// Whether the connection has taken all that there is, and more is to come.
    pub fn is_awaited(&self) -> bool {
        !self.ended.load(Ordering::Relaxed) && !self.has_more()
    }

    /// Whether there is some that the connection has not taken.
    pub fn has_more(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Bytes that the connection has taken, and may still hold.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Body for ReqBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        match this {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *this = Self::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Stream(stream) => stream.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Stream(stream) => stream.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(stream) => stream.left.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("left", &self.left).finish_non_exhaustive()
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request takes no more of its body")
    }
}

impl std::error::Error for Gone {}

fn mismatch(how: &str) -> Error {
    Error::new(
        Kind::Protocol("ERR_HTTP_CONTENT_LENGTH_MISMATCH".into()),
        Phase::Head,
        format!("the request's body is {how} than its Content-Length"),
    )
}
