//! Servers of one connection, written by hand so that they can misbehave.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use rag_connection_pool::error::Error;
use rag_connection_pool::key::{Origin, Scheme};
use rag_connection_pool::transport::body::ReqBody;
use rag_connection_pool::transport::connect::{Dialled, Network, PhaseCell, Target, dial};
use rag_connection_pool::transport::dns::Dns;
use rag_connection_pool::transport::h1::{self, Ended, H1, H1Options, SendFailure};
use rag_connection_pool::transport::inflow::Inflow;
use rag_connection_pool::transport::io::Io;
use rag_connection_pool::transport::tcp::TcpOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Runs a test to its end; one that hangs fails.
pub(crate) fn run<F: Future>(test: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await.expect("the test hangs") })
}

/// Listens, and gives its first connection to `serve`.
pub(crate) async fn serve<F, R>(serve: F) -> (SocketAddr, JoinHandle<R::Output>)
where
    F: FnOnce(TcpStream) -> R + Send + 'static,
    R: Future + Send,
    R::Output: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream).await
    });
    (address, served)
}

/// A server that reads a head, answers with `reply` and closes.
pub(crate) async fn replying(reply: impl Into<Vec<u8>>) -> SocketAddr {
    let reply = reply.into();
    let (address, _) = serve(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(&reply).await.unwrap();
        stream.shutdown().await.unwrap();
        drain(&mut stream).await;
    })
    .await;
    address
}

/// Reads up to the end of a head and gives the text.
pub(crate) async fn read_head(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap()
}

/// Reads until the other side closes, so that no unread byte turns the close into a reset.
pub(crate) async fn drain(stream: &mut TcpStream) {
    let mut scratch = [0; 4096];
    while stream.read(&mut scratch).await.is_ok_and(|read| read > 0) {}
}

/// Closes with a reset.
pub(crate) fn reset(stream: &TcpStream) {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

pub(crate) fn origin(scheme: Scheme, host: &str, port: u16) -> Origin {
    Origin { scheme, host: Arc::from(host), port }
}

pub(crate) fn target(host: &str, port: u16) -> Target {
    Target {
        origin: origin(Scheme::Http, host, port),
        server_name: None,
        alpn: None,
        trust: None,
        tcp: TcpOptions::default(),
        socket_path: None,
        route: None,
        user: None,
    }
}

pub(crate) fn network(dns: Dns) -> Network {
    Network { dns, keep_names: Duration::from_secs(10) }
}

pub(crate) async fn dial_target(target: &Target) -> Result<Dialled, Error> {
    dial(target, &network(Dns::system()), &PhaseCell::new(), now).await
}

pub(crate) async fn connect(address: SocketAddr) -> Io {
    dial_target(&target(&address.ip().to_string(), address.port())).await.unwrap().io
}

/// HTTP/1 to a server, its driver running.
pub(crate) async fn start_h1(address: SocketAddr, options: &H1Options) -> (H1, JoinHandle<Ended>) {
    let (h1, driver) = h1::start(connect(address).await, options).await.unwrap();
    (h1, tokio::spawn(driver))
}

/// The reply of a server that answers every request with `reply`.
pub(crate) async fn get(reply: impl Into<Vec<u8>>) -> Result<Response<Inflow>, SendFailure> {
    let (mut h1, _driver) = start_h1(replying(reply).await, &H1Options::default()).await;
    h1.send(request(ReqBody::Empty)).await
}

pub(crate) fn request(body: ReqBody) -> Request<ReqBody> {
    Request::builder().uri("/").header("host", "h").body(body).unwrap()
}

pub(crate) async fn read_all(response: Response<Inflow>) -> Result<Bytes, Error> {
    response.into_body().collect().await.map(http_body_util::Collected::to_bytes)
}

/// Tests own a clock.
#[expect(clippy::disallowed_methods, reason = "the top of the stack reads the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

const PATIENCE: Duration = Duration::from_secs(60);
