//! The control port: JSON over HTTP/1.1, for the tests only.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use cpu_time::ProcessTime;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::h1::{Body, Request, Wire, parse, send};
use crate::listen;
use crate::reply::Reply;

/// What a server can be asked and told.
pub trait Controlled: Send + Sync + 'static {
    /// Answers `method path`; `None` when there is no such thing, an error when `body` is not what it takes.
    fn control(&self, method: &str, path: &str, body: &[u8]) -> Option<Result<Value, String>>;
}

/// Serves the control port for ever.
pub async fn serve<C: Controlled>(listener: TcpListener, server: Arc<C>) {
    listen::accept(listener, move |stream| {
        let server = Arc::clone(&server);
        // A control connection that breaks concerns only the test at its other end.
        async move { drop(converse(stream, &*server).await) }
    })
    .await;
}

/// User and system time of this process so far.
pub fn cpu_micros() -> u64 {
    let spent = ProcessTime::try_now().map_or(Duration::ZERO, |now| now.as_duration());
    u64::try_from(spent.as_micros()).unwrap_or(u64::MAX)
}

async fn converse<C: Controlled>(stream: TcpStream, server: &C) -> io::Result<()> {
    let mut wire = Wire::new(stream);
    loop {
        let Some((length, request)) = parse(wire.input(), Request::of)? else {
            if wire.fill().await? {
                continue;
            }
            return Ok(());
        };
        wire.consume(length);
        let reply = answer(&mut wire, &request, server).await?;
        send(&mut wire, &request, reply).await?;
        if !request.keep_alive {
            return wire.shutdown().await;
        }
    }
}

async fn answer<C: Controlled>(
    wire: &mut Wire<TcpStream>,
    request: &Request,
    server: &C,
) -> io::Result<Reply> {
    let (mut body, mut bytes) = (Body::new(request.framing), Vec::new());
    while let Some(piece) = wire.piece(&mut body).await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(match server.control(&request.method, &request.target, &bytes) {
        Some(Ok(value)) => Reply::json(&value),
        Some(Err(why)) => Reply::refused(StatusCode::BAD_REQUEST, &why),
        None => Reply::refused(
            StatusCode::NOT_FOUND,
            &format!("no control {} {}", request.method, request.target),
        ),
    })
}

/// The answer to a command that has nothing to tell.
pub fn done() -> Result<Value, String> {
    Ok(json!({ "ok": true }))
}
