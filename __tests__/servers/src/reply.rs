//! What a route answers, whatever protocol carries it.

use std::borrow::Cow;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http::StatusCode;
use serde_json::Value;

/// Pieces of a body, made as they are wanted.
pub type Pieces = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

/// What follows the head.
pub enum Payload {
    /// All of it.
    Whole(Bytes),
    /// Piece by piece; without a length HTTP/1.1 sends chunks.
    Pieces(Option<u64>, Pieces),
}

/// A whole answer.
pub struct Reply {
    /// Of the final head.
    pub status: StatusCode,
    /// Besides the framing, which the protocol adds.
    pub fields: Vec<(&'static str, Cow<'static, str>)>,
    /// What follows the head.
    pub payload: Payload,
    /// What follows a body sent in pieces.
    pub trailers: Vec<(&'static str, String)>,
    /// How long to stop in the middle of the head.
    pub head_pause: Duration,
}

impl Reply {
    /// 200 with a whole body.
    pub fn whole(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self::of(content_type, Payload::Whole(body.into()))
    }

    /// 200 with a body in pieces.
    pub fn pieces(content_type: &'static str, length: Option<u64>, pieces: Pieces) -> Self {
        Self::of(content_type, Payload::Pieces(length, pieces))
    }

    /// 200 with a JSON value.
    pub fn json(value: &Value) -> Self {
        Self::whole("application/json", value.to_string())
    }

    /// A refusal that says why.
    pub fn refused(status: StatusCode, why: &str) -> Self {
        Self { status, ..Self::json(&serde_json::json!({ "error": why })) }
    }

    /// The same with one more field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    fn of(content_type: &'static str, payload: Payload) -> Self {
        Self {
            status: StatusCode::OK,
            fields: vec![("content-type", content_type.into())],
            payload,
            trailers: Vec::new(),
            head_pause: Duration::ZERO,
        }
    }

    /// Whether its status forbids a body (RFC 9110, 6.4.1).
    pub fn is_bodiless(&self) -> bool {
        matches!(self.status.as_u16(), 204 | 304)
    }
}
