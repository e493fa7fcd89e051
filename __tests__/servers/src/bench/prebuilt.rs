//! Bodies that are made once, so that serving them costs the server next to nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

macro_rules! json {
    () => {
        concat!(
            r#"{"id":"chatcmpl-0123456789abcdef","object":"chat.completion","created":1700000000,"model":"bench-1","#,
            r#""choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello! Ho"}}]}"#,
        )
    };
}

/// The body of `/json`: 200 bytes, shaped like a small reply of an LLM API.
pub(super) const JSON: &str = json!();

/// `/json` and its head, complete.
pub(super) const JSON_REPLY: &str =
    concat!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 200\r\n\r\n", json!(),);

const _: () = assert!(JSON.len() == 200, "the head of JSON_REPLY says 200");

/// Larger bodies, by what asked for them.
#[derive(Debug)]
pub(crate) struct Prebuilt {
    bodies: Mutex<HashMap<String, Bytes>>,
}

impl Prebuilt {
    pub(super) fn new() -> Self {
        Self { bodies: Mutex::default() }
    }

    /// The body under that name, made now if nobody asked before.
    pub(super) fn get<E>(&self, name: &str, make: impl FnOnce() -> Result<Vec<u8>, E>) -> Result<Bytes, E> {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(body) = bodies.get(name) {
            return Ok(body.clone());
        }
        let body = Bytes::from(make()?);
        bodies.insert(name.to_owned(), body.clone());
        Ok(body)
    }
}

/// JSON text of exactly `size` bytes, 16 at least.
pub(super) fn json_of(size: usize) -> Vec<u8> {
    let frame = r#"{"filler":""}"#;
    let mut text = frame[..frame.len() - 2].to_owned();
    text.extend(('a'..='z').cycle().take(size.max(16) - frame.len()));
    text.push_str("\"}");
    text.into_bytes()
}

/// Bytes that repeat every 256, so that a reader can tell where it is.
pub(super) fn pattern(size: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(size).collect()
}

/// Text that compresses about as well as prose.
pub(super) fn prose(size: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(size + 32);
    let mut line = 0;
    while text.len() < size {
        text.extend_from_slice(format!("line {line} of a reply that a model wrote\n").as_bytes());
        line += 1;
    }
    text.truncate(size);
    text
}

/// An OpenAI embeddings reply: `count` vectors of `dimensions` numbers in (-1, 1), as JSON or base64 of f32 LE.
pub(super) fn embeddings(dimensions: usize, count: usize, base64: bool) -> Vec<u8> {
    use base64::Engine;
    let vectors = (0..count).map(|index| {
        let numbers = (0..dimensions).map(|at| coordinate(index, at));
        let vector = if base64 {
            let bytes: Vec<u8> = numbers.flat_map(f32::to_le_bytes).collect();
            format!("\"{}\"", base64::engine::general_purpose::STANDARD.encode(bytes))
        } else {
            // As OpenAI writes them: the f32 in all the digits of an f64.
            format!("[{}]", numbers.map(|number| f64::from(number).to_string()).collect::<Vec<_>>().join(","))
        };
        format!(r#"{{"object":"embedding","index":{index},"embedding":{vector}}}"#)
    });
    let data = vectors.collect::<Vec<_>>().join(",");
    let usage = r#"{"prompt_tokens":1,"total_tokens":1}"#;
    format!(r#"{{"object":"list","data":[{data}],"model":"bench-embedding","usage":{usage}}}"#).into_bytes()
}

/// Made up, but the same on every run.
fn coordinate(index: usize, at: usize) -> f32 {
    let step = u16::try_from((index * 31 + at) % (1 << 16)).unwrap_or_default();
    (f32::from(step) * 12.9898).sin()
}
