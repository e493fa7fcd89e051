//! What follows a failed attempt.

use rag_connection_pool::policy::{Attempt, Next, Retry, SafeResend, Seen, Trace};

const UNTOUCHED: Trace = Trace { written: 0, received: 0, acknowledged: None, ended: false };
const WRITTEN: Trace = Trace { written: 100, ..UNTOUCHED };
/// The peer had closed before a byte of the request reached it.
const CLOSED_BEFORE: Trace = Trace { acknowledged: Some(0), ended: true, ..WRITTEN };

/// A keep-alive race that may be anything.
const RACE: Attempt =
    Attempt { died: true, rested: true, unsent: false, replayable: true, idempotent: false, trace: WRITTEN };

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
    assert_eq!(after(Attempt { unsent: true, replayable: false, ..RACE }), Next::Anew);
    assert_eq!(after(Attempt { unsent: true, rested: false, ..RACE }), Next::Fail);
}
