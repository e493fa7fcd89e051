//! Questions to the user while a connection is made: his `lookup`, his `checkServerIdentity`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use napi_derive::napi;
use parking_lot::Mutex;
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::dispatch::Engine;
use crate::error::{Error, Kind, Phase};
use crate::transport::consult::{Answer, Consult};
use crate::transport::dns::literal;

use super::attach::ring;
use super::numbers::hex;
use super::records::{Writer, completion as record};
use super::ring::{Completion, Ring};

/// Kinds of questions, as in `lib/ring/users.js`.
const LOOK_UP: u32 = 1;
const CHECK: u32 = 2;
const COME_ROUND: u32 = 3;

/// Who is asked while connections are made.
#[napi(object)]
pub struct UserInput {
    /// His number in `lib/ring/users.js`; 0: nobody is.
    pub user: u32,
    /// Whether he looks names up.
    pub looks_up: bool,
    /// Whether he judges servers.
    pub checks: bool,
}

/// A user of a pool, who is asked as long as this lives.
#[derive(Debug)]
pub(super) struct Appointed {
    engine: Arc<Engine>,
    /// That of pool keys.
    pub(super) number: u32,
}

impl Appointed {
    pub(super) fn of(engine: &Arc<Engine>, ring: &Arc<Ring>, input: &UserInput) -> Option<Self> {
        let &UserInput { user, looks_up, checks } = input;
        let asked =
            (user != 0).then(|| RingUser { ring: Arc::downgrade(ring), number: user, looks_up, checks })?;
        Some(Self { engine: Arc::clone(engine), number: engine.appoint(Arc::new(asked)) })
    }
}

impl Drop for Appointed {
    fn drop(&mut self) {
        self.engine.dismiss(self.number);
    }
}

/// A user with functions of his own, behind a ring.
#[derive(Debug)]
pub(super) struct RingUser {
    pub(super) ring: Weak<Ring>,
    /// His number in `lib/ring/users.js`.
    pub(super) number: u32,
    pub(super) looks_up: bool,
    pub(super) checks: bool,
}

/// A question on its way.
#[derive(Debug)]
pub(super) struct Question {
    id: u32,
    user: u32,
    kind: u32,
    text: String,
}

/// The questions of a ring that have no answer yet.
#[derive(Debug, Default)]
pub(super) struct Questions {
    last: AtomicU32,
    open: Mutex<HashMap<u32, oneshot::Sender<String>>>,
}

/// What the user says to a question, as JSON: `{addresses: [text]}`, `{}`, or `{code, message, thrown}`.
#[napi]
pub fn answer(id: u32, question: u32, text: String) {
    let asked = ring(id).and_then(|ring| ring.questions.open.lock().remove(&question));
    if let Some(asked) = asked {
        // Nobody waits for it any more: the dial was given up.
        drop(asked.send(text));
    }
}

impl Questions {
    /// How many those are.
    pub(super) fn len(&self) -> usize {
        self.open.lock().len()
    }

    /// Nobody will answer.
    pub(super) fn drop_all(&self) {
        self.open.lock().clear();
    }
}

impl Question {
    /// Whether it was written; false when the slab is full.
    pub(super) fn put(&self, writer: &mut Writer<'_>) -> bool {
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let args = [self.user, self.kind, length];
        // What fits into no slab at all is left to connectTimeout.
        writer.put(record::ASK, self.id, args, &[self.text.as_bytes()]) || writer.is_empty()
    }
}

/// A question whose answer somebody waits for.
struct Pending {
    ring: Arc<Ring>,
    id: u32,
    answer: oneshot::Receiver<String>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.ring.questions.open.lock().remove(&self.id);
    }
}

impl RingUser {
    fn ask(&self, kind: u32, text: &Value) -> Option<Pending> {
        let ring = self.ring.upgrade()?;
        let id = ring.questions.last.fetch_add(1, Ordering::Relaxed);
        let (tell, answer) = oneshot::channel();
        ring.questions.open.lock().insert(id, tell);
        let pending = Pending { ring: Arc::clone(&ring), id, answer };
        ring.push(Completion::Ask(Question { id, user: self.number, kind, text: text.to_string() }));
        // Checked after it is listed, so that a ring which ends meanwhile leaves nobody waiting.
        (!ring.is_detached()).then_some(pending)
    }
}

/// The answer, or why there is none.
async fn said(pending: Option<Pending>, phase: Phase) -> Result<Value, Error> {
    let gone = || Error::new(Kind::Destroyed, phase, "the thread that was asked is gone");
    let mut pending = pending.ok_or_else(gone)?;
    let text = (&mut pending.answer).await.map_err(|_| gone())?;
    let answer: Value = serde_json::from_str(&text).map_err(|_| gone())?;
    let Some(message) = answer.get("message").and_then(Value::as_str) else { return Ok(answer) };
    let kind = match answer.get("code").and_then(Value::as_str).map(str::to_owned) {
        None => Kind::User,
        Some(code) if phase == Phase::Tls => Kind::Tls(code.into()),
        Some(code) => Kind::System(code.into()),
    };
    let thrown = answer.get("thrown").and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    Err(Error::new(kind, phase, message.to_owned()).with(|facts| facts.thrown = thrown))
}

impl Consult for RingUser {
    fn look_up(&self, host: &str, family: u8) -> Option<Answer<Vec<SocketAddr>>> {
        let asked = self.looks_up.then(|| self.ask(LOOK_UP, &json!({ "host": host, "family": family })))?;
        Some(Box::pin(async move {
            let answer = said(asked, Phase::Dns).await?;
            let texts = answer.get("addresses").and_then(Value::as_array);
            Ok(texts.into_iter().flatten().filter_map(|text| literal(text.as_str()?)).collect())
        }))
    }

    fn come_round(&self) -> Option<Answer<()>> {
        let asked = self.ask(COME_ROUND, &Value::Null)?;
        Some(Box::pin(async move { said(Some(asked), Phase::Queue).await.map(drop) }))
    }

    fn check(&self, host: &str, chain: &[CertificateDer<'_>]) -> Option<Answer<()>> {
        let asked = self.checks.then(|| {
            let chain: Vec<_> = chain.iter().map(|der| hex(der)).collect();
            self.ask(CHECK, &json!({ "host": host, "chain": chain }))
        })?;
        Some(Box::pin(async move { said(asked, Phase::Tls).await.map(drop) }))
    }
}
