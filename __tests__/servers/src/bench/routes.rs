//! What is served where. The table for people is in README.md.

use std::fmt::Display;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Bench;
use super::{prebuilt, streams};
use crate::coding;
use crate::h1::Request;
use crate::reply::Reply;
use crate::target::Target;

const JSON: &str = "application/json";
const BINARY: &str = "application/octet-stream";

/// What was read of a request's body.
#[derive(Debug, Default)]
pub(super) struct Taken {
    bytes: u64,
    checksum: crc32fast::Hasher,
    kept: Option<Vec<u8>>,
}

impl Taken {
    /// Nothing yet. Only the routes that look at a body keep it; the others could be sent gigabytes.
    pub(super) fn for_request(request: &Request) -> Self {
        Self { kept: request.target.starts_with("/v1/").then(Vec::new), ..Self::default() }
    }

    pub(super) fn take(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.checksum.update(piece);
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(piece);
        }
    }
}

/// How long to stop after each piece of the body: `/sink?every=MS` is a slow reader.
pub(super) fn reading_pause(request: &Request) -> Duration {
    let target = Target::new(&request.target);
    if target.path == "/sink" { target.millis("every", 0).unwrap_or_default() } else { Duration::ZERO }
}

/// Answers one request whose body has been read.
pub(super) async fn answer(bench: &Bench, request: &Request, version: &str, taken: Taken) -> Reply {
    let target = Target::new(&request.target);
    let made = match target.path {
        "/delay" => delayed(target).await,
        "/headers" => Ok(echo(request, version)),
        "/sink" => Ok(Reply::json(&json!({ "bytes": taken.bytes, "crc32": taken.checksum.finalize() }))),
        "/v1/embeddings" => embeddings(bench, &taken.kept.unwrap_or_default()),
        _ => plain(bench, request, target),
    };
    made.unwrap_or_else(|why| Reply::refused(StatusCode::BAD_REQUEST, &why))
}

fn plain(bench: &Bench, request: &Request, target: Target<'_>) -> Result<Reply, String> {
    Ok(match target.path {
        "/json" => match target.number("bytes", 0)? {
            0 => Reply::whole(JSON, prebuilt::JSON),
            size => Reply::whole(JSON, built(bench, request, || Ok(prebuilt::json_of(size)))?),
        },
        "/embeddings" => {
            let (dimensions, count) = (target.number("dim", 1536)?, target.number("n", 1)?);
            let body = built(bench, request, || Ok(prebuilt::embeddings(dimensions, count, false)))?;
            Reply::whole(JSON, body)
        }
        "/sse" => {
            let events = streams::events(target.number("tokens", 10)?, target.millis("every", 0)?);
            Reply::pieces("text/event-stream", None, events).with("cache-control", "no-cache")
        }
        "/bytes" => {
            let size = target.number("n", 1024)?;
            let length = (!target.flag("chunked", false)?).then_some(size);
            Reply::pieces(BINARY, length, streams::bytes(size))
        }
        "/drip" => Reply::pieces(
            "text/plain",
            None,
            streams::drip(target.number("n", 10)?, target.millis("every", 10)?),
        ),
        "/encoded" => encoded(bench, request, target)?,
        "/trailers" => {
            let mut reply = Reply::pieces("text/plain", None, streams::drip(8, Duration::ZERO));
            reply.trailers = vec![("x-checksum", "abcdefgh".to_owned()), ("x-count", "8".to_owned())];
            reply
        }
        "/slow-head" => Reply { head_pause: target.millis("ms", 100)?, ..Reply::whole(JSON, prebuilt::JSON) },
        "/status" => status(target)?,
        path => Reply::refused(StatusCode::NOT_FOUND, &format!("no route {path}")),
    })
}

fn built(
    bench: &Bench,
    request: &Request,
    make: impl FnOnce() -> Result<Vec<u8>, String>,
) -> Result<bytes::Bytes, String> {
    bench.prebuilt.get(&request.target, make)
}

async fn delayed(target: Target<'_>) -> Result<Reply, String> {
    sleep(target.millis("ms", 100)?).await;
    Ok(Reply::whole(JSON, prebuilt::JSON))
}

fn echo(request: &Request, version: &str) -> Reply {
    Reply::json(&json!({
        "method": request.method, "target": request.target, "version": version, "headers": request.fields,
    }))
}

fn encoded(bench: &Bench, request: &Request, target: Target<'_>) -> Result<Reply, String> {
    let coding = target.text("coding").unwrap_or("gzip");
    let size = target.number("n", 1024)?;
    let body = built(bench, request, || coding::encode(coding, &*prebuilt::prose(size)).map_err(shown))?;
    Ok(Reply::whole("text/plain", body).with("content-encoding", coding.to_owned()))
}

fn status(target: Target<'_>) -> Result<Reply, String> {
    let code = target.number("code", 200_u16)?;
    let status = StatusCode::from_u16(code).ok().filter(|_| (200..600).contains(&code));
    let status = status.ok_or_else(|| format!("code={code} is not a final status"))?;
    Ok(Reply { status, ..Reply::json(&json!({ "status": code })) })
}

/// As much of OpenAI's endpoint as its SDK looks at.
fn embeddings(bench: &Bench, body: &[u8]) -> Result<Reply, String> {
    let asked: Value = serde_json::from_slice(body).map_err(shown)?;
    let count = asked["input"].as_array().map_or(1, Vec::len);
    let dimensions = asked["dimensions"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(1536);
    let base64 = asked["encoding_format"] == "base64";
    let name = format!("/v1/embeddings {dimensions} {count} {base64}");
    let body =
        bench.prebuilt.get(&name, || Ok::<_, String>(prebuilt::embeddings(dimensions, count, base64)))?;
    Ok(Reply::whole(JSON, body))
}

fn shown(why: impl Display) -> String {
    why.to_string()
}
