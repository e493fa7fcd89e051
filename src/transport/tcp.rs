//! Opens TCP connections: one address, or a race between all addresses of a name (RFC 8305).

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpSocket;

use super::errno;
use super::wire::Wire;
use crate::error::{Error, Phase};

/// How to open a TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpOptions {
    /// Idle time before the first keep-alive probe, in whole seconds, at least 1 s; `None`: no probes.
    pub keep_alive_delay: Option<Duration>,
    /// The local address to dial from.
    pub local_address: Option<IpAddr>,
    /// Look up only addresses of this family: 4, 6, or 0 for either. A literal address is dialled whatever
    /// its family is, as in Node.
    pub family: u8,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self { keep_alive_delay: Some(Duration::from_secs(1)), local_address: None, family: 0 }
    }
}

/// Opens a connection to one address.
///
/// # Errors
/// That of the system call that failed, with its address and port, or with the local address that cannot be dialled from.
pub async fn open(address: SocketAddr, options: &TcpOptions) -> Result<Wire, Error> {
    let ip = address.ip().to_string();
    let failed = |call: &'static str| {
        move |error| errno::failure(&error, Phase::Connect, call, Some((&ip, address.port())))
    };
    let socket = prepare(address, options).map_err(|(call, error)| failed.clone()(call)(error))?;
    if let Some(local) = options.local_address {
        bind(&socket, address, local).map_err(|error| errno::unbound(&error, local))?;
    }
    let stream = socket.connect(address).await.map_err(failed.clone()("connect"))?;
    Wire::new(stream).map_err(failed("connect"))
}

/// Opens a connection to the first of `addresses` that answers.
///
/// Attempts begin 250 ms apart, or as soon as the one before has failed, and alternate between the families;
/// none is given up while another may still win. Dropping the future drops them all.
///
/// # Errors
/// When every attempt has failed: the only failure, or the first with all of them in `causes`.
pub async fn race(addresses: &[SocketAddr], options: &TcpOptions) -> Result<Wire, Error> {
    if let [only] = addresses {
        return open(*only, options).await;
    }
    let order = interleave(addresses);
    let mut waiting = order.iter();
    let mut attempts = Attempts { running: Vec::new(), failures: Vec::new() };
    while let Some(&next) = waiting.next() {
        attempts.running.push(Box::pin(open(next, options)));
        if waiting.len() == 0 {
            break;
        }
        if let Some(wire) = attempts.lap().await {
            return Ok(wire);
        }
    }
    while !attempts.running.is_empty() {
        if let Some(wire) = attempts.settle().await {
            return Ok(wire);
        }
    }
    Err(all_failed(attempts.failures))
}

type Attempt<'a> = Pin<Box<dyn Future<Output = Result<Wire, Error>> + Send + 'a>>;

struct Attempts<'a> {
    running: Vec<Attempt<'a>>,
    failures: Vec<Error>,
}

impl Attempts<'_> {
    /// Waits for a win, a failure, or the time for the next attempt.
    async fn lap(&mut self) -> Option<Wire> {
        // The pace of RFC 8305, not a deadline: nothing is given up when it passes.
        tokio::time::timeout(ATTEMPT_DELAY, self.settle()).await.ok().flatten()
    }

    /// Waits until one attempt has ended.
    fn settle(&mut self) -> impl Future<Output = Option<Wire>> {
        std::future::poll_fn(|cx| self.poll(cx))
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Wire>> {
        let mut at = 0;
        let mut failed = false;
        while let Some(attempt) = self.running.get_mut(at) {
            match attempt.as_mut().poll(cx) {
                Poll::Pending => at += 1,
                Poll::Ready(Ok(wire)) => return Poll::Ready(Some(wire)),
                Poll::Ready(Err(error)) => {
                    self.failures.push(error);
                    drop(self.running.remove(at));
                    failed = true;
                }
            }
        }
        if failed { Poll::Ready(None) } else { Poll::Pending }
    }
}

/// The socket with its options on, and the call that failed if one did.
fn prepare(address: SocketAddr, options: &TcpOptions) -> Result<TcpSocket, (&'static str, std::io::Error)> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }
        .map_err(|error| ("socket", error))?;
    socket.set_nodelay(true).map_err(|error| ("setsockopt", error))?;
    if let Some(delay) = options.keep_alive_delay {
        SockRef::from(&socket).set_tcp_keepalive(&probes(delay)).map_err(|error| ("setsockopt", error))?;
    }
    Ok(socket)
}

/// Has a socket dial from a local address, which is of no use for another family, as libuv says it.
fn bind(socket: &TcpSocket, address: SocketAddr, local: IpAddr) -> std::io::Result<()> {
    if local.is_ipv4() != address.is_ipv4() {
        return Err(errno::invalid_argument());
    }
    socket.bind(SocketAddr::new(local, 0))
}

/// Probes as libuv sets them: after `delay`, then ten of them 1 s apart.
fn probes(delay: Duration) -> TcpKeepalive {
    let keepalive = TcpKeepalive::new().with_time(delay.max(Duration::from_secs(1)));
    let keepalive = keepalive.with_interval(Duration::from_secs(1));
    #[cfg(not(windows))]
    let keepalive = keepalive.with_retries(10);
    keepalive
}

/// RFC 8305 section 4: the families take turns, the resolver's first choice going first.
fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (mut one, mut other): (Vec<_>, Vec<_>) =
        addresses.iter().copied().partition(|address| address.is_ipv4() == first_is_v4);
    one.reverse();
    other.reverse();
    let mut order = Vec::with_capacity(addresses.len());
    while !(one.is_empty() && other.is_empty()) {
        order.extend(one.pop());
        order.extend(other.pop());
    }
    order
}

fn all_failed(failures: Vec<Error>) -> Error {
    let Some(first) = failures.first() else {
        return errno::failure(&std::io::ErrorKind::AddrNotAvailable.into(), Phase::Connect, "connect", None);
    };
    if failures.len() == 1 { first.clone() } else { first.clone().with(|facts| facts.causes = failures) }
}

/// RFC 8305 section 8, "Connection Attempt Delay".
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
