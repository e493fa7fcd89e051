use super::json::Json;
use super::table::{Fallback, Kind, NOT_YET, OPTIONS, Spec};

/// The JSON Schema (draft 2020-12) of a pool's options. It refuses what [`resolve`](super::resolve())
/// refuses, but for an address whose family contradicts `family`; unknown names pass.
pub fn json_schema() -> String {
    let known = OPTIONS.iter().map(|spec| (spec.name, property(spec)));
    let promised = NOT_YET.iter().map(|name| (*name, Json::Bool(false)));
    Json::Object(vec![
        ("$schema", Json::text("https://json-schema.org/draft/2020-12/schema")),
        ("title", Json::text("Options of rag-connection-pool")),
        ("type", Json::text("object")),
        ("properties", Json::Object(known.chain(promised).collect())),
        ("additionalProperties", Json::Bool(true)),
    ])
    .write()
}

fn property(spec: &Spec) -> Json {
    let mut fields = constraint(&spec.kind);
    fields.extend(default(spec.default).map(|value| ("default", value)));
    fields.push(("description", Json::text(spec.doc)));
    Json::Object(fields)
}

fn constraint(kind: &Kind) -> Vec<(&'static str, Json)> {
    match kind {
        Kind::Int { min, max, .. } => integer(*min, *max),
        Kind::Ms { max, .. } => integer(0, *max),
        Kind::Bool { .. } => vec![("type", Json::text("boolean"))],
        Kind::OneOf(choices) => {
            vec![("enum", Json::List(choices.iter().map(|choice| Json::text(choice.word)).collect()))]
        }
        Kind::OneOfInt { of, .. } => {
            vec![("enum", Json::List(of.iter().map(|one| Json::Number((*one).into())).collect()))]
        }
        Kind::Address { .. } => {
            let format = |name| Json::Object(vec![("format", Json::text(name))]);
            vec![("type", Json::text("string")), ("anyOf", Json::List(vec![format("ipv4"), format("ipv6")]))]
        }
        Kind::Object { .. } => vec![("type", Json::text("object"))],
    }
}

fn integer(min: u32, max: u32) -> Vec<(&'static str, Json)> {
    vec![("type", Json::text("integer")), ("minimum", Json::Number(min)), ("maximum", Json::Number(max))]
}

fn default(fallback: Fallback) -> Option<Json> {
    match fallback {
        Fallback::Number(number) => Some(Json::Number(number)),
        Fallback::Bool(on) => Some(Json::Bool(on)),
        Fallback::Text(word) => Some(Json::text(word)),
        Fallback::SameAs(_) | Fallback::Absent => None,
    }
}
