//! The fields of a reply's head that the pool reads: Keep-Alive, Connection, Content-Type, Content-Encoding,
//! Content-Length and Transfer-Encoding.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use rag_connection_pool::fuzzing::read_fields;
use rag_connection_pool::pool::Release;
use rag_connection_pool::transport::head;

fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let framed = head::check(&headers);
    if headers.contains_key("content-length") && headers.contains_key("transfer-encoding") {
        assert!(framed.is_err(), "two framings pass");
    }
    let closes = headers.get_all("connection").iter().any(|value| value.as_bytes() == b"close");
    let release = read_fields(headers);
    assert!(!closes || release == Release::Close, "a connection that is to close is kept");
    let _error = head::diagnose(bytes, 16_384, 100);
});
