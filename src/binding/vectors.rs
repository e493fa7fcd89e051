//! The vectors of a JSON text that JavaScript is about to parse.

#![expect(clippy::needless_pass_by_value, reason = "napi hands strings over")]

use napi::bindgen_prelude::{Float64ArraySlice, Uint8ArraySlice};
use napi_derive::napi;

use crate::vectors::take;

/// Takes the vectors out of the first `length` bytes of `text` and into `numbers`, each marked by `mark`, which needs no escape in
/// JSON. Gives the length of what stays in `text`; 0 where nothing is gained, and then `text` is of no use.
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
    // SAFETY: the two share no byte (above), and no JavaScript runs meanwhile that could touch either.
    let (text, numbers) = unsafe { (text.as_mut(), numbers.as_mut()) };
    let kept = text.get_mut(..length as usize).and_then(|text| take(text, numbers, &mark));
    kept.and_then(|kept| u32::try_from(kept).ok()).unwrap_or(0)
}
