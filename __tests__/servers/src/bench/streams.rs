//! Bodies that are made as they are sent.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::stream;
use tokio::time::{Instant, sleep_until};

use super::prebuilt::pattern;
use crate::reply::Pieces;

const PIECE: usize = 64 * 1024;
const ALPHABET: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";

/// `size` bytes that repeat every 256.
pub(super) fn bytes(size: u64) -> Pieces {
    let block = Bytes::from(pattern(PIECE));
    Box::pin(stream::unfold(size, move |left| {
        let piece = block.slice(..usize::try_from(left).map_or(PIECE, |left| left.min(PIECE)));
        let next = (left > 0).then(|| (piece.clone(), left - piece.len() as u64));
        async move { next }
    }))
}

/// `count` chunks of an OpenAI chat stream, one `every` so often, then `[DONE]`. Each carries its index and when
/// it was made, in microseconds since the epoch.
pub(super) fn events(count: u64, every: Duration) -> Pieces {
    paced(count + 1, every, move |index| {
        if index == count {
            return Bytes::from_static(b"data: [DONE]\n\n");
        }
        let sent = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        Bytes::from(format!(
            "data: {{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\
             \"model\":\"bench-1\",\"index\":{index},\"sent\":{sent},\
             \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"token {index} \"}},\"finish_reason\":null}}]}}\n\n"
        ))
    })
}

/// `count` single bytes, one `every` so often.
pub(super) fn drip(count: u64, every: Duration) -> Pieces {
    paced(count, every, |index| {
        let at = usize::try_from(index % 26).unwrap_or_default();
        Bytes::from_static(&ALPHABET[at..=at])
    })
}

/// The first piece at once, the others on a fixed beat: a slow reader makes nothing drift.
fn paced(count: u64, every: Duration, make: impl Fn(u64) -> Bytes + Send + Sync + 'static) -> Pieces {
    let start = Instant::now();
    let make = Arc::new(make);
    Box::pin(stream::unfold(0, move |index| {
        let make = Arc::clone(&make);
        async move {
            if index == count {
                return None;
            }
            let beat = u32::try_from(index).unwrap_or(u32::MAX);
            if !every.is_zero() {
                sleep_until(start + every * beat).await;
            }
            Some((make(index), index + 1))
        }
    }))
}
