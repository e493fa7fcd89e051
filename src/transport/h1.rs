//! HTTP/1.1 on one connection.

mod again;
pub(super) mod failure;
mod framing;
mod unanswered;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Method, Request, Response};
use hyper::client::conn::{TrySendError, http1};
use tokio::io::AsyncWrite;
use tokio::sync::oneshot;

use self::again::{Connection, Retake, Rewound, Verdict};
pub use self::failure::{body_failure, hang_up};
use self::failure::{refused_framing, request_failure};
use self::framing::frame;
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
    failed: bool,
}

/// The future that carries the connection's bytes. It must be polled until it ends; dropping it closes the
/// connection.
#[must_use = "a connection does nothing unless its driver is polled"]
pub struct Driver {
    connection: Option<Connection>,
    options: H1Options,
    /// Fields of a head that the connection has room for.
    room: usize,
    verdict: Option<oneshot::Sender<Verdict>>,
    raw: Arc<AtomicBool>,
}

/// How a connection ended.
#[derive(Debug)]
pub struct Ended {
    /// The connection with the bytes that were read and not used, after [`H1::into_raw`]. The bytes must be
    /// empty for it to be used again. Otherwise it has been closed.
    pub io: Option<(Io, Bytes)>,
    /// Why it failed, where no request was there to be told.
    pub error: Option<Error>,
}

/// Starts HTTP/1.1 on an idle connection.
///
/// # Errors
/// `EINVAL` for bounds that are out of range.
pub async fn start(io: Io, options: &H1Options) -> Result<(H1, Driver), Error> {
    if options.max_head < LEAST_HEAD {
        let sentence = format!("max_head is {}, and must be at least {LEAST_HEAD}", options.max_head);
        return Err(Error::new(Kind::System("EINVAL".into()), Phase::Connect, sentence));
    }
    let socket = Arc::clone(io.socket());
    let (sender, connection) = again::begin(Rewound::new(io), options)
        .await
        .map_err(|error| Error::new(Kind::Internal, Phase::Connect, error.to_string()))?;
    let (pronounce, verdict) = oneshot::channel();
    let raw = Arc::new(AtomicBool::new(false));
    let driver = Driver {
        connection: Some(connection),
        options: *options,
        room: ROOM_FOR_FIELDS.min(options.max_headers),
        verdict: Some(pronounce),
        raw: Arc::clone(&raw),
    };
    Ok((H1 { sender, socket, verdict: Some(verdict), raw, failed: false }, driver))
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

impl Future for Driver {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        loop {
            let Some(connection) = self.connection.as_mut() else {
                return Poll::Ready(Ended { io: None, error: None });
            };
            let ended = ready!(connection.poll_without_shutdown(cx));
            let parts = self.connection.take().map(http1::Connection::into_parts);
            let parts = parts.map(|parts| (parts.io.into_inner().io, parts.read_buf));
            if let Some(ended) = self.conclude(parts, ended, cx) {
                return Poll::Ready(ended);
            }
        }
    }
}

impl Driver {
    /// `None`: there is a new connection to drive.
    fn conclude(
        &mut self,
        mut parts: Option<(Io, Bytes)>,
        ended: hyper::Result<()>,
        cx: &mut Context<'_>,
    ) -> Option<Ended> {
        let H1Options { max_head, max_headers } = self.options;
        if let Some(pronounce) = self.verdict.take().filter(|verdict| !verdict.is_closed()) {
            let unread = parts.as_ref().map(|(_, unread)| unread.clone()).unwrap_or_default();
            let crowded = head::is_crowded(&unread, self.room, max_head, max_headers);
            if let Some((io, unread)) = parts.take_if(|_| crowded) {
                let (next, verdict) = oneshot::channel();
                let (retake, connection) = again::retake(io, unread, &self.options, verdict, cx)?;
                (self.connection, self.verdict, self.room) = (Some(connection), Some(next), max_headers);
                drop(pronounce.send(Verdict::Again(retake)));
                return None;
            }
            drop(pronounce.send(Verdict::Refused(head::diagnose(&unread, max_head, max_headers))));
        }
        let wanted = self.raw.load(Ordering::Acquire) && ended.is_ok();
        if let Some((mut io, _)) = parts.take_if(|(io, _)| !wanted || io.socket().saw_eof()) {
            // A parting word, close_notify under TLS, if the kernel has room for it.
            drop(Pin::new(&mut io).poll_shutdown(cx));
        }
        Some(Ended { io: parts, error: ended.err().map(|error| request_failure(&error)) })
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("options", &self.options).finish_non_exhaustive()
    }
}

/// hyper panics below it.
const LEAST_HEAD: usize = 8_192;
/// Fields of a head that hyper takes without an allocation of its own.
const ROOM_FOR_FIELDS: usize = 100;
