//! HTTP/2, by hyper.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::sleep;

use super::Bench;
use super::routes::{self, Taken};
use crate::census::{Busy, Guest};
use crate::h1::{Framing, Request};
use crate::listen::Socket;
use crate::reply::{Payload, Pieces, Reply};

/// Serves one connection to its end.
pub(super) async fn serve<S: Socket>(bench: Arc<Bench>, guest: Guest, socket: S) {
    let max_streams = bench.max_streams;
    let connection = guest.connection();
    let service = service_fn(|request| {
        let (bench, busy) = (Arc::clone(&bench), guest.begin());
        async move { exchange(&bench, busy, request).await }
    });
    let serving = http2::Builder::new(TokioExecutor::new())
        .max_concurrent_streams(max_streams)
        .serve_connection(TokioIo::new(socket), service);
    let mut serving = pin!(serving);
    tokio::select! {
        _ended = &mut serving => return,
        () = connection.told_to_close() => {}
    }
    serving.as_mut().graceful_shutdown();
    // How a connection ends is the client's affair; the census counts it either way.
    drop(serving.await);
}

async fn exchange(
    bench: &Bench,
    busy: Busy,
    request: http::Request<Incoming>,
) -> Result<Response<Outgoing>, hyper::Error> {
    let (head, mut body) = request.into_parts();
    let request = request_of(&head);
    let mut taken = Taken::for_request(&request);
    let pause = routes::reading_pause(&request);
    while let Some(frame) = next_frame(&mut body).await {
        if let Some(data) = frame?.data_ref() {
            taken.take(data);
            if !pause.is_zero() {
                sleep(pause).await;
            }
        }
    }
    let reply = routes::answer(bench, &request, "2.0", taken).await;
    sleep_if(reply.head_pause).await;
    Ok(response(reply, busy))
}

async fn sleep_if(pause: Duration) {
    if !pause.is_zero() {
        sleep(pause).await;
    }
}

async fn next_frame(body: &mut Incoming) -> Option<hyper::Result<Frame<Bytes>>> {
    std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await
}

fn request_of(head: &http::request::Parts) -> Request {
    let latin1 = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    Request {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        fields: head.headers.iter().map(|(name, value)| (name.to_string(), latin1(value))).collect(),
        framing: Framing::Length(0),
        keep_alive: true,
        expects_continue: false,
    }
}

fn response(reply: Reply, busy: Busy) -> Response<Outgoing> {
    let mut trailers = HeaderMap::new();
    for (name, value) in &reply.trailers {
        if let Ok(value) = HeaderValue::from_str(value) {
            trailers.insert(HeaderName::from_static(name), value);
        }
    }
    let bodiless = reply.is_bodiless();
    let (length, rest) = match reply.payload {
        _ if bodiless => (None, Rest::Done),
        Payload::Whole(body) => (Some(body.len() as u64), Rest::Whole(body)),
        Payload::Pieces(length, pieces) => (length, Rest::Pieces(pieces, trailers)),
    };
    let mut response = Response::new(Outgoing { rest, busy });
    *response.status_mut() = reply.status;
    for (name, value) in reply.fields {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    if let Some(length) = length {
        response.headers_mut().insert(http::header::CONTENT_LENGTH, length.into());
    }
    response
}

/// A body on its way out; the request is finished when hyper has taken the last of it.
struct Outgoing {
    rest: Rest,
    busy: Busy,
}

enum Rest {
    Whole(Bytes),
    Pieces(Pieces, HeaderMap),
    Done,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = match &mut self.rest {
            Rest::Done => None,
            Rest::Whole(body) => Some(Frame::data(std::mem::take(body))),
            Rest::Pieces(pieces, trailers) => match pieces.as_mut().poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(piece)) => return Poll::Ready(Some(Ok(Frame::data(piece)))),
                Poll::Ready(None) if trailers.is_empty() => None,
                Poll::Ready(None) => Some(Frame::trailers(std::mem::take(trailers))),
            },
        };
        self.rest = Rest::Done;
        self.busy.finish();
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.rest, Rest::Done)
    }
}
