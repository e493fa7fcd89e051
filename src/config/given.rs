use std::fmt::Write as _;

/// A JavaScript value, as far as an option can care.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The same as left out.
    Undefined,
    /// `null`, which no option takes.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, finite or not.
    Number(f64),
    /// A string.
    Text(String),
    /// An object or array.
    Object,
    /// Anything else, by the word that `typeof` has for it.
    Other(&'static str),
}

/// Characters of a string that a message repeats.
const SHOWN: usize = 64;

impl Value {
    /// The value as Node's `util.inspect` prints it; long strings are cut.
    pub fn shown(&self) -> String {
        match self {
            Self::Number(number) => number_shown(*number),
            Self::Text(text) => text_shown(text),
            _ => self.outlined(),
        }
    }

    /// The value with what may be a secret left out: a key, a certificate, a URL with a password.
    pub(super) fn outlined(&self) -> String {
        match self {
            Self::Undefined => "undefined".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool(on) => on.to_string(),
            Self::Number(_) => "a number".to_owned(),
            Self::Text(_) => "a string".to_owned(),
            Self::Object => "an object".to_owned(),
            Self::Other(name) => format!("a {name}"),
        }
    }
}

/// ECMA-262, Number::toString, but for -0, which `util.inspect` shows.
fn number_shown(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return if text.contains("e-") { text } else { text.replace('e', "e+") };
    }
    number.to_string()
}

/// The quote is the first of `'`, `"` and the backtick that the text does not hold.
fn text_shown(text: &str) -> String {
    let quote = ['\'', '"', '`'].into_iter().find(|quote| !text.contains(*quote)).unwrap_or('\'');
    let mut shown = String::from(quote);
    for character in text.chars().take(SHOWN) {
        push_escaped(&mut shown, character, quote);
    }
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown.push(quote);
    shown
}

fn push_escaped(shown: &mut String, character: char, quote: char) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        '\\' => shown.push_str("\\\\"),
        // Writing to a String does not fail.
        control if control.is_control() => drop(write!(shown, "\\x{:02X}", u32::from(control))),
        character => {
            if character == quote {
                shown.push('\\');
            }
            shown.push(character);
        }
    }
}
