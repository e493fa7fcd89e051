//! Options: whatever the value, they are resolved or refused by name.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use rag_connection_pool::config::{self, Value};

#[derive(Arbitrary, Debug)]
enum Given {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Small(i16),
    Text(String),
    Object,
    Other,
}

fuzz_target!(|bytes: &[u8]| {
    let known: Vec<_> = config::defaults().map(|(name, _)| name).collect();
    let mut source = Unstructured::new(bytes);
    let mut options = Vec::new();
    while !source.is_empty() && options.len() < 64 {
        let Ok(named) = name(&mut source, &known) else { break };
        let Ok(given) = Given::arbitrary(&mut source) else { break };
        options.push((named, value(given)));
    }
    match config::resolve(&options) {
        Ok(pool) => {
            assert!(pool.limits.max_sockets > 0);
            if let Err(refusal) = config::resolve_host(&pool, &options) {
                assert!(refusal.to_string().contains(&refusal.option));
            }
            if let Err(refusal) = config::resolve_request(&pool, &options) {
                assert!(refusal.to_string().contains(&refusal.option));
            }
        }
        Err(refusal) => {
            assert!(options.iter().any(|(name, _)| *name == refusal.option), "{refusal} names no option");
            assert!(refusal.to_string().contains(&refusal.option));
        }
    }
});

fn name(source: &mut Unstructured<'_>, known: &[&str]) -> arbitrary::Result<String> {
    if source.ratio(7, 8)? { Ok((*source.choose(known)?).to_owned()) } else { String::arbitrary(source) }
}

fn value(given: Given) -> Value {
    match given {
        Given::Undefined => Value::Undefined,
        Given::Null => Value::Null,
        Given::Bool(on) => Value::Bool(on),
        Given::Number(number) => Value::Number(number),
        Given::Small(number) => Value::Number(number.into()),
        Given::Text(text) => Value::Text(text),
        Given::Object => Value::Object,
        Given::Other => Value::Other("symbol"),
    }
}
