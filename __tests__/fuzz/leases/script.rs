//! What is played in one exchange, read from a fuzzer's bytes.

use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

/// Between two exchanges of one input.
const SEAM: &[u8] = b"~~~~";
/// More than the kernel takes of what nobody reads.
pub const LARGE: usize = 512 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    WithTheReply,
    BeforeTheEnd,
    AfterTheEnd,
    Never,
}

#[derive(Clone, Debug)]
pub struct Script {
    pub reply: Vec<u8>,
    /// What the server says beyond it.
    pub surplus: Vec<u8>,
    pub says_it: When,
    /// No more bytes come of the server.
    pub half_closes: When,
    pub pieces: usize,
    pub body: usize,
    /// The server answers before it has read the request's body, and reads that once the lease is over.
    pub is_early: bool,
    /// Whoever has his reply has no room for more.
    pub stalls: bool,
    /// Whoever has room hears of all that comes before he ends the lease.
    pub listens: bool,
    pub is_idempotent: bool,
    pub parting: Parting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    Keep,
    Close,
    Abort,
}

impl Script {
    /// Two bytes of choices, then the reply, and behind a bar what is said beyond it. None without a reply.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let [low, high, said @ ..] = bytes else { return None };
        let (reply, surplus) = cut(said).unwrap_or((said, &[]));
        let when = |at: u8| {
            [When::Never, When::WithTheReply, When::BeforeTheEnd, When::AfterTheEnd]
                [usize::from(low >> at & 3)]
        };
        let is = |at: u8| high >> at & 1 == 1;
        (!reply.is_empty()).then(|| Self {
            reply: reply.to_vec(),
            surplus: surplus.to_vec(),
            says_it: if surplus.is_empty() { When::Never } else { when(0) },
            half_closes: when(2),
            pieces: 1 + usize::from(low >> 4 & 3),
            body: if is(0) { LARGE } else { usize::from(low >> 6 & 3) },
            is_early: is(1),
            stalls: is(2),
            listens: is(6),
            is_idempotent: is(3),
            parting: [Parting::Keep, Parting::Keep, Parting::Close, Parting::Abort]
                [usize::from(high >> 4 & 3)],
        })
    }

    /// The bytes that come before the lease ends, and whether the server's end does.
    pub fn by_the_end(&self) -> (usize, bool) {
        let is_early = |when| matches!(when, When::WithTheReply | When::BeforeTheEnd);
        let is_cut = self.half_closes == When::WithTheReply && self.says_it == When::BeforeTheEnd;
        let surplus = if is_early(self.says_it) && !is_cut { self.surplus.len() } else { 0 };
        (self.reply.len() + surplus, is_early(self.half_closes))
    }

    /// Something of the exchange is left on the connection, or its server said its end.
    pub fn is_spoiled(&self) -> bool {
        self.says_it != When::Never || self.half_closes != When::Never
    }

    /// The engine can know of nothing that speaks against the connection by the end of the lease.
    pub fn ends_clean(&self) -> bool {
        let late = [When::AfterTheEnd, When::Never];
        !self.is_early && late.contains(&self.says_it) && late.contains(&self.half_closes)
    }

    pub fn act(&self, stream: &mut UnixStream, now: When) {
        // Whoever is gone hears nothing.
        if self.says_it == now {
            let _: std::io::Result<()> = stream.write_all(&self.surplus);
        }
        if self.half_closes == now {
            let _: std::io::Result<()> = stream.shutdown(Shutdown::Write);
        }
    }
}

pub fn split(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(at) = rest.windows(SEAM.len()).position(|window| window == SEAM) {
        parts.push(&rest[..at]);
        rest = &rest[at + SEAM.len()..];
    }
    parts.push(rest);
    parts
}

fn cut(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == b'|')?;
    Some((&bytes[..at], &bytes[at + 1..]))
}
