//! Policies of the test's own, plugged into the pipeline.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use parking_lot::Mutex;
use rag_connection_pool::dispatch::Standing;
use rag_connection_pool::error::{Error, Kind, Phase};
use rag_connection_pool::key::Origin;
use rag_connection_pool::policy::{Admission, Attempt, Next, Outcome, Policies, Policy, Retry};

use crate::raw_user::{GET, Heard};
use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run, to};

/// Answers in turn, then lets everybody in; and notes what it hears.
#[derive(Debug, Default)]
struct Book {
    answers: Vec<Admission>,
    asked: usize,
    heard: Vec<Outcome>,
}

#[derive(Debug, Default, Clone)]
struct Noting(Arc<Mutex<Book>>);

impl Noting {
    fn answering(answers: impl IntoIterator<Item = Admission>) -> Self {
        let book = Self::default();
        book.0.lock().answers = answers.into_iter().collect();
        book
    }

    fn asked(&self) -> usize {
        self.0.lock().asked
    }

    fn heard(&self) -> Vec<Outcome> {
        self.0.lock().heard.clone()
    }

    fn gates(&self) -> Policies {
        Policies { gates: vec![Box::new(self.clone())], ..Policies::default() }
    }
}

impl Policy for Noting {
    fn admit(&mut self, _: &Origin, _: Instant) -> Admission {
        let mut book = self.0.lock();
        book.asked += 1;
        if book.answers.is_empty() { Admission::Go } else { book.answers.remove(0) }
    }

    fn record(&mut self, _: &Origin, outcome: &Outcome, _: Instant) {
        self.0.lock().heard.push(outcome.clone());
    }
}

fn refusal() -> Admission {
    Admission::Refuse(Error::new(Kind::QueueFull, Phase::Queue, "not today"))
}

#[test]
fn who_is_refused_fails_with_the_policys_own_error_and_takes_no_connection() {
    run(async {
        let noting = Noting::answering([refusal()]);
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let error = stage.get(&plain(&server), "/").failure().await;
        assert_eq!((error.facts().message.as_ref(), error.code()), ("not today", "ERR_POOL_QUEUE_FULL"));
        assert_eq!(error.facts().origin, Some(format!("http://127.0.0.1:{}", server.port())));
        assert_eq!((stage.stats().created, noting.heard()), (0, vec![]));
        let second = stage.get(&plain(&server), "/");
        server.accept().await.answer(OK).await;
        second.reply().await;
    });
}

#[test]
fn a_policy_hears_what_became_of_each_attempt() {
    run(async {
        let noting = Noting::default();
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let destination = plain(&server);
        let first = stage.get(&destination, "/");
        let mut peer = server.accept().await;
        peer.answer("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").await;
        first.reply().await;
        let second = stage.get(&destination, "/");
        peer.request().await;
        peer.close();
        // Sent again, on a fresh connection.
        server.accept().await.answer(OK).await;
        second.reply().await;
        let reset = Outcome::Failed(Kind::System("ECONNRESET".into()));
        assert_eq!(noting.heard(), [Outcome::Answered(Some(503)), reset, Outcome::Answered(Some(200))]);
        assert_eq!(noting.asked(), 3);
    });
}

#[test]
fn a_dial_that_fails_is_heard_of() {
    run(async {
        let noting = Noting::default();
        let stage = Stage::under(noting.gates());
        let port = Server::bind().await.port();
        stage.get(&to("127.0.0.1", port), "/").failure().await;
        assert_eq!(noting.heard(), [Outcome::Failed(Kind::System("ECONNREFUSED".into()))]);
    });
}

#[test]
fn an_attempt_that_its_caller_gives_up_is_heard_of() {
    run(async {
        let noting = Noting::default();
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        // Kept: its end would be what is heard of, if it came first.
        let mut peer = server.accept().await;
        peer.request().await;
        asked.task.as_ref().unwrap().abort();
        // Told after the connection is back.
        crate::stage::until(|| noting.heard() == [Outcome::GivenUp]).await;
        stage.quiet().await;
    });
}

#[test]
fn who_is_to_wait_asks_again() {
    run(async {
        let noting = Noting::answering([1, 1].map(|ms| Admission::Wait(Duration::from_millis(ms))));
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        server.accept().await.answer(OK).await;
        asked.reply().await;
        assert_eq!(noting.asked(), 3);
    });
}

#[test]
fn the_pools_end_ends_that_wait() {
    run(async {
        let noting = Noting::answering([Admission::Wait(Duration::from_secs(3600))]);
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let asked = stage.get(&plain(&server), "/");
        crate::stage::until(|| noting.asked() == 1).await;
        stage.pool.destroy();
        assert_eq!(asked.failure().await.code(), "ERR_POOL_DESTROYED");
    });
}

#[test]
fn who_let_an_attempt_in_that_another_refused_hears_that_it_was_given_up() {
    run(async {
        let (first, second) = (Noting::default(), Noting::answering([refusal()]));
        let gates: Vec<Box<dyn Policy>> = vec![Box::new(first.clone()), Box::new(second.clone())];
        let stage = Stage::under(Policies { gates, ..Policies::default() });
        stage.get(&to("127.0.0.1", 9), "/").failure().await;
        assert_eq!((first.heard(), second.heard()), (vec![Outcome::GivenUp], vec![]));
    });
}

#[test]
fn an_agents_request_is_refused_like_any_other() {
    run(async {
        let noting = Noting::answering([refusal()]);
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let error = stage.raw_for(&plain(&server), true).err().unwrap();
        assert_eq!((error.facts().message.as_ref(), error.code()), ("not today", "ERR_POOL_QUEUE_FULL"));
        assert_eq!((stage.stats().created, noting.heard()), (0, vec![]));
        assert_eq!(stage.pool.observe().measured.counters.errors, 1);
    });
}

#[test]
fn what_became_of_an_agents_attempts_is_heard() {
    run(async {
        let noting = Noting::default();
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let destination = plain(&server);
        let mut first = stage.raw(&destination);
        first.write(GET);
        let mut peer = server.accept().await;
        peer.request().await;
        let reply = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        peer.write(reply).await;
        first.reply(reply).await;
        assert!(first.release());
        let mut second = stage.raw(&destination);
        second.write(GET);
        peer.request().await;
        peer.close();
        let mut fresh = server.accept().await;
        fresh.request().await;
        fresh.write(OK).await;
        second.reply(OK).await;
        let third = stage.raw(&destination);
        third.lease.abort(false);
        let reset = Outcome::Failed(Kind::System("ECONNRESET".into()));
        let heard = [Outcome::Answered(Some(503)), reset, Outcome::Answered(Some(200)), Outcome::GivenUp];
        assert_eq!(noting.heard(), heard);
    });
}

#[test]
fn a_connection_that_was_dead_before_an_agents_request_began_is_no_attempt() {
    run(async {
        let noting = Noting::default();
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let mut first = stage.raw(&plain(&server));
        first.write(GET);
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply(OK).await;
        assert!(first.release());
        let held = stage.hold().await;
        let mut second = stage.raw(&plain(&server));
        second.write(GET);
        peer.close();
        held.release();
        server.accept().await.answer(OK).await;
        second.reply(OK).await;
        assert_eq!((noting.asked(), noting.heard()), (2, vec![Outcome::Answered(Some(200)); 2]));
    });
}

#[test]
fn an_agents_request_that_is_to_wait_asks_again() {
    run(async {
        let noting = Noting::answering([1, 1].map(|ms| Admission::Wait(Duration::from_millis(ms))));
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let mut asked = stage.raw(&plain(&server));
        assert_eq!(asked.standing, Standing::Queued);
        asked.write(GET);
        let mut peer = server.accept().await;
        peer.request().await;
        peer.write(OK).await;
        asked.reply(OK).await;
        assert_eq!(noting.asked(), 3);
    });
}

#[test]
fn an_agents_request_that_is_to_wait_may_be_given_up() {
    run(async {
        let noting = Noting::answering([Admission::Wait(Duration::from_secs(3600))]);
        let (stage, server) = (Stage::under(noting.gates()), Server::bind().await);
        let mut asked = stage.raw(&plain(&server));
        asked.lease.abort(false);
        assert!(matches!(asked.next().await, Heard::Closed));
        let mut ended = stage.raw_for(&to("127.0.0.1", 9), true).unwrap();
        ended.failure().await;
        assert_eq!(noting.heard(), [Outcome::Failed(Kind::System("ECONNREFUSED".into()))]);
    });
}

/// Nothing is ever sent again.
#[derive(Debug)]
struct Never;

impl Retry for Never {
    fn after(&self, _: &Attempt) -> Next {
        Next::Fail
    }
}

#[test]
fn the_rule_of_the_resend_is_a_policy_like_the_others() {
    run(async {
        let policies = Policies { retry: Box::new(Never), ..Policies::default() };
        let (stage, server) = (Stage::under(policies), Server::bind().await);
        let destination = plain(&server);
        let first = stage.get(&destination, "/");
        let mut peer = server.accept().await;
        peer.answer(OK).await;
        first.reply().await;
        let second = stage.send(stage.request(Method::GET, &destination, "/"));
        peer.request().await;
        peer.close();
        assert_eq!(second.failure().await.code(), "ECONNRESET");
        assert_eq!(stage.resent(), 0);
    });
}
