//! HTTP/1.1, in clear and over TLS.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use tokio::time::sleep;

use super::Bench;
use super::prebuilt::JSON_REPLY;
use super::routes::{self, Taken};
use crate::census::Guest;
use crate::h1::{Body, Framing, Head, Request, Wire, parse, send};
use crate::listen::Socket;

/// Replies to pipelined requests are gathered up to this size.
const MAX_GATHERED: usize = 64 * 1024;

enum Asked {
    /// `/json`, answered from a constant without a copy of the head.
    Json(Framing),
    Other(Box<Request>),
}

/// Serves one connection to its end. However it ends, the census tells.
pub(super) async fn serve<S: Socket>(bench: Arc<Bench>, guest: Guest, socket: S) {
    let mut wire = Wire::new(socket);
    if converse(&bench, &guest, &mut wire).await.is_ok() {
        drop(wire.shutdown().await);
    }
}

async fn converse<S: Socket>(bench: &Bench, guest: &Guest, wire: &mut Wire<S>) -> io::Result<()> {
    let connection = guest.connection();
    let mut told_to_close = pin!(connection.told_to_close());
    loop {
        let Some((length, asked)) = parse(wire.input(), Asked::read)? else {
            wire.flush().await?;
            let idle = wire.input().is_empty();
            let more = tokio::select! {
                biased;
                more = wire.fill() => more?,
                () = &mut told_to_close, if idle => false,
            };
            if more {
                continue;
            }
            return Ok(());
        };
        wire.consume(length);
        match asked {
            Asked::Json(framing) => {
                guest.count();
                discard(wire, framing).await?;
                wire.output.extend_from_slice(JSON_REPLY.as_bytes());
                if wire.output.len() > MAX_GATHERED {
                    wire.flush().await?;
                }
            }
            Asked::Other(request) => {
                exchange(bench, guest, wire, &request).await?;
                if !request.keep_alive {
                    return Ok(());
                }
            }
        }
    }
}

impl Asked {
    fn read(head: &Head<'_>) -> Self {
        let short = head.target == "/json" && matches!(head.method, "GET" | "POST");
        if short && head.keep_alive && !head.expects_continue {
            Self::Json(head.framing)
        } else {
            Self::Other(Box::new(Request::of(head)))
        }
    }
}

async fn discard<S: Socket>(wire: &mut Wire<S>, framing: Framing) -> io::Result<()> {
    let mut body = Body::new(framing);
    while wire.piece(&mut body).await?.is_some() {}
    Ok(())
}

async fn exchange<S: Socket>(
    bench: &Bench,
    guest: &Guest,
    wire: &mut Wire<S>,
    request: &Request,
) -> io::Result<()> {
    let mut busy = guest.begin();
    let taken = take(wire, request).await?;
    let reply = tokio::select! {
        biased;
        reply = routes::answer(bench, request, "1.1", taken) => reply,
        why = wire.gone() => return Err(why),
    };
    send(wire, request, reply).await?;
    busy.finish();
    Ok(())
}

async fn take<S: Socket>(wire: &mut Wire<S>, request: &Request) -> io::Result<Taken> {
    if request.expects_continue {
        wire.output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        wire.flush().await?;
    }
    let (mut body, mut taken) = (Body::new(request.framing), Taken::for_request(request));
    let pause = routes::reading_pause(request);
    while let Some(piece) = wire.piece(&mut body).await? {
        taken.take(&piece);
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }
    Ok(taken)
}
