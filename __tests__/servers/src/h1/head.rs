//! The head of a request.

use std::io;
use std::mem::MaybeUninit;

const MAX_BYTES: usize = 1 << 20;
const MAX_FIELDS: usize = 128;

/// How the end of a body is known (RFC 9112, 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes; 0 when the head names no body.
    Length(u64),
    /// Chunks up to an empty one.
    Chunked,
}

/// A head, borrowed from the read buffer.
#[derive(Debug)]
pub struct Head<'a> {
    /// As sent.
    pub method: &'a str,
    /// As sent.
    pub target: &'a str,
    /// As sent, in order.
    pub fields: &'a [httparse::Header<'a>],
    /// Of the body that follows.
    pub framing: Framing,
    /// Whether the client leaves the connection open for another request.
    pub keep_alive: bool,
    /// Whether the client holds its body back until it is told `100 Continue`.
    pub expects_continue: bool,
}

/// A head that outlives the read buffer.
#[derive(Clone, Debug)]
pub struct Request {
    /// As sent.
    pub method: String,
    /// As sent; for HTTP/2 the path and query.
    pub target: String,
    /// In order; names as sent, values as latin1.
    pub fields: Vec<(String, String)>,
    /// Of the body that follows.
    pub framing: Framing,
    /// Whether the client leaves the connection open for another request.
    pub keep_alive: bool,
    /// Whether the client holds its body back until it is told `100 Continue`.
    pub expects_continue: bool,
}

impl Request {
    /// A copy of a head.
    pub fn of(head: &Head<'_>) -> Self {
        let latin1 = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect();
        Self {
            method: head.method.to_owned(),
            target: head.target.to_owned(),
            fields: head.fields.iter().map(|field| (field.name.to_owned(), latin1(field.value))).collect(),
            framing: head.framing,
            keep_alive: head.keep_alive,
            expects_continue: head.expects_continue,
        }
    }

    /// The first field of that name, given in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Reads a head from the start of `input`: its length and what `read` made of it, `None` while it is
/// incomplete, `InvalidData` if it is not one.
pub fn parse<R>(input: &[u8], read: impl FnOnce(&Head<'_>) -> R) -> io::Result<Option<(usize, R)>> {
    let mut slots = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut raw = httparse::Request::new(&mut []);
    match raw.parse_with_uninit_headers(input, &mut slots) {
        Ok(httparse::Status::Complete(length)) => Ok(Some((length, read(&Head::check(&raw)?)))),
        Ok(httparse::Status::Partial) if input.len() > MAX_BYTES => Err(malformed("the head is too long")),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(why) => Err(malformed(&why.to_string())),
    }
}

impl<'a> Head<'a> {
    fn check(raw: &'a httparse::Request<'_, 'a>) -> io::Result<Self> {
        let mut head = Head {
            method: raw.method.unwrap_or_default(),
            target: raw.path.unwrap_or_default(),
            fields: raw.headers,
            framing: Framing::Length(0),
            keep_alive: raw.version == Some(1),
            expects_continue: false,
        };
        let (mut length, mut chunked) = (None, false);
        for field in raw.headers.iter() {
            // Most names are settled by their length alone; this runs once a field of every request.
            match field.name.len() {
                6 if field.name.eq_ignore_ascii_case("expect") => head.expects_continue = true,
                10 if field.name.eq_ignore_ascii_case("connection") => head.connection(field.value),
                14 if field.name.eq_ignore_ascii_case("content-length") => {
                    let earlier = length.replace(digits(field.value)?);
                    if earlier.is_some() {
                        return Err(malformed("content-length stands twice"));
                    }
                }
                17 if field.name.eq_ignore_ascii_case("transfer-encoding") => {
                    if chunked || !field.value.eq_ignore_ascii_case(b"chunked") {
                        return Err(malformed("transfer-encoding is not chunked"));
                    }
                    chunked = true;
                }
                _ => {}
            }
        }
        head.framing = match (length, chunked) {
            (Some(_), true) => return Err(malformed("content-length and transfer-encoding both stand")),
            (Some(length), false) => Framing::Length(length),
            (None, true) => Framing::Chunked,
            (None, false) => Framing::Length(0),
        };
        Ok(head)
    }

    fn connection(&mut self, value: &[u8]) {
        for option in value.split(|&byte| byte == b',') {
            let option = option.trim_ascii();
            if option.eq_ignore_ascii_case(b"close") {
                self.keep_alive = false;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            }
        }
    }
}

/// An error that says that the client broke the protocol.
pub(crate) fn malformed(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn digits(value: &[u8]) -> io::Result<u64> {
    let text = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    text.and_then(|text| text.parse().ok()).ok_or_else(|| malformed("content-length is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(fields: &str) -> io::Result<Framing> {
        let text = format!("POST /x HTTP/1.1\r\nhost: a\r\n{fields}\r\n");
        parse(text.as_bytes(), |head| head.framing).map(|found| found.unwrap().1)
    }

    #[test]
    fn a_head_without_framing_has_no_body() {
        assert_eq!(framing("").unwrap(), Framing::Length(0));
    }

    #[test]
    fn content_length_and_chunked_together_are_refused() {
        assert!(framing("content-length: 3\r\ntransfer-encoding: chunked\r\n").is_err());
    }

    #[test]
    fn a_repeated_content_length_is_refused() {
        assert!(framing("content-length: 3\r\ncontent-length: 3\r\n").is_err());
    }

    #[test]
    fn a_signed_content_length_is_refused() {
        assert!(framing("content-length: +3\r\n").is_err());
    }

    #[test]
    fn an_unfinished_head_is_not_yet_a_head() {
        assert!(parse(b"GET / HTTP/1.1\r\nhost: a\r\n", |_| ()).unwrap().is_none());
    }

    #[test]
    fn http_1_0_closes_unless_it_asks_to_stay() {
        let stays = |text: &[u8]| parse(text, |head| head.keep_alive).unwrap().unwrap().1;
        assert!(!stays(b"GET / HTTP/1.0\r\n\r\n"));
        assert!(stays(b"GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n"));
    }
}
