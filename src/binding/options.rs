//! Options, as JavaScript gives them, to what `config` resolves.

use napi::ValueType;
use napi::bindgen_prelude::{JsObjectValue, Object, Unknown};
use napi::{JsValue, Result};
use napi_derive::napi;

use crate::config::{self, Class, Config, Value};

/// An option that cannot be had.
#[napi(object)]
#[derive(Debug)]
pub struct Refusal {
    /// Its name.
    pub option: String,
    /// The sentence for the error.
    pub message: String,
    /// Whether it is a `RangeError`; a `TypeError` otherwise.
    pub range: bool,
}

impl Refusal {
    /// A `TypeError` about an option.
    pub(super) fn of(option: &str, message: String) -> Self {
        Self { option: option.to_owned(), message, range: false }
    }

    /// The same under the option's whole path. A message begins with the option's name.
    pub(super) fn below(self, path: &str) -> Self {
        let Self { option, message, range } = self;
        Self { option: format!("{path}{option}"), message: format!("{path}{message}"), range }
    }
}

impl From<config::Refusal> for Refusal {
    fn from(refusal: config::Refusal) -> Self {
        Self { message: refusal.to_string(), range: refusal.class == Class::Range, option: refusal.option }
    }
}

/// The options resolved, or the one that cannot be.
pub(super) fn resolve(options: &Object<'_>) -> std::result::Result<Config, Refusal> {
    config::resolve(&given(options)?).map_err(Refusal::from)
}

/// The same for the hosts of one name in `perHostPools`.
pub(super) fn resolve_host(pool: &Config, options: &Object<'_>) -> std::result::Result<Config, Refusal> {
    config::resolve_host(pool, &given(options)?).map_err(Refusal::from)
}

fn given(options: &Object<'_>) -> std::result::Result<Vec<(String, Value)>, Refusal> {
    read(options).map_err(|error| Refusal::of("options", format!("options cannot be read: {error}")))
}

fn read(options: &Object<'_>) -> Result<Vec<(String, Value)>> {
    let mut given = Vec::new();
    for name in Object::keys(options)? {
        let value = value(options.get_named_property_unchecked::<Unknown<'_>>(&name)?)?;
        given.push((name, value));
    }
    Ok(given)
}

/// The text under a name; what is none was refused already.
pub(super) fn text_of(options: &Object<'_>, name: &str) -> Option<String> {
    match value(options.get_named_property_unchecked::<Unknown<'_>>(name).ok()?) {
        Ok(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn value(given: Unknown<'_>) -> Result<Value> {
    Ok(match given.get_type()? {
        ValueType::Undefined => Value::Undefined,
        ValueType::Null => Value::Null,
        ValueType::Boolean => Value::Bool(given.coerce_to_bool()?),
        ValueType::Number => Value::Number(given.coerce_to_number()?.get_double()?),
        ValueType::String => Value::Text(given.coerce_to_string()?.into_utf8()?.into_owned()?),
        ValueType::Object => Value::Object,
        ValueType::Function => Value::Other("function"),
        ValueType::Symbol => Value::Other("symbol"),
        ValueType::BigInt => Value::Other("bigint"),
        _ => Value::Other("unknown"),
    })
}

/// Which of a request's options cannot be had.
#[napi]
pub fn refuse_request(options: Object<'_>) -> Option<Refusal> {
    let given = read(&options).ok()?;
    let pools = config::resolve::<&str>(&[]).ok()?;
    config::resolve_request(&pools, &given).err().map(Refusal::from)
}

/// The defaults of all options, as JSON.
#[napi]
pub fn option_defaults() -> String {
    let defaults = config::defaults().map(|(name, value)| {
        let value = match value {
            Value::Bool(flag) => serde_json::Value::from(flag),
            Value::Number(number) => whole(number),
            Value::Text(text) => serde_json::Value::from(text),
            Value::Undefined | Value::Null | Value::Object | Value::Other(_) => serde_json::Value::Null,
        };
        (name.to_owned(), value)
    });
    serde_json::Value::Object(defaults.collect()).to_string()
}

/// Defaults are whole numbers, and are to look it.
fn whole(number: f64) -> serde_json::Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the table's defaults fit, and others stay as they are"
    )]
    let integer = number as i64;
    #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "the question is whether it is exact")]
    let exact = integer as f64 == number;
    if exact { integer.into() } else { number.into() }
}

/// The names under which `environments` has options.
#[napi]
pub fn option_environments() -> Vec<String> {
    config::ENVIRONMENTS.iter().map(|name| (*name).to_owned()).collect()
}

/// The JSON Schema of the options.
#[napi]
pub fn option_schema() -> String {
    config::json_schema()
}

/// The JSON Schema of a configuration file.
#[napi]
pub fn file_schema() -> String {
    config::file_schema()
}

/// The TypeScript declarations of the options.
#[napi]
pub fn option_types() -> String {
    config::typescript()
}
