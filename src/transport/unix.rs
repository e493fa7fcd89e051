//! Opens Unix sockets.

use super::wire::Wire;
use crate::error::{Error, Kind, Phase, SystemCall};

/// Opens a connection to the socket at a path.
///
/// # Errors
/// That of the system call, with Node's sentence: `connect ENOENT /path`.
#[cfg(unix)]
pub async fn open(path: &str) -> Result<Wire, Error> {
    let stream = tokio::net::UnixStream::connect(path).await;
    stream.and_then(Wire::unix).map_err(|error| {
        let (code, errno) = super::errno::name(&error);
        failed(path, code, errno)
    })
}

/// Named pipes are Node's own sockets'.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "one signature on every system")]
pub async fn open(path: &str) -> Result<Wire, Error> {
    Err(failed(path, "ENOTSUP".into(), -4049))
}

fn failed(path: &str, code: std::borrow::Cow<'static, str>, errno: i32) -> Error {
    let message = format!("connect {code} {path}");
    Error::new(Kind::System(code), Phase::Connect, message).with(|facts| {
        facts.call = Some(SystemCall {
            errno,
            name: "connect",
            address: Some(path.to_owned()),
            ..SystemCall::default()
        });
    })
}
