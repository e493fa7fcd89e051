//! The layout of what crosses, in both directions: 32-bit words in the machine's order, then bytes.
//!
//! Every record starts with six words: kind, handle, length of the whole record in bytes (a multiple of 4),
//! and three arguments. `lib/records.js` holds the same table; a test compares the two.

/// Words before a record's payload.
pub(crate) const HEADER_WORDS: usize = 6;
/// Bytes before a record's payload.
pub(crate) const HEADER: usize = HEADER_WORDS * 4;

/// Records from the engine to JavaScript.
pub(crate) mod completion {
    /// A whole reply: status and flags, head length, body length. Final.
    pub(crate) const REPLY: u32 = 1;
    /// The head of a reply whose body follows: status and flags, head length.
    pub(crate) const HEAD: u32 = 2;
    /// A piece of a head that did not fit the slab: length.
    pub(crate) const PART: u32 = 3;
    /// Body bytes: length, and of a raw lease, as lower and upper half on either side, what the kernel has taken of the request.
    pub(crate) const DATA: u32 = 4;
    /// Body bytes too many for the slab's sake, to be fetched by `take`: the same.
    pub(crate) const BULK: u32 = 5;
    /// The end of a body: length of the trailers. Final.
    pub(crate) const END: u32 = 6;
    /// A failure, as JSON: length. Final.
    pub(crate) const FAIL: u32 = 7;
    /// Room for so many more bytes of a request body.
    pub(crate) const ROOM: u32 = 8;
    /// An event of a pool, whose number stands for the handle: kind, nothing, length of the text;
    /// then four figures (64-bit floats), of which the first says how many events were lost before it, and the text.
    pub(crate) const EVENT: u32 = 9;
    /// A question to the user: his number, kind, length; then the text, JSON. `answer` tells what he says.
    pub(crate) const ASK: u32 = 10;
    /// A raw lease has its connection: 1 if that has carried a request before.
    pub(crate) const LEASED: u32 = 16;
    /// The kernel has taken so many bytes of a raw lease since it began: lower and upper half.
    pub(crate) const TAKEN: u32 = 17;
    /// The peer of a raw lease sends no more bytes.
    pub(crate) const PEER_END: u32 = 18;
    /// A raw lease is over. Final.
    pub(crate) const CLOSED: u32 = 19;
    /// The TCP connection that is dialled for a raw lease is open: length of its two ends, as JSON.
    pub(crate) const REACHED: u32 = 20;
    /// A raw lease has another connection in place of the one that it had.
    pub(crate) const MOVED: u32 = 21;
    /// The name to which is dialled for a raw lease was found: length of its addresses, as JSON.
    pub(crate) const FOUND: u32 = 22;
    /// Flag beside a status or length: every body byte is below 0x80, so latin1 is UTF-8.
    pub(crate) const ASCII: u32 = 1 << 16;
}

/// Records from JavaScript to the engine.
pub(crate) mod submission {
    /// A request: origin, head length, body length; then flags, six timeouts and the body length's upper half.
    pub(crate) const REQUEST: u32 = 1;
    /// The caller gave up; the handle still gets its final record.
    pub(crate) const ABORT: u32 = 2;
    /// The consumer read so many bytes.
    pub(crate) const CREDIT: u32 = 3;
    /// Nobody wants the rest of the body: 1 when it was garbage-collected unread.
    pub(crate) const DUMP: u32 = 4;
    /// The request body is whole.
    pub(crate) const BODY_END: u32 = 5;
    /// Names an origin (in the handle's place): pool, text length, section; `scheme\nhost\nport`.
    pub(crate) const ORIGIN: u32 = 6;
    /// The origin's number may be named anew.
    pub(crate) const FORGET: u32 = 7;
    /// Opens connections to an origin ahead of their use: origin, how many are to be open.
    pub(crate) const PRECONNECT: u32 = 8;
    /// The pool (its number stands for the handle) is destroyed, and nothing more is asked of it.
    pub(crate) const CLOSE: u32 = 9;

    /// Bytes for the connection of a raw lease: length.
    pub(crate) const RAW_WRITE: u32 = 16;
    /// No more bytes come for it.
    pub(crate) const RAW_END: u32 = 17;
    /// It was upgraded or is a tunnel, and leaves the pool.
    pub(crate) const RAW_DETACH: u32 = 18;
    /// It is given up, and the connection with it: 1 for a reset; what the exchange came to.
    pub(crate) const RAW_ABORT: u32 = 19;
    /// So many of its bytes were read.
    pub(crate) const RAW_CREDIT: u32 = 20;

    /// What an exchange came to: its reply was whole, it was spoiled by the peer, its connection took too long. 0: its caller gave
    /// it up.
    pub(crate) const WHOLE: u32 = 1;
    pub(crate) const SPOILED: u32 = 2;
    pub(crate) const TIMED_OUT: u32 = 3;

    /// Words of a REQUEST between the header and its text: flags, timeouts in ms, the upper half.
    pub(crate) const REQUEST_WORDS: usize = 8;
    /// In a timeout's place: the pool's own holds.
    pub(crate) const POOLS_OWN: u32 = u32::MAX;

    /// Request flags: the body's bytes stand behind the head.
    pub(crate) const BODY_INLINE: u32 = 1;
    /// The body was handed over by `attach`.
    pub(crate) const BODY_ATTACHED: u32 = 2;
    /// The body follows by `push`; the body length is the known one, or `UNKNOWN_LENGTH`.
    pub(crate) const BODY_STREAM: u32 = 4;
    /// Leave the reply's content coding as it is.
    pub(crate) const KEEP_CODING: u32 = 8;
    /// Undo the content coding, and leave the fields that speak of it.
    pub(crate) const KEEP_FIELDS: u32 = 16;
    /// On a connection that is opened for it.
    pub(crate) const ANEW: u32 = 32;
    /// Either half of the length of a stream whose length is not known beforehand.
    pub(crate) const UNKNOWN_LENGTH: u32 = u32::MAX;
}

/// A reader of a copy of the submission slab. Nothing that it is told by JavaScript is trusted: a length
/// that runs over the end, or is no multiple of four, ends the batch.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// One submission record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    /// One of [`submission`]'s kinds, or garbage.
    pub(crate) kind: u32,
    /// The request's handle, or an origin's number.
    pub(crate) handle: u32,
    /// The three arguments.
    pub(crate) args: [u32; 3],
    /// What follows the header.
    pub(crate) payload: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (header, _) = self.rest.split_first_chunk::<HEADER>()?;
        let word = |index: usize| word_at(header, index);
        let total = word(2)? as usize;
        if total < HEADER || !total.is_multiple_of(4) || total > self.rest.len() {
            return None;
        }
        let (record, rest) = self.rest.split_at(total);
        self.rest = rest;
        Some(Record {
            kind: word(0)?,
            handle: word(1)?,
            args: [word(3)?, word(4)?, word(5)?],
            payload: record.get(HEADER..)?,
        })
    }
}

/// The word at `index`, in the machine's order.
pub(crate) fn word_at(bytes: &[u8], index: usize) -> Option<u32> {
    let start = index.checked_mul(4)?;
    let word = bytes.get(start..start.checked_add(4)?)?;
    Some(u32::from_ne_bytes(word.try_into().ok()?))
}

/// A writer into the completion slab.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    slab: &'a mut [u8],
    at: usize,
    records: u32,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(slab: &'a mut [u8]) -> Self {
        Self { slab, at: 0, records: 0 }
    }

    /// Payload bytes that one more record may hold.
    pub(crate) fn room(&self) -> usize {
        self.slab.len().saturating_sub(self.at).saturating_sub(HEADER) & !3
    }

    /// Payload bytes that a record may hold in an empty slab.
    pub(crate) fn most(&self) -> usize {
        self.slab.len().saturating_sub(HEADER) & !3
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records == 0
    }

    pub(crate) fn records(&self) -> u32 {
        self.records
    }

    /// Writes one record if it fits; says whether it did.
    pub(crate) fn put(&mut self, kind: u32, handle: u32, args: [u32; 3], parts: &[&[u8]]) -> bool {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let Some(mut place) = self.begin(kind, handle, args, length) else { return false };
        for part in parts {
            let (here, rest) = place.split_at_mut(part.len());
            here.copy_from_slice(part);
            place = rest;
        }
        true
    }

    /// Writes a record's header if the whole fits; gives the place of its payload.
    pub(crate) fn begin(
        &mut self,
        kind: u32,
        handle: u32,
        args: [u32; 3],
        length: usize,
    ) -> Option<&mut [u8]> {
        if length > self.room() || self.slab.len() < HEADER {
            return None;
        }
        let total = HEADER + length.next_multiple_of(4);
        let size = u32::try_from(total).ok()?;
        let record = self.slab.get_mut(self.at..self.at + total)?;
        let (head, payload) = record.split_at_mut(HEADER);
        for (place, word) in head.chunks_exact_mut(4).zip([kind, handle, size, args[0], args[1], args[2]]) {
            place.copy_from_slice(&word.to_ne_bytes());
        }
        self.at += total;
        self.records += 1;
        payload.get_mut(..length)
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER, Reader, Writer};

    fn written(build: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
        let mut slab = vec![0; 256];
        let mut writer = Writer::new(&mut slab);
        build(&mut writer);
        let end = writer.at;
        slab.truncate(end);
        slab
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let bytes = written(|w| assert!(w.put(3, 9, [1, 2, 3], &[b"ab", b"cde"])));
        let record = Reader::new(&bytes).next().unwrap();
        assert_eq!((record.kind, record.handle, record.args), (3, 9, [1, 2, 3]));
        assert_eq!(&record.payload[..5], b"abcde");
        assert_eq!(bytes.len() % 4, 0);
    }

    #[test]
    fn a_record_that_does_not_fit_is_not_begun() {
        let mut slab = vec![0; HEADER + 4];
        let mut writer = Writer::new(&mut slab);
        assert!(!writer.put(1, 1, [0; 3], &[b"12345"]));
        assert!(writer.is_empty());
        assert!(writer.put(1, 1, [0; 3], &[b"1234"]));
        assert_eq!(writer.room(), 0);
    }

    #[test]
    fn a_length_over_the_end_ends_the_batch() {
        let mut bytes = written(|w| assert!(w.put(1, 1, [0; 3], &[b"abcd"])));
        bytes[8..12].copy_from_slice(&u32::MAX.to_ne_bytes());
        assert!(Reader::new(&bytes).next().is_none());
    }

    #[test]
    fn a_length_below_the_header_ends_the_batch() {
        let mut bytes = written(|w| assert!(w.put(1, 1, [0; 3], &[b"abcd"])));
        for bad in [0_u32, 4, 23, 27] {
            bytes[8..12].copy_from_slice(&bad.to_ne_bytes());
            assert!(Reader::new(&bytes).next().is_none(), "{bad}");
        }
    }

    #[test]
    fn a_transferred_slab_takes_nothing() {
        let mut writer = Writer::new(&mut []);
        assert_eq!((writer.room(), writer.most()), (0, 0));
        assert!(!writer.put(1, 1, [0; 3], &[b"a"]));
    }
}
