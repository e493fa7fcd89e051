use std::time::Duration;

use super::given::Value;
use super::refusal::{Class, Refusal};
use super::sections::{Config, Timeouts};
use super::spec::{Fallback, Kind, Scope, Spec};
use super::table::OPTIONS;

/// Resolves the options of a pool. What is left out or undefined has its default; names that no version
/// knows are the caller's own and pass.
///
/// # Errors
///
/// The first option, in the order of [`OPTIONS`], whose value is of a wrong type or out of range.
pub fn resolve<N: AsRef<str>>(given: &[(N, Value)]) -> Result<Config, Refusal> {
    let mut config = Config::blank();
    for spec in OPTIONS {
        apply(spec, &value_of(spec, given), &mut config)?;
    }
    refuse_contradictions(&config)?;
    Ok(config)
}

/// Resolves what the hosts of one name set for themselves; the rest is the pool's. Their `timeout` is their
/// `bodyTimeout` too, unless they set that as well.
///
/// # Errors
///
/// As [`resolve`]; an option that is about all connections together; and a name that is no option, for which a
/// host has no other use.
pub fn resolve_host<N: AsRef<str>>(pool: &Config, given: &[(N, Value)]) -> Result<Config, Refusal> {
    let config = overlay(pool, given, Scope::Host, "left out here: it is an option of the whole pool")?;
    refuse_unknown(given)?;
    refuse_contradictions(&config)?;
    Ok(config)
}

/// Resolves what one request sets for itself; the rest is the pool's. A request's `timeout` is its
/// `bodyTimeout` too, unless it sets that as well.
///
/// # Errors
///
/// As [`resolve`]; and an option that only a pool can have is refused, whatever its value.
pub fn resolve_request<N: AsRef<str>>(pool: &Config, given: &[(N, Value)]) -> Result<Timeouts, Refusal> {
    let config = overlay(pool, given, Scope::Request, "left out here: it is an option of the pool")?;
    Ok(config.timeouts)
}

/// What `given` sets, over what holds already. `elsewhere` is said of an option that does not reach so far.
fn overlay<N: AsRef<str>>(
    base: &Config,
    given: &[(N, Value)],
    scope: Scope,
    elsewhere: &str,
) -> Result<Config, Refusal> {
    let mut config = *base;
    for spec in OPTIONS {
        let value = match (lookup(spec.name, given), spec.default) {
            (Some(own), _) => own,
            (None, Fallback::SameAs(other)) => match lookup(other, given) {
                Some(followed) => followed,
                None => continue,
            },
            (None, _) => continue,
        };
        if spec.scope < scope {
            return Err(unavailable(spec.name, value, elsewhere));
        }
        apply(spec, value, &mut config)?;
    }
    Ok(config)
}

/// The options that have a default of their own, with it, in the order of [`OPTIONS`]. Those that are unset
/// or follow another option are left out: who copies the defaults and changes one keeps what depends on it.
pub fn defaults() -> impl Iterator<Item = (&'static str, Value)> {
    OPTIONS.iter().map(|spec| (spec.name, own_default(spec))).filter(|(_, value)| *value != Value::Undefined)
}

fn lookup<'a, N: AsRef<str>>(name: &str, given: &'a [(N, Value)]) -> Option<&'a Value> {
    let found = given.iter().find(|(key, _)| key.as_ref() == name);
    found.map(|(_, value)| value).filter(|value| **value != Value::Undefined)
}

fn value_of<N: AsRef<str>>(spec: &Spec, given: &[(N, Value)]) -> Value {
    match (lookup(spec.name, given), spec.default) {
        (Some(value), _) => value.clone(),
        (None, Fallback::SameAs(other)) => {
            Spec::find(other).map_or(Value::Undefined, |followed| value_of(followed, given))
        }
        (None, _) => own_default(spec),
    }
}

fn own_default(spec: &Spec) -> Value {
    match spec.default {
        Fallback::Number(number) => Value::Number(number.into()),
        Fallback::Bool(on) => Value::Bool(on),
        Fallback::Text(word) => Value::Text(word.to_owned()),
        Fallback::SameAs(_) | Fallback::Absent => Value::Undefined,
    }
}

fn apply(spec: &Spec, value: &Value, config: &mut Config) -> Result<(), Refusal> {
    spec.kind.take(value, config).map_err(|class| Refusal {
        option: spec.name.to_owned(),
        value: if spec.kind.is_outlined() { value.outlined() } else { value.shown() },
        allowed: spec.kind.allowed(),
        class,
    })
}

impl Kind {
    fn is_object(&self) -> bool {
        matches!(self, Self::Hosts | Self::Environments | Self::Object { .. })
    }

    /// A proxy's URL may hold a password.
    fn is_outlined(&self) -> bool {
        self.is_object() || matches!(self, Self::Proxy)
    }

    fn take(&self, value: &Value, config: &mut Config) -> Result<(), Class> {
        match (self, value) {
            // Only what has no default arrives here undefined.
            (
                Self::Address { .. }
                | Self::Path
                | Self::Socket
                | Self::Function { .. }
                | Self::Name
                | Self::Proxy
                | Self::Bool { .. },
                Value::Undefined,
            )
            | (Self::Proxy, Value::Text(_) | Value::Null | Value::Bool(false))
            | (Self::Function { .. }, Value::Other("function")) => Ok(()),
            (_, Value::Undefined | Value::Object) if self.is_object() => Ok(()),
            (Self::Path | Self::Socket | Self::Name, Value::Text(text)) => {
                (!text.is_empty()).then_some(()).ok_or(Class::Range)
            }
            (Self::Int { min, max, set }, Value::Number(number)) => {
                whole(*number, *min, *max).map(|number| set(config, number))
            }
            (Self::Ms { max, set }, Value::Number(number)) => {
                whole(*number, 0, *max).map(|ms| set(config, Duration::from_millis(ms.into())))
            }
            (Self::Bool { set }, Value::Bool(on)) => {
                set(config, *on);
                Ok(())
            }
            (Self::OneOf(choices), Value::Text(text)) => {
                let choice = choices.iter().find(|choice| choice.word == text).ok_or(Class::Range)?;
                (choice.set)(config);
                Ok(())
            }
            (Self::OneOfInt { of, set }, Value::Number(number)) => {
                let number = whole(*number, 0, u8::MAX.into())?;
                let one = of.iter().find(|one| u32::from(**one) == number).ok_or(Class::Range)?;
                set(config, *one);
                Ok(())
            }
            (Self::Address { set }, Value::Text(text)) => {
                text.parse().map(|address| set(config, address)).map_err(|_| Class::Range)
            }
            _ => Err(Class::Type),
        }
    }
}

/// A number that is not whole is out of range, as Node has it: NaN fails every comparison.
fn whole(number: f64, min: u32, max: u32) -> Result<u32, Class> {
    let fits = number >= f64::from(min) && number <= f64::from(max) && number.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and within two u32")]
    fits.then_some(number as u32).ok_or(Class::Range)
}

fn refuse_unknown<N: AsRef<str>>(given: &[(N, Value)]) -> Result<(), Refusal> {
    let unknown =
        given.iter().find(|(name, value)| *value != Value::Undefined && Spec::find(name.as_ref()).is_none());
    unknown.map_or(Ok(()), |(name, value)| {
        Err(unavailable(name.as_ref(), value, "left out here: no option has this name"))
    })
}

fn refuse_contradictions(config: &Config) -> Result<(), Refusal> {
    refuse_foreign_address(config)?;
    refuse_too_many_ready(config)
}

/// More that are ready than are kept would be dialled and closed in turns; where no connection is kept none would be ready.
fn refuse_too_many_ready(config: &Config) -> Result<(), Refusal> {
    let limits = &config.limits;
    let bounds = [
        ("maxFreeSockets", limits.max_idle),
        ("maxSocketsPerHost", limits.max_per_origin),
        ("maxSockets", limits.max_sockets),
    ];
    let (by, most) = bounds.into_iter().min_by_key(|(_, most)| *most).unwrap_or(("", 0));
    let (by, most) = match (limits.idle_timeout.is_zero(), limits.keep_alive) {
        (_, false) => ("keepAlive: false", 0),
        (true, true) => ("freeSocketTimeout", 0),
        (false, true) => (by, most),
    };
    if limits.min_idle <= most {
        return Ok(());
    }
    Err(Refusal {
        option: "minFreeSockets".to_owned(),
        value: Value::Number(limits.min_idle.into()).shown(),
        allowed: format!("at most {most}, as {by} has it"),
        class: Class::Range,
    })
}

/// A local address of the other family can reach nothing that `family` allows.
fn refuse_foreign_address(config: &Config) -> Result<(), Refusal> {
    let Some(address) = config.tcp.local_address else { return Ok(()) };
    let family = if address.is_ipv4() { 4 } else { 6 };
    if config.tcp.family == 0 || config.tcp.family == family {
        return Ok(());
    }
    Err(Refusal {
        option: "localAddress".to_owned(),
        value: Value::Text(address.to_string()).shown(),
        allowed: format!("an IPv{0} address where family is {0}", config.tcp.family),
        class: Class::Range,
    })
}

fn unavailable(name: &str, value: &Value, allowed: &str) -> Refusal {
    Refusal {
        option: name.to_owned(),
        value: value.outlined(),
        allowed: allowed.to_owned(),
        class: Class::Type,
    }
}
