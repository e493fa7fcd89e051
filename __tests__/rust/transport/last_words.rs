//! A peer that replies, closes and resets what still comes: it is heard, though the next write fails.
//!
//! The server acts while nobody looks: the client's runtime hears of the reset only after its write has failed.

use std::future::Future;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use rag_connection_pool::error::Error;
use rag_connection_pool::transport::body::ReqBody;
use rag_connection_pool::transport::h1::{self, H1Options, Unprocessed};
use rag_connection_pool::transport::h2::{self, H2Options, News};
use rag_connection_pool::transport::io::Io;
use rag_connection_pool::transport::raw::{Proof, User, raw};

use crate::loopback::{connect, read_all, request};

const TOO_LARGE: &[u8] = b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge";
const PIECE: Bytes = Bytes::from_static(b"a piece");
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const SETTINGS_HEARD: &[u8] = &[0, 0, 0, 4, 1, 0, 0, 0, 0];
/// A reply of 200 to the first stream, and its end.
const REPLY: &[u8] = &[0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88];
/// Nothing after the first stream was taken.
const GOAWAY: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];

const OPTIONS: H2Options = H2Options {
    max_head: 65_536,
    max_headers: 100,
    max_streams: 100,
    ping_interval: None,
    ping_timeout: None,
};

/// One thread, which hears of sockets only between two turns of the test.
fn run<F: Future>(test: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await.expect("the test hangs") })
}

async fn pair() -> (Io, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let io = connect(listener.local_addr().unwrap()).await;
    let (server, _) = listener.accept().unwrap();
    server.set_read_timeout(Some(PATIENCE)).unwrap();
    (io, server)
}

/// Reads some of what the client has sent.
fn hear(server: &mut TcpStream) {
    assert!(server.read(&mut [0; 4096]).unwrap() > 0);
}

/// Says so, and resets the connection.
fn part(mut server: TcpStream, words: &[u8]) {
    server.write_all(words).unwrap();
    socket2::SockRef::from(&server).set_linger(Some(Duration::ZERO)).unwrap();
}

/// A turn of something that waits.
async fn turn(of: &mut (impl Future + Unpin)) {
    std::future::poll_fn(|cx| {
        assert!(std::pin::Pin::new(&mut *of).poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[test]
fn a_reply_is_read_though_its_connection_was_reset_under_the_upload() {
    run(async {
        let (io, mut server) = pair().await;
        let (mut h1, driver) = h1::start(io, &H1Options::default()).await.unwrap();
        let (sender, body) = ReqBody::channel(4, None);
        let (mut asked, mut driver) = (pin!(h1.send(request(body))), pin!(driver));
        turn(&mut asked).await;
        turn(&mut driver).await;
        hear(&mut server);
        part(server, TOO_LARGE);
        sender.send(PIECE).await.unwrap();
        let reply = tokio::select! {
            biased;
            reply = &mut asked => reply,
            _ = async { driver.as_mut().await; std::future::pending().await } => unreachable!(),
        };
        let reply = reply.unwrap();
        assert_eq!(reply.status(), 413);
        assert_eq!(read_all(reply).await.unwrap(), "large");
    });
}

#[test]
fn what_was_said_before_a_request_began_is_no_reply_to_it() {
    run(async {
        let (io, server) = pair().await;
        let (mut h1, driver) = h1::start(io, &H1Options::default()).await.unwrap();
        let mut driver = pin!(driver);
        turn(&mut driver).await;
        part(server, TOO_LARGE);
        let mut asked = pin!(h1.send(request(ReqBody::Empty)));
        turn(&mut asked).await;
        let ended = driver.await;
        assert!(ended.error.is_none_or(|error| error.code() == "ECONNRESET"));
        assert_eq!(asked.await.unwrap_err().error.code(), "ECONNRESET");
    });
}

#[test]
fn frames_are_read_though_their_connection_was_reset_under_the_next_request() {
    run(async {
        let (io, mut server) = pair().await;
        let spawn = Arc::new(|task| drop(tokio::spawn(task)));
        let (h2, mut driver) = h2::start(io, &OPTIONS, spawn).await.unwrap();
        let mut ended = pin!(async { while driver.news().await != News::Ended {} });
        let (tally, other) = Default::default();
        let mut first = pin!(h2.send(request(ReqBody::Empty), &tally));
        server.write_all(&[SETTINGS, SETTINGS_HEARD].concat()).unwrap();
        server.set_nonblocking(true).unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(SETTINGS_HEARD) {
            turn(&mut first).await;
            turn(&mut ended).await;
            drop(server.read_to_end(&mut heard));
            tokio::task::yield_now().await;
        }
        part(server, &[REPLY, GOAWAY].concat());
        let mut second = pin!(h2.send(request(ReqBody::Empty), &other));
        turn(&mut second).await;
        ended.await;
        assert_eq!(first.await.unwrap().status(), 200);
        assert_eq!(second.await.unwrap_err().unprocessed, Some(Unprocessed::Leaving));
    });
}

/// A lease whose user notes what it is told.
#[derive(Default)]
struct Noted(Mutex<Vec<String>>);

impl User for Noted {
    fn poll_room(&self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn data(&self, bytes: Bytes) {
        self.0.lock().push(String::from_utf8(bytes.into()).unwrap());
    }

    fn ended(self: Arc<Self>) {
        self.0.lock().push("its end".into());
    }

    fn taken(&self, _bytes: u64, _news: bool) {}

    fn died(self: Arc<Self>, error: Option<Error>) {
        self.0.lock().push(error.unwrap().facts().message.clone().into());
    }
}

/// What the user of a raw lease is told that has written a piece, or nothing yet, when the peer parts.
async fn told(before: Option<Bytes>) -> Vec<String> {
    let (io, mut server) = pair().await;
    let (raw, driver) = raw(io);
    let mut driver = pin!(driver);
    let user = Arc::<Noted>::default();
    assert!(raw.attach(Arc::clone(&user) as Arc<dyn User>, Proof::None));
    if let Some(piece) = before {
        raw.write(piece);
        turn(&mut driver).await;
        hear(&mut server);
    }
    part(server, TOO_LARGE);
    raw.write(PIECE);
    driver.await.unwrap_err();
    std::mem::take(&mut *user.0.lock())
}

#[test]
fn who_has_written_on_a_raw_lease_is_given_what_was_said_before_the_reset() {
    let large = String::from_utf8(TOO_LARGE.into()).unwrap();
    assert_eq!(run(told(Some(PIECE))), [large, "read ECONNRESET".into()]);
}

#[test]
fn who_has_written_nothing_on_a_raw_lease_is_told_of_the_reset_alone() {
    assert_eq!(run(told(None)), ["read ECONNRESET"]);
}

const PATIENCE: Duration = Duration::from_secs(60);
