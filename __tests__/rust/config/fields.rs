use std::time::Duration;

use rag_connection_pool::config::{Config, OPTIONS, Scheduling, Value};

use crate::{NOTHING, number, resolved, text};

type Case = (&'static str, Value, fn(&mut Config));

const SEVEN_MS: Duration = Duration::from_millis(7);

fn cases() -> Vec<Case> {
    vec![
        ("maxSockets", number(7), |c| c.limits.max_sockets = 7),
        ("maxSocketsPerHost", number(7), |c| c.limits.max_per_origin = 7),
        ("maxFreeSockets", number(7), |c| c.limits.max_idle = 7),
        ("timeout", number(7), |c| (c.timeouts.write, c.timeouts.body) = (Some(SEVEN_MS), Some(SEVEN_MS))),
        ("freeSocketTimeout", number(7), |c| c.limits.idle_timeout = SEVEN_MS),
        ("keepAliveTimeout", number(7), |c| c.limits.keep_alive_cap = SEVEN_MS),
        ("keepAlive", Value::Bool(false), |c| c.limits.keep_alive = false),
        ("keepAliveMsecs", number(7), |c| c.tcp.keep_alive_delay = Some(SEVEN_MS)),
        ("scheduling", text("fifo"), |c| c.limits.scheduling = Scheduling::Fifo),
        ("trackMetrics", Value::Bool(false), |c| c.track_metrics = false),
        ("metricsInterval", number(7), |c| c.metrics_interval = Some(SEVEN_MS)),
        ("queueTimeout", number(7), |c| c.timeouts.queue = Some(SEVEN_MS)),
        ("maxQueued", number(7), |c| c.limits.max_queued = Some(7)),
        ("connectTimeout", number(7), |c| c.timeouts.connect = Some(SEVEN_MS)),
        ("headersTimeout", number(7), |c| c.timeouts.headers = Some(SEVEN_MS)),
        ("bodyTimeout", number(7), |c| c.timeouts.body = Some(SEVEN_MS)),
        ("requestTimeout", number(7), |c| c.timeouts.request = Some(SEVEN_MS)),
        ("maxLifetime", number(7), |c| c.limits.max_lifetime = Some(SEVEN_MS)),
        ("maxRequestsPerSocket", number(7), |c| c.limits.max_requests = Some(7)),
        ("minFreeSockets", number(7), |c| c.limits.min_idle = 7),
        ("dnsCacheMs", number(7), |c| c.dns.cache = SEVEN_MS),
        ("allowH2", Value::Bool(false), |c| c.h2.allow = false),
        ("h2c", Value::Bool(true), |c| c.h2.clear = true),
        ("maxConcurrentStreams", number(7), |c| c.h2.max_streams = 7),
        ("pingInterval", number(7), |c| c.h2.ping_interval = Some(SEVEN_MS)),
        ("pingTimeout", number(7), |c| c.h2.ping_timeout = Some(SEVEN_MS)),
        ("maxHeaderSize", number(9_000), |c| c.head.max_size = 9_000),
        ("maxHeadersCount", number(7), |c| c.head.max_count = 7),
        ("maxExpansion", number(7), |c| c.body.max_expansion = Some(7)),
        ("localAddress", text("127.0.0.7"), |c| c.tcp.local_address = Some([127, 0, 0, 7].into())),
        ("family", number(6), |c| c.tcp.family = 6),
        ("lookup", Value::Other("function"), |_| {}),
        ("socketPath", text("/run/api.sock"), |_| {}),
        ("ioThreads", number(1), |_| {}),
        ("name", text("shared"), |_| {}),
        ("perHostPools", Value::Object, |_| {}),
        ("configFile", text("pool.json"), |_| {}),
        ("environments", Value::Object, |_| {}),
        ("tls", Value::Object, |_| {}),
        ("proxy", text("http://proxy.example:3128"), |_| {}),
        ("proxyEnv", Value::Bool(true), |_| {}),
    ]
}

#[test]
fn each_option_reaches_its_own_field_and_no_other() {
    for (name, value, change) in cases() {
        let mut expected = resolved(NOTHING);
        change(&mut expected);
        assert_eq!(resolved(&[(name, value)]), expected, "{name}");
    }
}

#[test]
fn each_option_of_the_table_is_among_these_cases() {
    let cases: Vec<_> = cases().into_iter().map(|(name, ..)| name).collect();
    let table: Vec<_> = OPTIONS.iter().map(|spec| spec.name).collect();
    assert_eq!(cases, table);
}

#[test]
fn zero_switches_a_bound_off() {
    let off: [Case; 14] = [
        ("timeout", number(0), |c| (c.timeouts.write, c.timeouts.body) = (None, None)),
        ("keepAliveMsecs", number(0), |c| c.tcp.keep_alive_delay = None),
        ("metricsInterval", number(0), |c| c.metrics_interval = None),
        ("queueTimeout", number(0), |c| c.timeouts.queue = None),
        ("maxQueued", number(0), |c| c.limits.max_queued = None),
        ("connectTimeout", number(0), |c| c.timeouts.connect = None),
        ("headersTimeout", number(0), |c| c.timeouts.headers = None),
        ("bodyTimeout", number(0), |c| c.timeouts.body = None),
        ("requestTimeout", number(0), |c| c.timeouts.request = None),
        ("maxLifetime", number(0), |c| c.limits.max_lifetime = None),
        ("maxRequestsPerSocket", number(0), |c| c.limits.max_requests = None),
        ("pingInterval", number(0), |c| c.h2.ping_interval = None),
        ("pingTimeout", number(0), |c| c.h2.ping_timeout = None),
        ("maxExpansion", number(0), |c| c.body.max_expansion = None),
    ];
    for (name, value, change) in off {
        let mut expected = resolved(NOTHING);
        change(&mut expected);
        assert_eq!(resolved(&[(name, value)]), expected, "{name}");
    }
}

#[test]
fn zero_keeps_nothing_where_the_option_says_how_long_to_keep() {
    let keep: [Case; 4] = [
        ("maxFreeSockets", number(0), |c| c.limits.max_idle = 0),
        ("freeSocketTimeout", number(0), |c| c.limits.idle_timeout = Duration::ZERO),
        ("keepAliveTimeout", number(0), |c| c.limits.keep_alive_cap = Duration::ZERO),
        ("dnsCacheMs", number(0), |c| c.dns.cache = Duration::ZERO),
    ];
    for (name, value, change) in keep {
        let mut expected = resolved(NOTHING);
        change(&mut expected);
        assert_eq!(resolved(&[(name, value)]), expected, "{name}");
    }
}

#[test]
fn a_local_address_may_be_of_either_family() {
    for address in ["192.0.2.1", "2001:db8::1"] {
        let config = resolved(&[("localAddress", text(address))]);
        assert_eq!(config.tcp.local_address.map(|ip| ip.to_string()).as_deref(), Some(address));
    }
}
