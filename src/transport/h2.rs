//! HTTP/2 on one connection: any number of requests at a time, each a stream of its own.

mod doubt;
mod driver;
mod failure;
mod judge;
mod outgoing;
mod sight;
mod target;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http2};
use hyper_util::rt::{TokioIo, TokioTimer};

pub use self::driver::{Driver, News};
pub use self::failure::cut_short;
pub use self::judge::Judge;
use self::outgoing::Outgoing;
pub use self::outgoing::Tally;
use self::sight::{Fault, Sight, Watched};
use super::body::ReqBody;
use super::h1::SendFailure;
use super::head;
use super::inflow::Inflow;
use super::io::Io;
use super::socket::Socket;
use crate::error::{Error, Kind, Phase};

/// How to speak HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct H2Options {
    /// Bytes of a reply's head, or of its trailers, as HTTP/2 counts them.
    pub max_head: u32,
    /// Fields of a reply's head.
    pub max_headers: usize,
    /// Streams that are used at a time, at most.
    pub max_streams: u32,
    /// Silence after which a peer that owes a reply is asked for a sign of life.
    pub ping_interval: Option<Duration>,
    /// How long it may take to give that.
    pub ping_timeout: Option<Duration>,
}

/// Runs what a stream needs besides the driver, until it ends by itself.
pub type Spawn = Arc<dyn Fn(Pin<Box<dyn Future<Output = ()> + Send>>) + Send + Sync>;

/// The sending side of a connection, for as many requests at a time as the peer allows. Who counts them is the caller.
#[derive(Clone, Debug)]
pub struct H2 {
    sender: http2::SendRequest<Outgoing>,
    socket: Arc<Socket>,
    sight: Arc<Sight>,
    secure: bool,
    max_head: u32,
    max_headers: usize,
    /// Whether its peer may be sent PINGs.
    pings: bool,
}

/// Starts HTTP/2 on an idle connection.
///
/// # Errors
/// The connection failed under the first bytes.
pub async fn start(io: Io, options: &H2Options, spawn: Spawn) -> Result<(H2, Driver), Error> {
    let (socket, secure) = (Arc::clone(io.socket()), io.is_tls());
    let sight = Arc::new(Sight::new());
    let seen = Arc::clone(&sight);
    let io = Watched::new(io, options.max_head, Arc::clone(&sight));
    let (tasks, first) = driver::Tasks::new(spawn, Arc::clone(&sight));
    let mut builder = http2::Builder::new(tasks);
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(connection_window(options.max_streams))
        .initial_max_send_streams(driver::UNTOLD)
        // h2 calls a larger head by no name of its own, so that most are let through to be refused here.
        .max_header_list_size(options.max_head.saturating_mul(LOOSER))
        .keep_alive_interval(options.ping_interval)
        .keep_alive_timeout(options.ping_timeout.unwrap_or(FOR_EVER));
    let (sender, connection) = builder
        .handshake(TokioIo::new(io))
        .await
        .map_err(|error| failure::of_request(&error, &sight, None).error)?;
    let H2Options { max_head, max_headers, ping_timeout, ping_interval, .. } = *options;
    let h2 = H2 { sender, socket, sight, secure, max_head, max_headers, pings: ping_interval.is_some() };
    Ok((h2, Driver::new(connection, &first, seen, ping_timeout)))
}

type Sent = Result<Response<Incoming>, TrySendError<Request<Outgoing>>>;

impl H2 {
    /// Sends a request and waits for the head of its reply. The target is in origin form, with a `Host` field beside.
    ///
    /// Dropping the future, or the body of the reply, cancels the stream and harms no other.
    ///
    /// # Errors
    /// With the request, if the connection took none of it.
    pub async fn send(
        &self,
        request: Request<ReqBody>,
        tally: &Arc<Tally>,
    ) -> Result<Response<Inflow>, SendFailure> {
        let sight = &self.sight;
        let request = target::within(target::absolute(request, self.secure)?, sight.max_request())?;
        let head = target::size(&request);
        let request = request.map(|body| Outgoing::new(body, head, Arc::clone(tally), Arc::clone(sight)));
        let sent = tokio::select! {
            biased;
            sent = self.sender.clone().try_send_request(request) => sent,
            () = sight.switching(|| tally.stream()) => return Err(SendFailure::new(failure::switching())),
        };
        self.came(sent, tally)
    }

    /// What has come of a request. Apart from the sending, whose future is held by every request of whatever connection.
    fn came(&self, sent: Sent, tally: &Arc<Tally>) -> Result<Response<Inflow>, SendFailure> {
        let sight = &self.sight;
        let mut failure = match sent {
            Ok(response) => {
                let judge =
                    Judge::new(response.status(), Arc::clone(tally), Arc::clone(sight), self.max_head);
                return self.admit(response.map(|body| Inflow::stream(body, judge)), tally);
            }
            Err(failure) => failure,
        };
        if let Some(request) = failure.take_message() {
            let request = target::relative(request.map(Outgoing::into_inner));
            return Err(SendFailure::unsent(super::h1::hang_up(), request));
        }
        let failure = failure::of_request(&failure.into_error(), sight, tally.stream());
        Err(tally.failure().map_or(failure, SendFailure::new))
    }

    /// Whether it takes no more requests: it has closed, or is about to.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// The peer has been silent for so long that it may be gone: it is asked, and allows no streams until anything is read of
    /// it, as the driver tells. Whether it is so; it is not where a peer is never to be asked.
    pub fn doubt(&self) -> bool {
        if self.pings {
            self.sight.doubt().raise();
        }
        self.pings
    }

    /// Bytes of requests' bodies that have gone out, of all streams.
    pub fn uploaded(&self) -> u64 {
        self.sight.uploaded()
    }

    /// The socket under the connection.
    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    fn admit(&self, response: Response<Inflow>, tally: &Tally) -> Result<Response<Inflow>, SendFailure> {
        tally.count_received(STATUS + head::bytes(response.headers()));
        if tally.stream().and_then(|stream| self.sight.fault(stream)) == Some(Fault::Malformed) {
            return Err(SendFailure::new(failure::malformed(Phase::Head)));
        }
        head::check(response.headers()).map_err(SendFailure::new)?;
        let size = STATUS + head::PER_FIELD + head::list_size(response.headers());
        if size > self.max_head as usize || response.headers().len() > self.max_headers {
            return Err(SendFailure::new(head::overflow()));
        }
        Ok(response)
    }
}

/// Wide enough for every stream to fill its own window, so that one whose consumer is slow keeps no other waiting.
fn connection_window(streams: u32) -> u32 {
    STREAM_WINDOW.saturating_mul(streams).min(MOST_WINDOW)
}

/// `:status` and its value.
const STATUS: usize = 10;
/// By how much a head may be larger than is allowed and still be read.
const LOOSER: u32 = 4;
/// As good as: hyper adds it to a time.
const FOR_EVER: Duration = Duration::from_secs(3600 * 24 * 365);
/// What a stream may be ahead of who reads it here, who may be ahead of his consumer in turn.
const STREAM_WINDOW: u32 = 1 << 20;
/// RFC 9113 section 6.9.1.
const MOST_WINDOW: u32 = (1 << 31) - 1;

/// An error of HTTP/2, by Node's code.
fn broken(code: &'static str, phase: Phase, message: String) -> Error {
    Error::new(Kind::Protocol(code.into()), phase, message)
}
