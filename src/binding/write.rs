//! One completion as records in the slab.

use std::sync::Arc;

use bytes::Bytes;

use crate::dispatch::Settled;

use super::bulk::{BULK_FROM, Bulk};
use super::records::{Writer, completion as record};
use super::reply::Block;
use super::ring::Completion;
use super::stream::{Stream, Taken};

/// What became of a completion.
pub(super) enum Put {
    /// Written.
    Done,
    /// Written, and the request's last; with the facts of a reply that came whole.
    Settled(Option<Settled>),
    /// The slab is full; this is left.
    Rest(Completion),
    /// Not all of it: the rest, to be put before anything else.
    Split(Vec<Completion>),
}

pub(super) fn put(completion: Completion, writer: &mut Writer<'_>, bulk: &mut Bulk) -> Put {
    match completion {
        Completion::Reply { handle, block, head, body, ascii, settled } => {
            put_reply(writer, handle, block, head, body, ascii, settled)
        }
        Completion::Head { handle, head } => put_head(writer, handle, head),
        Completion::Data(stream) => put_data(writer, stream, bulk),
        Completion::End { handle, trailers, settled } => {
            if writer.put(record::END, handle, [0, size(&trailers), 0], &[&trailers]) {
                return Put::Settled(Some(settled));
            }
            // Trailers are bounded by the head's limit, but the slab may be smaller still.
            let trailers = if writer.is_empty() { Vec::new() } else { trailers };
            Put::Rest(Completion::End { handle, trailers, settled })
        }
        Completion::Fail { handle, text } => {
            if writer.put(record::FAIL, handle, [0, size(&text), 0], &[&text]) {
                return Put::Settled(None);
            }
            let text = if writer.is_empty() { Vec::new() } else { text };
            Put::Rest(Completion::Fail { handle, text })
        }
        Completion::Leased { handle, reused } => {
            note(writer, record::LEASED, handle, [u32::from(reused), 0, 0], completion)
        }
        Completion::Moved { handle } => note(writer, record::MOVED, handle, [0; 3], completion),
        Completion::Reached { handle, record, text } => {
            if writer.put(record, handle, [0, size(&text), 0], &[&text]) || writer.is_empty() {
                return Put::Done;
            }
            Put::Rest(Completion::Reached { handle, record, text })
        }
        Completion::Taken { handle, bytes } => {
            let [lower, upper] = halves(bytes);
            note(writer, record::TAKEN, handle, [lower, upper, 0], completion)
        }
        Completion::PeerEnd { handle } => note(writer, record::PEER_END, handle, [0; 3], completion),
        Completion::Closed { handle } => {
            if writer.put(record::CLOSED, handle, [0; 3], &[]) {
                return Put::Settled(None);
            }
            Put::Rest(Completion::Closed { handle })
        }
        Completion::Released { handle } => note(writer, record::CLOSED, handle, [0; 3], completion),
        Completion::Ahead { handle, failure } => put_ahead(writer, handle, failure),
        Completion::Event(told) => {
            if told.put(writer) {
                return Put::Done;
            }
            Put::Rest(Completion::Event(told))
        }
        Completion::Ask(question) => {
            if question.put(writer) {
                return Put::Done;
            }
            Put::Rest(Completion::Ask(question))
        }
        Completion::Room { handle, bytes } => note(writer, record::ROOM, handle, [bytes, 0, 0], completion),
    }
}

/// A record without bytes.
fn note(writer: &mut Writer<'_>, kind: u32, handle: u32, args: [u32; 3], completion: Completion) -> Put {
    if writer.put(kind, handle, args, &[]) { Put::Done } else { Put::Rest(completion) }
}

fn put_ahead(writer: &mut Writer<'_>, handle: u32, failure: Option<Vec<u8>>) -> Put {
    let text = failure.as_deref().unwrap_or_default();
    let kind = if failure.is_some() { record::FAIL } else { record::CLOSED };
    if writer.put(kind, handle, [0, size(text), 0], &[text]) {
        return Put::Done;
    }
    let failure = if writer.is_empty() { failure.map(|_| Vec::new()) } else { failure };
    Put::Rest(Completion::Ahead { handle, failure })
}

fn put_reply(
    writer: &mut Writer<'_>,
    handle: u32,
    mut block: Block,
    head: usize,
    body: Bytes,
    ascii: bool,
    settled: Settled,
) -> Put {
    let status = u32::from(block.status) | if ascii { record::ASCII } else { 0 };
    let whole = block.text.len() + body.len();
    if writer.put(
        record::REPLY,
        handle,
        [status, size_of(head), size_of(whole - head)],
        &[&block.text, &body],
    ) {
        return Put::Settled(Some(settled));
    }
    if whole <= writer.most() {
        return Put::Rest(Completion::Reply { handle, block, head, body, ascii, settled });
    }
    let stream = Arc::new(Stream::new(handle));
    for piece in [block.text.split_off(head), body].into_iter().filter(|piece| !piece.is_empty()) {
        stream.append(piece);
    }
    Put::Split(vec![
        Completion::Head { handle, head: block },
        Completion::Data(stream),
        Completion::End { handle, trailers: Vec::new(), settled },
    ])
}

fn put_head(writer: &mut Writer<'_>, handle: u32, mut head: Block) -> Put {
    if writer.put(record::HEAD, handle, [u32::from(head.status), size(&head.text), 0], &[&head.text]) {
        return Put::Done;
    }
    if head.text.len() > writer.most() {
        let piece = head.text.split_to(writer.room());
        if !piece.is_empty() {
            writer.put(record::PART, handle, [0, size(&piece), 0], &[&piece]);
        }
    }
    Put::Rest(Completion::Head { handle, head })
}

fn put_data(writer: &mut Writer<'_>, stream: Arc<Stream>, bulk: &mut Bulk) -> Put {
    let (held, taken) = stream.standing();
    let [lower, upper] = halves(taken);
    if held == 0 {
        // Discarded meanwhile; a taking of nothing makes the next arrival be announced.
        return after(stream.take(&mut []), stream);
    }
    if held >= BULK_FROM {
        let told = bulk.part_of(held);
        if !writer.put(record::BULK, stream.handle, [lower, size_of(told), upper], &[]) {
            return Put::Rest(Completion::Data(stream));
        }
        bulk.announce(stream, told, held);
        return Put::Done;
    }
    let length = held.min(writer.room());
    let Some(place) = writer.begin(record::DATA, stream.handle, [lower, size_of(length), upper], length)
    else {
        return Put::Rest(Completion::Data(stream));
    };
    after(stream.take(place), stream)
}

/// What is left goes ahead of everything else: an end of this stream may stand behind it.
fn after(taken: Taken, stream: Arc<Stream>) -> Put {
    if taken.more { Put::Split(vec![Completion::Data(stream)]) } else { Put::Done }
}

#[expect(clippy::cast_possible_truncation, reason = "that is what halving is")]
fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

fn size(bytes: &[u8]) -> u32 {
    size_of(bytes.len())
}

/// Lengths are bounded by the slab or the window, far below 4 GiB.
fn size_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
