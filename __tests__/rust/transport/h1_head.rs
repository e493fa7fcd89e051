//! What is refused in a reply's head. The codes are those that `http.get` of Node 20.20 gave for the same
//! bytes; where the parsers must differ, a comment says so.

use crate::loopback::{get, run};

fn code_for(reply: impl Into<Vec<u8>>) -> String {
    run(async {
        match get(reply).await {
            Ok(response) => response.status().as_u16().to_string(),
            Err(failure) => failure.error.code().to_owned(),
        }
    })
}

fn code_for_fields(fields: &str) -> String {
    code_for(format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n"))
}

#[test]
fn content_length_after_transfer_encoding_is_refused() {
    let fields = "Transfer-Encoding: chunked\r\nContent-Length: 5";
    assert_eq!(code_for_fields(fields), "HPE_INVALID_CONTENT_LENGTH");
}

#[test]
fn transfer_encoding_after_content_length_is_refused() {
    let fields = "Content-Length: 5\r\nTransfer-Encoding: chunked";
    assert_eq!(code_for_fields(fields), "HPE_INVALID_TRANSFER_ENCODING");
}

#[test]
fn an_empty_transfer_encoding_before_a_content_length_is_refused() {
    // Node reads by the length; hyper would read until the connection ends, and give half a body for the whole.
    let fields = "Transfer-Encoding:\r\nContent-Length: 5";
    assert_eq!(code_for_fields(fields), "HPE_INVALID_CONTENT_LENGTH");
}

#[test]
fn an_empty_transfer_encoding_after_a_content_length_is_refused() {
    let fields = "Content-Length: 5\r\nTransfer-Encoding:";
    assert_eq!(code_for_fields(fields), "HPE_INVALID_TRANSFER_ENCODING");
}

#[test]
fn an_empty_transfer_encoding_hides_no_second_one_from_a_content_length() {
    for (fields, code) in [
        (
            "Content-Length: 5\r\nTransfer-Encoding:\r\nTransfer-Encoding: chunked",
            "HPE_INVALID_TRANSFER_ENCODING",
        ),
        (
            "Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
            "HPE_INVALID_CONTENT_LENGTH",
        ),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\nContent-Length: 5",
            "HPE_INVALID_CONTENT_LENGTH",
        ),
        ("Transfer-Encoding: ,chunked\r\nContent-Length: 5", "HPE_INVALID_CONTENT_LENGTH"),
        ("Transfer-Encoding: ,\r\nContent-Length: 5", "HPE_INVALID_CONTENT_LENGTH"),
    ] {
        assert_eq!(code_for_fields(fields), code, "{fields}");
    }
}

#[test]
fn an_empty_transfer_encoding_after_another_is_refused() {
    // Node reads the chunks; hyper would take their frames for the body.
    let fields = "Transfer-Encoding: chunked\r\nTransfer-Encoding:";
    assert_eq!(code_for_fields(fields), "HPE_INVALID_TRANSFER_ENCODING");
}

#[test]
fn an_empty_transfer_encoding_before_another_is_none() {
    assert_eq!(code_for_fields("Transfer-Encoding:\r\nTransfer-Encoding: chunked"), "200");
}

#[test]
fn a_repeated_content_length_is_refused_though_it_agrees() {
    assert_eq!(code_for_fields("Content-Length: 5\r\nContent-Length: 5"), "HPE_UNEXPECTED_CONTENT_LENGTH");
}

#[test]
fn differing_content_lengths_are_refused() {
    // Node calls it HPE_UNEXPECTED_CONTENT_LENGTH; hyper refuses it before anybody can count.
    let fields = "Content-Length: 5\r\nContent-Length: 6";
    assert_eq!(code_for_fields(fields), "HPE_INVALID_CONTENT_LENGTH");
}

#[test]
fn a_content_length_that_is_no_number_is_refused() {
    for value in ["5, 5", "-5", "+5", "abc", "", "99999999999999999999999"] {
        assert_eq!(
            code_for_fields(&format!("Content-Length: {value}")),
            "HPE_INVALID_CONTENT_LENGTH",
            "{value}"
        );
    }
}

#[test]
fn a_reply_that_is_not_http_is_refused() {
    for reply in ["garbage\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "http/1.1 200 OK\r\n\r\n"] {
        assert_eq!(code_for(reply), "HPE_INVALID_CONSTANT", "{reply}");
    }
}

#[test]
fn a_version_that_is_none_is_refused() {
    for reply in ["HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n"] {
        assert_eq!(code_for(reply), "HPE_INVALID_VERSION", "{reply}");
    }
}

#[test]
fn a_status_that_is_no_number_is_refused() {
    for reply in ["HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n"] {
        assert_eq!(code_for(reply), "HPE_INVALID_STATUS", "{reply}");
    }
}

#[test]
fn a_field_name_that_is_no_token_is_refused() {
    for field in ["Foo : bar", "F@o: bar", "Foo", ": x"] {
        assert_eq!(code_for_fields(field), "HPE_INVALID_HEADER_TOKEN", "{field}");
    }
}

#[test]
fn a_control_character_in_a_field_value_is_refused() {
    for field in ["Foo: a\0b", "Foo: a\x01b", "Foo: a\x7fb"] {
        assert_eq!(code_for_fields(field), "HPE_INVALID_HEADER_TOKEN", "{field:?}");
    }
}

#[test]
fn a_bare_carriage_return_in_a_field_value_is_refused() {
    assert_eq!(code_for_fields("Foo: a\rb"), "HPE_LF_EXPECTED");
}

#[test]
fn a_folded_field_is_refused() {
    assert_eq!(code_for_fields("Foo: a\r\n b"), "HPE_INVALID_HEADER_TOKEN");
}

#[test]
fn a_head_past_its_bound_is_refused() {
    assert_eq!(code_for_fields(&format!("Foo: {}", "a".repeat(20_000))), "HPE_HEADER_OVERFLOW");
}

#[test]
fn a_head_that_never_ends_is_refused_at_its_bound() {
    assert_eq!(code_for(format!("HTTP/1.1 200 OK\r\nFoo: {}", "a".repeat(20_000))), "HPE_HEADER_OVERFLOW");
}

#[test]
fn two_thousand_fields_are_taken() {
    assert_eq!(code_for_fields(&format!("{}Content-Length: 0", "a: b\r\n".repeat(1_999))), "200");
}

#[test]
fn more_fields_than_allowed_are_refused() {
    // Node drops the fields past its bound and gives the rest; what was dropped might have been the framing.
    assert_eq!(
        code_for_fields(&format!("{}Content-Length: 0", "a: b\r\n".repeat(2_100))),
        "HPE_HEADER_OVERFLOW"
    );
}

#[test]
fn interim_replies_are_passed_over() {
    let reply = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(code_for(reply), "200");
}

#[test]
fn a_reply_without_a_reason_is_taken() {
    assert_eq!(code_for("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), "200");
}

#[test]
fn the_sentence_is_that_of_nodes_parser() {
    run(async {
        let failure =
            get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n").await.unwrap_err();
        assert_eq!(failure.error.facts().message, "Parse Error: Duplicate Content-Length");
    });
}
