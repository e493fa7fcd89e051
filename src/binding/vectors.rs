//! The vectors of a JSON text that JavaScript is about to parse.

#![expect(clippy::needless_pass_by_value, reason = "napi hands strings over")]

use napi::bindgen_prelude::{Float64ArraySlice, Uint8ArraySlice};
use napi_derive::napi;

use crate::vectors::take;

/// Takes the vectors out of the first `length` bytes of `text` and into `numbers`, each marked by `mark`: see `crate::vectors`. Gives
/// the length of the rest, with which `text` begins then; 0 where nothing is gained, or `text` is shorter, or the two share a store.
#[napi]
pub fn take_vectors(
    mut text: Uint8ArraySlice<'_>,
    length: u32,
    mut numbers: Float64ArraySlice<'_>,
    mark: String,
) -> u32 {
    let (bytes, places) = (text.as_ptr_range(), numbers.as_ptr_range());
    if bytes.start.addr() < places.end.addr() && places.start.addr() < bytes.end.addr() {
        return 0;
    }
    // SAFETY: the two share no byte (above), no JavaScript of this thread runs meanwhile, and `lib/vectors.js`, which alone calls
    // this, gives stores of its own that no other thread has.
    let (text, numbers) = unsafe { (text.as_mut(), numbers.as_mut()) };
    let rest = text.get_mut(..length as usize).and_then(|text| take(text, numbers, &mark));
    rest.and_then(|rest| u32::try_from(rest).ok()).unwrap_or(0)
}
