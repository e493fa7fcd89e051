use std::time::Duration;

use rag_connection_pool::config::{Class, Config, OPTIONS, Scope, Value, resolve_host};

use crate::{NOTHING, number, resolved, text};

fn for_hosts(pool: &Config, given: &[(&str, Value)]) -> Config {
    resolve_host(pool, given).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn refusal(given: &[(&str, Value)]) -> (String, Class) {
    match resolve_host(&resolved(NOTHING), given) {
        Ok(_) => panic!("accepted"),
        Err(refusal) => (refusal.to_string(), refusal.class),
    }
}

#[test]
fn hosts_that_set_nothing_have_what_the_pool_has() {
    let pool = resolved(&[("maxSocketsPerHost", number(3)), ("bodyTimeout", number(9))]);
    assert_eq!(for_hosts(&pool, NOTHING), pool);
}

#[test]
fn what_hosts_set_holds_over_what_the_pool_has() {
    let pool = resolved(&[("maxSocketsPerHost", number(3)), ("headersTimeout", number(9))]);
    let mut expected = pool;
    expected.limits.max_per_origin = 20;
    assert_eq!(for_hosts(&pool, &[("maxSocketsPerHost", number(20))]), expected);
}

#[test]
fn the_body_timeout_of_hosts_follows_their_timeout() {
    let pool = resolved(&[("bodyTimeout", number(5))]);
    let timeouts = for_hosts(&pool, &[("timeout", number(7))]).timeouts;
    let seven = Some(Duration::from_millis(7));
    assert_eq!((timeouts.write, timeouts.body), (seven, seven));
}

#[test]
fn an_option_of_the_whole_pool_is_refused() {
    for spec in OPTIONS.iter().filter(|spec| spec.scope == Scope::Pool) {
        let (message, class) = refusal(&[(spec.name, number(1))]);
        assert_eq!(
            message,
            format!(
                "{} must be left out here: it is an option of the whole pool; received a number",
                spec.name
            ),
        );
        assert_eq!(class, Class::Type);
    }
}

#[test]
fn a_name_that_is_no_option_is_refused() {
    let (message, class) = refusal(&[("maxSocketsPerHosts", number(1))]);
    assert_eq!(
        message,
        "maxSocketsPerHosts must be left out here: no option has this name; received a number"
    );
    assert_eq!(class, Class::Type);
}

#[test]
fn a_name_that_is_no_option_passes_undefined() {
    assert_eq!(for_hosts(&resolved(NOTHING), &[("team", Value::Undefined)]), resolved(NOTHING));
}

#[test]
fn a_wrong_value_is_refused_as_for_a_pool() {
    let (message, class) = refusal(&[("scheduling", text("random"))]);
    assert_eq!(message, "scheduling must be 'lifo' or 'fifo'; received 'random'");
    assert_eq!(class, Class::Range);
}

#[test]
fn a_family_that_contradicts_the_address_of_the_pool_is_refused() {
    let pool = resolved(&[("localAddress", text("127.0.0.1"))]);
    let refusal = resolve_host(&pool, &[("family", number(6))]).unwrap_err();
    assert_eq!(refusal.option, "localAddress");
}
