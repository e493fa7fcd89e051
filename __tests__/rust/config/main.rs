//! Options, from what JavaScript gives to what the engine runs on.
#![expect(clippy::panic, clippy::expect_used, reason = "what stands beside a test fails it in the same way")]

mod bounds;
mod defaults;
mod fields;
mod host;
mod json_reader;
mod refusals;
mod request;
mod schema;
mod shown;
mod types;

use rag_connection_pool::config::{Config, Refusal, Value, resolve};

const NOTHING: &[(&str, Value)] = &[];

fn number(number: impl Into<f64>) -> Value {
    Value::Number(number.into())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn resolved(given: &[(&str, Value)]) -> Config {
    resolve(given).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn refused(name: &str, value: Value) -> Refusal {
    match resolve(&[(name, value)]) {
        Ok(_) => panic!("{name}: the value was accepted"),
        Err(refusal) => refusal,
    }
}
