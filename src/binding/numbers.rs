//! JavaScript's one kind of number, and the engine's.

/// A count as JavaScript has it.
#[expect(clippy::cast_precision_loss, reason = "exact up to 9e15 requests")]
pub(super) fn exact(number: u64) -> f64 {
    number as f64
}

/// A count as JavaScript gives it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and a wrong count is only one that differs"
)]
pub(super) fn whole(count: f64) -> u64 {
    count as u64
}

/// Bytes as JavaScript reads them out of a text.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
