//! The script of each path. The table for people is in README.md.

use std::io::{self, Read};

use bytes::Bytes;

use super::script::{Script, Step, answer, reply, write};
use crate::coding;
use crate::h1::Request;
use crate::target::Target;

const BODY: &[u8] = br#"{"ok":true}"#;
/// Of a reply that belongs to no request.
const STRAY: &[u8] = br#"{"stray":true}"#;
const HALF_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-le";
const HALF_BODY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nthis is not a hundred bytes";
/// Between bytes that the client should see and what ends them, so that the two do not arrive as one.
const APART_MS: u64 = 20;
/// How long a stalled request is left unread.
const UNREAD_MS: u64 = 2000;

/// What this request is answered with; the error says what is wrong with its target.
pub(super) fn script(request: &Request) -> Result<Script, String> {
    let target = Target::new(&request.target);
    if let Some((ending, moment)) = cut_short(target.path) {
        return interrupted(target, ending, &moment);
    }
    framing(target)
        .or_else(|| lengths(target))
        .or_else(|| heads(target))
        .or_else(|| floods(target))
        .or_else(|| endings(target))
        .or_else(|| codings(target))
        .unwrap_or_else(|| Err(format!("no fault {}", target.path)))
}

/// Where a reply breaks off.
struct Moment {
    /// Whether the request's body was read first.
    is_read: bool,
    sent: &'static str,
}

/// `/reset-in-head` -> `reset`, and what goes before it.
fn cut_short(path: &str) -> Option<(&str, Moment)> {
    let (ending, moment) = path.strip_prefix('/')?.split_once('-')?;
    let (is_read, sent) = match moment {
        "unread" => (false, ""),
        "before-head" => (true, ""),
        "after-1xx" => (true, "HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n"),
        "in-head" => (true, HALF_HEAD),
        "before-body" => (true, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"),
        "before-chunks" => (true, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        "in-body" => (true, HALF_BODY),
        "in-chunks" => (true, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        _ => return None,
    };
    Some((ending, Moment { is_read, sent }))
}

fn interrupted(target: Target<'_>, ending: &str, moment: &Moment) -> Result<Script, String> {
    let mut script = if moment.is_read { vec![Step::ReadRequest] } else { vec![] };
    if !moment.sent.is_empty() {
        script.push(write(moment.sent));
        script.push(Step::Pause(target.millis("pause", APART_MS)?));
    }
    if ending == "stall" && !moment.is_read {
        // Not for ever: a client that goes while its bytes are left in the kernel shows that only to who reads them.
        script.push(Step::Pause(target.millis("for", UNREAD_MS)?));
    }
    script.push(match ending {
        "reset" => Step::Reset,
        "close" if target.flag("notify", true)? => Step::Close,
        "close" => Step::Cut,
        "stall" => Step::Stall,
        _ => return Err(format!("no fault {}", target.path)),
    });
    Ok(script)
}

/// Right and wrong ways to say where a body ends.
fn framing(target: Target<'_>) -> Option<Result<Script, String>> {
    let head = "HTTP/1.1 200 OK\r\n";
    Some(Ok(match target.path {
        "/ok" => answer(reply("content-type: application/json\r\n", BODY)),
        "/long-body" => answer(format!("{head}content-length: 5\r\n\r\nhello and more than was said")),
        "/echo" => answer(reply("", target.text("id").unwrap_or_default().as_bytes())),
        "/chunked" => answer(format!(
            "{head}transfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n5;name=value\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n\
             0\r\nx-sum: 11\r\n\r\n"
        )),
        "/close-delimited" => {
            let mut script = answer(format!("{head}\r\nall of this until the end"));
            script.push(Step::Close);
            script
        }
        "/204" => answer("HTTP/1.1 204 No Content\r\n\r\n"),
        "/304" => answer("HTTP/1.1 304 Not Modified\r\ncontent-length: 1234\r\netag: \"a\"\r\n\r\n"),
        "/head" => answer(format!("{head}content-length: 1234\r\n\r\n")),
        "/dribble" => match target.millis("every", 1) {
            Ok(every) => {
                vec![Step::ReadRequest, Step::Dribble(reply("", BODY).into(), every), Step::Answered]
            }
            Err(why) => return Some(Err(why)),
        },
        _ => return None,
    }))
}

/// Contradictory and impossible ways to say it.
fn lengths(target: Target<'_>) -> Option<Result<Script, String>> {
    let head = "HTTP/1.1 200 OK\r\n";
    let chunks = "5\r\nhello\r\n0\r\n\r\n";
    let value = |default| target.text("value").unwrap_or(default);
    Some(Ok(match target.path {
        "/both-lengths" => {
            let coding = value("chunked");
            answer(format!("{head}content-length: 5\r\ntransfer-encoding: {coding}\r\n\r\n{chunks}"))
        }
        "/repeated-length" => match target.flag("same", true) {
            Ok(same) => {
                let second = if same { 5 } else { 3 };
                answer(format!("{head}content-length: 5\r\ncontent-length: {second}\r\n\r\nhello"))
            }
            Err(why) => return Some(Err(why)),
        },
        "/bad-length" => answer(format!("{head}content-length: {}\r\n\r\nhello", value("-5"))),
        "/bad-transfer" => {
            answer(format!("{head}transfer-encoding: {}\r\n\r\n{chunks}", value("chunked,chunked")))
        }
        "/bad-chunk" => answer(format!(
            "{head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n{}\r\nworld\r\n0\r\n\r\n",
            target.text("size").unwrap_or("zz")
        )),
        _ => return None,
    }))
}

/// What never ends: the client has to stop it.
fn floods(target: Target<'_>) -> Option<Result<Script, String>> {
    let (first, more) = match target.path {
        "/endless-head" => ("HTTP/1.1 200 OK\r\n", "x-more: and more\r\n"),
        "/endless-1xx" => ("", "HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n"),
        "/endless-chunks" => ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
        _ => return None,
    };
    Some(Ok(vec![Step::ReadRequest, write(first), Step::Flood(more)]))
}

/// Heads that are odd, large, or none.
fn heads(target: Target<'_>) -> Option<Result<Script, String>> {
    Some(match target.path {
        "/garbage" => {
            let mut script = answer("\u{0}\u{1}\u{2} this was never HTTP\r\n\r\n");
            script.push(Step::Close);
            Ok(script)
        }
        "/short-head" => {
            let mut script = answer("HTTP/1.1\r\n\r\n");
            script.push(Step::Close);
            Ok(script)
        }
        "/headers" => many_fields(target),
        "/folded" => Ok(answer(reply("x-folded: one\r\n two\r\n\tthree\r\n", BODY))),
        "/head-only-lf" => Ok(answer("HTTP/1.1 200 OK\ncontent-length: 5\n\nhello")),
        "/http10" => {
            let mut script = answer("HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello");
            script.push(Step::Close);
            Ok(script)
        }
        "/1xx" => informational(target),
        "/101" => {
            Ok(answer("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n"))
        }
        _ => return None,
    })
}

fn many_fields(target: Target<'_>) -> Result<Script, String> {
    let (count, size) = (target.number("count", 10_usize)?, target.number("size", 10_usize)?);
    let value = "v".repeat(size);
    let fields: Vec<_> = (0..count).map(|at| format!("x-field-{at}: {value}\r\n")).collect();
    Ok(answer(reply(&fields.concat(), BODY)))
}

fn informational(target: Target<'_>) -> Result<Script, String> {
    let (count, code) = (target.number("n", 1_usize)?, target.number("code", 103_u16)?);
    let first = format!("HTTP/1.1 {code} Informational\r\nlink: </style.css>\r\n\r\n").repeat(count);
    Ok(answer([first.as_bytes(), &reply("", BODY)].concat()))
}

/// What happens to the connection when the reply is whole, or before the request is.
fn endings(target: Target<'_>) -> Option<Result<Script, String>> {
    Some(match target.path {
        "/early-reply" => early(target),
        "/unsolicited" => target.millis("after", APART_MS).map(|pause| {
            let mut script = answer(reply("", BODY));
            script.extend([
                Step::Pause(pause),
                write("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n"),
            ]);
            script
        }),
        "/reply-then-close" => target.flag("announce", true).map(|announced| {
            let mut script = answer(reply(if announced { "connection: close\r\n" } else { "" }, BODY));
            script.push(Step::Close);
            script
        }),
        "/keep-alive-hint" => hint(target),
        "/two-replies" => Ok(answer([reply("", BODY), reply("", STRAY)].concat())),
        "/reply-after-close" => target.millis("after", APART_MS).map(|pause| {
            let mut script = answer(reply("connection: close\r\n", BODY));
            script.extend([Step::Pause(pause), Step::Write(reply("", STRAY).into()), Step::Close]);
            script
        }),
        _ => return None,
    })
}

fn early(target: Target<'_>) -> Result<Script, String> {
    let ending = match target.text("then").unwrap_or("keep") {
        "keep" => Step::ReadRequest,
        "close" => Step::Close,
        "reset" => Step::Reset,
        "stall" => Step::Stall,
        other => return Err(format!("then={other} is none of keep, close, reset, stall")),
    };
    let refusal = "HTTP/1.1 413 Content Too Large\r\ncontent-length: 5\r\n\r\nlarge";
    let mut script = vec![write(refusal), Step::Answered, Step::Pause(target.millis("pause", APART_MS)?)];
    if matches!(ending, Step::Stall) {
        script.push(Step::Pause(target.millis("for", UNREAD_MS)?));
    }
    script.push(ending);
    Ok(script)
}

fn hint(target: Target<'_>) -> Result<Script, String> {
    let seconds = target.number("timeout", 5_u64)?;
    let mut script =
        answer(reply(&format!("connection: keep-alive\r\nkeep-alive: timeout={seconds}\r\n"), BODY));
    if target.text("closes").is_some() {
        script.push(Step::CloseIfIdle(target.millis("closes", 0)?));
    }
    Ok(script)
}

/// Bodies whose content coding is a trap.
fn codings(target: Target<'_>) -> Option<Result<Script, String>> {
    let coding = target.text("coding").unwrap_or("gzip");
    let encoded = |body: &[u8]| answer(reply(&format!("content-encoding: {coding}\r\n"), body));
    let shown = |why: io::Error| why.to_string();
    Some(match target.path {
        "/bomb" => target.number("mb", 10_u64).and_then(|mb| {
            let zeros = io::repeat(0).take(mb.saturating_mul(1 << 20));
            coding::encode(coding, zeros).map(|body| encoded(&body)).map_err(shown)
        }),
        "/hollow-bomb" => target.number("mb", 10_u64).and_then(|mb| {
            let member = coding::encode("gzip", io::empty()).map_err(shown)?;
            // Zeros behind a member are padding.
            let padded = member.as_slice().chain(io::repeat(0).take(mb.saturating_mul(1 << 20)));
            let body = coding::encode(coding, padded).map_err(shown)?;
            Ok(answer(reply(&format!("content-encoding: gzip, {coding}\r\n"), &body)))
        }),
        "/bad-coding" => Ok(encoded(b"\xffthis was never compressed\xff")),
        "/truncated-coding" => {
            let text: Vec<u8> = (0..20_000_u32).flat_map(u32::to_le_bytes).collect();
            coding::encode(coding, &*text).map(|body| encoded(&body[..body.len() / 2])).map_err(shown)
        }
        _ => return None,
    })
}

/// What a connection is greeted with, when it has asked for nothing yet.
pub(super) fn greeting() -> Vec<u8> {
    reply("", STRAY)
}

/// The refusal of a target that names no fault.
pub(super) fn unknown(why: &str) -> Script {
    let text = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n{why}", why.len());
    answer(Bytes::from(text))
}
