//! Vectors in a JSON text: long arrays of numbers, taken out of it so that JavaScript reads the rest alone.
//!
//! A reply with embeddings or with stored vectors is hardly anything else, and `JSON.parse` takes longer over its digits than
//! everything else that a request costs JavaScript's thread. The rest has `["<mark><place>"]` where a vector was: a value that is
//! an array, so that the rest is JSON (RFC 8259) exactly where the whole is; what is wrong with it is left for `JSON.parse` to say.
//! The numbers begin with how many vectors there are. At its `place` among them stands how long a vector is, and behind that are
//! its elements, each rounded as JavaScript rounds it.

#![forbid(unsafe_code)]
#![deny(missing_docs, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use std::io::Write;

use lexical_core::{ParseFloatOptions, format, parse_partial_with_options};
use memchr::{memchr2, memchr3};

/// Fewer numbers are no vector: to put them back would cost JavaScript what it saved.
pub const LEAST: usize = 32;

// What it costs not to leave all to `JSON.parse`, in bytes of numbers over which that takes as long. What is read in vain costs as many.

/// JavaScript looks into each array and each object of the rest;
const LOOK: usize = 64;
/// each key and string is looked at, and each of their escapes ends a stretch that is searched at once;
const GLANCE: usize = 8;
/// and this part of all bytes of the rest, which are read and moved once more.
const MOVE: usize = 4;
/// So much may be spent before anything is gained.
const ADVANCE: usize = 4 * 1024;

const PLAIN: ParseFloatOptions = ParseFloatOptions::new();

/// Takes the vectors out of `text` that `numbers` has room for, and moves the rest to its beginning. A vector that is shorter than
/// the name of its place stays. `mark` is of at most 40 characters that need no escape in JSON, and is in no string of the text.
///
/// Gives the length of the rest, or `None` where nothing is gained, or a string of the text has no end; `text` and `numbers` are of no
/// use then.
pub fn take(text: &mut [u8], numbers: &mut [f64], mark: &str) -> Option<usize> {
    let (count, numbers) = numbers.split_first_mut()?;
    let mut taker =
        Taker { rest: Rest { text, length: 0, from: 0 }, numbers, filled: 0, vectors: 0, cost: 0 };
    taker.take_all(mark)?;
    *count = exact(taker.vectors);
    let end = taker.rest.text.len();
    (taker.cost_until(end)? < taker.rest.taken()).then(|| taker.rest.end())
}

struct Taker<'a> {
    rest: Rest<'a>,
    /// But for the first, which is how many vectors there are.
    numbers: &'a mut [f64],
    filled: usize,
    vectors: usize,
    cost: usize,
}

impl Taker<'_> {
    /// `None`: a string has no end, or it does not pay.
    fn take_all(&mut self, mark: &str) -> Option<()> {
        let mut at = 0_usize;
        while let Some(found) = memchr3(b'"', b'[', b'{', self.rest.text.get(at..)?) {
            let first = at.checked_add(found)?;
            let behind = first.checked_add(1)?;
            match self.rest.text.get(first)? {
                b'"' => {
                    let (length, escapes) = string(self.rest.text.get(behind..)?)?;
                    let looks = escapes.checked_add(1)?;
                    self.cost = self.cost.checked_add(looks.checked_mul(GLANCE)?)?;
                    at = behind.checked_add(length)?;
                }
                bracket => {
                    self.cost = self.cost.checked_add(LOOK)?;
                    at = if *bracket == b'[' { self.take_at(behind, mark)? } else { behind };
                }
            }
            if self.cost_until(at)? > self.rest.taken().checked_add(ADVANCE)? {
                return None;
            }
        }
        Some(())
    }

    /// What it costs to have come so far.
    fn cost_until(&self, at: usize) -> Option<usize> {
        self.cost.checked_add(at.saturating_sub(self.rest.taken()) / MOVE)
    }

    /// Takes the vector that begins behind a bracket, if one does, and gives where to go on.
    fn take_at(&mut self, start: usize, mark: &str) -> Option<usize> {
        let [count, elements @ ..] = self.numbers.get_mut(self.filled..)? else { return Some(start) };
        match vector(self.rest.text.get(start..)?, elements) {
            Ok(vector) => {
                let end = start.checked_add(vector.length)?;
                // Behind the number of vectors.
                let place = self.filled.checked_add(1)?;
                if self.rest.replace(start, end, mark, place) {
                    *count = exact(vector.count);
                    self.filled = place.checked_add(vector.count)?;
                    self.vectors = self.vectors.checked_add(1)?;
                }
                Some(end)
            }
            Err(read) => {
                self.cost = self.cost.checked_add(read)?;
                Some(start)
            }
        }
    }
}

/// What stays of a text, pushed together in its own place: it never grows beyond what was read of it.
struct Rest<'a> {
    text: &'a mut [u8],
    /// So many bytes of it are in their place.
    length: usize,
    /// What belongs to it and is not in its place begins here.
    from: usize,
}

impl Rest<'_> {
    /// Keeps what comes before `start`, and the name of a place instead of the elements between `start` and `end`. Says whether
    /// they leave room for it.
    fn replace(&mut self, start: usize, end: usize, mark: &str, place: usize) -> bool {
        let mut room = [0; 64];
        let mut free = room.as_mut_slice();
        if write!(free, "\"{mark}{place}\"").is_err() {
            return false;
        }
        let unused = free.len();
        let name = room.get(..room.len().saturating_sub(unused)).unwrap_or_default();
        if end.saturating_sub(start) < name.len() {
            return false;
        }
        self.keep(start);
        let after = self.length.saturating_add(name.len());
        // There is room: the elements are longer, and nothing before them has grown.
        if let Some(place) = self.text.get_mut(self.length..after) {
            place.copy_from_slice(name);
        }
        self.length = after;
        self.from = end;
        true
    }

    fn keep(&mut self, end: usize) {
        self.text.copy_within(self.from..end, self.length);
        self.length = self.length.saturating_add(end.saturating_sub(self.from));
    }

    /// Bytes that do not stay.
    fn taken(&self) -> usize {
        self.from.saturating_sub(self.length)
    }

    fn end(&mut self) -> usize {
        self.keep(self.text.len());
        self.from = self.text.len();
        self.length
    }
}

/// The bytes of a string behind its first quotation mark, with its last, and its escapes.
fn string(text: &[u8]) -> Option<(usize, usize)> {
    let (mut at, mut escapes) = (0_usize, 0_usize);
    loop {
        let found = at.checked_add(memchr2(b'"', b'\\', text.get(at..)?)?)?;
        let is_end = text.get(found) == Some(&b'"');
        // Behind a backslash any one byte belongs to it.
        at = found.checked_add(if is_end { 1 } else { 2 })?;
        if is_end {
            return Some((at, escapes));
        }
        escapes = escapes.checked_add(1)?;
    }
}

struct Vector {
    count: usize,
    /// Bytes of its elements and what stands between them, without its brackets.
    length: usize,
}

/// The vector that begins behind a bracket; or how many bytes were read until it was none, or had no room.
fn vector(text: &[u8], elements: &mut [f64]) -> Result<Vector, usize> {
    let mut left = past_space(text);
    let read = |left: &[u8]| text.len().saturating_sub(left.len());
    for (before, element) in elements.iter_mut().enumerate() {
        let parsed = parse_partial_with_options::<f64, { format::JSON }>(left, &PLAIN);
        let Ok((number, length)) = parsed else { return Err(read(left)) };
        *element = number;
        left = past_space(left.get(length..).unwrap_or_default());
        match left.split_first() {
            Some((b',', behind)) => left = past_space(behind),
            Some((b']', _)) if before.saturating_add(1) >= LEAST => {
                return Ok(Vector { count: before.saturating_add(1), length: read(left) });
            }
            _ => break,
        }
    }
    Err(read(left))
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
