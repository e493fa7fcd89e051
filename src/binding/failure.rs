//! An error as data for JavaScript, where `lib/errors.js` makes the object.

use serde_json::{Map, Value, json};

use crate::error::{Error, Facts, Mismatch, Occupancy, SystemCall};

use super::numbers::hex;

/// The error as JSON; absent fields are not known.
pub(super) fn describe(error: &Error) -> Vec<u8> {
    value(error).to_string().into_bytes()
}

fn value(error: &Error) -> Value {
    let facts = error.facts();
    let mut fields = Map::new();
    fields.insert("code".into(), error.code().into());
    fields.insert("phase".into(), facts.phase.name().into());
    fields.insert("message".into(), facts.message.as_ref().into());
    describe_request(&mut fields, facts);
    if let Some(call) = &facts.call {
        describe_call(&mut fields, call);
    }
    if let Some(Occupancy { total, active, idle, waiting }) = facts.occupancy {
        let occupancy = json!({ "total": total, "active": active, "idle": idle, "waiting": waiting });
        fields.insert("occupancy".into(), occupancy);
    }
    if let Some(thrown) = facts.thrown {
        fields.insert("thrown".into(), thrown.into());
    }
    if !facts.causes.is_empty() {
        fields.insert("causes".into(), facts.causes.iter().map(value).collect());
    }
    Value::Object(fields)
}

fn describe_request(fields: &mut Map<String, Value>, facts: &Facts) {
    if let Some(origin) = &facts.origin {
        fields.insert("origin".into(), origin.as_str().into());
    }
    if let Some(proxy) = &facts.proxy {
        fields.insert("proxy".into(), proxy.as_str().into());
    }
    if let Some(status) = facts.proxy_status {
        fields.insert("proxyStatus".into(), status.into());
    }
    if let Some(Mismatch { reason, host, certificates }) = &facts.mismatch {
        fields.insert("reason".into(), reason.as_str().into());
        fields.insert("host".into(), host.as_str().into());
        fields.insert("certificates".into(), certificates.iter().map(|der| hex(der)).collect());
    }
    if let Some(failure) = &facts.last_failure {
        fields.insert("lastFailure".into(), failure.as_str().into());
    }
    fields.insert("reusedSocket".into(), facts.reused_socket.into());
    fields.insert("bytesRead".into(), facts.bytes_read.into());
    fields.insert("bytesWritten".into(), facts.bytes_written.into());
    fields.insert("mayHaveBeenProcessed".into(), facts.may_have_been_processed.into());
}

fn describe_call(fields: &mut Map<String, Value>, call: &SystemCall) {
    if call.errno != 0 {
        fields.insert("errno".into(), call.errno.into());
    }
    fields.insert("syscall".into(), call.name.into());
    let texts = [("address", &call.address), ("hostname", &call.hostname)];
    for (name, text) in texts {
        if let Some(text) = text {
            fields.insert(name.into(), text.as_str().into());
        }
    }
    if let Some(port) = call.port {
        fields.insert("port".into(), port.into());
    }
}
