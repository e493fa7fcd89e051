//! What only the driver's own steps can show: a user comes between two of them.

use std::future::poll_fn;
use std::net::TcpListener;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::super::super::wire::Wire;
use super::super::{Proof, Raw, User, raw};
use crate::error::Error;
use crate::transport::io::Io;

/// What a user is told.
#[derive(Default)]
struct Noted(Mutex<Vec<&'static str>>);

impl User for Noted {
    fn poll_room(&self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn data(&self, _bytes: Bytes) {
        self.0.lock().push("bytes");
    }

    fn ended(self: Arc<Self>) {
        self.0.lock().push("an end");
    }

    fn taken(&self, _bytes: u64, _news: bool) {
        self.0.lock().push("taken");
    }

    fn died(self: Arc<Self>, _error: Option<Error>) {
        self.0.lock().push("a death");
    }
}

async fn pair() -> (Io, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (server, _) = listener.accept().expect("a connection");
    server.set_nonblocking(true).expect("a socket");
    let wire = Wire::new(stream).expect("a socket");
    (Io::plain(wire), TcpStream::from_std(server).expect("a socket"))
}

async fn is_told_of_what_came_before(proof: Proof) {
    let (io, mut server) = pair().await;
    let (raw, mut driver) = raw(io);
    let user = Arc::<Noted>::default();
    let is_proven = poll_fn(|cx| Poll::Ready(driver.prove(cx))).await;
    assert!(matches!(is_proven, Ok(Poll::Ready(true))));
    server.write_all(b"more").await.expect("a peer that reads");
    // The runtime looks at its sockets.
    tokio::task::yield_now().await;
    // Here, between the look and what was to follow it, its next user comes.
    assert!(raw.attach(Arc::clone(&user) as Arc<dyn User>, proof));
    raw.write(Bytes::from_static(b"a request"));
    assert!(poll_fn(|cx| Poll::Ready(driver.carry(cx))).await.expect("a connection"));
    tokio::time::timeout(Duration::from_secs(60), driver).await.expect("an end").expect("no fault");
    assert_eq!(*user.0.lock(), ["a death"], "{proof:?}");
}

#[test]
fn who_comes_in_the_midst_of_a_turn_is_given_nothing_that_was_there_before() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(is_told_of_what_came_before(Proof::Shared));
    runtime.block_on(is_told_of_what_came_before(Proof::Own));
}

/// Reads no more, and ends its lease as it is asked whether it does.
struct Leaving(Mutex<Option<Raw>>);

impl User for Leaving {
    fn poll_room(&self, _cx: &mut Context<'_>) -> Poll<()> {
        if let Some(raw) = self.0.lock().as_ref() {
            raw.detach(0, 0);
        }
        Poll::Pending
    }

    fn data(&self, _bytes: Bytes) {}

    fn ended(self: Arc<Self>) {}

    fn taken(&self, _bytes: u64, _news: bool) {}

    fn died(self: Arc<Self>, _error: Option<Error>) {}
}

#[test]
fn whose_user_goes_as_it_has_no_room_for_him_watches_for_the_end() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (io, server) = pair().await;
        let (raw, driver) = raw(io);
        let user = Arc::new(Leaving(Mutex::default()));
        assert!(raw.attach(Arc::clone(&user) as Arc<dyn User>, Proof::None));
        *user.0.lock() = Some(raw);
        let driver = tokio::spawn(driver);
        tokio::task::yield_now().await;
        drop(server);
        let ended = tokio::time::timeout(Duration::from_secs(60), driver).await.expect("an end");
        assert!(ended.expect("no panic").expect("no fault").is_none());
    });
}
