//! The script of each path. The table for people is in README.md.

use std::io::{self, Read};

use bytes::Bytes;

use super::script::{Script, Step, answer, reply, write};
use crate::coding;
use crate::h1::Request;
use crate::target::Target;

const BODY: &[u8] = br#"{"ok":true}"#;
const HALF_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-le";
const HALF_BODY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nthis is not a hundred bytes";
/// Between bytes that the client should see and what ends them, so that the two do not arrive as one.
const APART_MS: u64 = 20;

/// What this request is answered with; the error says what is wrong with its target.
pub(super) fn script(request: &Request) -> Result<Script, String> {
    let target = Target::new(&request.target);
    if let Some((ending, moment)) = cut_short(target.path) {
        return interrupted(target, ending, moment);
    }
    framing(target)
        .or_else(|| heads(target))
        .or_else(|| endings(target))
        .or_else(|| codings(target))
        .unwrap_or_else(|| Err(format!("no fault {}", target.path)))
}

/// `/reset-in-head` -> `reset`, `head`.
fn cut_short(path: &str) -> Option<(&str, &str)> {
    let (ending, moment) = path.strip_prefix('/')?.split_once('-')?;
    let moment = match moment {
        "before-head" => "nothing",
        "in-head" => HALF_HEAD,
        "in-body" => HALF_BODY,
        _ => return None,
    };
    Some((ending, moment))
}

fn interrupted(target: Target<'_>, ending: &str, sent: &str) -> Result<Script, String> {
    let mut script = vec![Step::ReadRequest];
    if sent != "nothing" {
        script.push(write(sent));
        script.push(Step::Pause(target.millis("pause", APART_MS)?));
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
        "/both-lengths" => answer(format!(
            "{head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        )),
        "/repeated-length" => match target.flag("same", true) {
            Ok(same) => {
                let second = if same { 5 } else { 3 };
                answer(format!("{head}content-length: 5\r\ncontent-length: {second}\r\n\r\nhello"))
            }
            Err(why) => return Some(Err(why)),
        },
        "/bad-chunk" => {
            answer(format!("{head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nworld\r\n0\r\n\r\n"))
        }
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

/// Heads that are odd, large, or none.
fn heads(target: Target<'_>) -> Option<Result<Script, String>> {
    Some(match target.path {
        "/garbage" => {
            let mut script = answer("\u{0}\u{1}\u{2} this was never HTTP\r\n\r\n");
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
    Ok(vec![write(refusal), Step::Answered, Step::Pause(target.millis("pause", APART_MS)?), ending])
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
        "/bad-coding" => Ok(encoded(b"\xffthis was never compressed\xff")),
        "/truncated-coding" => {
            let text: Vec<u8> = (0..20_000_u32).flat_map(u32::to_le_bytes).collect();
            coding::encode(coding, &*text).map(|body| encoded(&body[..body.len() / 2])).map_err(shown)
        }
        _ => return None,
    })
}

/// The refusal of a target that names no fault.
pub(super) fn unknown(why: &str) -> Script {
    let text = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n{why}", why.len());
    answer(Bytes::from(text))
}
