//! One content coding being taken off.

use std::fmt;

use bytes::{Bytes, BytesMut};
use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::zstd::params::DParameter;
use compression_codecs::{BrotliDecoder, DecodeV2, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};

use super::{Coding, broken};
use crate::error::Error;

/// A decoder with the input that it has not used yet.
pub(super) struct Stage {
    coding: Coding,
    input: Bytes,
    /// What the last output left of its room, so that a row of members that decode to little does not take as many rooms.
    spare: BytesMut,
    /// Bytes of input so far, used or not.
    fed: u64,
    state: State,
}

/// What one step gave.
pub(super) enum Step {
    /// Decoded bytes, never none.
    Out(Bytes),
    /// Nothing yet, of the input that it has.
    Nothing,
    /// Nothing: it wants input.
    Hungry,
}

enum State {
    /// No byte seen: an end here is the end of an empty body.
    Fresh,
    /// Inside the coding. `full`: the last output had no room left, so more may be held back inside.
    Within { decoder: Box<dyn DecodeV2 + Send + Sync>, full: bool },
    /// After an end which another gzip member or zstd frame may follow.
    Between(Box<dyn DecodeV2 + Send + Sync>),
    /// Whatever still comes is no part of it.
    Over,
}

impl Stage {
    pub(super) fn new(coding: Coding) -> Self {
        Self { coding, input: Bytes::new(), spare: BytesMut::new(), fed: 0, state: State::Fresh }
    }

    /// More input, once the last has been used up. Gives the bytes of all so far.
    pub(super) fn feed(&mut self, input: Bytes) -> u64 {
        self.fed = self.fed.saturating_add(input.len() as u64);
        self.input = input;
        self.fed
    }

    /// Bytes of the last input that have not been used.
    pub(super) fn unused(&self) -> usize {
        self.input.len()
    }

    /// Decodes once at most, so that its caller can stop after each.
    pub(super) fn step(&mut self) -> Result<Step, Error> {
        loop {
            match std::mem::replace(&mut self.state, State::Over) {
                State::Over => {
                    self.input = Bytes::new();
                    return Ok(Step::Hungry);
                }
                waiting @ (State::Fresh | State::Between(_)) if self.input.is_empty() => {
                    self.state = waiting;
                    return Ok(Step::Hungry);
                }
                State::Fresh => {
                    self.state = State::Within { decoder: self.decoder(), full: false };
                }
                State::Between(mut decoder) => {
                    // Node takes zeros after a gzip member for padding.
                    if self.coding == Coding::Gzip && self.input.first() == Some(&0) {
                        continue;
                    }
                    decoder.reinit().map_err(|_| unreadable())?;
                    self.state = State::Within { decoder, full: false };
                }
                State::Within { decoder, full } if self.input.is_empty() && !full => {
                    self.state = State::Within { decoder, full };
                    return Ok(Step::Hungry);
                }
                State::Within { decoder, .. } => {
                    let out = self.run(decoder)?;
                    return Ok(if out.is_empty() { Step::Nothing } else { Step::Out(out) });
                }
            }
        }
    }

    /// # Errors
    /// The input ended in the middle.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        match self.state {
            State::Fresh | State::Between(_) | State::Over => Ok(()),
            State::Within { .. } => Err(broken("Z_BUF_ERROR", "unexpected end of file")),
        }
    }

    fn run(&mut self, mut decoder: Box<dyn DecodeV2 + Send + Sync>) -> Result<Bytes, Error> {
        let mut out = self.room();
        let mut input = PartialBuffer::new(self.input.as_ref());
        let mut output = WriteBuffer::new_initialized(&mut out);
        let draining = input.unwritten().is_empty();
        let ended = match decoder.decode(&mut input, &mut output) {
            Ok(ended) => ended,
            // zlib's word for having nothing more to give without input.
            Err(_) if draining => false,
            Err(_) => return Err(unreadable()),
        };
        let (used, written, full) = (input.written_len(), output.written_len(), output.has_no_spare_space());
        let stuck = used == 0 && written == 0 && !draining && !ended;
        self.input = self.input.slice(used..);
        if stuck {
            return Err(unreadable());
        }
        self.state = match self.coding {
            _ if !ended => State::Within { decoder, full },
            Coding::Gzip | Coding::Zstd => State::Between(decoder),
            Coding::Deflate | Coding::Brotli => State::Over,
        };
        let decoded = out.split_to(written).freeze();
        // Whoever waits for more input holds no room.
        if !self.input.is_empty() {
            self.spare = out;
        }
        Ok(decoded)
    }

    fn decoder(&self) -> Box<dyn DecodeV2 + Send + Sync> {
        match self.coding {
            Coding::Gzip => Box::new(GzipDecoder::new()),
            // RFC 1950 section 2.2: the low four bits of a zlib stream's first byte are 8.
            Coding::Deflate if self.input.first().is_some_and(|byte| byte & 0x0f == 8) => {
                Box::new(ZlibDecoder::new())
            }
            Coding::Deflate => Box::new(DeflateDecoder::new()),
            Coding::Brotli => Box::new(BrotliDecoder::new()),
            // RFC 9659: no encoder may ask a reader of this content coding for a larger window than 8 MB.
            Coding::Zstd => Box::new(ZstdDecoder::new_with_params(&[DParameter::window_log_max(23)])),
        }
    }

    /// Room for the output of one step: some four times the input, as text makes it, or what is left of the last if that
    /// is half of it.
    fn room(&mut self) -> BytesMut {
        let size = self.input.len().saturating_mul(4).clamp(LEAST_ROOM, MOST_ROOM);
        let spare = std::mem::take(&mut self.spare);
        if spare.len() >= size / 2 { spare } else { BytesMut::zeroed(size) }
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("coding", &self.coding)
            .field("input", &self.input.len())
            .finish_non_exhaustive()
    }
}

fn unreadable() -> Error {
    broken("Z_DATA_ERROR", "incorrect data: the body is not in its content coding")
}

const LEAST_ROOM: usize = 1024;
const MOST_ROOM: usize = 64 * 1024;
