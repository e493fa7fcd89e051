//! What carries a connection's bytes, and tells how many streams its peer allows.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::client::conn::http2;
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;

use super::Spawn;
use super::outgoing::{Outgoing, Sending};
use super::sight::{Sight, Watched};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A number of streams that no peer can tell, since it does not fit the field: what hyper answers until the peer has spoken.
/// The caller keeps to a lower one until then.
pub(super) const UNTOLD: usize = usize::MAX - 1;

/// Such another number, after which any is news.
const DOUBTED: usize = usize::MAX;

/// What becomes known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// So many streams may be open at a time.
    Streams(usize),
    /// It takes no more requests and lives until its streams end: the peer is going away, or nobody has a use for it.
    Draining,
    /// It is no more.
    Ended,
}

/// The connection's own task. It must be asked for news until the connection has ended; dropping it closes the connection.
#[must_use = "a connection does nothing unless its driver is asked for news"]
pub struct Driver {
    /// Takes requests, until none are taken any more.
    intake: Option<http2::Connection<TokioIo<Watched>, Outgoing, Tasks>>,
    /// Reads and writes frames.
    frames: Option<Task>,
    streams: usize,
    draining: bool,
    sight: Arc<Sight>,
    ping_timeout: Option<Duration>,
}

impl Driver {
    pub(super) fn new(
        intake: http2::Connection<TokioIo<Watched>, Outgoing, Tasks>,
        first: &First,
        sight: Arc<Sight>,
        ping_timeout: Option<Duration>,
    ) -> Self {
        let frames = match std::mem::replace(&mut *first.lock(), Begun::Taken) {
            Begun::Here(task) => Some(task),
            Begun::NotYet | Begun::Taken => None,
        };
        Self { intake: Some(intake), frames, streams: UNTOLD, draining: false, sight, ping_timeout }
    }

    /// How long news may be waited for. Set while the peer is doubted; once it has passed the driver is to be told.
    pub fn patience(&self) -> Option<Duration> {
        self.ping_timeout.filter(|_| self.sight.doubt().stands())
    }

    /// The peer is as good as gone, and the streams that wait for it fail.
    pub fn give_up(&mut self) -> News {
        self.sight.doubt().give_up();
        (self.frames, self.intake) = (None, None);
        News::Ended
    }

    /// What happens next; [`News::Ended`] is the last of it.
    pub fn news(&mut self) -> impl Future<Output = News> + use<'_> {
        std::future::poll_fn(|cx| self.poll(cx))
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<News> {
        self.sight.doubt().wake(cx.waker());
        self.poll_intake(cx);
        match self.frames.as_mut().map(|frames| frames.as_mut().poll(cx)) {
            Some(Poll::Pending) => {}
            Some(Poll::Ready(())) | None => {
                // At once: it is what the streams left over wait for.
                (self.frames, self.intake) = (None, None);
                return Poll::Ready(News::Ended);
            }
        }
        // Once more, for nothing tells it that the peer is going away.
        self.poll_intake(cx);
        let Some(intake) = &self.intake else {
            if std::mem::replace(&mut self.draining, true) {
                return Poll::Pending;
            }
            return Poll::Ready(News::Draining);
        };
        let doubt = self.sight.doubt();
        // Told in any case, also where it has passed already: others have taken it into account.
        if doubt.take_untold() {
            self.streams = DOUBTED;
        }
        let streams = if doubt.stands() { 0 } else { intake.current_max_send_streams() };
        if std::mem::replace(&mut self.streams, streams) == streams {
            return Poll::Pending;
        }
        Poll::Ready(News::Streams(streams))
    }

    fn poll_intake(&mut self, cx: &mut Context<'_>) {
        if let Some(intake) = self.intake.as_mut()
            && Pin::new(intake).poll(cx).is_ready()
        {
            self.intake = None;
        }
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("streams", &self.streams).finish_non_exhaustive()
    }
}

/// Where hyper puts its futures. The first is the connection's own, which the driver polls, so that it sees what every frame
/// changes; the others belong to one stream each. One that sends a body ends when the rest of that is cancelled: it may wait for
/// room that never comes.
#[derive(Clone)]
pub(super) struct Tasks {
    first: First,
    sight: Arc<Sight>,
    spawn: Spawn,
}

pub(super) type First = Arc<Mutex<Begun>>;

pub(super) enum Begun {
    NotYet,
    Here(Task),
    Taken,
}

impl Tasks {
    pub(super) fn new(spawn: Spawn, sight: Arc<Sight>) -> (Self, First) {
        let first = Arc::new(Mutex::new(Begun::NotYet));
        (Self { first: Arc::clone(&first), sight, spawn }, first)
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, future: F) {
        let mut first = self.first.lock();
        if matches!(*first, Begun::NotYet) {
            *first = Begun::Here(Box::pin(future));
            return;
        }
        drop(first);
        match self.sight.uploading() {
            Some(tally) => (self.spawn)(Box::pin(Sending::new(Box::pin(future), tally))),
            None => (self.spawn)(Box::pin(future)),
        }
    }
}
