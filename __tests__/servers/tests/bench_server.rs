//! What the tests that use the bench server take for granted about it.

mod harness;

use std::io::Write;

use harness::{Server, ask, to_end, until};

const END_OF_JSON: &str = "}}]}";

fn start() -> Server {
    Server::start(env!("CARGO_BIN_EXE_bench-server"), &[])
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n")
}

fn get_and_close(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
}

#[test]
fn pipelined_requests_are_each_answered() {
    let server = start();
    let requests = get("/json").repeat(99) + &get_and_close("/json");
    let replies = to_end(&mut ask(server.connect("http"), &requests)).unwrap();
    assert_eq!(replies.matches("HTTP/1.1 200 OK").count(), 100);
    assert_eq!(
        server.await_stats("the close", |stats| stats["connections"]["open"] == 0)["requestsPerConnection"]["100"],
        1
    );
}

#[test]
fn a_chunked_body_to_json_is_skipped_before_the_next_request() {
    let server = start();
    let first = "POST /json HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nGET\r\n0\r\n\r\n";
    let replies =
        to_end(&mut ask(server.connect("http"), &(first.to_owned() + &get_and_close("/status?code=201"))))
            .unwrap();
    assert!(replies.contains("HTTP/1.1 201 Created"), "{replies}");
}

#[test]
fn the_head_of_json_is_right_about_its_body() {
    let server = start();
    let reply = to_end(&mut ask(server.connect("http"), &get_and_close("/json"))).unwrap();
    let mut kept = ask(server.connect("http"), &get("/json"));
    let fast = until(&mut kept, END_OF_JSON);
    let body = |reply: &str| reply.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(&fast).len(), 200);
    assert_eq!(body(&fast), body(&reply));
    assert!(fast.contains("content-length: 200\r\n"));
}

#[test]
fn headers_come_back_in_the_order_and_case_sent() {
    let server = start();
    let request =
        "GET /headers HTTP/1.1\r\nX-Second: 2\r\nHost: a\r\nx-FIRST: 1\r\nConnection: close\r\n\r\n";
    let reply = to_end(&mut ask(server.connect("http"), request)).unwrap();
    assert!(
        reply.contains(r#"[["X-Second","2"],["Host","a"],["x-FIRST","1"],["Connection","close"]]"#),
        "{reply}"
    );
}

#[test]
fn a_client_that_waits_for_100_continue_gets_it() {
    let server = start();
    let head = "PUT /sink HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n";
    let mut stream = ask(server.connect("http"), head);
    assert_eq!(until(&mut stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").unwrap();
    let reply = to_end(&mut stream).unwrap();
    assert!(reply.ends_with(&format!(r#"{{"bytes":5,"crc32":{}}}"#, crc32fast::hash(b"hello"))), "{reply}");
}

#[test]
fn a_client_that_leaves_during_a_delay_is_seen_to_leave() {
    let server = start();
    let stream = ask(server.connect("http"), &get("/delay?ms=600000"));
    server.await_stats("the request", |stats| stats["connections"]["busy"] == 1);
    drop(stream);
    let stats = server.await_stats("the close", |stats| stats["connections"]["open"] == 0);
    assert_eq!(stats["abandoned"], 1);
}

#[test]
fn a_client_that_leaves_between_two_events_is_seen_to_leave() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/sse?tokens=2&every=600000"));
    until(&mut stream, "token 0");
    drop(stream);
    let stats = server.await_stats("the close", |stats| stats["connections"]["open"] == 0);
    assert_eq!(stats["abandoned"], 1);
}

#[test]
fn close_idle_ends_the_idle_connection_and_leaves_the_busy_one() {
    let server = start();
    let mut idle = ask(server.connect("http"), &get("/json"));
    until(&mut idle, END_OF_JSON);
    let busy = ask(server.connect("http"), &get("/delay?ms=600000"));
    server.await_stats("the busy one", |stats| stats["connections"]["busy"] == 1);
    assert_eq!(server.control("POST", "/close-idle", "")["closed"], 1);
    assert_eq!(to_end(&mut idle).unwrap(), "");
    assert_eq!(server.stats()["connections"]["open"], 1);
    drop(busy);
}

#[test]
fn a_resumed_handshake_is_told_from_a_full_one() {
    let server = start();
    let config = server.tls_config();
    for _ in 0..2 {
        let mut stream = ask(server.connect_tls("https1", &config), &get_and_close("/json"));
        to_end(&mut stream).unwrap();
    }
    let handshakes = &server.stats()["handshakes"];
    assert_eq!((&handshakes["full"], &handshakes["resumed"]), (&1.into(), &1.into()));
}

#[test]
fn an_expired_certificate_is_wrong_in_that_alone() {
    let server = Server::start(env!("CARGO_BIN_EXE_bench-server"), &["--certificate", "expired"]);
    let config = server.tls_config();
    let why = server.connect_tls("https1", &config).write_all(b"x").unwrap_err();
    assert!(why.to_string().contains("expired"), "{why}");
}

#[test]
fn a_parameter_that_does_not_parse_is_refused_by_name() {
    let server = start();
    let reply = to_end(&mut ask(server.connect("http"), &get_and_close("/bytes?n=many"))).unwrap();
    assert!(reply.starts_with("HTTP/1.1 400") && reply.contains("n=many"), "{reply}");
}

#[test]
fn a_reset_of_the_counts_leaves_open_connections_open() {
    let server = start();
    let mut stream = ask(server.connect("http"), &get("/json"));
    until(&mut stream, END_OF_JSON);
    server.control("POST", "/reset", "");
    let mut stream = ask(stream, &get("/json"));
    until(&mut stream, END_OF_JSON);
    let stats = server.stats();
    assert_eq!((&stats["requests"], &stats["connections"]["accepted"]), (&1.into(), &0.into()));
}

#[test]
fn the_server_ends_when_its_input_closes() {
    assert!(start().close_input());
}
