//! Who asks: a request under way, and what its consumer was told, in order.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use rag_connection_pool::dispatch::{Head, Reply, Settled};
use rag_connection_pool::error::Error;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// One call of the consumer.
#[derive(Debug)]
pub(crate) enum Told {
    Whole(Head, Bytes),
    Head(Head),
    Data(Bytes),
    End(Option<HeaderMap>),
    Fail(Error),
}

/// A reply, put together again.
#[derive(Debug, Default)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Option<HeaderMap>,
    /// Whether it came in more than one piece.
    pub(crate) streamed: bool,
}

/// A request under way.
pub(crate) struct Asked {
    pub(crate) told: mpsc::UnboundedReceiver<Told>,
    pub(crate) wish: Arc<Mutex<Wish>>,
    pub(crate) task: Option<AbortHandle>,
}

/// What the consumer wants.
#[derive(Debug)]
pub(crate) struct Wish {
    /// Pieces of the body that it takes.
    room: usize,
    dumped: Option<bool>,
    waker: Option<Waker>,
}

/// The consumer's own side.
pub(crate) struct Listener {
    tell: mpsc::UnboundedSender<Told>,
    wish: Arc<Mutex<Wish>>,
    /// Panics in the method of this name.
    pub(crate) panics_in: Option<&'static str>,
    /// What happens on the I/O thread when the first piece of the body is told.
    pub(crate) at_first_piece: Option<Box<dyn FnOnce() + Send>>,
}

pub(crate) fn consumer() -> (Listener, Asked) {
    let (tell, told) = mpsc::unbounded_channel();
    let wish = Arc::new(Mutex::new(Wish { room: usize::MAX, dumped: None, waker: None }));
    (
        Listener { tell, wish: Arc::clone(&wish), panics_in: None, at_first_piece: None },
        Asked { told, wish, task: None },
    )
}

impl Asked {
    /// What it is told next; `None` once the exchange is gone.
    pub(crate) async fn next(&mut self) -> Option<Told> {
        self.told.recv().await
    }

    /// The whole reply or the failure. It must be told exactly one of them, and nothing after.
    pub(crate) async fn settled(&mut self) -> Result<Got, Error> {
        let mut got = Got::default();
        let mut outcome = None;
        while let Some(told) = self.next().await {
            assert!(outcome.is_none(), "{told:?} after the end");
            match told {
                Told::Whole(head, body) => {
                    got.status = head.status;
                    got.body = body.to_vec();
                    outcome = Some(Ok(()));
                }
                Told::Head(head) => {
                    got.status = head.status;
                    got.streamed = true;
                }
                Told::Data(bytes) => got.body.extend_from_slice(&bytes),
                Told::End(trailers) => {
                    got.trailers = trailers;
                    outcome = Some(Ok(()));
                }
                Told::Fail(error) => outcome = Some(Err(error)),
            }
        }
        outcome.expect("the request was dropped").map(|()| got)
    }

    pub(crate) async fn reply(mut self) -> Got {
        self.settled().await.unwrap()
    }

    pub(crate) async fn body(self) -> String {
        String::from_utf8(self.reply().await.body).unwrap()
    }

    pub(crate) async fn failure(mut self) -> Error {
        self.settled().await.unwrap_err()
    }

    /// Waits for the head of a reply that is streamed.
    pub(crate) async fn head(&mut self) -> Head {
        match self.next().await {
            Some(Told::Head(head)) => head,
            other => panic!("{other:?} in place of a head"),
        }
    }

    /// The consumer takes so many pieces more.
    pub(crate) fn take(&self, pieces: usize) {
        self.change(|wish| wish.room = pieces);
    }

    pub(crate) fn dump(&self, leaked: bool) {
        self.change(|wish| wish.dumped = Some(leaked));
    }

    /// The caller gives the request up.
    pub(crate) fn abort(&self) {
        self.task.as_ref().unwrap().abort();
    }

    /// Waits until nothing is left of the exchange.
    pub(crate) async fn gone(mut self) {
        while self.next().await.is_some() {}
    }

    fn change(&self, change: impl FnOnce(&mut Wish)) {
        let mut wish = self.wish.lock();
        change(&mut wish);
        if let Some(waker) = wish.waker.take() {
            waker.wake();
        }
    }
}

impl Listener {
    fn hear(&self, method: &'static str, told: Told) {
        self.fall(method);
        drop(self.tell.send(told));
    }

    fn fall(&self, method: &'static str) {
        assert!(self.panics_in != Some(method), "as the test wants it");
    }

    fn wait<T>(
        &self,
        cx: &mut Context<'_>,
        method: &'static str,
        ready: impl FnOnce(&Wish) -> Option<T>,
    ) -> Poll<T> {
        self.fall(method);
        let mut wish = self.wish.lock();
        if let Some(value) = ready(&wish) {
            return Poll::Ready(value);
        }
        wish.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Reply for Listener {
    fn whole(&mut self, head: Head, body: Bytes, _settled: Settled) {
        self.hear("whole", Told::Whole(head, body));
    }

    fn head(&mut self, head: Head) {
        self.hear("head", Told::Head(head));
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.wait(cx, "poll_room", |wish| (wish.room > 0).then_some(()))
    }

    fn poll_dumped(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.wait(cx, "poll_dumped", |wish| wish.dumped)
    }

    fn data(&mut self, bytes: Bytes) {
        assert!(!bytes.is_empty(), "an empty piece");
        let mut wish = self.wish.lock();
        wish.room = wish.room.saturating_sub(1);
        drop(wish);
        if let Some(happens) = self.at_first_piece.take() {
            happens();
        }
        self.hear("data", Told::Data(bytes));
    }

    fn end(&mut self, trailers: Option<HeaderMap>, _settled: Settled) {
        self.hear("end", Told::End(trailers));
    }

    fn fail(&mut self, error: Error) {
        self.hear("fail", Told::Fail(error));
    }
}
