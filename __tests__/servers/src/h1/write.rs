//! Sending a reply.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time;

use super::{Request, Wire};
use crate::reply::{Payload, Pieces, Reply};

/// Sends a whole reply. Fails as soon as the client is gone, even while nothing is there to be sent.
pub async fn send<S>(wire: &mut Wire<S>, request: &Request, reply: Reply) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    head(&mut wire.output, request, &reply);
    if !reply.head_pause.is_zero() {
        pause_within_head(wire, reply.head_pause).await?;
    }
    if request.method == "HEAD" || reply.is_bodiless() {
        return wire.flush().await;
    }
    match reply.payload {
        Payload::Whole(body) => {
            wire.output.extend_from_slice(&body);
            wire.flush().await
        }
        Payload::Pieces(length, pieces) => send_pieces(wire, length.is_none(), pieces, &reply.trailers).await,
    }
}

fn head(out: &mut BytesMut, request: &Request, reply: &Reply) {
    let mut line = |parts: [&str; 3]| parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
    line(["HTTP/1.1 ", reply.status.as_str(), " "]);
    line([reply.status.canonical_reason().unwrap_or(""), "\r\n", ""]);
    for (name, value) in &reply.fields {
        line([name, ": ", value]);
        line(["\r\n", "", ""]);
    }
    for (name, _) in &reply.trailers {
        line(["trailer: ", name, "\r\n"]);
    }
    if !request.keep_alive {
        line(["connection: close\r\n", "", ""]);
    }
    match &reply.payload {
        _ if reply.status.as_u16() == 204 => {}
        Payload::Whole(body) => line(["content-length: ", &body.len().to_string(), "\r\n"]),
        Payload::Pieces(Some(length), _) => line(["content-length: ", &length.to_string(), "\r\n"]),
        Payload::Pieces(None, _) => line(["transfer-encoding: chunked\r\n", "", ""]),
    }
    line(["\r\n", "", ""]);
}

async fn pause_within_head<S>(wire: &mut Wire<S>, pause: Duration) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let rest = wire.output.split_off(wire.output.len() / 2);
    wire.flush().await?;
    tokio::select! {
        () = time::sleep(pause) => {}
        why = wire.gone() => return Err(why),
    }
    wire.output.unsplit(rest);
    Ok(())
}

async fn send_pieces<S>(
    wire: &mut Wire<S>,
    chunked: bool,
    mut pieces: Pieces,
    trailers: &[(&'static str, String)],
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    wire.flush().await?;
    loop {
        let piece = tokio::select! {
            biased;
            piece = pieces.next() => piece,
            why = wire.gone() => return Err(why),
        };
        let Some(piece) = piece else { break };
        if chunked {
            wire.output.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            wire.output.extend_from_slice(&piece);
            wire.output.extend_from_slice(b"\r\n");
            wire.flush().await?;
        } else {
            wire.write_through(&piece).await?;
        }
    }
    if chunked {
        wire.output.extend_from_slice(b"0\r\n");
        for (name, value) in trailers {
            wire.output.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        wire.output.extend_from_slice(b"\r\n");
    }
    wire.flush().await
}
