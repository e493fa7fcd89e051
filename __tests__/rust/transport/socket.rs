//! What is known of a socket by those who do not own it.

use rag_connection_pool::transport::body::ReqBody;
use rag_connection_pool::transport::h1::H1Options;
use rag_connection_pool::transport::socket::Look;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::loopback::{connect, drain, read_head, request, reset, run, serve, start_h1};

/// Looks until it sees `wanted`: what the peer did is on its way.
async fn await_look(socket: &rag_connection_pool::transport::socket::Socket, wanted: Look) {
    while socket.look() != wanted {
        tokio::task::yield_now().await;
    }
}

#[test]
fn an_idle_socket_is_alive() {
    run(async {
        let (address, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let io = connect(address).await;
        assert_eq!(io.socket().look(), Look::Alive);
    });
}

#[test]
fn a_socket_that_the_peer_closed_is_dead() {
    run(async {
        let (address, _) = serve(|stream| async move { drop(stream) }).await;
        let io = connect(address).await;
        await_look(io.socket(), Look::Dead).await;
    });
}

#[test]
fn a_socket_that_the_peer_reset_is_dead() {
    run(async {
        // Only after a byte of ours, so that the reset does not overtake the connect.
        let (address, _) = serve(|mut stream| async move {
            stream.read_u8().await.unwrap();
            reset(&stream);
        })
        .await;
        let mut io = connect(address).await;
        io.write_all(b"x").await.unwrap();
        await_look(io.socket(), Look::Dead).await;
    });
}

#[test]
fn a_write_that_is_to_be_preceded_by_a_look_does_not_reach_a_peer_that_has_ended() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            stream.shutdown().await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let mut io = connect(address).await;
        await_look(io.socket(), Look::Dead).await;
        io.socket().look_before_writing();
        assert_eq!(io.write_all(b"x").await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
        assert_eq!(io.socket().written(), 0);
        // It is asked for anew each time: a peer that has only half-closed may be written to.
        io.write_all(b"x").await.unwrap();
        assert_eq!(io.socket().written(), 1);
    });
}

#[test]
fn a_look_at_waiting_bytes_takes_none() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            stream.write_all(b"hi").await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let mut io = connect(address).await;
        await_look(io.socket(), Look::Bytes).await;
        let mut bytes = [0; 2];
        io.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"hi");
    });
}

#[test]
fn a_closed_socket_is_dead_though_its_number_lives_on() {
    run(async {
        let (first, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let (second, _) = serve(|mut stream| async move { drain(&mut stream).await }).await;
        let io = connect(first).await;
        let socket = std::sync::Arc::clone(io.socket());
        drop(io);
        // The lowest free number goes to the next connection.
        let other = connect(second).await;
        assert_eq!(other.socket().look(), Look::Alive);
        assert_eq!(socket.look(), Look::Dead);
        assert!(socket.is_closed());
    });
}

#[test]
fn bytes_are_counted_both_ways() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            let mut bytes = [0; 5];
            stream.read_exact(&mut bytes).await.unwrap();
            stream.write_all(b"abc").await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let mut io = connect(address).await;
        io.write_all(b"hello").await.unwrap();
        io.read_exact(&mut [0; 3]).await.unwrap();
        assert_eq!((io.socket().written(), io.socket().read()), (5, 3));
    });
}

#[test]
fn the_peers_end_of_stream_is_remembered() {
    run(async {
        let (address, _) = serve(|stream| async move { drop(stream) }).await;
        let mut io = connect(address).await;
        assert!(!io.socket().saw_eof());
        assert_eq!(io.read(&mut [0; 1]).await.unwrap(), 0);
        assert!(io.socket().saw_eof());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn acknowledged_bytes_are_counted_from_the_connect() {
    run(async {
        let (address, _) = serve(|mut stream| async move {
            let mut bytes = [0; 5];
            stream.read_exact(&mut bytes).await.unwrap();
            stream.write_all(b"x").await.unwrap();
            drain(&mut stream).await;
        })
        .await;
        let mut io = connect(address).await;
        assert_eq!(io.socket().acked(), Some(0));
        io.write_all(b"hello").await.unwrap();
        io.read_exact(&mut [0; 1]).await.unwrap();
        assert_eq!(io.socket().acked(), Some(5));
    });
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_acknowledged_is_known_after_the_close() {
    run(async {
        let (address, _) = serve(|mut stream| async move { drop(read_head(&mut stream).await) }).await;
        let (mut h1, driver) = start_h1(address, &H1Options::default()).await;
        h1.send(request(ReqBody::Empty)).await.unwrap_err();
        drop(driver.await.unwrap());
        assert!(h1.socket().is_closed());
        assert_eq!(h1.socket().acked(), Some(h1.socket().written()));
    });
}
