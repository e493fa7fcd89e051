//! HTTP/1.1 on one connection.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use super::body::ReqBody;
use super::io::Io;
use super::socket::Socket;
use super::{errno, head, tls};
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
    verdict: Option<oneshot::Receiver<Error>>,
    failed: bool,
}

/// The future that carries the connection's bytes. It must be polled until it ends; dropping it closes the
/// connection.
#[must_use = "a connection does nothing unless its driver is polled"]
pub struct Driver {
    connection: Option<http1::Connection<TokioIo<Io>, ReqBody>>,
    options: H1Options,
    verdict: Option<oneshot::Sender<Error>>,
}

/// How a connection ended.
#[derive(Debug)]
pub struct Ended {
    /// The connection with the bytes that were read and not used, where the sender was dropped while it was
    /// idle. The bytes must be empty for it to be used again.
    pub io: Option<(Io, Bytes)>,
    /// Why it failed, where no request was there to be told.
    pub error: Option<Error>,
}

/// A request that got no reply.
#[derive(Debug)]
pub struct SendFailure {
    /// Why. What the peer may have seen of the request is for the caller to fill in, from the socket.
    pub error: Error,
    /// The request, where none of it was handed to the connection.
    pub unsent: Option<Box<Request<ReqBody>>>,
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
    let mut builder = http1::Builder::new();
    builder.max_header_size(options.max_head).max_headers(options.max_headers);
    if options.max_head > DEFAULT_BUFFER {
        builder.max_buf_size(options.max_head);
    }
    let (sender, connection) = builder
        .handshake(TokioIo::new(io))
        .await
        .map_err(|error| Error::new(Kind::Internal, Phase::Connect, error.to_string()))?;
    let (pronounce, verdict) = oneshot::channel();
    Ok((
        H1 { sender, socket, verdict: Some(verdict), failed: false },
        Driver { connection: Some(connection), options: *options, verdict: Some(pronounce) },
    ))
}

impl H1 {
    /// Sends a request and waits for the head of its reply. The target goes out as it stands in the URI, so
    /// it wants to be in origin form, with a `Host` header beside.
    ///
    /// Dropping the future after it was polled closes the connection: HTTP/1 knows no other way to cancel.
    ///
    /// # Errors
    /// With the request, if the connection had closed before it took any of it.
    pub async fn send(&mut self, request: Request<ReqBody>) -> Result<Response<Incoming>, SendFailure> {
        match self.sender.try_send_request(request).await {
            Ok(response) => match head::check(response.headers()) {
                Ok(()) => Ok(response),
                Err(error) => {
                    self.failed = true;
                    Err(SendFailure { error, unsent: None })
                }
            },
            Err(mut failure) => {
                self.failed = true;
                let unsent = failure.take_message().map(Box::new);
                let error = self.explain(&failure.into_error()).await;
                Err(SendFailure { error, unsent })
            }
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

    /// Ends HTTP on an idle connection; its driver then ends with the connection itself.
    pub fn into_raw(self) {
        drop(self);
    }

    /// hyper keeps to itself what it disliked about a head, so the driver reads the bytes again.
    async fn explain(&mut self, error: &hyper::Error) -> Error {
        if error.is_parse() {
            let verdict = match self.verdict.take() {
                Some(verdict) => verdict.await.ok(),
                None => None,
            };
            return verdict.unwrap_or_else(|| head::diagnose(b"?", 1, 1));
        }
        request_failure(error)
    }
}

impl Future for Driver {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        let Some(connection) = self.connection.as_mut() else {
            return Poll::Ready(Ended { io: None, error: None });
        };
        let ended = match connection.poll_without_shutdown(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(ended) => ended,
        };
        let parts = self.connection.take().map(http1::Connection::into_parts);
        let unread = parts.as_ref().map(|parts| parts.read_buf.clone()).unwrap_or_default();
        if let Some(pronounce) = self.verdict.take().filter(|verdict| !verdict.is_closed()) {
            let H1Options { max_head, max_headers } = self.options;
            drop(pronounce.send(head::diagnose(&unread, max_head, max_headers)));
        }
        Poll::Ready(match ended {
            Ok(()) => Ended { io: parts.map(|parts| (parts.io.into_inner(), parts.read_buf)), error: None },
            Err(error) => Ended { io: None, error: Some(request_failure(&error)) },
        })
    }
}

impl From<hyper::Error> for Error {
    /// A reply's body yields hyper's errors; see [`body_failure`].
    fn from(error: hyper::Error) -> Self {
        body_failure(&error)
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What a failed read of a reply's body means: cut short (`ECONNRESET`, `aborted`) or badly framed (`HPE_*`).
pub fn body_failure(error: &hyper::Error) -> Error {
    let framing = source::<io::Error>(error).map(io::Error::kind);
    match framing {
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            if let Some(failure) = source::<rustls::Error>(error) {
                return tls::broken(failure, Phase::Body);
            }
            Error::new(
                Kind::Protocol("HPE_INVALID_CHUNK_SIZE".into()),
                Phase::Body,
                "Parse Error: Invalid character in chunk size",
            )
        }
        _ => Error::new(Kind::System("ECONNRESET".into()), Phase::Body, "aborted"),
    }
}

fn request_failure(error: &hyper::Error) -> Error {
    if let Some(own) = source::<Error>(error) {
        return own.clone();
    }
    if let Some(failure) = source::<rustls::Error>(error) {
        return tls::broken(failure, Phase::Head);
    }
    match source::<io::Error>(error) {
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            errno::failure(error, Phase::Head, "write", None)
        }
        Some(error) if error.raw_os_error().is_some() => errno::failure(error, Phase::Head, "read", None),
        _ => hang_up(),
    }
}

/// The first cause of that type. An `io::Error` made of another error hides it from `source()`.
fn source<T: StdError + 'static>(error: &hyper::Error) -> Option<&T> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    None
}

/// The peer closed the connection before it replied: `ECONNRESET`, in Node's words.
pub fn hang_up() -> Error {
    Error::new(Kind::System("ECONNRESET".into()), Phase::Head, "socket hang up")
}

/// hyper panics below it.
const LEAST_HEAD: usize = 8_192;
/// hyper's own bound on its read buffer, which a head must fit into.
const DEFAULT_BUFFER: usize = 8_192 + 4_096 * 100;
