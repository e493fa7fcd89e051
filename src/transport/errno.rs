//! The operating system's error numbers under the names and numbers that Node gives them.

use std::borrow::Cow;
use std::io;
use std::net::IpAddr;

use crate::error::{Error, Kind, Phase, SystemCall};

/// Node's name and number for a failed call: `("ECONNREFUSED", -111)` on Linux.
///
/// Without a number of the operating system's own the number is 0 and the name comes from the error's kind.
pub fn name(error: &io::Error) -> (Cow<'static, str>, i32) {
    let Some(raw) = error.raw_os_error() else {
        return (Cow::Borrowed(name_of_kind(error.kind())), 0);
    };
    match TABLE.iter().find(|row| row.0 == raw) {
        Some(&(_, code, number)) => (Cow::Borrowed(code), number),
        None => (Cow::Borrowed("UNKNOWN"), unknown(raw)),
    }
}

/// The error of a failed system call, with Node's sentence: `connect ECONNREFUSED 127.0.0.1:1`.
pub fn failure(error: &io::Error, phase: Phase, call: &'static str, peer: Option<(&str, u16)>) -> Error {
    let (code, errno) = name(error);
    let message = match peer {
        Some((address, port)) => format!("{call} {code} {address}:{port}"),
        None => format!("{call} {code}"),
    };
    Error::new(Kind::System(code), phase, message).with(|facts| {
        facts.call = Some(SystemCall {
            errno,
            name: call,
            address: peer.map(|(address, _)| address.to_owned()),
            port: peer.map(|(_, port)| port),
            hostname: None,
        });
    })
}

/// The error of a local address that a socket cannot have, with Node's sentence: `bind EADDRNOTAVAIL 192.0.2.1`.
pub(super) fn unbound(error: &io::Error, local: IpAddr) -> Error {
    let (code, errno) = name(error);
    let message = format!("bind {code} {local}");
    Error::new(Kind::System(code), Phase::Connect, message).with(|facts| {
        let address = Some(local.to_string());
        facts.call = Some(SystemCall { errno, name: "bind", address, ..SystemCall::default() });
    })
}

/// What the system says of an argument that makes no sense.
pub(super) fn invalid_argument() -> io::Error {
    io::Error::from_raw_os_error(INVALID_ARGUMENT)
}

#[cfg(unix)]
const INVALID_ARGUMENT: i32 = libc::EINVAL;
#[cfg(not(unix))]
const INVALID_ARGUMENT: i32 = 10022;

fn name_of_kind(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => "ECONNREFUSED",
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => "ECONNRESET",
        io::ErrorKind::ConnectionAborted => "ECONNABORTED",
        io::ErrorKind::BrokenPipe | io::ErrorKind::WriteZero => "EPIPE",
        io::ErrorKind::TimedOut => "ETIMEDOUT",
        io::ErrorKind::AddrInUse => "EADDRINUSE",
        io::ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        io::ErrorKind::InvalidInput => "EINVAL",
        io::ErrorKind::NotConnected => "ENOTCONN",
        io::ErrorKind::OutOfMemory => "ENOMEM",
        _ => "UNKNOWN",
    }
}

/// Node shows the negated number of Unix as it is.
#[cfg(unix)]
fn unknown(raw: i32) -> i32 {
    raw.saturating_neg()
}

/// libuv's `UV_UNKNOWN`.
#[cfg(not(unix))]
fn unknown(_raw: i32) -> i32 {
    -4094
}

#[cfg(unix)]
macro_rules! table {
    ($($code:ident),* $(,)?) => {
        &[$((libc::$code, stringify!($code), -libc::$code)),*]
    };
}

#[cfg(unix)]
const TABLE: &[(i32, &str, i32)] = table![
    EACCES,
    EADDRINUSE,
    EADDRNOTAVAIL,
    EAFNOSUPPORT,
    EAGAIN,
    EALREADY,
    EBADF,
    ECONNABORTED,
    ECONNREFUSED,
    ECONNRESET,
    EDESTADDRREQ,
    EHOSTDOWN,
    EHOSTUNREACH,
    EINTR,
    EINVAL,
    EIO,
    EISCONN,
    EMFILE,
    EMSGSIZE,
    ENAMETOOLONG,
    ENETDOWN,
    ENETUNREACH,
    ENFILE,
    ENOBUFS,
    ENOENT,
    ENOMEM,
    ENOTCONN,
    ENOTDIR,
    ENOTSOCK,
    EPERM,
    EPIPE,
    EPROTO,
    EPROTONOSUPPORT,
    ETIMEDOUT,
];

/// Winsock's number, Node's name, libuv's number.
#[cfg(not(unix))]
const TABLE: &[(i32, &str, i32)] = &[
    (10013, "EACCES", -4092),
    (10022, "EINVAL", -4071),
    (10024, "EMFILE", -4066),
    (10038, "ENOTSOCK", -4050),
    (10047, "EAFNOSUPPORT", -4089),
    (10048, "EADDRINUSE", -4091),
    (10049, "EADDRNOTAVAIL", -4090),
    (10050, "ENETDOWN", -4063),
    (10051, "ENETUNREACH", -4062),
    (10053, "ECONNABORTED", -4079),
    (10054, "ECONNRESET", -4077),
    (10055, "ENOBUFS", -4060),
    (10057, "ENOTCONN", -4053),
    (10058, "EPIPE", -4047),
    (10060, "ETIMEDOUT", -4039),
    (10061, "ECONNREFUSED", -4078),
    (10065, "EHOSTUNREACH", -4073),
];
