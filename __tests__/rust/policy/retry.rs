//! What follows a failed attempt.

use std::time::Duration;

use rag_connection_pool::policy::{Attempt, Declined, Next, Retry, SafeResend, Seen, Trace};

const UNTOUCHED: Trace = Trace { written: 0, received: 0, acknowledged: None, ended: false };
const WRITTEN: Trace = Trace { written: 100, ..UNTOUCHED };
/// The peer had closed before a byte of the request reached it.
const CLOSED_BEFORE: Trace = Trace { acknowledged: Some(0), ended: true, ..WRITTEN };

/// A keep-alive race that may be anything.
const RACE: Attempt = Attempt {
    died: true,
    rested: true,
    unsent: false,
    replayable: true,
    idempotent: false,
    declined: None,
    refusals: 0,
    resent: false,
    trace: WRITTEN,
};

const AT_ONCE: Next = Next::Anew { after: Duration::ZERO };

fn after(attempt: Attempt) -> Next {
    SafeResend.after(&attempt)
}

#[test]
fn what_may_have_been_read_is_sent_again_only_if_that_does_no_harm() {
    assert_eq!(after(RACE), Next::Fail);
    assert_eq!(after(Attempt { idempotent: true, ..RACE }), Next::Again);
}

#[test]
fn what_was_provably_never_read_is_sent_again() {
    for trace in [UNTOUCHED, CLOSED_BEFORE] {
        assert_eq!(trace.seen(), Seen::Nothing);
        assert_eq!(after(Attempt { trace, ..RACE }), Next::Again);
    }
}

#[test]
fn each_part_of_the_proof_is_needed() {
    for trace in [
        Trace { ended: false, ..CLOSED_BEFORE },
        Trace { acknowledged: Some(1), ..CLOSED_BEFORE },
        Trace { acknowledged: None, ..CLOSED_BEFORE },
        Trace { received: 1, ..CLOSED_BEFORE },
    ] {
        assert_eq!(trace.seen(), Seen::Perhaps, "{trace:?}");
        assert_eq!(after(Attempt { trace, ..RACE }), Next::Fail, "{trace:?}");
    }
}

#[test]
fn once_a_byte_came_back_nothing_is_sent_again() {
    let trace = Trace { received: 1, ..WRITTEN };
    assert_eq!(after(Attempt { idempotent: true, trace, ..RACE }), Next::Fail);
}

#[test]
fn what_is_no_race_fails() {
    let safe = Attempt { idempotent: true, trace: UNTOUCHED, ..RACE };
    for attempt in [
        Attempt { died: false, ..safe },
        Attempt { rested: false, ..safe },
        Attempt { replayable: false, ..safe },
    ] {
        assert_eq!(after(attempt), Next::Fail, "{attempt:?}");
    }
}

#[test]
fn what_came_back_whole_goes_out_as_if_for_the_first_time() {
    assert_eq!(after(Attempt { unsent: true, replayable: false, ..RACE }), AT_ONCE);
    assert_eq!(after(Attempt { unsent: true, rested: false, ..RACE }), Next::Fail);
}

#[test]
fn what_the_peer_says_it_has_not_processed_goes_out_anew_whatever_it_is_and_not_for_ever() {
    let refused = Attempt { died: false, rested: false, declined: Some(Declined::Shedding), ..RACE };
    assert!(matches!(after(refused), Next::Anew { .. }));
    assert!(matches!(after(Attempt { refusals: 9, ..refused }), Next::Anew { .. }));
    assert_eq!(after(Attempt { refusals: 10, ..refused }), Next::Fail);
    assert_eq!(after(Attempt { replayable: false, ..refused }), Next::Fail);
    assert!(matches!(after(Attempt { replayable: false, unsent: true, ..refused }), Next::Anew { .. }));
}

/// The rests of a request that is declined again and again for one reason, in milliseconds.
fn rests(declined: Declined) -> Vec<u128> {
    let attempt = |refusals| Attempt { declined: Some(declined), refusals, ..RACE };
    let rest = |refusals| match after(attempt(refusals)) {
        Next::Anew { after } => Some(after.as_millis()),
        Next::Fail | Next::Again => None,
    };
    (0..).map_while(rest).collect()
}

#[test]
fn what_a_peer_sheds_rests_twice_as_long_each_time() {
    assert_eq!(rests(Declined::Shedding), [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000, 2000]);
}

#[test]
fn what_a_leaving_peer_has_not_taken_goes_out_at_once_and_then_rests_too() {
    assert_eq!(rests(Declined::Leaving)[..4], [0, 50, 100, 200]);
}

#[test]
fn what_goes_another_way_goes_at_once() {
    assert_eq!(after(Attempt { declined: Some(Declined::Elsewhere), ..RACE }), AT_ONCE);
}

#[test]
fn nothing_is_sent_a_third_time() {
    assert_eq!(SafeResend.after(&Attempt { idempotent: true, ..RACE }), Next::Again);
    assert_eq!(SafeResend.after(&Attempt { idempotent: true, resent: true, ..RACE }), Next::Fail);
}
