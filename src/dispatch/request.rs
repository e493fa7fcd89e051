//! What a caller asks for.

use std::sync::Arc;
use std::time::Instant;

use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use parking_lot::Mutex;

use crate::config::Timeouts;
use crate::key::PoolKey;
use crate::key::proxy::Via;
use crate::pool::OriginId;
use crate::transport::body::ReqBody;
use crate::transport::proxy::basic;

use super::hold::Hold;
use super::place::Farewell;
use super::wait::Wanted;

/// Where requests go: a pool key, and what is remembered beside it so that a request looks nothing up.
#[derive(Debug)]
pub struct Destination {
    /// What decides reuse.
    pub key: PoolKey,
    /// The value of the `host` field.
    pub(super) host: HeaderValue,
    /// What a request to a proxy says that forwards it.
    forward: Option<Forward>,
    /// The core's name for the key; may be stale.
    pub(super) id: Mutex<Option<OriginId>>,
    /// The same under HTTP/1.1, where the server is asked whether it speaks HTTP/2.
    pub(super) plain: Option<Plain>,
    /// Whose requests go there, in a pool that others hold as well.
    pub(super) hold: Option<Arc<Hold>>,
}

/// Where requests go as well, over connections that carry one at a time.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) key: PoolKey,
    pub(super) id: Mutex<Option<OriginId>>,
}

impl Destination {
    /// A destination; `None` if the host can stand in no header.
    pub fn new(key: PoolKey) -> Option<Arc<Self>> {
        Self::held(key, None)
    }

    /// As [`Destination::new`], of one holder.
    pub fn held(key: PoolKey, hold: Option<Arc<Hold>>) -> Option<Arc<Self>> {
        let origin = key.origin.to_string();
        let authority = origin.split_once("://").map_or(origin.as_str(), |(_, authority)| authority);
        let host = HeaderValue::from_str(authority).ok()?;
        let forward = match key.via.as_ref().filter(|via| via.forwards) {
            Some(via) => Some(Forward::new(via, authority)?),
            None => None,
        };
        let plain = key.for_http1().map(|key| Plain { key, id: Mutex::new(None) });
        Some(Arc::new(Self { key, host, forward, id: Mutex::new(None), plain, hold }))
    }
}

/// How a request asks a proxy to forward it (RFC 9112, 3.2.2).
#[derive(Debug)]
struct Forward {
    authority: Authority,
    authorization: Option<HeaderValue>,
}

impl Forward {
    fn new(via: &Via, authority: &str) -> Option<Self> {
        let authorization = match &via.proxy.credentials {
            None => None,
            Some(own) => {
                let mut value = HeaderValue::from_str(&basic(own)).ok()?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        Some(Self { authority: authority.parse().ok()?, authorization })
    }

    /// Only here does a request learn of the credentials, so that none other carries them.
    fn apply(&self, message: &mut http::Request<ReqBody>) {
        let mut parts = Uri::default().into_parts();
        parts.scheme = Some(http::uri::Scheme::HTTP);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = message.uri().path_and_query().cloned().or(parts.path_and_query);
        if let Ok(uri) = Uri::from_parts(parts) {
            *message.uri_mut() = uri;
        }
        if let Some(authorization) = &self.authorization {
            message.headers_mut().entry(header::PROXY_AUTHORIZATION).or_insert_with(|| authorization.clone());
        }
    }
}

/// One request.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for, or noted, by itself")]
pub struct Request {
    /// Where to.
    pub destination: Arc<Destination>,
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: Uri,
    /// The fields, `host` first.
    pub headers: HeaderMap,
    /// The body.
    pub body: ReqBody,
    /// How long each phase may take.
    pub timeouts: Timeouts,
    /// Whether content codings are undone.
    pub decode: bool,
    /// Whether the fields that speak of a coding stay when it is undone, as fetch has it.
    pub keep_fields: bool,
    /// Whether it goes out on a connection that is opened for it, unless others are using the one that it would have.
    pub anew: bool,
    /// When the caller asked.
    pub submitted: Instant,
    /// Whether the last message left the body here to be sent again.
    kept: bool,
    /// Where it leaves how far it had come when it gives up in the queue, if that is to be told of.
    pub(super) farewell: Option<Arc<Farewell>>,
}

/// Where the caller sets one of his own, it takes the place of this one (RFC 9110, 7.2: it is the first field).
fn host_first(destination: &Destination) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, destination.host.clone());
    headers
}

impl Request {
    /// A request without fields or body, under the given timeouts.
    pub fn new(
        destination: Arc<Destination>,
        method: Method,
        target: Uri,
        timeouts: Timeouts,
        submitted: Instant,
    ) -> Self {
        Self {
            headers: host_first(&destination),
            destination,
            method,
            target,
            body: ReqBody::Empty,
            timeouts,
            decode: true,
            keep_fields: false,
            anew: false,
            submitted,
            kept: false,
            farewell: None,
        }
    }

    /// The connection that it wants.
    pub(super) fn wanted(&self) -> Wanted {
        Wanted {
            destination: Arc::clone(&self.destination),
            queue_timeout: self.timeouts.queue,
            connect_timeout: self.timeouts.connect,
            raw: false,
            ear: None,
            farewell: self.farewell.clone(),
        }
    }

    /// Whether sending it twice does what sending it once does (RFC 9110, 9.2.2), or the server was given
    /// the means to tell.
    pub(super) fn is_idempotent(&self) -> bool {
        matches!(
            self.method,
            Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
        ) || self.method.as_str() == "QUERY"
            || self.headers.contains_key("idempotency-key")
    }

    /// The message for one attempt, the only one of its connection if `last`. With `keep`, the body stays here as well, if it can be sent again.
    pub(super) fn message(&mut self, keep: bool, last: bool) -> Box<http::Request<ReqBody>> {
        // In its box: what is large is moved once for each function that hands it on.
        let mut message = Box::new(http::Request::default());
        *message.method_mut() = self.method.clone();
        *message.uri_mut() = self.target.clone();
        let replay = if keep { self.body.replay() } else { None };
        self.kept = replay.is_some();
        *message.headers_mut() = if keep { self.headers.clone() } else { std::mem::take(&mut self.headers) };
        *message.body_mut() = match replay {
            Some(again) => again,
            None => std::mem::take(&mut self.body),
        };
        if let Some(forward) = &self.destination.forward {
            forward.apply(&mut message);
        }
        if last {
            // As Node's agent without keepAlive: the peer need not wait for another (RFC 9112, 9.6).
            message.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        message
    }

    /// Whether the body of the last message is still here.
    pub(super) fn is_kept(&self) -> bool {
        self.kept
    }

    /// A message that was never begun comes back whole.
    pub(super) fn take_back(&mut self, message: http::Request<ReqBody>) {
        let (parts, body) = message.into_parts();
        self.headers = parts.headers;
        self.body = body;
    }
}
