//! Each fault as a client's socket sees it, and the books that are kept of it.

mod harness;

use std::io::{ErrorKind, Read};
use std::thread;

use harness::{Server, ask, to_end, until};
use serde_json::json;

fn start() -> Server {
    Server::start(env!("CARGO_BIN_EXE_fault-server"), &[])
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n")
}

/// What comes until the connection ends, and how it ends.
fn outcome(server: &Server, path: &str) -> (String, Option<ErrorKind>) {
    let (mut stream, mut bytes) = (ask(server.connect("http"), &get(path)), Vec::new());
    let ended = stream.read_to_end(&mut bytes).err().map(|why| why.kind());
    (String::from_utf8_lossy(&bytes).into_owned(), ended)
}

#[test]
fn an_ordinary_reply_leaves_the_connection_for_another() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/ok"));
    until(&mut stream, r#"{"ok":true}"#);
    until(&mut ask(stream, &get("/ok")), r#"{"ok":true}"#);
    let stats = server.await_stats("both replies", |stats| stats["repliesFinished"] == 2);
    assert_eq!(stats["connections"]["accepted"], 1);
}

#[test]
fn a_reset_before_the_head_comes_without_a_byte() {
    assert_eq!(outcome(&start(), "/reset-before-head"), (String::new(), Some(ErrorKind::ConnectionReset)));
}

#[test]
fn a_reset_in_the_body_comes_after_the_bytes_before_it() {
    let (text, ended) = outcome(&start(), "/reset-in-body");
    assert!(text.contains("content-length: 100\r\n\r\nthis"), "{text}");
    assert_eq!(ended, Some(ErrorKind::ConnectionReset));
}

#[test]
fn a_close_in_the_head_is_an_orderly_end_within_it() {
    let (text, ended) = outcome(&start(), "/close-in-head");
    assert!(text.ends_with("\r\ncontent-le"), "{text}");
    assert_eq!(ended, None);
}

#[test]
fn a_stall_lasts_and_is_counted_until_the_client_leaves() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/stall-in-body"));
    until(&mut stream, "hundred bytes");
    server.await_stats("the stall", |stats| stats["stalled"] == 1);
    drop(stream);
    server.await_stats("its end", |stats| stats["stalled"] == 0 && stats["stallsEnded"] == 1);
}

#[test]
fn the_silent_port_never_answers_a_handshake() {
    let server = start();
    let stream = ask(server.connect("silent"), "\u{16}\u{3}\u{1}");
    server.await_stats("the connection", |stats| stats["stalled"] == 1);
    stream.set_nonblocking(true).unwrap();
    assert_eq!((&stream).read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_reset_of_an_unread_request_leaves_its_body_unread() {
    let server = start();
    let head = "POST /reset-unread HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello";
    let mut stream = ask(server.connect("http"), head);
    assert_eq!(to_end(&mut stream).map_err(|why| why.kind()), Err(ErrorKind::ConnectionReset));
    assert_eq!(server.stats()["requestsRead"], 0);
}

#[test]
fn a_close_in_chunks_comes_without_the_last_one() {
    let (text, ended) = outcome(&start(), "/close-in-chunks");
    assert!(text.ends_with("\r\n\r\n5\r\nhello\r\n"), "{text}");
    assert_eq!(ended, None);
}

#[test]
fn a_flood_lasts_until_the_client_leaves() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/endless-head"));
    let mut bytes = vec![0; 1 << 20];
    stream.read_exact(&mut bytes).unwrap();
    drop(stream);
    server.await_stats("its end", |stats| stats["connections"]["open"] == 0);
}

#[test]
fn a_connection_that_is_greeted_hears_a_reply_before_it_asks() {
    let server = start();
    server.control("POST", "/greet", r#"{"connections":1}"#);
    until(&mut server.connect("http"), r#"{"stray":true}"#);
    let text = until(&mut ask(server.connect("http"), &get("/echo?id=7")), "\r\n\r\n7");
    assert!(!text.contains("stray"), "{text}");
}

#[test]
fn a_stray_reply_follows_one_that_closes() {
    let (text, ended) = outcome(&start(), "/reply-after-close");
    assert!(text.contains("connection: close") && text.ends_with(r#"{"stray":true}"#), "{text}");
    assert_eq!(ended, None);
}

#[test]
fn impossible_lengths_are_sent_as_they_are_asked_for() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/bad-length?value=0x5"));
    until(&mut stream, "content-length: 0x5\r\n\r\nhello");
    until(&mut ask(stream, &get("/bad-chunk?size=-1")), "hello\r\n-1\r\nworld\r\n0\r\n\r\n");
}

#[test]
fn an_early_reply_comes_before_the_body_is_sent() {
    let server = start();
    let head = "POST /early-reply HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n";
    let mut stream = ask(server.connect("http"), head);
    until(&mut stream, "\r\n\r\nlarge");
    assert_eq!(server.stats()["requestsRead"], 0);
    until(&mut ask(stream, &("hello".to_owned() + &get("/ok"))), r#"{"ok":true}"#);
}

#[test]
fn informational_heads_come_before_the_reply() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/1xx?n=3&code=102"));
    let text = until(&mut stream, r#"{"ok":true}"#);
    assert_eq!(text.matches("HTTP/1.1 102 ").count(), 3);
}

#[test]
fn unsolicited_bytes_follow_a_whole_reply() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/unsolicited"));
    until(&mut stream, r#"{"ok":true}"#);
    until(&mut stream, "HTTP/1.1 408 Request Timeout\r\n");
}

#[test]
fn a_hint_with_a_closing_time_is_kept() {
    let (text, ended) = outcome(&start(), "/keep-alive-hint?timeout=7&closes=30");
    assert!(text.contains("keep-alive: timeout=7\r\n") && text.ends_with(r#"{"ok":true}"#), "{text}");
    assert_eq!(ended, None);
}

#[test]
fn a_bomb_expands_to_the_size_asked_for() {
    let server = start();
    let mut stream =
        ask(server.connect("http"), "GET /bomb?mb=3 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    let body = reply.windows(4).position(|at| at == b"\r\n\r\n").unwrap() + 4;
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&reply[body..]).read_to_end(&mut plain).unwrap();
    assert_eq!(plain.len(), 3 << 20);
    assert!(reply.len() < 100_000);
}

#[test]
fn a_cut_under_tls_comes_without_close_notify() {
    let server = start();
    let config = server.tls_config();
    let end = |path: &str| {
        to_end(&mut ask(server.connect_tls("https", &config), &get(path))).map_err(|why| why.kind())
    };
    assert!(end("/close-in-body").is_ok());
    assert_eq!(end("/close-in-body?notify=0"), Err(ErrorKind::UnexpectedEof));
}

#[test]
fn idle_connections_close_by_themselves_in_the_race_mode() {
    let server = start();
    server.control("POST", "/mode", r#"{"closeIdleWithinMs":20}"#);
    let (text, ended) = outcome(&server, "/ok");
    assert!(text.ends_with(r#"{"ok":true}"#) && ended.is_none());
    assert_eq!(server.await_stats("the count", |stats| stats["connections"]["open"] == 0)["idleFins"], 1);
}

#[test]
fn the_race_mode_can_close_by_reset() {
    let server = Server::start(
        env!("CARGO_BIN_EXE_fault-server"),
        &["--close-idle-within", "20", "--close-by", "reset", "--seed", "3"],
    );
    assert_eq!(outcome(&server, "/ok").1, Some(ErrorKind::ConnectionReset));
    assert_eq!(server.stats()["idleResets"], 1);
}

#[test]
fn a_connection_without_a_request_yet_is_not_closed_by_the_race_mode() {
    let server = start();
    server.control("POST", "/mode", r#"{"closeIdleWithinMs":0}"#);
    let fresh = server.connect("http");
    outcome(&server, "/ok");
    until(&mut ask(fresh, &get("/ok")), r#"{"ok":true}"#);
}

#[test]
fn a_request_cut_in_its_body_was_not_read() {
    let server = start();
    let head = "POST /ok HTTP/1.1\r\nhost: a\r\nx-id: 5\r\ncontent-length: 10\r\n\r\nhalf";
    drop(ask(server.connect("http"), head));
    server.await_stats("the cut", |stats| stats["requestsCut"] == 1);
    assert_eq!(server.control("POST", "/log", "[5]"), json!([[0, 0]]));
}

#[test]
fn a_request_whose_reply_never_came_was_read_and_not_answered() {
    let server = start();
    outcome(&server, "/reset-before-head?id=6");
    assert_eq!(server.control("POST", "/log", "[6]"), json!([[1, 0]]));
    assert_eq!(server.control("GET", "/log-summary", "")["idsNeverAnswered"], 1);
}

#[test]
fn a_request_sent_twice_shows_as_a_duplicate() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/ok?id=7").repeat(2));
    until(&mut stream, r#"{"ok":true}"#);
    until(&mut stream, r#"{"ok":true}"#);
    // Written to the log after the kernel took the bytes, which may be here before that.
    server.await_stats("both replies", |stats| stats["repliesFinished"] == 2);
    let summary = server.control("GET", "/log-summary", "");
    assert_eq!((&summary["idsReadTwice"], &summary["idsAnsweredTwice"]), (&1.into(), &1.into()));
}

#[test]
fn a_request_that_breaks_the_protocol_is_counted_and_cut() {
    let server = start();
    let request = "POST /ok HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n";
    drop(to_end(&mut ask(server.connect("http"), request)));
    assert_eq!(server.stats()["malformed"], 1);
}

#[test]
fn a_path_that_is_no_fault_is_refused_by_name() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/explode-in-head"));
    assert!(until(&mut stream, "no fault /explode-in-head").starts_with("HTTP/1.1 404"));
}

#[test]
fn many_connections_are_served_at_once() {
    let server = start();
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| until(&mut ask(server.connect("http"), &get("/dribble")), r#"{"ok":true}"#));
        }
    });
    server.await_stats("all replies", |stats| stats["repliesFinished"] == 50);
}
