use std::time::Duration;

use rag_connection_pool::config::{Class, OPTIONS, Scope, Timeouts, Value, resolve_request};

use crate::{NOTHING, number, resolved, text};

type Case = (&'static str, fn(&mut Timeouts, Option<Duration>));

fn for_request(given: &[(&str, Value)]) -> Timeouts {
    resolve_request(&resolved(NOTHING), given).unwrap_or_else(|refusal| panic!("{refusal}"))
}

#[test]
fn a_request_that_sets_nothing_has_the_timeouts_of_the_pool() {
    let pool = resolved(&[("headersTimeout", number(1)), ("timeout", number(2))]);
    assert_eq!(resolve_request(&pool, NOTHING), Ok(pool.timeouts));
    assert_eq!(resolve_request(&pool, &[("bodyTimeout", Value::Undefined)]), Ok(pool.timeouts));
}

#[test]
fn each_timeout_can_be_set_for_one_request() {
    let seven = Some(Duration::from_millis(7));
    let cases: [Case; 6] = [
        ("queueTimeout", |t, to| t.queue = to),
        ("connectTimeout", |t, to| t.connect = to),
        ("headersTimeout", |t, to| t.headers = to),
        ("bodyTimeout", |t, to| t.body = to),
        ("requestTimeout", |t, to| t.request = to),
        ("timeout", |t, to| (t.write, t.body) = (to, to)),
    ];
    for (name, set) in cases {
        for (given, expected) in [(number(7), seven), (number(0), None)] {
            let mut timeouts = resolved(NOTHING).timeouts;
            set(&mut timeouts, expected);
            assert_eq!(for_request(&[(name, given)]), timeouts, "{name}");
        }
    }
}

#[test]
fn a_body_timeout_of_the_request_does_not_follow_its_timeout() {
    let timeouts = for_request(&[("timeout", number(9)), ("bodyTimeout", number(7))]);
    assert_eq!(timeouts.write, Some(Duration::from_millis(9)));
    assert_eq!(timeouts.body, Some(Duration::from_millis(7)));
}

#[test]
fn a_wrong_value_is_refused_as_for_a_pool() {
    let refusal = resolve_request(&resolved(NOTHING), &[("headersTimeout", number(-1))]).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "headersTimeout must be an integer of milliseconds between 0 and 2147483647; received -1",
    );
    assert_eq!(refusal.class, Class::Range);
}

#[test]
fn null_is_refused_as_for_a_pool() {
    let refusal = resolve_request(&resolved(NOTHING), &[("headersTimeout", Value::Null)]).unwrap_err();
    assert_eq!(refusal.class, Class::Type);
}

#[test]
fn an_option_that_only_a_pool_has_is_refused() {
    for spec in OPTIONS.iter().filter(|spec| spec.scope < Scope::Request) {
        let refusal = resolve_request(&resolved(NOTHING), &[(spec.name, number(1))]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            format!("{} must be left out here: it is an option of the pool; received a number", spec.name),
        );
    }
}

#[test]
fn what_is_an_option_of_the_pool_is_refused() {
    let refusal = resolve_request(&resolved(NOTHING), &[("socketPath", text("/run/api.sock"))]).unwrap_err();
    assert_eq!(refusal.option, "socketPath");
}

#[test]
fn what_is_no_option_passes() {
    assert_eq!(for_request(&[("method", text("GET"))]), resolved(NOTHING).timeouts);
}
