//! Which connections are beyond the suspicion that their peer is closing them.

use http::Method;

use crate::server::{OK, Server};
use crate::stage::{Stage, plain, run};

#[test]
fn the_second_sending_trusts_no_connection_that_was_idle_beside_the_dead_one() {
    run(async {
        let (stage, server) = (Stage::new(&[]), Server::bind().await);
        let destination = plain(&server);
        let first = stage.get(&destination, "/");
        let mut older = server.accept().await;
        let second = stage.get(&destination, "/");
        let mut younger = server.accept().await;
        older.answer(OK).await;
        first.reply().await;
        younger.answer(OK).await;
        second.reply().await;
        let asked = stage.get(&destination, "/again");
        younger.head().await;
        younger.close();
        let mut fresh = server.accept().await;
        fresh.answer(OK).await;
        asked.reply().await;
        older.gone().await;
    });
}

#[test]
fn a_connection_that_idled_before_its_first_request_is_no_fresher_than_others() {
    run(async {
        let (stage, server) = (Stage::alone(&[]), Server::bind().await);
        let destination = plain(&server);
        let (given_up, held) = stage.send_and_hold(stage.request(Method::GET, &destination, "/")).await;
        given_up.abort();
        held.release();
        stage.until(|now| now.idle == 1).await;
        let peer = server.accept().await;
        let (asked, held) = stage.send_and_hold(stage.request(Method::GET, &destination, "/first")).await;
        peer.close();
        held.release();
        server.accept().await.answer(OK).await;
        assert_eq!(asked.body().await, "ok");
    });
}
