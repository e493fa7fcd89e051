//! Vectors in a JSON text: long arrays of numbers, taken out of it so that JavaScript reads the rest alone.
//!
//! A reply with embeddings or with stored vectors is hardly anything else, and `JSON.parse` takes longer over its digits than
//! everything else that a request costs JavaScript's thread. What stays has `["<mark><place>"]` where a vector was: a value that is
//! an array, so that the rest is JSON (RFC 8259) exactly where the whole is; what is wrong with it is left for `JSON.parse` to say.
//! At `place` the numbers say how many follow, and those are the vector's, each rounded as JavaScript rounds it.

#![forbid(unsafe_code)]
#![deny(missing_docs, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use std::io::Write;

use lexical_core::{ParseFloatOptions, format, parse_partial_with_options};
use memchr::memchr2;

/// Fewer numbers are no vector: to put them back would cost JavaScript what it saved.
pub const LEAST: usize = 32;

const PLAIN: ParseFloatOptions = ParseFloatOptions::new();

/// Takes the vectors out of `text`, as many as `numbers` has room for, and moves what stays to its beginning. Gives the length of
/// that, or `None` where it is more than half, which is not worth it, or where a string has no end; `text` is of no use then.
pub fn take(text: &mut [u8], numbers: &mut [f64], mark: &str) -> Option<usize> {
    let most = text.len() / 2;
    let mut rest = Rest { text, kept: 0, from: 0 };
    let (mut at, mut filled) = (0_usize, 0_usize);
    while let Some(found) = memchr2(b'"', b'[', rest.text.get(at..)?) {
        let after = at.checked_add(found)?.checked_add(1)?;
        let inner = rest.text.get(after..)?;
        if after.checked_sub(1).and_then(|first| rest.text.get(first)) == Some(&b'"') {
            at = after.checked_add(string(inner)?)?;
            continue;
        }
        at = after;
        let room = numbers.get_mut(filled..).and_then(<[f64]>::split_first_mut);
        let Some((count, elements)) = room else { continue };
        let Some(vector) = vector(inner, elements) else { continue };
        let end = after.checked_add(vector.length)?;
        if rest.replace(after, end, mark, filled) {
            *count = exact(vector.count);
            filled = filled.checked_add(vector.count)?.checked_add(1)?;
        }
        at = end;
    }
    rest.end().filter(|kept| *kept <= most)
}

/// What stays of a text, pushed together in its own place: it never grows beyond what was read of it.
struct Rest<'a> {
    text: &'a mut [u8],
    /// So many bytes are in their place.
    kept: usize,
    /// What was not looked at for moving yet begins here.
    from: usize,
}

impl Rest<'_> {
    /// Keeps what comes before `start`, and the name of a place instead of the elements between `start` and `end`. Says whether
    /// they leave room for it.
    fn replace(&mut self, start: usize, end: usize, mark: &str, place: usize) -> bool {
        let mut name = [0; 64];
        let mut free = name.as_mut_slice();
        if write!(free, "\"{mark}{place}\"").is_err() {
            return false;
        }
        let unused = free.len();
        let Some(name) = name.len().checked_sub(unused).and_then(|length| name.get(..length)) else {
            return false;
        };
        if end.checked_sub(start).is_none_or(|room| room < name.len()) {
            return false;
        }
        self.keep(start);
        self.push(name);
        self.from = end;
        true
    }

    fn keep(&mut self, end: usize) {
        let length = end.saturating_sub(self.from);
        self.text.copy_within(self.from..end, self.kept);
        self.kept = self.kept.saturating_add(length);
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.kept.saturating_add(bytes.len());
        if let Some(place) = self.text.get_mut(self.kept..end) {
            place.copy_from_slice(bytes);
            self.kept = end;
        }
    }

    fn end(mut self) -> Option<usize> {
        self.keep(self.text.len());
        (self.kept > 0).then_some(self.kept)
    }
}

/// The bytes of a string behind its first quotation mark, with its last.
fn string(text: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    loop {
        let found = at.checked_add(memchr2(b'"', b'\\', text.get(at..)?)?)?;
        let is_end = text.get(found) == Some(&b'"');
        // Behind a backslash any one byte belongs to it.
        at = found.checked_add(if is_end { 1 } else { 2 })?;
        if is_end {
            return Some(at);
        }
    }
}

struct Vector {
    count: usize,
    /// Bytes of its elements and what stands between them, without its brackets.
    length: usize,
}

/// The vector that begins behind a bracket, if one does.
fn vector(text: &[u8], elements: &mut [f64]) -> Option<Vector> {
    let mut left = past_space(text);
    let mut count = 0_usize;
    for element in elements {
        let (number, length) = parse_partial_with_options::<f64, { format::JSON }>(left, &PLAIN).ok()?;
        *element = number;
        count = count.checked_add(1)?;
        left = past_space(left.get(length..)?);
        let (next, behind) = left.split_first()?;
        match next {
            b',' => left = past_space(behind),
            b']' if count >= LEAST => {
                return Some(Vector { count, length: text.len().checked_sub(left.len())? });
            }
            _ => return None,
        }
    }
    None
}

fn past_space(text: &[u8]) -> &[u8] {
    match text.first() {
        Some(b' ' | b'\t' | b'\n' | b'\r') => {
            let ink = text.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
            ink.and_then(|ink| text.get(ink..)).unwrap_or_default()
        }
        _ => text,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a text of 2^53 numbers fits into no memory")]
fn exact(count: usize) -> f64 {
    count as f64
}
