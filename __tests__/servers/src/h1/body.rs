//! The body of a request, taken from the read buffer piece by piece.

use std::io;

use bytes::{Buf, Bytes, BytesMut};

use super::Framing;
use super::head::malformed;

const MAX_LINE: usize = 8192;

/// What is left of a body.
#[derive(Debug)]
pub struct Body {
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Length(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    Done,
}

/// One look at the buffer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Data(Bytes),
    NeedMore,
    End,
}

impl Body {
    /// The whole of a body of that framing.
    pub fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize,
        };
        Self { state }
    }

    /// Takes the next piece off the front of `input`.
    pub(super) fn decode(&mut self, input: &mut BytesMut) -> io::Result<Piece> {
        loop {
            self.state = match self.state {
                State::Done | State::Length(0) => return Ok(Piece::End),
                State::Chunk(0) => State::ChunkEnd,
                State::Length(_) | State::Chunk(_) if input.is_empty() => return Ok(Piece::NeedMore),
                State::Length(left) => return Ok(Piece::Data(self.cut(input, left, State::Length))),
                State::Chunk(left) => return Ok(Piece::Data(self.cut(input, left, State::Chunk))),
                State::ChunkSize => match line(input)? {
                    None => return Ok(Piece::NeedMore),
                    Some(line) => match chunk_size(&line)? {
                        0 => State::Trailers,
                        size => State::Chunk(size),
                    },
                },
                State::ChunkEnd => match line(input)? {
                    None => return Ok(Piece::NeedMore),
                    Some(line) if line.is_empty() => State::ChunkSize,
                    Some(_) => return Err(malformed("a chunk is longer than its size")),
                },
                State::Trailers => match line(input)? {
                    None => return Ok(Piece::NeedMore),
                    Some(line) if line.is_empty() => State::Done,
                    Some(_) => State::Trailers,
                },
            };
        }
    }

    fn cut(&mut self, input: &mut BytesMut, left: u64, next: fn(u64) -> State) -> Bytes {
        let size = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
        self.state = next(left - size as u64);
        input.split_to(size).freeze()
    }
}

fn line(input: &mut BytesMut) -> io::Result<Option<Bytes>> {
    match input.iter().position(|&byte| byte == b'\n') {
        None if input.len() > MAX_LINE => Err(malformed("a chunk line is too long")),
        None => Ok(None),
        Some(end) if end > 0 && input[end - 1] == b'\r' => {
            let line = input.split_to(end - 1).freeze();
            input.advance(2);
            Ok(Some(line))
        }
        Some(_) => Err(malformed("a chunk line ends in a bare LF")),
    }
}

fn chunk_size(line: &[u8]) -> io::Result<u64> {
    let digits = line.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii_end();
    let text =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    text.and_then(|text| u64::from_str_radix(text, 16).ok())
        .ok_or_else(|| malformed("a chunk size is not one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(framing: Framing, text: &str) -> io::Result<(String, String)> {
        let (mut body, mut input, mut out) = (Body::new(framing), BytesMut::from(text), Vec::new());
        loop {
            match body.decode(&mut input)? {
                Piece::Data(data) => out.extend_from_slice(&data),
                Piece::End => break,
                Piece::NeedMore => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        Ok((String::from_utf8(out).unwrap(), String::from_utf8(input.to_vec()).unwrap()))
    }

    #[test]
    fn a_body_of_known_length_leaves_the_next_request_alone() {
        assert_eq!(read(Framing::Length(3), "abcGET /").unwrap(), ("abc".into(), "GET /".into()));
    }

    #[test]
    fn chunks_extensions_and_trailers_are_read_to_their_end() {
        let text = "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nx-sum: 1\r\n\r\nGET /";
        assert_eq!(read(Framing::Chunked, text).unwrap(), ("abcde".into(), "GET /".into()));
    }

    #[test]
    fn a_chunk_longer_than_its_size_is_refused() {
        assert!(read(Framing::Chunked, "2\r\nabc\r\n0\r\n\r\n").is_err());
    }

    #[test]
    fn a_chunk_size_that_is_no_hexadecimal_number_is_refused() {
        assert!(read(Framing::Chunked, "+2\r\nab\r\n0\r\n\r\n").is_err());
    }

    #[test]
    fn a_body_cut_anywhere_asks_for_more() {
        let whole = "3\r\nabc\r\n0\r\n\r\n";
        for end in 0..whole.len() {
            let cut = read(Framing::Chunked, &whole[..end]).unwrap_err();
            assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof, "cut at {end}");
        }
    }
}
