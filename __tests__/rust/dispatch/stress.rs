//! Everything at once, in an order that the seed decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use crate::consumer::Asked;
use crate::server::{Peer, Server};
use crate::stage::{Stage, plain, run};

/// A sequence of numbers (SplitMix64) that two threads may draw from.
#[derive(Clone)]
struct Dice(Arc<AtomicU64>);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed)))
    }

    fn roll(&self, sides: u64) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    /// Up to 3 ms, mostly none.
    async fn pause(&self) {
        match self.roll(4) {
            0 => {
                let pause = Duration::from_millis(1 + self.roll(3));
                drop(tokio::time::timeout(pause, std::future::pending::<()>()).await);
            }
            1 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}

/// Answers until the dice say that it does not.
async fn misbehave(mut peer: Peer, dice: Dice) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match peer.stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        dice.pause().await;
        let long = "x".repeat(usize::try_from(dice.roll(200_000)).unwrap());
        let reply = match dice.roll(12) {
            0 => return peer.reset(),
            1 => return peer.close(),
            2 => "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok".to_owned(),
            3 => "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nshort".to_owned(),
            4 => "HTTP/1.1 20".to_owned(),
            5 => {
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nsurplus".to_owned()
            }
            6 | 7 => format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{long}", long.len()),
            _ => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_owned(),
        };
        let at = usize::try_from(dice.roll(reply.len() as u64)).unwrap();
        for part in [&reply.as_bytes()[..at], &reply.as_bytes()[at..]] {
            if peer.stream.write_all(part).await.is_err() {
                return;
            }
            dice.pause().await;
        }
        let broken_off = reply.ends_with("short") || reply.ends_with("20");
        if broken_off || dice.roll(6) == 0 {
            return peer.close();
        }
    }
}

async fn ask(stage: &Stage, server: &Server, dice: &Dice) -> Asked {
    let method = [Method::GET, Method::POST, Method::PUT][usize::try_from(dice.roll(3)).unwrap()].clone();
    let mut request = stage.request(method, &plain(server), "/");
    if dice.roll(8) == 0 {
        request.timeouts.queue = Some(Duration::from_millis(1 + dice.roll(5)));
        request.timeouts.headers = Some(Duration::from_millis(1 + dice.roll(5)));
    }
    if dice.roll(16) == 0 {
        request.timeouts.request = Some(Duration::from_millis(1 + dice.roll(20)));
    }
    let asked = stage.send(request);
    dice.pause().await;
    match dice.roll(8) {
        0 => asked.abort(),
        1 => asked.dump(dice.roll(2) == 0),
        2 => {
            asked.take(1);
            dice.pause().await;
            asked.take(usize::MAX);
        }
        _ => {}
    }
    asked
}

/// Whether it was told an end; fails if it was told anything after that.
async fn settles(mut asked: Asked) -> bool {
    use crate::consumer::Told;
    let mut ended = false;
    while let Some(told) = asked.next().await {
        assert!(!ended, "{told:?} after the end");
        ended = matches!(told, Told::Whole(..) | Told::End(_) | Told::Fail(_));
    }
    ended
}

fn survives(seed: u64) {
    run(async {
        const REQUESTS: u64 = 1_500;
        let dice = Dice::new(seed);
        let stage = Stage::new(&[("maxSocketsPerHost", 6.0), ("maxSockets", 8.0)]);
        let servers = [Server::bind().await, Server::bind().await];
        let (one, two) = (plain(&servers[0]), plain(&servers[1]));
        assert_ne!(one.key, two.key);
        let mut settled = JoinSet::new();
        let mut peers = JoinSet::new();
        let asking = async {
            for _ in 0..REQUESTS {
                let server = &servers[usize::try_from(dice.roll(2)).unwrap()];
                let asked = ask(&stage, server, &dice).await;
                settled.spawn(settles(asked));
            }
            let mut ended = 0;
            while let Some(outcome) = settled.join_next().await {
                ended += u64::from(outcome.unwrap());
            }
            ended
        };
        let serving = async {
            loop {
                let peer = tokio::select! {
                    peer = servers[0].accept() => peer,
                    peer = servers[1].accept() => peer,
                };
                peers.spawn(misbehave(peer, dice.clone()));
            }
        };
        let ended = tokio::select! {
            ended = asking => ended,
            () = serving => 0,
        };
        stage.quiet().await;
        let counters = stage.pool.observe().measured.counters;
        // Who gives up before the engine has heard of the request is counted nowhere.
        let told = counters.completed + counters.errors + counters.aborted;
        assert_eq!(counters.total_requests, told, "{counters:?}");
        assert!(told <= REQUESTS && ended <= told && told - ended <= counters.aborted, "{counters:?}");
        assert!(ended > REQUESTS / 2, "{ended}");
        assert!(counters.completed > 0 && counters.resent > 0 && counters.aborted > 0 && counters.errors > 0);
        stage.pool.destroy();
        stage.quiet().await;
        assert_eq!(stage.stats().open, 0);
        let left = Arc::downgrade(&stage.pool);
        drop(stage);
        crate::stage::until(|| left.strong_count() == 0).await;
    });
}

#[test]
fn every_request_settles_once_and_nothing_is_left() {
    for seed in 1..=3 {
        survives(seed);
    }
}

/// Answers, and closes without a word after some replies.
async fn close_silently(mut peer: Peer, dice: Dice) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match peer.stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        peer.write(crate::server::OK).await;
        if dice.roll(3) == 0 {
            dice.pause().await;
            return peer.close();
        }
    }
}

#[test]
fn a_get_never_sees_the_keep_alive_race() {
    run(async {
        let dice = Dice::new(11);
        let stage = Stage::new(&[("maxSocketsPerHost", 4.0)]);
        let server = Server::bind().await;
        let destination = plain(&server);
        let serving = dice.clone();
        tokio::spawn(async move {
            loop {
                tokio::spawn(close_silently(server.accept().await, serving.clone()));
            }
        });
        let mut waiting = std::collections::VecDeque::new();
        for _ in 0..3_000 {
            waiting.push_back(stage.get(&destination, "/"));
            if waiting.len() > 20 {
                assert_eq!(waiting.pop_front().unwrap().body().await, "ok");
            }
            dice.pause().await;
        }
        for asked in waiting {
            assert_eq!(asked.body().await, "ok");
        }
        assert!(stage.resent() > 0);
    });
}
