//! Where a reply's body ends, and how it fails.

use bytes::Bytes;
use http_body_util::BodyExt;
use rag_connection_pool::error::{Error, Kind, Phase};
use rag_connection_pool::transport::body::ReqBody;
use rag_connection_pool::transport::h1::H1Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::loopback::{drain, get, read_all, read_head, request, reset, run, serve, start_h1};

async fn failure_of(reply: &str) -> Error {
    read_all(get(reply).await.unwrap()).await.unwrap_err()
}

#[test]
fn a_body_shorter_than_its_length_is_an_error() {
    run(async {
        let error = failure_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel").await;
        assert_eq!(
            (error.code(), error.phase(), &*error.facts().message),
            ("ECONNRESET", Phase::Body, "aborted")
        );
    });
}

#[test]
fn a_chunked_body_without_its_last_chunk_is_an_error() {
    run(async {
        let error = failure_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n").await;
        assert_eq!((error.code(), &*error.facts().message), ("ECONNRESET", "aborted"));
    });
}

#[test]
fn a_chunk_size_that_is_no_number_is_an_error() {
    run(async {
        let error = failure_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").await;
        assert_eq!(error.code(), "HPE_INVALID_CHUNK_SIZE");
    });
}

#[test]
fn a_reset_inside_a_body_is_an_error() {
    run(async {
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let (address, _) = serve(|mut stream| async move {
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel").await.unwrap();
            gone.await.unwrap();
            reset(&stream);
        })
        .await;
        let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
        let mut body = h1.send(request(ReqBody::Empty)).await.unwrap().into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "hel");
        go.send(()).unwrap();
        let error = body.frame().await.unwrap().unwrap_err();
        assert_eq!((error.code(), &*error.facts().message), ("ECONNRESET", "aborted"));
    });
}

#[test]
fn a_body_delimited_by_the_close_is_whole() {
    run(async {
        let response = get("HTTP/1.1 200 OK\r\n\r\nhello").await.unwrap();
        assert_eq!(read_all(response).await.unwrap(), "hello");
    });
}

#[test]
fn trailers_arrive_behind_the_body() {
    run(async {
        let reply =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n2\r\nhi\r\n0\r\nx: y\r\n\r\n";
        let collected = get(reply).await.unwrap().into_body().collect().await.unwrap();
        assert_eq!(collected.trailers().unwrap().get("x").unwrap(), "y");
    });
}

/// The request as the server saw it, body and all, up to `end`.
async fn sent(body: ReqBody, end: &'static [u8]) -> String {
    let (address, served) = serve(move |mut stream| async move {
        let mut text = Vec::new();
        while !text.ends_with(end) {
            text.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        drain(&mut stream).await;
        String::from_utf8(text).unwrap()
    })
    .await;
    let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
    h1.send(request(body)).await.unwrap();
    drop(h1);
    served.await.unwrap()
}

#[test]
fn a_full_body_goes_out_under_its_length() {
    run(async {
        let text = sent(ReqBody::Full(Bytes::from_static(b"hello")), b"hello").await;
        assert!(text.contains("content-length: 5\r\n"), "{text}");
    });
}

#[test]
fn a_streamed_body_without_a_length_goes_out_chunked() {
    run(async {
        let (sender, body) = ReqBody::channel(1, None);
        tokio::spawn(async move {
            sender.send(Bytes::from_static(b"hello")).await.unwrap();
            sender.finish(None).await.unwrap();
        });
        let text = sent(body, b"0\r\n\r\n").await;
        assert!(text.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{text}");
    });
}

#[test]
fn a_streamed_body_with_a_length_goes_out_under_it() {
    run(async {
        let (sender, body) = ReqBody::channel(1, Some(5));
        tokio::spawn(async move {
            sender.send(Bytes::from_static(b"hello")).await.unwrap();
            drop(sender.finish(None).await);
        });
        let text = sent(body, b"hello").await;
        assert!(text.contains("content-length: 5\r\n"), "{text}");
    });
}

/// How a request fails whose body is what `feed` makes of it.
async fn failed<F, R>(length: Option<u64>, feed: F) -> Error
where
    F: FnOnce(rag_connection_pool::transport::body::BodySender) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
    let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
    let (sender, body) = ReqBody::channel(1, length);
    tokio::spawn(feed(sender));
    h1.send(request(body)).await.unwrap_err().error
}

#[test]
fn a_streamed_body_that_is_abandoned_fails_the_request() {
    run(async {
        let error = failed(None, |sender| async move {
            sender.send(Bytes::from_static(b"hel")).await.unwrap();
        })
        .await;
        assert_eq!(error.kind(), &Kind::Aborted);
    });
}

#[test]
fn a_streamed_body_shorter_than_its_length_fails_the_request() {
    run(async {
        let error = failed(Some(5), |sender| async move {
            sender.send(Bytes::from_static(b"hel")).await.unwrap();
            sender.finish(None).await.unwrap();
        })
        .await;
        assert_eq!(error.code(), "ERR_HTTP_CONTENT_LENGTH_MISMATCH");
    });
}

#[test]
fn an_error_in_a_streamed_body_is_the_requests_error() {
    run(async {
        let cause = Error::new(Kind::System("EIO".into()), Phase::Head, "the user's own");
        let given = cause.clone();
        let error = failed(None, |sender| async move { sender.abort(given).await.unwrap() }).await;
        assert_eq!(error, cause);
    });
}

#[test]
fn an_empty_body_of_a_post_says_that_it_is_empty() {
    run(async {
        let (address, served) = serve(|mut stream| async move {
            let text = read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
            text
        })
        .await;
        let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
        let mut request = request(ReqBody::Empty);
        *request.method_mut() = http::Method::POST;
        h1.send(request).await.unwrap();
        let text = served.await.unwrap();
        assert!(text.contains("content-length: 0\r\n"), "{text}");
    });
}

#[test]
fn a_content_length_that_is_not_the_bodys_is_refused_unsent() {
    run(async {
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
        let mut request = request(ReqBody::Full(Bytes::from_static(b"hello")));
        request.headers_mut().insert("content-length", http::HeaderValue::from_static("4"));
        let failure = h1.send(request).await.unwrap_err();
        assert_eq!(failure.error.code(), "ERR_HTTP_CONTENT_LENGTH_MISMATCH");
        assert!(failure.unsent.is_some());
        assert_eq!(h1.socket().written(), 0);
    });
}

#[test]
fn a_peer_that_stops_reading_stops_the_sender_of_a_body() {
    run(async {
        let (address, served) = serve(|stream| async move { stream }).await;
        let (mut h1, _driver) = start_h1(address, &H1Options::default()).await;
        let (sender, body) = ReqBody::channel(1, None);
        let sending = tokio::spawn(async move { h1.send(request(body)).await.map(drop).map_err(drop) });
        let piece = Bytes::from(vec![0; 1024 * 1024]);
        let mut pieces = 0;
        // Loopback buffers hold some megabytes; what never stops would go on past any bound.
        let pause = std::time::Duration::from_millis(200);
        while let Ok(sent) = tokio::time::timeout(pause, sender.send(piece.clone())).await {
            sent.expect("the request is still going on");
            pieces += 1;
            assert!(pieces < 64, "nothing holds the sender back");
        }
        drop(served.await.unwrap());
        assert_eq!(sending.await.unwrap(), Err(()));
    });
}
