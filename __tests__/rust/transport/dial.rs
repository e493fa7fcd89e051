//! Dialling: what a failure says, and how addresses race.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rag_connection_pool::error::{Error, Kind, Phase};
use rag_connection_pool::transport::connect::{PhaseCell, dial};
use rag_connection_pool::transport::dns::Dns;
use rag_connection_pool::transport::tcp::{self, TcpOptions};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};

use crate::loopback::{dial_target, drain, network, now, run, serve, target};

/// A port of loopback at which nothing listens, kept from being given to anybody else.
pub(crate) fn closed_port() -> (u16, std::net::TcpListener) {
    let bound = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    bound.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let held = std::net::TcpListener::from(bound);
    (held.local_addr().unwrap().port(), held)
}

/// A listener whose queue is full, so that on Linux a connection to it is never answered, and what fills it.
pub(crate) fn silent() -> (SocketAddr, (TcpListener, impl Sized + Send + 'static)) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    for _ in 0..4 {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        drop(socket.connect(&address.into()));
        held.push(socket);
    }
    (address, (listener, held))
}

#[test]
fn a_refused_connection_says_so_as_node_does() {
    run(async {
        let (port, _held) = closed_port();
        let error = dial_target(&target("127.0.0.1", port)).await.unwrap_err();
        let facts = error.facts();
        let call = facts.call.as_ref().unwrap();
        assert_eq!(facts.message, format!("connect ECONNREFUSED 127.0.0.1:{port}"));
        assert_eq!((error.code(), error.phase()), ("ECONNREFUSED", Phase::Connect));
        assert_eq!((call.errno, call.name, call.port), (-libc::ECONNREFUSED, "connect", Some(port)));
        assert_eq!(call.address.as_deref(), Some("127.0.0.1"));
        assert_eq!(facts.origin, Some(format!("http://127.0.0.1:{port}")));
    });
}

#[test]
fn when_every_address_fails_each_failure_is_a_cause() {
    run(async {
        let (port, _held) = closed_port();
        let addresses = [[127, 0, 0, 1], [127, 0, 0, 2]].map(|ip| SocketAddr::from((ip, port)));
        let error = tcp::race(&addresses, &TcpOptions::default()).await.unwrap_err();
        let causes: Vec<_> = error.facts().causes.iter().map(|cause| cause.facts().message.clone()).collect();
        assert_eq!(
            causes,
            [
                format!("connect ECONNREFUSED 127.0.0.1:{port}"),
                format!("connect ECONNREFUSED 127.0.0.2:{port}")
            ]
        );
        assert_eq!(error.code(), "ECONNREFUSED");
    });
}

#[test]
fn the_next_address_is_tried_when_one_refuses() {
    run(async {
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let refused = SocketAddr::from(([127, 0, 0, 2], address.port()));
        let wire = tcp::race(&[refused, address], &TcpOptions::default()).await.unwrap();
        assert_eq!(wire.socket().peer_addr(), Some(address));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn the_next_address_is_tried_when_one_is_silent() {
    run(async {
        let (silent, _held) = silent();
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let wire = tcp::race(&[silent, address], &TcpOptions::default()).await.unwrap();
        assert_eq!(wire.socket().peer_addr(), Some(address));
    });
}

#[test]
fn both_families_of_a_name_are_tried() {
    run(async {
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let dns = Dns::over(|_, _| {
            Ok(vec![
                (IpAddr::from(Ipv6Addr::LOCALHOST), 0).into(),
                (IpAddr::from(Ipv4Addr::LOCALHOST), 0).into(),
            ])
        });
        let dialled =
            dial(&target("both.test", address.port()), &network(dns), &PhaseCell::new(), now).await.unwrap();
        assert_eq!(dialled.io.socket().peer_addr(), Some(address));
    });
}

#[test]
fn a_local_address_is_dialled_from() {
    run(async {
        let (address, served) = serve(|stream| async move { stream.peer_addr().unwrap().ip() }).await;
        let mut target = target("127.0.0.1", address.port());
        target.tcp.local_address = Some(Ipv4Addr::new(127, 0, 0, 3).into());
        dial_target(&target).await.unwrap();
        assert_eq!(served.await.unwrap(), IpAddr::from([127, 0, 0, 3]));
    });
}

#[test]
fn a_local_address_that_is_not_ours_is_a_failed_bind() {
    run(async {
        let mut target = target("127.0.0.1", 1);
        target.tcp.local_address = Some(Ipv4Addr::new(192, 0, 2, 1).into());
        let error = dial_target(&target).await.unwrap_err();
        assert_eq!((error.code(), error.facts().call.as_ref().unwrap().name), ("EADDRNOTAVAIL", "bind"));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn probes_and_no_delay_are_on() {
    run(async {
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let mut target = target("127.0.0.1", address.port());
        target.tcp.keep_alive_delay = Some(Duration::from_secs(7));
        let dialled = dial_target(&target).await.unwrap();
        let fds = std::fs::read_dir("/proc/self/fd").unwrap();
        let local = dialled.io.socket().local_addr().unwrap();
        let found = fds
            .filter_map(|fd| fd.ok()?.file_name().to_str()?.parse::<i32>().ok())
            // SAFETY: only asked for options, and a number closed meanwhile gives an error.
            .map(|fd| unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) })
            .find(|fd| {
                let socket = socket2::SockRef::from(fd);
                socket.local_addr().ok().and_then(|address| address.as_socket()) == Some(local)
            })
            .unwrap();
        let socket = socket2::SockRef::from(&found);
        assert!(socket.tcp_nodelay().unwrap());
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(7));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn the_phase_tells_where_a_dialling_stands() {
    run(async {
        let (silent, _held) = silent();
        let phase = Arc::new(PhaseCell::new());
        let (cell, target) = (Arc::clone(&phase), target("127.0.0.1", silent.port()));
        let dialling =
            tokio::spawn(async move { dial(&target, &network(Dns::system()), &cell, now).await.map(drop) });
        while phase.phase() != Phase::Connect {
            tokio::task::yield_now().await;
        }
        dialling.abort();
    });
}

#[test]
fn dropping_a_dialling_closes_what_it_had_opened() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut target = target("127.0.0.1", listener.local_addr().unwrap().port());
        // A server that says nothing keeps the handshake going for ever.
        target.origin.scheme = rag_connection_pool::key::Scheme::Https;
        target.trust = Some(crate::tls_handshake::trust_nobody());
        let dialling = tokio::spawn(async move { dial_target(&target).await.map(drop) });
        let (mut stream, _) = listener.accept().await.unwrap();
        dialling.abort();
        drain(&mut stream).await;
        assert!(stream.read(&mut [0; 1]).await.is_ok_and(|read| read == 0));
    });
}

#[test]
fn a_stale_address_that_fails_is_looked_up_again() {
    run(async {
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let asked = std::sync::atomic::AtomicU8::new(0);
        let dns = Dns::over(move |_, _| {
            // The name moves after the first look-up.
            let first = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            let ip = if first { [127, 0, 0, 9] } else { [127, 0, 0, 1] };
            Ok::<_, Error>(vec![SocketAddr::from((ip, 0))])
        });
        let (network, start) = (network(dns), now());
        let target = target("moved.test", address.port());
        network.dns.look_up(&target.origin.host, 0, network.keep_names, start).await.unwrap();
        let later = start + network.keep_names * 2;
        let dialled = dial(&target, &network, &PhaseCell::new(), || later).await.unwrap();
        assert_eq!(dialled.io.socket().peer_addr(), Some(address));
    });
}

#[test]
fn a_failed_look_up_names_the_origin() {
    run(async {
        let dns = Dns::over(|name, _| {
            Err(Error::new(Kind::System("ENOTFOUND".into()), Phase::Dns, name.to_owned()))
        });
        let error =
            dial(&target("nowhere.test", 80), &network(dns), &PhaseCell::new(), now).await.unwrap_err();
        assert_eq!(
            (error.phase(), error.facts().origin.as_deref()),
            (Phase::Dns, Some("http://nowhere.test"))
        );
    });
}
