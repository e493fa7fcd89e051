use std::time::Duration;

use rag_connection_pool::config::{OPTIONS, Scheduling, Value, defaults};

use crate::{NOTHING, number, resolved};

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn connections_are_limited_as_documented_when_nothing_is_given() {
    let limits = resolved(NOTHING).limits;
    assert_eq!((limits.max_sockets, limits.max_per_origin, limits.max_idle), (50, 10, 10));
    assert_eq!((limits.idle_timeout, limits.keep_alive_cap), (ms(15_000), ms(60_000)));
    assert_eq!((limits.keep_alive, limits.scheduling), (true, Scheduling::Lifo));
    assert_eq!((limits.max_queued, limits.max_lifetime, limits.max_requests), (None, None, None));
}

#[test]
fn only_connecting_writing_and_the_body_are_timed_when_nothing_is_given() {
    let timeouts = resolved(NOTHING).timeouts;
    assert_eq!((timeouts.connect, timeouts.write), (Some(ms(10_000)), Some(ms(30_000))));
    assert_eq!(timeouts.body, Some(ms(30_000)));
    assert_eq!((timeouts.queue, timeouts.headers, timeouts.request), (None, None, None));
}

#[test]
fn sockets_names_and_replies_are_treated_as_documented_when_nothing_is_given() {
    let config = resolved(NOTHING);
    assert_eq!(config.tcp.keep_alive_delay, Some(ms(1_000)));
    assert_eq!((config.tcp.local_address, config.tcp.family), (None, 0));
    assert_eq!(config.dns.cache, ms(10_000));
    assert_eq!((config.head.max_size, config.head.max_count), (65_536, 2_000));
    assert_eq!(config.body.max_expansion, Some(1_000));
    assert!(config.track_metrics);
}

#[test]
fn undefined_is_the_same_as_left_out() {
    let undefined: Vec<_> = OPTIONS.iter().map(|spec| (spec.name, Value::Undefined)).collect();
    assert_eq!(resolved(&undefined), resolved(NOTHING));
}

#[test]
fn the_exported_defaults_given_back_change_nothing() {
    let given: Vec<_> = defaults().collect();
    assert_eq!(resolved(&given), resolved(NOTHING));
}

#[test]
fn the_exported_defaults_hold_every_option_that_has_one_of_its_own() {
    let exported: Vec<_> = defaults().map(|(name, _)| name).collect();
    let without: Vec<_> =
        OPTIONS.iter().map(|spec| spec.name).filter(|name| !exported.contains(name)).collect();
    let expected = [
        "bodyTimeout",
        "localAddress",
        "lookup",
        "socketPath",
        "name",
        "perHostPools",
        "configFile",
        "environments",
        "tls",
        "proxy",
        "proxyEnv",
    ];
    assert_eq!(without, expected);
}

#[test]
fn the_body_timeout_follows_the_timeout() {
    let timeouts = resolved(&[("timeout", number(60_000))]).timeouts;
    assert_eq!((timeouts.write, timeouts.body), (Some(ms(60_000)), Some(ms(60_000))));
}

#[test]
fn a_body_timeout_of_its_own_follows_nothing() {
    let timeouts = resolved(&[("timeout", number(60_000)), ("bodyTimeout", number(5))]).timeouts;
    assert_eq!((timeouts.write, timeouts.body), (Some(ms(60_000)), Some(ms(5))));
}
