use std::fmt;

use super::spec::Kind;

/// Which JavaScript error a refusal becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A `TypeError`: the value is of another type, or the option of another version.
    Type,
    /// A `RangeError`: the type is right and the value is not.
    Range,
}

/// An option that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its name.
    pub option: String,
    /// The value given, as `util.inspect` shows it.
    pub value: String,
    /// What is allowed, so that `option must be allowed` reads as a sentence.
    pub allowed: String,
    /// Which error it becomes.
    pub class: Class,
}

impl fmt::Display for Refusal {
    /// The message of the JavaScript error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be {}; received {}", self.option, self.allowed, self.value)
    }
}

impl std::error::Error for Refusal {}

impl Kind {
    /// What it allows, in words: `an integer between 1 and 1000000`.
    pub fn allowed(&self) -> String {
        match self {
            Self::Int { min, max, .. } => format!("an integer between {min} and {max}"),
            Self::Ms { max, .. } => format!("an integer of milliseconds between 0 and {max}"),
            Self::Bool { .. } => "true or false".to_owned(),
            Self::OneOf(choices) => listed(choices.iter().map(|choice| format!("'{}'", choice.word))),
            Self::OneOfInt { of: [only], .. } => format!("{only}, as no other is offered"),
            Self::OneOfInt { of, .. } => listed(of.iter().map(u8::to_string)),
            Self::Address { .. } => "an IPv4 or IPv6 address".to_owned(),
            Self::Proxy => "the URL of a proxy, or null or false for none".to_owned(),
            Self::Path => "the path of a file".to_owned(),
            Self::Socket => "the path of a Unix socket".to_owned(),
            Self::Function { .. } => "a function".to_owned(),
            Self::Name => "a string that is not empty".to_owned(),
            Self::Hosts | Self::Environments | Self::Object { .. } => "an object".to_owned(),
        }
    }
}

/// `a, b or c`.
fn listed(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<_> = items.collect();
    let last = items.pop().unwrap_or_default();
    if items.is_empty() { last } else { format!("{} or {last}", items.join(", ")) }
}
