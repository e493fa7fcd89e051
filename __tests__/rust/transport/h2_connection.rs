//! HTTP/2 against h2's own server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::server::{Builder, Connection, SendResponse, handshake};
use http::{HeaderValue, Request, Response, StatusCode, header};
use rag_connection_pool::transport::body::ReqBody;
use rag_connection_pool::transport::h2::{Driver, H2, H2Options, News, Tally, start};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};

use crate::loopback::{connect, read_all, request, run, serve};

type Server = Connection<TcpStream, Bytes>;

const OPTIONS: H2Options = H2Options {
    max_head: 65_536,
    max_headers: 100,
    max_streams: 100,
    ping_interval: None,
    ping_timeout: Some(Duration::from_secs(1)),
};

async fn open(address: SocketAddr) -> (H2, Driver) {
    let spawn = Arc::new(|task| drop(tokio::spawn(task)));
    start(connect(address).await, &OPTIONS, spawn).await.unwrap()
}

/// The news of a driver that runs.
fn told(mut driver: Driver) -> mpsc::UnboundedReceiver<News> {
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let news = driver.news().await;
            if tell.send(news).is_err() || news == News::Ended {
                return;
            }
        }
    });
    told
}

async fn accept(server: &mut Server) -> (Request<h2::RecvStream>, SendResponse<Bytes>) {
    server.accept().await.unwrap().unwrap()
}

/// Answers without a body.
fn answer(reply: &mut SendResponse<Bytes>) {
    reply.send_response(Response::new(()), true).unwrap();
}

async fn to_its_end(mut server: Server) {
    while server.accept().await.is_some() {}
}

#[test]
fn the_peers_number_of_streams_is_told_once_it_has_said_it() {
    run(async {
        let (address, _served) = serve(|stream| async move {
            let server: Server = Builder::new().max_concurrent_streams(7).handshake(stream).await.unwrap();
            to_its_end(server).await;
        })
        .await;
        let (_h2, driver) = open(address).await;
        assert_eq!(told(driver).recv().await, Some(News::Streams(7)));
    });
}

#[test]
fn a_peer_that_goes_away_is_told_of_before_its_end() {
    run(async {
        let heard = Arc::new(Notify::new());
        let may_answer = Arc::clone(&heard);
        let (address, _served) = serve(|stream| async move {
            let mut server: Server = handshake(stream).await.unwrap();
            let (_, mut reply) = accept(&mut server).await;
            server.graceful_shutdown();
            tokio::spawn(async move {
                may_answer.notified().await;
                answer(&mut reply);
            });
            to_its_end(server).await;
        })
        .await;
        let (h2, driver) = open(address).await;
        let mut told = told(driver);
        let asking = h2.clone();
        let asked = tokio::spawn(async move { asking.send(request(ReqBody::Empty), &Arc::default()).await });
        assert!(matches!(told.recv().await, Some(News::Streams(_))));
        assert_eq!(told.recv().await, Some(News::Draining));
        assert!(h2.is_closed());
        heard.notify_one();
        asked.await.unwrap().unwrap();
        assert_eq!(told.recv().await, Some(News::Ended));
    });
}

#[test]
fn a_request_that_the_connection_took_nothing_of_comes_back_as_it_was() {
    run(async {
        let (address, served) = serve(|stream| async move { drop(stream) }).await;
        let (h2, driver) = open(address).await;
        served.await.unwrap();
        let mut told = told(driver);
        while told.recv().await != Some(News::Ended) {}
        let mut asked = request(ReqBody::Full(Bytes::from_static(b"body")));
        *asked.uri_mut() = "/path?query".parse().unwrap();
        let failure = h2.send(asked, &Arc::default()).await.unwrap_err();
        let back = failure.unsent.unwrap();
        assert_eq!(
            (back.uri().to_string().as_str(), &back.headers()[header::HOST]),
            ("/path?query", &HeaderValue::from_static("h"))
        );
        assert!(matches!(back.body(), ReqBody::Full(bytes) if bytes == "body"));
    });
}

#[test]
fn the_fields_and_bodies_of_a_stream_are_counted_as_they_pass() {
    run(async {
        let (address, _served) = serve(|stream| async move {
            let mut server: Server = handshake(stream).await.unwrap();
            let (asked, mut reply) = accept(&mut server).await;
            let echoed = tokio::spawn(async move {
                let mut body = asked.into_body();
                let mut read = 0;
                while let Some(Ok(data)) = body.data().await {
                    read += data.len();
                    body.flow_control().release_capacity(data.len()).unwrap();
                }
                let mut sent = reply.send_response(Response::new(()), false).unwrap();
                sent.send_data(Bytes::from(vec![0; read / 10]), true).unwrap();
            });
            to_its_end(server).await;
            echoed.await.unwrap();
        })
        .await;
        let (h2, driver) = open(address).await;
        let _told = told(driver);
        let tally = Arc::new(Tally::default());
        let reply = h2.send(request(ReqBody::Full(vec![0; 300_000].into())), &tally).await.unwrap();
        assert!(tally.is_sent());
        assert_eq!(read_all(reply).await.unwrap().len(), 30_000);
        assert_eq!(tally.uploaded(), 300_000);
        let received = ":status200".len() as u64 + 30_000;
        assert_eq!((tally.written() > 300_000, tally.received()), (true, received));
    });
}

#[test]
fn a_body_that_is_cancelled_resets_its_stream() {
    run(async {
        let (address, served) = serve(|stream| async move {
            let mut server: Server = handshake(stream).await.unwrap();
            let (asked, mut reply) = accept(&mut server).await;
            answer(&mut reply);
            let ended = tokio::spawn(async move {
                let mut body = asked.into_body();
                loop {
                    match body.data().await {
                        Some(Ok(_)) => {}
                        end => return end.and_then(Result::err).and_then(|error| error.reason()),
                    }
                }
            });
            to_its_end(server).await;
            ended.await.unwrap()
        })
        .await;
        let (h2, driver) = open(address).await;
        let _told = told(driver);
        let tally = Arc::new(Tally::default());
        let (body, sent) = ReqBody::channel(1, None);
        let reply = h2.send(request(sent), &tally).await.unwrap();
        assert_eq!((reply.status(), tally.is_sent()), (StatusCode::OK, false));
        tally.cancel();
        body.gone().await;
        std::future::poll_fn(|cx| tally.poll_sent(cx)).await;
        drop((h2, reply));
        assert!(served.await.unwrap().is_some());
    });
}
