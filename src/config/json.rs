use std::fmt::Write as _;

/// A JSON value, for writing.
#[derive(Clone, Debug)]
pub(super) enum Json {
    Bool(bool),
    Number(u32),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(&'static str, Self)>),
}

impl Json {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// RFC 8259, with two spaces for each level and a newline at the end.
    pub(super) fn write(&self) -> String {
        let mut out = String::new();
        self.write_at(0, &mut out);
        out.push('\n');
        out
    }

    fn write_at(&self, depth: usize, out: &mut String) {
        match self {
            Self::Bool(on) => out.push_str(if *on { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                between('[', ']', depth, items, out, |item, out| item.write_at(depth + 1, out));
            }
            Self::Object(fields) => between('{', '}', depth, fields, out, |(name, value), out| {
                write_text(name, out);
                out.push_str(": ");
                value.write_at(depth + 1, out);
            }),
        }
    }
}

fn between<T>(
    open: char,
    close: char,
    depth: usize,
    items: &[T],
    out: &mut String,
    write: impl Fn(&T, &mut String),
) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.extend(std::iter::repeat_n("  ", depth + 1));
        write(item, out);
    }
    if !items.is_empty() {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
    out.push(close);
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // Writing to a String does not fail.
            control if control < ' ' => drop(write!(out, "\\u{:04x}", u32::from(control))),
            character => out.push(character),
        }
    }
    out.push('"');
}
