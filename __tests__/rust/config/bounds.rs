use rag_connection_pool::config::{Class, Kind, OPTIONS, Value, resolve, resolve_host};

use crate::{number, refused, text};

/// Name, least and most of every option that takes a range of numbers.
fn ranges() -> impl Iterator<Item = (&'static str, f64, f64)> {
    OPTIONS.iter().filter_map(|spec| match spec.kind {
        Kind::Int { min, max, .. } => Some((spec.name, min.into(), max.into())),
        Kind::Ms { max, .. } => Some((spec.name, 0.0, max.into())),
        _ => None,
    })
}

/// What bounds `minFreeSockets` besides its own range.
const WIDE: [&str; 3] = ["maxFreeSockets", "maxSockets", "maxSocketsPerHost"];

#[test]
fn the_least_and_the_most_allowed_are_accepted() {
    for (name, min, max) in ranges() {
        for bound in [min, max] {
            let others = WIDE.into_iter().filter(|other| *other != name && name == "minFreeSockets");
            let given: Vec<_> =
                others.map(|other| (other, number(bound))).chain([(name, number(bound))]).collect();
            let given = if bound == 0.0 { vec![(name, number(bound))] } else { given };
            assert!(resolve(&given).is_ok(), "{name}: {bound}");
        }
    }
}

#[test]
fn one_less_than_the_least_is_a_range_error() {
    for (name, min, _) in ranges() {
        assert_eq!(refused(name, number(min - 1.0)).class, Class::Range, "{name}");
    }
}

#[test]
fn one_more_than_the_most_is_a_range_error() {
    for (name, _, max) in ranges() {
        assert_eq!(refused(name, number(max + 1.0)).class, Class::Range, "{name}");
    }
}

#[test]
fn numbers_that_are_not_whole_are_range_errors() {
    for (name, min, _) in ranges() {
        for odd in [min + 0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(refused(name, number(odd)).class, Class::Range, "{name}: {odd}");
        }
    }
}

#[test]
fn a_pool_without_a_single_connection_is_refused() {
    for name in ["maxSockets", "maxSocketsPerHost"] {
        assert_eq!(refused(name, number(0)).allowed, "an integer between 1 and 1000000");
    }
}

#[test]
fn a_head_of_less_than_8_kib_is_refused() {
    let refusal = refused("maxHeaderSize", number(8_191));
    assert_eq!(
        (refusal.class, refusal.allowed.as_str()),
        (Class::Range, "an integer between 8192 and 16777216")
    );
}

#[test]
fn a_scheduling_that_is_not_known_is_a_range_error() {
    for word in ["", "LIFO", "random"] {
        assert_eq!(refused("scheduling", text(word)).class, Class::Range, "{word}");
    }
}

#[test]
fn a_family_that_does_not_exist_is_a_range_error() {
    for family in [-4.0, 1.0, 5.0, 4.5, 10.0, 256.0, 260.0, f64::NAN] {
        assert_eq!(refused("family", number(family)).class, Class::Range, "{family}");
    }
}

#[test]
fn a_local_address_that_is_no_literal_is_a_range_error() {
    for address in ["", "localhost", "127.0.0.1:80", "[::1]", "127.1", "fe80::1%eth0"] {
        assert_eq!(refused("localAddress", text(address)).class, Class::Range, "{address}");
    }
}

#[test]
fn an_empty_path_is_a_range_error() {
    let refusal = refused("configFile", text(""));
    assert_eq!((refusal.class, refusal.allowed.as_str()), (Class::Range, "the path of a file"));
}

#[test]
fn a_local_address_of_the_other_family_is_a_range_error() {
    for (address, family) in [("127.0.0.1", 6), ("::1", 4)] {
        let refusal = resolve(&[("localAddress", text(address)), ("family", number(family))]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            format!(
                "localAddress must be an IPv{family} address where family is {family}; received '{address}'"
            ),
        );
        assert_eq!(refusal.class, Class::Range);
    }
}

#[test]
fn a_value_of_another_type_is_a_type_error() {
    let values = [
        Value::Null,
        Value::Bool(true),
        number(5_000),
        text("lifo"),
        Value::Object,
        Value::Other("function"),
        Value::Other("bigint"),
    ];
    for spec in OPTIONS {
        for value in &values {
            let of_its_type = matches!(
                (spec.kind, value),
                (Kind::Int { .. } | Kind::Ms { .. } | Kind::OneOfInt { .. }, Value::Number(_))
                    | (Kind::Bool { .. }, Value::Bool(_))
                    | (Kind::Proxy, Value::Null | Value::Text(_))
                    | (
                        Kind::OneOf(_) | Kind::Address { .. } | Kind::Path | Kind::Socket | Kind::Name,
                        Value::Text(_),
                    )
                    | (Kind::Function { .. }, Value::Other("function"))
                    | (Kind::Object { .. } | Kind::Hosts | Kind::Environments, Value::Object)
            );
            if !of_its_type {
                assert_eq!(refused(spec.name, value.clone()).class, Class::Type, "{}: {value:?}", spec.name);
            }
        }
    }
}

#[test]
fn no_more_are_kept_ready_than_are_kept_or_may_be_open() {
    let bounds =
        [("maxFreeSockets", 3), ("maxSocketsPerHost", 4), ("maxSockets", 5), ("freeSocketTimeout", 0)];
    for (name, most) in bounds {
        let refusal = resolve(&[(name, number(most)), ("minFreeSockets", number(6))]).unwrap_err();
        let expected = ("minFreeSockets", format!("at most {most}, as {name} has it"), Class::Range);
        assert_eq!((refusal.option.as_str(), refusal.allowed, refusal.class), expected);
        assert!(resolve(&[(name, number(most)), ("minFreeSockets", number(most))]).is_ok(), "{name}");
    }
}

#[test]
fn none_are_kept_ready_where_none_are_kept() {
    let off = ("keepAlive", Value::Bool(false));
    let refusal = resolve(&[off.clone(), ("minFreeSockets", number(1))]).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "minFreeSockets must be at most 0, as keepAlive: false has it; received 1"
    );
    assert!(resolve(&[off.clone(), ("minFreeSockets", number(0))]).is_ok());
    // Of hosts what counts is what holds for them in the end.
    let pool = resolve(&[("minFreeSockets", number(1))]).unwrap();
    let refusal = resolve_host(&pool, &[off]).unwrap_err();
    assert_eq!((refusal.option.as_str(), refusal.class), ("minFreeSockets", Class::Range));
}

#[test]
fn a_name_has_at_least_one_character() {
    let refusal = refused("name", text(""));
    assert_eq!((refusal.class, refusal.allowed.as_str()), (Class::Range, "a string that is not empty"));
    assert_eq!(refused("name", number(7)).class, Class::Type);
}
