//! HTTP/1.1 on one connection.

mod again;
mod driver;
pub(super) mod failure;
mod framing;
mod room;
mod unanswered;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use http::{Method, Request, Response, Version};
use hyper::client::conn::{TrySendError, http1};
use tokio::sync::oneshot;

use self::again::{Retake, Rewound, Verdict};
pub use self::driver::{Driver, Ended};
pub use self::failure::{body_failure, hang_up};
use self::failure::{refused_framing, request_failure};
use self::framing::frame;
pub use self::room::Room;
pub use self::unanswered::{SendFailure, Unprocessed};
use super::body::ReqBody;
use super::head;
use super::inflow::Inflow;
use super::io::Io;
use super::socket::Socket;
use crate::error::{Error, Kind, Phase};

/// The bounds on what a peer may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct H1Options {
    /// Bytes of a reply's head, and of the trailers of a chunked body; 8192 at least.
    pub max_head: usize,
    /// Fields of a head.
    pub max_headers: usize,
}

impl Default for H1Options {
    /// Node's 16 KiB, and its 2000 fields.
    fn default() -> Self {
        Self { max_head: 16_384, max_headers: 2_000 }
    }
}

/// The sending side of a connection. One request at a time; after a failed one it is to be thrown away.
#[derive(Debug)]
pub struct H1 {
    sender: http1::SendRequest<ReqBody>,
    socket: Arc<Socket>,
    verdict: Option<oneshot::Receiver<Verdict>>,
    /// Set once the connection is to come back to its user rather than to close.
    raw: Arc<AtomicBool>,
    room: Room,
    /// A head has needed all of it.
    crowded: bool,
    /// The peer has answered in HTTP/1.0.
    old: bool,
    failed: bool,
}

/// Starts HTTP/1.1 on an idle connection.
///
/// # Errors
/// `EINVAL` for bounds that are out of range.
pub async fn start(io: Io, options: &H1Options) -> Result<(H1, Driver), Error> {
    start_with(io, options, Room::Usual).await
}

/// As [`start`], with room for the heads of replies that come while their requests are under way.
///
/// # Errors
/// As of [`start`].
pub async fn start_with(io: Io, options: &H1Options, room: Room) -> Result<(H1, Driver), Error> {
    if options.max_head < LEAST_HEAD {
        let sentence = format!("max_head is {}, and must be at least {LEAST_HEAD}", options.max_head);
        return Err(Error::new(Kind::System("EINVAL".into()), Phase::Connect, sentence));
    }
    let socket = Arc::clone(io.socket());
    let (sender, connection) = again::begin(Rewound::new(io), options, room)
        .await
        .map_err(|error| Error::new(Kind::Internal, Phase::Connect, error.to_string()))?;
    let (pronounce, verdict) = oneshot::channel();
    let raw = Arc::new(AtomicBool::new(false));
    let driver = Driver {
        connection: Some(connection),
        options: *options,
        room: room.fields(options),
        verdict: Some(pronounce),
        raw: Arc::clone(&raw),
    };
    let h1 =
        H1 { sender, socket, verdict: Some(verdict), raw, room, crowded: false, old: false, failed: false };
    Ok((h1, driver))
}

impl H1 {
    /// Sends a request, at once, and waits for the head of its reply. The target goes out as it stands in the URI, so
    /// it wants to be in origin form, with a `Host` header beside. The framing headers are added where they
    /// are missing, whatever the method.
    ///
    /// Dropping the future closes the connection: HTTP/1 knows no other way to cancel.
    ///
    /// # Errors
    /// With the request, if the connection had closed before it took any of it, or if the request was
    /// refused for a Content-Length that is not its body's.
    pub fn send(
        &mut self,
        mut request: Request<ReqBody>,
    ) -> impl Future<Output = Result<Response<Inflow>, SendFailure>> {
        self.socket.begin_message();
        let framed = frame(&mut request);
        let (method, whole) = (request.method().clone(), matches!(request.body(), ReqBody::Empty));
        // Outside the future, which every request holds: in there its message would have a place beside the sending of it.
        let sending = match framed {
            Ok(()) => Ok(self.sender.try_send_request(request)),
            Err(error) => Err(SendFailure::unsent(error, request)),
        };
        async move {
            match sending?.await {
                Ok(response) => self.admit(response.map(Inflow::whole)),
                Err(failure) => Box::pin(self.recover(failure, method, whole)).await,
            }
        }
    }

    /// Whether a request with that body can be sent as HTTP stands on the connection, or only once that has begun anew. hyper goes
    /// on in HTTP/1.0, which has no chunks, with a peer that has answered so.
    pub fn suits(&self, body: &ReqBody) -> bool {
        !self.old && (self.crowded || self.room == Room::for_reply_to(body))
    }

    /// What is left to do where hyper could not send, or not read the reply.
    async fn recover(
        &mut self,
        mut failure: TrySendError<Request<ReqBody>>,
        method: Method,
        whole: bool,
    ) -> Result<Response<Inflow>, SendFailure> {
        self.failed = true;
        let unsent = failure.take_message().map(Box::new);
        match self.explain(&failure.into_error()).await {
            Verdict::Again(retake) => self.take_again(retake, method, whole).await,
            Verdict::Refused(error) => Err(SendFailure { unsent, ..SendFailure::new(error) }),
        }
    }

    /// Whether a request can be sent at once. A hint: the peer may be closing at this moment.
    pub fn is_ready(&self) -> bool {
        !self.failed && self.sender.is_ready()
    }

    /// Waits until a request can be sent.
    ///
    /// # Errors
    /// The connection has closed.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.failed {
            return Poll::Ready(Err(hang_up()));
        }
        self.sender.poll_ready(cx).map_err(|_| hang_up())
    }

    /// Whether the connection has closed.
    pub fn is_closed(&self) -> bool {
        self.failed || self.sender.is_closed()
    }

    /// The socket under the connection.
    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Waits until the connection is idle and ends HTTP on it; its driver then ends with the connection.
    ///
    /// # Errors
    /// The connection has closed, or is about to: the peer said so, or a reply was not read to its end.
    pub async fn into_raw(mut self) -> Result<(), Error> {
        std::future::poll_fn(|cx| self.poll_ready(cx)).await?;
        // Ready means idle: from here on hyper leaves that state only for an end of stream, which the
        // socket remembers, or for bytes out of turn, which are an error.
        self.raw.store(true, Ordering::Release);
        Ok(())
    }

    fn admit(&mut self, response: Response<Inflow>) -> Result<Response<Inflow>, SendFailure> {
        self.old |= response.version() == Version::HTTP_10;
        match head::check(response.headers()) {
            Ok(()) => Ok(response),
            Err(error) => {
                self.failed = true;
                Err(SendFailure::new(error))
            }
        }
    }

    /// `whole`: the request had no body, so that surely nothing of it was left to send when hyper was changed.
    async fn take_again(
        &mut self,
        retake: Retake,
        method: Method,
        whole: bool,
    ) -> Result<Response<Inflow>, SendFailure> {
        self.sender = retake.sender;
        self.verdict = Some(retake.verdict);
        (self.room, self.crowded) = (Room::All, true);
        match self.sender.try_send_request(again::ghost(method)).await {
            Ok(response) => {
                retake.muted.store(false, Ordering::Release);
                self.failed = !whole;
                self.admit(response.map(Inflow::whole))
            }
            Err(failure) => {
                let error = match self.explain(&failure.into_error()).await {
                    Verdict::Refused(error) => error,
                    // There is no more room to be had than was given.
                    Verdict::Again(_) => head::overflow(),
                };
                Err(SendFailure::new(error))
            }
        }
    }

    /// hyper keeps to itself what it disliked about a head, so the driver reads the bytes again.
    async fn explain(&mut self, error: &hyper::Error) -> Verdict {
        if let Some(refused) = refused_framing(error) {
            return Verdict::Refused(refused);
        }
        if !error.is_parse() {
            return Verdict::Refused(request_failure(error));
        }
        let verdict = match self.verdict.take() {
            Some(verdict) => verdict.await.ok(),
            None => None,
        };
        verdict.unwrap_or_else(|| Verdict::Refused(head::diagnose(b"?", 1, 1)))
    }
}

/// hyper panics below it.
const LEAST_HEAD: usize = 8_192;
