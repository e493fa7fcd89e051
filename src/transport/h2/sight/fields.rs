//! Which pseudo fields a peer's header blocks have.
//!
//! A reply has `:status` and nothing else with a colon, and its trailers have none (RFC 9113, 8.1 and 8.3.2). h2 drops what is
//! too much without a word. So the blocks are walked beside it: the lengths of names and values are read, not their text, and
//! Huffman's code is not undone. What h2 cannot decode ends here too; the connection ends for it there.

/// What a field is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Ordinary,
    Status(Status),
    /// A pseudo field that no reply has.
    Foreign,
}

/// What the reply's status says of what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Another head.
    Informational,
    /// Another protocol: 101.
    Switching,
    /// The reply.
    Final,
}

/// The pseudo fields of one header block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pseudo {
    pub(super) status: Option<Status>,
    pub(super) foreign: bool,
}

/// The fields that the peer may refer to by their age. What does not fit its table any more is not forgotten here, for h2
/// refuses who refers to it.
#[derive(Debug)]
pub(super) struct Table {
    kinds: [Kind; ROOM],
    newest: usize,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { kinds: [Kind::Ordinary; ROOM], newest: 0 }
    }

    /// Every block of a connection must come by here, in their order.
    pub(super) fn read(&mut self, mut block: &[u8]) -> Pseudo {
        let mut pseudo = Pseudo::default();
        while let Some(kind) = self.field(&mut block) {
            match kind {
                Kind::Ordinary => {}
                Kind::Status(status) => pseudo.status = Some(status),
                Kind::Foreign => pseudo.foreign = true,
            }
        }
        pseudo
    }

    /// The next field; a change of the table's size counts as one.
    fn field(&mut self, block: &mut &[u8]) -> Option<Kind> {
        let first = *block.first()?;
        if first & 0x80 != 0 {
            let index = integer(block, 7)?;
            return self.kind(index);
        }
        if first & 0xe0 == 0x20 {
            return integer(block, 5).map(|_| Kind::Ordinary);
        }
        let is_kept = first & 0x40 != 0;
        let name = match integer(block, if is_kept { 6 } else { 4 })? {
            0 => text(block)?.name(),
            index => self.kind(index)?,
        };
        let value = text(block)?;
        let kind = if matches!(name, Kind::Status(_)) { Kind::Status(value.status()) } else { name };
        if is_kept {
            self.newest = (self.newest + 1) % ROOM;
            *self.kinds.get_mut(self.newest)? = kind;
        }
        Some(kind)
    }

    fn kind(&self, index: usize) -> Option<Kind> {
        match index {
            0 => None,
            1..=7 => Some(Kind::Foreign),
            8..=14 => Some(Kind::Status(Status::Final)),
            15..=LAST_STATIC => Some(Kind::Ordinary),
            _ => {
                let age = index - LAST_STATIC - 1;
                self.kinds.get((self.newest + ROOM).checked_sub(age)? % ROOM).copied()
            }
        }
    }
}

/// A name or a value.
#[derive(Clone, Copy, Debug)]
struct Text<'a> {
    is_coded: bool,
    bytes: &'a [u8],
}

impl Text<'_> {
    fn name(self) -> Kind {
        let (has_colon, status): (_, &[u8]) = match (self.is_coded, self.bytes) {
            (false, [first, ..]) => (*first == b':', b":status"),
            // A colon takes seven bits.
            (true, [first, ..]) => (first & 0xfe == 0xb8, CODED_STATUS),
            (_, []) => (false, b""),
        };
        match has_colon {
            true if self.bytes == status => Kind::Status(Status::Final),
            true => Kind::Foreign,
            false => Kind::Ordinary,
        }
    }

    fn status(self) -> Status {
        match (self.is_coded, self.bytes) {
            (false, b"101") | (true, CODED_101) => Status::Switching,
            (false, [b'1', ..]) => Status::Informational,
            // A one is 00001.
            (true, [first, ..]) if first >> 3 == 1 => Status::Informational,
            _ => Status::Final,
        }
    }
}

/// RFC 7541, 5.1.
fn integer(block: &mut &[u8], prefix: u32) -> Option<usize> {
    let (first, mut rest) = block.split_first()?;
    let most = (1_usize << prefix) - 1;
    let mut value = usize::from(*first) & most;
    let mut shift = 0;
    let mut goes_on = value == most;
    while goes_on {
        let (next, after) = rest.split_first()?;
        rest = after;
        value += (usize::from(*next) & 0x7f) << shift;
        shift += 7;
        goes_on = next & 0x80 != 0;
        if goes_on && shift == LONGEST {
            return None;
        }
    }
    *block = rest;
    Some(value)
}

/// RFC 7541, 5.2.
fn text<'a>(block: &mut &'a [u8]) -> Option<Text<'a>> {
    let is_coded = *block.first()? & 0x80 != 0;
    let length = integer(block, 7)?;
    let (bytes, rest) = block.split_at_checked(length)?;
    *block = rest;
    Some(Text { is_coded, bytes })
}

const LAST_STATIC: usize = 61;
/// Entries that a table of 4,096 bytes can have, which is what a peer gets that is told of no other size (RFC 7541, 4.1).
const ROOM: usize = 128;
/// Bits that an integer may have after its prefix; h2 takes none that is longer.
const LONGEST: u32 = 28;
const CODED_101: &[u8] = &[0x08, 0x03];
const CODED_STATUS: &[u8] = &[0xb8, 0x84, 0x8d, 0x36, 0xa3];
