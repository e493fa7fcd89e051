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
