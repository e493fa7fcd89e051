//! How much can run at the same time.

use std::sync::OnceLock;
use std::thread::available_parallelism;

/// Whether the I/O thread and JavaScript can. On a single processor what one does the other, or the server, waits for.
pub(super) fn are_several() -> bool {
    static SEVERAL: OnceLock<bool> = OnceLock::new();
    *SEVERAL.get_or_init(|| available_parallelism().is_ok_and(|processors| processors.get() > 1))
}
