//! JSON texts with and without their vectors: what stays is JSON where the whole is, and with the vectors put back it is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rag_connection_pool::vectors::take;
use serde::de::IgnoredAny;
use serde_json::{Value, from_slice};

const MARK: &str = "~~";

fuzz_target!(|bytes: &[u8]| {
    // A short input says what a long text is made of: the vector that makes it worth it comes first.
    let long = vec!["-0.25"; bytes.len()].join(",");
    let text = [b"[[", long.as_bytes(), b"],", bytes, b"]"].concat();
    let mut rest = text.clone();
    let mut numbers = vec![0.0; text.len()];
    let Some(kept) = take(&mut rest, &mut numbers, MARK) else { return };
    assert!(kept < text.len(), "nothing was taken");
    let rest = &rest[..kept];
    assert_eq!(
        from_slice::<IgnoredAny>(&text).is_ok(),
        from_slice::<IgnoredAny>(rest).is_ok(),
        "one of both is no JSON"
    );
    if let (Ok(whole), Ok(rest)) = (from_slice::<Value>(&text), from_slice::<Value>(rest)) {
        // Users have a mark that nobody can guess.
        assert!(
            whole.to_string().contains(MARK) || is_same(&whole, &rest, &numbers),
            "{whole} is not {rest}"
        );
    }
});

/// Whether they are the same once the vectors are put back.
fn is_same(whole: &Value, rest: &Value, numbers: &[f64]) -> bool {
    match (whole, rest) {
        (Value::Array(whole), Value::Array(rest)) => match place(rest) {
            Some(place) => {
                let count = numbers[place];
                let vector = &numbers[place + 1..][..whole.len()];
                count == whole.len() as f64
                    && whole
                        .iter()
                        .zip(vector)
                        .all(|(whole, number)| whole.as_f64().map(f64::to_bits) == Some(number.to_bits()))
            }
            None => {
                whole.len() == rest.len()
                    && whole.iter().zip(rest).all(|(whole, rest)| is_same(whole, rest, numbers))
            }
        },
        (Value::Object(whole), Value::Object(rest)) => {
            let inner = |(key, whole): (&String, &Value)| {
                rest.get(key).is_some_and(|rest| is_same(whole, rest, numbers))
            };
            whole.len() == rest.len() && whole.iter().all(inner)
        }
        _ => whole == rest,
    }
}

fn place(rest: &[Value]) -> Option<usize> {
    let [Value::String(only)] = rest else { return None };
    only.strip_prefix(MARK)?.parse().ok()
}
