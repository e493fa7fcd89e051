use rag_connection_pool::config::{Class, OPTIONS, Value, resolve, resolve_request};

use crate::{NOTHING, number, refused, resolved, text};

#[test]
fn every_message_names_the_option_the_value_and_what_is_allowed() {
    for spec in OPTIONS {
        let expected = format!("{} must be {}; received a symbol", spec.name, spec.kind.allowed());
        assert_eq!(refused(spec.name, Value::Other("symbol")).to_string(), expected);
    }
}

#[test]
fn what_is_allowed_is_said_in_words() {
    let cases = [
        ("maxSockets", number(0), "maxSockets must be an integer between 1 and 1000000; received 0"),
        (
            "timeout",
            text("30s"),
            "timeout must be an integer of milliseconds between 0 and 2147483647; received '30s'",
        ),
        ("keepAlive", number(1), "keepAlive must be true or false; received 1"),
        ("scheduling", text("random"), "scheduling must be 'lifo' or 'fifo'; received 'random'"),
        ("family", number(5), "family must be 0, 4 or 6; received 5"),
        ("localAddress", text("eth0"), "localAddress must be an IPv4 or IPv6 address; received 'eth0'"),
        ("lookup", text("dns"), "lookup must be a function; received 'dns'"),
        ("socketPath", text(""), "socketPath must be the path of a Unix socket; received ''"),
        ("tls", Value::Bool(true), "tls must be an object; received true"),
        (
            "proxy",
            Value::Bool(true),
            "proxy must be the URL of a proxy, or null or false for none; received true",
        ),
    ];
    for (name, value, message) in cases {
        assert_eq!(refused(name, value).to_string(), message);
    }
}

#[test]
fn the_first_fault_in_the_order_of_the_table_is_the_one_reported() {
    let given = [("family", number(5)), ("timeout", number(-1)), ("maxSockets", number(0))];
    assert_eq!(resolve(&given).unwrap_err().option, "maxSockets");
}

#[test]
fn a_fault_in_what_another_option_follows_is_reported_under_the_name_that_was_given() {
    assert_eq!(refused("timeout", number(-1)).option, "timeout");
}

#[test]
fn more_threads_than_one_are_refused_with_the_reason() {
    let refusal = refused("ioThreads", number(2));
    assert_eq!(refusal.to_string(), "ioThreads must be 1, as no other is offered; received 2");
    assert_eq!(refusal.class, Class::Range);
    assert_eq!(refused("ioThreads", text("1")).class, Class::Type);
    assert_eq!(resolved(&[("ioThreads", number(1))]), resolved(NOTHING));
}

#[test]
fn names_that_no_version_knows_pass() {
    assert_eq!(resolved(&[("team", text("search")), ("MaxSockets", Value::Null)]), resolved(NOTHING));
}

#[test]
fn a_message_does_not_repeat_what_may_be_a_key() {
    let refusal = refused("tls", text("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(refusal.value, "a string");
}

#[test]
fn a_message_does_not_repeat_what_may_be_a_password() {
    let url = text("http://user:secret@proxy.example");
    let refusal = resolve_request(&resolve::<&str>(&[]).unwrap(), &[("proxy", url)]).unwrap_err();
    assert_eq!(refusal.value, "a string");
}
