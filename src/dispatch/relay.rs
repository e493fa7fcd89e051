//! The reply's body, from its connection to whoever asked, and the connection back to the pool.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, Version, header};
use http_body::{Body, Frame};
use hyper::body::Incoming;

use crate::error::{Error, Kind, Phase};
use crate::metrics::Event;
use crate::pool::Release;
use crate::transport::decompress::{Bounds, Decoded, codings, decode};

use super::clock::within;
use super::lease::Lease;
use super::pool::Pool;
use super::reply::{Head, Reply, Settled};
use super::request::Request;
use super::story::Story;
use super::wait::destroyed;

/// A reply up to this many bytes goes over whole, if it is there at once.
const WHOLE: usize = 64 * 1024;
/// Turns that the connection's task gets to bring the rest of a reply that has arrived already.
const TURNS: usize = 2;
/// What is left of a body that nobody wants is read to its end up to this many bytes: a connection costs more.
const DRAINED: u64 = 128 * 1024;
/// How long that may take.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// Hands the reply over and gives the lease back.
pub(super) async fn relay<R: Reply>(
    pool: &Arc<Pool>,
    request: &Request,
    response: Response<Incoming>,
    lease: Lease,
    reply: &mut R,
    story: &mut Story,
) -> Result<(), Error> {
    let (parts, incoming) = response.into_parts();
    let mut flow = Flow {
        pool,
        request,
        lease,
        release: release(&parts),
        events: is_event_stream(&parts.headers),
        trailers: None,
    };
    let (body, headers) = open(pool, request, incoming, parts.headers)?;
    let mut body = pin!(body);
    let head = Head {
        status: parts.status,
        reason: parts
            .extensions
            .get::<hyper::ext::ReasonPhrase>()
            .map(|reason| Bytes::copy_from_slice(reason.as_bytes())),
        headers,
    };
    let gathered = flow.gather(body.as_mut(), story).await?;
    if gathered.ended && flow.trailers.is_none() {
        flow.finish(story, |settled| reply.whole(head, gathered.bytes, settled)).await;
        return Ok(());
    }
    reply.head(head);
    if !gathered.bytes.is_empty() {
        reply.data(gathered.bytes);
    }
    if !gathered.ended {
        flow.stream(body, reply, story).await?;
    }
    let trailers = flow.trailers.take();
    flow.finish(story, |settled| reply.end(trailers, settled)).await;
    Ok(())
}

/// What the relaying of one body needs to know.
struct Flow<'a> {
    pool: &'a Arc<Pool>,
    request: &'a Request,
    lease: Lease,
    release: Release,
    events: bool,
    trailers: Option<HeaderMap>,
}

struct Gathered {
    bytes: Bytes,
    ended: bool,
}

impl Flow<'_> {
    /// What is there without waiting for the peer. Its connection is another task, so that even bytes which
    /// have been read already take a turn of it to arrive here.
    async fn gather(
        &mut self,
        mut body: Pin<&mut Decoded<Incoming>>,
        story: &mut Story,
    ) -> Result<Gathered, Error> {
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        let mut turns = 0;
        let ended = loop {
            match poll_fn(|cx| Poll::Ready(body.as_mut().poll_frame(cx))).await {
                Poll::Ready(None) => break true,
                Poll::Ready(Some(frame)) => {
                    let Some(data) = self.data(frame)? else { continue };
                    if self.events && first.is_empty() {
                        story.first_event();
                        self.events = false;
                    }
                    if first.is_empty() {
                        first = data;
                    } else {
                        rest.extend_from_slice(&data);
                    }
                    if first.len() + rest.len() > WHOLE {
                        break false;
                    }
                }
                Poll::Pending if turns < TURNS => {
                    turns += 1;
                    tokio::task::yield_now().await;
                }
                Poll::Pending => break false,
            }
        };
        let bytes = if rest.is_empty() { first } else { [first, rest.freeze()].concat().into() };
        Ok(Gathered { bytes, ended })
    }

    /// Streams the rest under the consumer's window, or what the consumer wants of it.
    async fn stream<R: Reply>(
        &mut self,
        mut body: Pin<&mut Decoded<Incoming>>,
        reply: &mut R,
        story: &mut Story,
    ) -> Result<(), Error> {
        loop {
            poll_fn(|cx| reply.poll_room(cx)).await;
            let next = poll_fn(|cx| match body.as_mut().poll_frame(cx) {
                Poll::Ready(frame) => Poll::Ready(Next::Frame(frame)),
                Poll::Pending => reply.poll_dumped(cx).map(Next::Dumped),
            });
            let frame = match within(self.request.timeouts.body, pin!(next)).await {
                Ok(Next::Frame(frame)) => frame,
                Ok(Next::Dumped(leaked)) => {
                    self.drain(body, leaked).await;
                    return Ok(());
                }
                Err(_) => return Err(self.failed(self.silent())),
            };
            let Some(frame) = frame else { return Ok(()) };
            if let Some(data) = self.data(frame)? {
                if std::mem::take(&mut self.events) {
                    story.first_event();
                }
                reply.data(data);
            }
        }
    }

    /// Nobody wants the rest. A small one is read to its end, so that the connection can be used again.
    async fn drain(&mut self, mut body: Pin<&mut Decoded<Incoming>>, leaked: bool) {
        if leaked {
            self.pool.happened(&self.request.destination, Event::Leaked);
        }
        let small = body.size_hint().upper().is_none_or(|left| left <= DRAINED);
        let mut read = 0;
        let whole = async {
            while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
                read += frame?.data_ref().map_or(0, |data| data.len() as u64);
                if read > DRAINED {
                    return Ok(false);
                }
            }
            Ok::<bool, Error>(true)
        };
        let drained = small && matches!(within(Some(DRAIN_TIME), pin!(whole)).await, Ok(Ok(true)));
        if !drained {
            self.release = Release::Broken;
        }
    }

    fn data(&mut self, frame: Result<Frame<Bytes>, Error>) -> Result<Option<Bytes>, Error> {
        let frame = frame.map_err(|error| self.failed(error))?;
        match frame.into_data() {
            Ok(data) if data.is_empty() => Ok(None),
            Ok(data) => Ok(Some(data)),
            Err(frame) => {
                self.trailers = frame.into_trailers().ok();
                Ok(None)
            }
        }
    }

    /// The reply is whole: the account, the connection, the consumer. A connection that is still busy with
    /// the request's body is given back after the consumer was told.
    async fn finish(mut self, story: &mut Story, tell: impl FnOnce(Settled)) {
        story.moved(self.lease.moved());
        let settled = Settled {
            pool: Arc::clone(self.pool),
            destination: Arc::clone(&self.request.destination),
            at: story.completed(),
        };
        if !matches!(self.release, Release::Reusable { .. }) || self.lease.is_ready() {
            self.lease.finish(self.release);
            tell(settled);
            return;
        }
        tell(settled);
        let ready = matches!(within(Some(DRAIN_TIME), pin!(self.lease.ready())).await, Ok(true));
        self.lease.finish(if ready { self.release } else { Release::Broken });
    }

    fn failed(&self, error: Error) -> Error {
        if self.pool.is_destroyed() {
            return destroyed();
        }
        let moved = self.lease.moved();
        error.with(|facts| {
            facts.phase = Phase::Body;
            facts.origin = Some(self.request.destination.key.origin.to_string());
            facts.reused_socket = self.lease.reused();
            facts.bytes_read = moved.received;
            facts.bytes_written = moved.written;
            facts.may_have_been_processed = true;
            facts.occupancy = Some(self.pool.state.lock().occupancy());
        })
    }

    fn silent(&self) -> Error {
        let message =
            format!("no byte of the body from {} in time (bodyTimeout)", self.request.destination.key.origin);
        Error::new(Kind::BodyTimeout, Phase::Body, message)
    }
}

enum Next {
    Frame(Option<Result<Frame<Bytes>, Error>>),
    Dumped(bool),
}

/// The body with its coding undone, and the fields without those that spoke of the coding.
fn open(
    pool: &Pool,
    request: &Request,
    incoming: Incoming,
    mut headers: HeaderMap,
) -> Result<(Decoded<Incoming>, HeaderMap), Error> {
    let codings = if request.decode { codings(&headers)? } else { Vec::new() };
    if !codings.is_empty() {
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
    }
    let max_ratio = pool.config.body.max_expansion.map_or(u64::MAX, u64::from);
    let bounds = Bounds { max_ratio, free: crate::config::Body::EXPANSION_FLOOR, max_bytes: u64::MAX };
    Ok((decode(&codings, incoming, bounds), headers))
}

/// How the lease goes back once the body was read (RFC 9112, 9.3).
fn release(parts: &http::response::Parts) -> Release {
    let said = |word: &str| {
        parts.headers.get_all(header::CONNECTION).iter().any(|value| {
            value.to_str().is_ok_and(|text| text.split(',').any(|one| one.trim().eq_ignore_ascii_case(word)))
        })
    };
    if said("close") || (parts.version == Version::HTTP_10 && !said("keep-alive")) {
        return Release::Close;
    }
    Release::Reusable { keep_alive_hint: keep_alive_hint(&parts.headers) }
}

/// `Keep-Alive: timeout=n`, in seconds.
fn keep_alive_hint(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("keep-alive")?.to_str().ok()?;
    let timeout = text.split(',').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("timeout").then(|| value.trim().trim_matches('"'))
    })?;
    timeout.parse().ok().map(Duration::from_secs)
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}
