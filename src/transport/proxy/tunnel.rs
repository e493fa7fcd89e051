//! A tunnel through an HTTP proxy by CONNECT (RFC 9110, 9.3.6).

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::wire::Wire;
use super::super::{errno, tls};
use crate::error::{Error, Kind, Phase};
use crate::key::Origin;
use crate::key::proxy::{Credentials, Proxy, authority};

/// Bytes that the head of a proxy's reply may have.
const MOST: usize = 16 * 1024;
/// Fields of it.
const MOST_FIELDS: usize = 100;

/// Asks for a tunnel to `origin`.
pub(super) async fn open(mut wire: Wire, proxy: &Proxy, origin: &Origin) -> Result<Wire, Error> {
    // Between blanks there would be another target.
    if origin.host.bytes().any(|byte| !byte.is_ascii_graphic()) {
        return Err(Error::new(
            Kind::ProxyRefused,
            Phase::Proxy,
            "the origin's name can stand in no request",
        ));
    }
    let target = authority(&origin.host, origin.port);
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(credentials) = &proxy.credentials {
        head.extend(["Proxy-Authorization: ", &basic(credentials), "\r\n"]);
    }
    head.push_str("\r\n");
    wire.write_all(head.as_bytes()).await.map_err(|error| broken(&error, "write"))?;
    wire.flush().await.map_err(|error| broken(&error, "write"))?;
    let status = reply(&mut wire).await?;
    if status.is_success() { Ok(wire) } else { Err(refused(status, &target)) }
}

/// The status of the final reply, all of which was read and nothing after it.
async fn reply(wire: &mut Wire) -> Result<StatusCode, Error> {
    let mut unread = Vec::with_capacity(1024);
    loop {
        while let Some((status, length)) = parsed(&unread)? {
            unread.drain(..length);
            // Interim replies announce the final one; 101 is none.
            if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
                continue;
            }
            // Whoever speaks in a tunnel before he is asked answers the next request before it is there.
            if status.is_success() && !unread.is_empty() {
                return Err(no_reply("it sent bytes after its reply that nobody asked for"));
            }
            return Ok(status);
        }
        if unread.len() >= MOST {
            return Err(no_reply("the head of its reply is too long"));
        }
        let read = wire.read_buf(&mut unread).await.map_err(|error| broken(&error, "read"))?;
        if read == 0 {
            return Err(ended());
        }
    }
}

/// A whole head at the beginning of `unread`, with its length.
fn parsed(unread: &[u8]) -> Result<Option<(StatusCode, usize)>, Error> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut head = httparse::Response::new(&mut fields);
    match head.parse(unread) {
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(length)) => {
            let status = head.code.and_then(|code| StatusCode::from_u16(code).ok());
            let status = status.ok_or_else(|| no_reply("its reply has no status that HTTP knows"))?;
            Ok(Some((status, length)))
        }
        Err(_) => Err(no_reply("what it sent is no reply in HTTP")),
    }
}

fn refused(status: StatusCode, target: &str) -> Error {
    // In words of ours: the proxy's own may say anything.
    let reason = status.canonical_reason().unwrap_or("without a reason that is known");
    let (kind, said) = if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        (Kind::ProxyAuth, "it wants credentials, or others than it was given")
    } else {
        (Kind::ProxyRefused, "it opened no tunnel")
    };
    let message = format!("{said}, to {target}: {} {reason}", status.as_u16());
    Error::new(kind, Phase::Proxy, message).with(|facts| facts.proxy_status = Some(status.as_u16()))
}

/// The credentials as a header has them (RFC 7617).
pub fn basic(credentials: &Credentials) -> String {
    let pair = format!("{}:{}", credentials.user, credentials.password);
    format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()))
}

pub(super) fn broken(error: &std::io::Error, call: &'static str) -> Error {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        return ended();
    }
    tls::fault_of(error, Phase::Proxy).unwrap_or_else(|| errno::failure(error, Phase::Proxy, call, None))
}

fn ended() -> Error {
    let message = "it closed the connection before its reply was whole";
    Error::new(Kind::System("ECONNRESET".into()), Phase::Proxy, message)
}

fn no_reply(message: &'static str) -> Error {
    Error::new(Kind::ProxyReply, Phase::Proxy, message)
}
