//! The reply's body, from its connection to whoever asked, and the connection back to the pool.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, Version};
use http_body::{Body, Frame};

use crate::error::{Error, Kind, Phase};
use crate::metrics::Event;
use crate::pool::Release;
use crate::transport::decompress::Decoded;
use crate::transport::inflow::Inflow;

use super::clock::within;
use super::content::{is_event_stream, open};
use super::keep::{Rest, drained, release};
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

/// Hands the reply over and gives the lease back, or what is left of it.
pub(super) async fn relay<R: Reply>(
    pool: &Arc<Pool>,
    request: &Request,
    response: Box<Response<Inflow>>,
    lease: Lease,
    reply: &mut R,
    story: &mut Story,
) -> Result<Rest, Error> {
    let (parts, incoming) = response.into_parts();
    let mut flow = Flow {
        pool,
        request,
        lease,
        release: release(&request.method, &parts),
        events: is_event_stream(&parts.headers),
        flows: false,
        cut: false,
        trailers: None,
    };
    let reason = parts.extensions.get::<hyper::ext::ReasonPhrase>();
    let reason = reason.map(|reason| Bytes::copy_from_slice(reason.as_bytes()));
    // HTTP/2 has none.
    let reason = reason.or_else(|| (parts.version == Version::HTTP_2).then(Bytes::new));
    let (body, headers) = open(pool, request, incoming, parts.headers).map_err(|error| flow.failed(error))?;
    let mut body = pin!(body);
    let head = Head { status: parts.status, reason, headers };
    let (bytes, end) = flow.gather(body.as_mut(), story).await;
    if end == Ok(true) && flow.trailers.is_none() {
        return Ok(flow.finish(story, |settled| reply.whole(head, bytes, settled)));
    }
    // Whether a head that came before a broken body is handed over must not depend on how fast it broke.
    reply.head(head);
    if !bytes.is_empty() {
        reply.data(bytes);
    }
    if !end? {
        flow.stream(body, reply, story).await?;
    }
    let trailers = flow.trailers.take();
    Ok(flow.finish(story, |settled| reply.end(trailers, settled)))
}

/// What the relaying of one body needs to know.
struct Flow<'a> {
    pool: &'a Arc<Pool>,
    request: &'a Request,
    lease: Lease,
    release: Release,
    /// The body is made of server-sent events, and none has come.
    events: bool,
    /// A byte of the body has come.
    flows: bool,
    /// The rest of the body was not wanted and not read.
    cut: bool,
    trailers: Option<HeaderMap>,
}

impl Flow<'_> {
    /// What is there without waiting for the peer, and whether it is all. The connection is another task, so
    /// that even bytes which have been read already take a turn of it to arrive here.
    async fn gather(
        &mut self,
        mut body: Pin<&mut Decoded<Inflow>>,
        story: &mut Story,
    ) -> (Bytes, Result<bool, Error>) {
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        let mut turns = 0;
        let end = loop {
            match poll_fn(|cx| Poll::Ready(body.as_mut().poll_frame(cx))).await {
                Poll::Ready(None) => break Ok(true),
                Poll::Ready(Some(frame)) => match self.data(frame, story) {
                    Ok(None) => {}
                    Ok(Some(data)) if first.is_empty() => first = data,
                    Ok(Some(data)) => rest.extend_from_slice(&data),
                    Err(error) => break Err(error),
                },
                Poll::Pending if turns < TURNS => {
                    turns += 1;
                    tokio::task::yield_now().await;
                }
                Poll::Pending => break Ok(false),
            }
            if first.len() + rest.len() > WHOLE {
                break Ok(false);
            }
        };
        let bytes = if rest.is_empty() { first } else { [first, rest.freeze()].concat().into() };
        (bytes, end)
    }

    /// Streams the rest under the consumer's window, or what the consumer wants of it.
    async fn stream<R: Reply>(
        &mut self,
        mut body: Pin<&mut Decoded<Inflow>>,
        reply: &mut R,
        story: &mut Story,
    ) -> Result<(), Error> {
        loop {
            let wanted = match self.room(reply).await? {
                Wanted::More => self.next(body.as_mut(), reply).await?,
                Wanted::Nothing { leaked } => Next::Unwanted { leaked },
            };
            match wanted {
                Next::Frame(None) => return Ok(()),
                Next::Frame(Some(frame)) => {
                    if let Some(data) = self.data(frame, story)? {
                        reply.data(data);
                    }
                }
                Next::Unwanted { leaked } => {
                    self.drain(body, leaked).await;
                    return Ok(());
                }
            }
        }
    }

    /// Waits until the consumer takes more or wants no more. No time limit: it is not the peer who is slow. Only
    /// the pool's end interrupts it, which the connection's end would not. Nor does it keep the connection from others for a
    /// consumer who may be waiting for them: whoever asks for a hundred replies before he reads the first.
    async fn room<R: Reply>(&self, reply: &mut R) -> Result<Wanted, Error> {
        if let Poll::Ready(wanted) = poll_fn(|cx| Poll::Ready(poll_wanted(reply, cx))).await {
            return Ok(wanted);
        }
        loop {
            let mut pressed = pin!(self.pool.pressed.notified());
            // Without this, whoever comes to wait between the look and the wait would be missed.
            pressed.as_mut().enable();
            if self.pool.is_wanted(&self.lease) && reply.overflow() {
                return Ok(Wanted::More);
            }
            tokio::select! {
                biased;
                () = self.pool.until_over_for(&self.request.destination) => return Err(self.failed(destroyed(Phase::Body))),
                wanted = poll_fn(|cx| poll_wanted(reply, cx)) => return Ok(wanted),
                () = pressed => {}
            }
        }
    }

    /// The next frame, unless the consumer loses interest first.
    async fn next<R: Reply>(
        &self,
        mut body: Pin<&mut Decoded<Inflow>>,
        reply: &mut R,
    ) -> Result<Next, Error> {
        // The wait for a first byte is under no limit: a head may come long before a model has thought.
        let limit = self.request.timeouts.body.filter(|_| self.flows);
        loop {
            let before = self.lease.moved();
            let destination = &self.request.destination;
            let next = poll_fn(|cx| match reply.poll_dumped(cx) {
                Poll::Ready(leaked) => Poll::Ready(Next::Unwanted { leaked }),
                Poll::Pending => match body.as_mut().poll_frame(cx) {
                    // Its end cuts the connection, which a coding that still makes something of what has come
                    // would not see for long.
                    Poll::Pending if self.pool.is_over_for(destination) => {
                        Poll::Ready(Next::Frame(Some(Err(destroyed(Phase::Body)))))
                    }
                    frame => frame.map(Next::Frame),
                },
            });
            let mut next = pin!(next);
            let next = pin!(within(limit, next.as_mut()));
            let Some(next) = self.pool.while_held(destination, next).await else {
                return Err(self.failed(destroyed(Phase::Body)));
            };
            match next {
                Ok(next) => return Ok(next),
                // Bytes of which a coding has made nothing yet, or bytes of the request.
                Err(_) if self.lease.moved() != before => {}
                Err(_) => return Err(self.failed(self.silent())),
            }
        }
    }

    /// Nobody wants the rest. A small one is read to its end, so that the connection can be used again.
    async fn drain(&mut self, body: Pin<&mut Decoded<Inflow>>, leaked: bool) {
        if leaked {
            self.pool.happened(&self.request.destination, Event::Leaked);
        }
        self.cut = !drained(body).await;
        if self.cut {
            self.release = Release::Broken;
        }
    }

    fn data(
        &mut self,
        frame: Result<Frame<Bytes>, Error>,
        story: &mut Story,
    ) -> Result<Option<Bytes>, Error> {
        let frame = frame.map_err(|error| self.failed(error))?;
        match frame.into_data() {
            Ok(data) if data.is_empty() => Ok(None),
            Ok(data) => {
                self.flows = true;
                if std::mem::take(&mut self.events) {
                    story.first_event();
                }
                Ok(Some(data))
            }
            Err(frame) => {
                self.trailers = frame.into_trailers().ok();
                Ok(None)
            }
        }
    }

    /// The reply is over: the account, the connection, the consumer, who thus finds its connection free.
    fn finish(self, story: &mut Story, tell: impl FnOnce(Settled)) -> Rest {
        let settled = Settled {
            pool: Arc::clone(self.pool),
            destination: Arc::clone(&self.request.destination),
            at: if self.cut { story.given_up() } else { story.completed() },
        };
        let rest = Rest::begin(self.lease, self.release);
        tell(settled);
        rest
    }

    fn failed(&self, error: Error) -> Error {
        let is_over = self.pool.is_over_for(&self.request.destination);
        let error = if is_over { destroyed(Phase::Body) } else { error };
        let moved = self.lease.moved();
        error.with(|facts| {
            facts.phase = Phase::Body;
            facts.origin = Some(self.request.destination.key.origin.to_string());
            facts.proxy = self.request.destination.key.proxy();
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

/// What the consumer wants.
enum Wanted {
    More,
    Nothing { leaked: bool },
}

enum Next {
    Frame(Option<Result<Frame<Bytes>, Error>>),
    Unwanted { leaked: bool },
}

/// Disinterest first: a peer that always has more would never let it be seen.
fn poll_wanted<R: Reply>(reply: &mut R, cx: &mut Context<'_>) -> Poll<Wanted> {
    match reply.poll_dumped(cx) {
        Poll::Ready(leaked) => Poll::Ready(Wanted::Nothing { leaked }),
        Poll::Pending => reply.poll_room(cx).map(|()| Wanted::More),
    }
}
