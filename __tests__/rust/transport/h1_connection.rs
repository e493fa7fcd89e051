//! The life of an HTTP/1 connection: reuse, change of driver, and what its end tells.

use http_body_util::BodyExt;
use rag_connection_pool::error::Phase;
use rag_connection_pool::transport::body::ReqBody;
use rag_connection_pool::transport::h1::{self, H1Options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::loopback::{drain, get, read_all, read_head, request, reset, run, serve, start_h1};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

async fn answer(stream: &mut TcpStream, times: usize) {
    for _ in 0..times {
        read_head(stream).await;
        stream.write_all(OK).await.unwrap();
    }
}

#[test]
fn a_connection_serves_one_request_after_another() {
    run(async {
        let (address, _) = serve(|mut stream| async move { answer(&mut stream, 3).await }).await;
        let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
        for _ in 0..3 {
            std::future::poll_fn(|cx| h1.poll_ready(cx)).await.unwrap();
            assert_eq!(read_all(h1.send(request(ReqBody::Empty)).await.unwrap()).await.unwrap(), "hi");
        }
    });
}

#[test]
fn a_connection_changes_from_http_to_raw_and_back() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            answer(&mut stream, 3).await;
            drain(&mut stream).await;
        })
        .await;
        let (mut h1, driver) = start_h1(address, &H1Options::default()).await;
        assert_eq!(read_all(h1.send(request(ReqBody::Empty)).await.unwrap()).await.unwrap(), "hi");
        h1.into_raw().await.unwrap();
        let (mut io, unread) = driver.await.unwrap().io.expect("the connection comes back");
        assert!(unread.is_empty());
        io.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let mut reply = vec![0; OK.len()];
        io.read_exact(&mut reply).await.unwrap();
        assert_eq!(reply, OK);
        let (mut h1, driver) = h1::start(io, &H1Options::default()).await.unwrap();
        let driver = tokio::spawn(driver);
        assert_eq!(read_all(h1.send(request(ReqBody::Empty)).await.unwrap()).await.unwrap(), "hi");
        h1.into_raw().await.unwrap();
        assert!(driver.await.unwrap().io.is_some());
    });
}

#[test]
fn a_close_before_the_head_is_a_hang_up() {
    run(async {
        for reply in ["", "HTTP/1.1 200 OK\r\nFoo", "HTTP/1.1 100 Continue\r\n\r\n"] {
            let error = get(reply).await.unwrap_err().error;
            let facts = (error.code(), error.phase(), &*error.facts().message);
            assert_eq!(facts, ("ECONNRESET", Phase::Head, "socket hang up"), "{reply}");
        }
    });
}

#[test]
fn a_reset_before_the_head_is_told_as_one() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            read_head(&mut stream).await;
            reset(&stream);
        })
        .await;
        let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
        let error = h1.send(request(ReqBody::Empty)).await.unwrap_err().error;
        assert_eq!((error.code(), &*error.facts().message), ("ECONNRESET", "read ECONNRESET"));
        assert_eq!(error.facts().call.as_ref().unwrap().errno, -libc::ECONNRESET);
    });
}

#[test]
fn a_request_to_a_connection_that_has_closed_comes_back_unsent() {
    run(async {
        let (address, _) = serve(|stream| async move { drop(stream) }).await;
        let (mut h1, driver) = start_h1(address, &H1Options::default()).await;
        driver.await.unwrap();
        let failure = h1.send(request(ReqBody::Empty)).await.unwrap_err();
        assert_eq!(failure.unsent.expect("the request comes back").uri(), "/");
        assert_eq!(h1.socket().written(), 0);
    });
}

#[test]
fn a_connection_is_not_ready_after_a_refused_head() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            read_head(&mut stream).await;
            let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi";
            stream.write_all(reply).await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
        h1.send(request(ReqBody::Empty)).await.unwrap_err();
        assert!(!h1.is_ready());
        assert!(h1.is_closed());
    });
}

#[test]
fn bytes_behind_a_reply_end_the_connection() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiEXTRA").await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let (mut h1, driver) = start_h1(address, &H1Options::default()).await;
        assert_eq!(read_all(h1.send(request(ReqBody::Empty)).await.unwrap()).await.unwrap(), "hi");
        assert!(driver.await.unwrap().io.is_none());
        h1.into_raw().await.unwrap_err();
    });
}

#[test]
fn connection_close_ends_the_connection_after_the_body() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            read_head(&mut stream).await;
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi")
                .await
                .unwrap();
            drain(&mut stream).await;
        })
        .await;
        let (mut h1, driver) = start_h1(address, &H1Options::default()).await;
        assert_eq!(read_all(h1.send(request(ReqBody::Empty)).await.unwrap()).await.unwrap(), "hi");
        driver.await.unwrap();
        assert!(h1.is_closed());
    });
}

#[test]
fn dropping_a_request_closes_its_connection() {
    run(async {
        let (seen, sight) = tokio::sync::oneshot::channel();
        let (address, served) = serve(|mut stream| async move {
            read_head(&mut stream).await;
            seen.send(()).unwrap();
            drain(&mut stream).await;
        })
        .await;
        let (mut h1, driver) = start_h1(address, &H1Options::default()).await;
        let sending =
            tokio::spawn(async move { h1.send(request(ReqBody::Empty)).await.map(drop).map_err(drop) });
        sight.await.unwrap();
        sending.abort();
        assert!(driver.await.unwrap().io.is_none());
        served.await.unwrap();
    });
}

#[test]
fn a_connection_that_the_peer_will_close_does_not_become_raw() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            read_head(&mut stream).await;
            let reply = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
            stream.write_all(reply).await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let (mut h1, driver) = start_h1(address, &H1Options::default()).await;
        assert_eq!(read_all(h1.send(request(ReqBody::Empty)).await.unwrap()).await.unwrap(), "hi");
        h1.into_raw().await.unwrap_err();
        assert!(driver.await.unwrap().io.is_none());
    });
}

#[test]
fn an_early_reply_arrives_while_the_body_is_still_being_sent() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
        let (_sender, body) = ReqBody::channel(1, None);
        let response = h1.send(request(body)).await.unwrap();
        assert_eq!(response.status(), 413);
        drop(response.into_body().collect().await);
    });
}

#[test]
fn bounds_that_hyper_would_panic_at_are_refused() {
    run(async {
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let io = crate::loopback::connect(address).await;
        let error = h1::start(io, &H1Options { max_head: 100, max_headers: 10 }).await.unwrap_err();
        assert_eq!(error.code(), "EINVAL");
    });
}

#[test]
fn a_connection_goes_on_after_a_head_of_many_fields() {
    run(async {
        let (address, served) = serve(|mut stream| async move {
            let mut heads = Vec::new();
            for _ in 0..3 {
                heads.push(read_head(&mut stream).await);
                let fields = "a: b\r\n".repeat(500);
                let reply = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 2\r\n\r\nhi");
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
            heads
        })
        .await;
        let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
        for _ in 0..3 {
            std::future::poll_fn(|cx| h1.poll_ready(cx)).await.unwrap();
            let response = h1.send(request(ReqBody::Empty)).await.unwrap();
            assert_eq!(response.headers().get_all("a").iter().count(), 500);
            assert_eq!(read_all(response).await.unwrap(), "hi");
        }
        // Nothing but the three requests was ever sent.
        let heads = served.await.unwrap();
        assert!(heads.iter().all(|head| head == "GET / HTTP/1.1\r\nhost: h\r\n\r\n"), "{heads:?}");
    });
}

#[test]
fn the_reply_to_head_has_no_body_though_it_has_many_fields() {
    run(async {
        let fields = "a: b\r\n".repeat(500);
        let reply = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 2\r\n\r\n");
        let (mut h1, _driver) = start_h1(crate::loopback::replying(reply).await, &H1Options::default()).await;
        let mut request = request(ReqBody::Empty);
        *request.method_mut() = http::Method::HEAD;
        assert_eq!(read_all(h1.send(request).await.unwrap()).await.unwrap(), "");
    });
}
