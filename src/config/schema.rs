use super::json::Json;
use super::spec::{Fallback, Kind, Scope, Spec};
use super::table::{ENVIRONMENTS, OPTIONS};

type Fields = Vec<(&'static str, Json)>;

/// The JSON Schema (draft 2020-12) of a pool's options. It refuses what [`resolve`](super::resolve())
/// refuses, but for what takes more than a look at one value: an address whose family contradicts `family`, more
/// connections kept ready than are kept at all, hosts that two names have or that a name lacks, certificates that cannot be read, a
/// proxy's host, port or user. Unknown names pass.
pub fn json_schema() -> String {
    schema("Options of rag-connection-pool", |_| true)
}

/// The JSON Schema of a configuration file: the options, but for the one that names the file.
pub fn file_schema() -> String {
    schema("Configuration file of rag-connection-pool", |spec| !matches!(spec.kind, Kind::Path))
}

fn schema(title: &str, takes: impl Fn(&Spec) -> bool) -> String {
    let mut fields = vec![
        ("$schema", Json::text("https://json-schema.org/draft/2020-12/schema")),
        ("title", Json::text(title)),
    ];
    fields.extend(pool(takes));
    let shared = vec![("environment", environment()), ("hosts", hosts()), ("tls", tls())];
    fields.push(("$defs", Json::Object(shared)));
    Json::Object(fields).write()
}

/// An object of options of a pool. Names that no version knows are the caller's own and pass.
fn pool(takes: impl Fn(&Spec) -> bool) -> Fields {
    let known = OPTIONS.iter().map(|spec| (spec.name, if takes(spec) { property(spec) } else { NEVER }));
    vec![
        ("type", Json::text("object")),
        ("properties", Json::Object(known.collect())),
        ("additionalProperties", Json::Bool(true)),
    ]
}

/// What holds in one environment: neither a file nor environments of its own.
fn environment() -> Json {
    Json::Object(pool(|spec| !matches!(spec.kind, Kind::Path | Kind::Environments)))
}

/// What holds for the hosts of one name.
fn hosts() -> Json {
    let patterns = vec![
        ("type", Json::text("array")),
        ("items", Json::Object(vec![("type", Json::text("string")), ("pattern", Json::text(HOST))])),
        ("minItems", Json::Number(1)),
        ("description", Json::text(HOSTS)),
    ];
    let own =
        OPTIONS.iter().filter(|spec| spec.scope >= Scope::Host).map(|spec| (spec.name, inherited(spec)));
    Json::Object(vec![
        ("type", Json::text("object")),
        ("properties", Json::Object(std::iter::once(("hosts", Json::Object(patterns))).chain(own).collect())),
        ("additionalProperties", NEVER),
    ])
}

/// The fields of `tls`, as JSON can write them.
fn tls() -> Json {
    let version = || one_of(["TLSv1.2", "TLSv1.3"].map(Json::text));
    let key = || {
        Json::Object(vec![
            ("type", Json::text("object")),
            ("properties", Json::Object(vec![("pem", typed("string")), ("passphrase", typed("string"))])),
            ("required", Json::List(vec![Json::text("pem")])),
        ])
    };
    let fields = vec![
        ("ca", any_of([typed("string"), texts(), typed("null")])),
        ("cert", any_of([typed("string"), at_most_one(typed("string")), typed("null")])),
        (
            "key",
            any_of([typed("string"), key(), at_most_one(any_of([typed("string"), key()])), typed("null")]),
        ),
        // A file's bytes, which JSON cannot write.
        ("pfx", typed("null")),
        ("passphrase", typed("string")),
        ("servername", typed("string")),
        ("rejectUnauthorized", typed("boolean")),
        ("minVersion", version()),
        ("maxVersion", version()),
        // A function, which JSON cannot write either.
        ("checkServerIdentity", Json::Object(vec![("not", Json::Object(Vec::new()))])),
        ("pins", pins()),
        ("keyLog", typed("boolean")),
        ("systemCa", typed("boolean")),
    ];
    Json::Object(vec![
        ("type", Json::text("object")),
        ("properties", Json::Object(fields)),
        ("additionalProperties", NEVER),
    ])
}

fn pins() -> Json {
    let one = vec![("type", Json::text("string")), ("pattern", Json::text(PIN))];
    Json::Object(vec![
        ("type", Json::text("array")),
        ("items", Json::Object(one)),
        ("minItems", Json::Number(1)),
    ])
}

fn typed(name: &str) -> Json {
    Json::Object(vec![("type", Json::text(name))])
}

fn texts() -> Json {
    Json::Object(vec![("type", Json::text("array")), ("items", typed("string"))])
}

fn at_most_one(item: Json) -> Json {
    Json::Object(vec![("type", Json::text("array")), ("items", item), ("maxItems", Json::Number(1))])
}

fn any_of<const N: usize>(schemas: [Json; N]) -> Json {
    Json::Object(vec![("anyOf", Json::List(schemas.into()))])
}

fn one_of<const N: usize>(values: [Json; N]) -> Json {
    Json::Object(vec![("enum", Json::List(values.into()))])
}

/// SHA-256 in base64.
const PIN: &str = "^sha256/[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$";

/// A name, address or wildcard, with or without a port.
const HOST: &str = r"^(\*\.)?(\[[^\[\]]+\]|[^\[\]:/?#@\\*\s]+)(:\d{1,5})?$";
/// The URL of a proxy.
const PROXY: &str = "^(https?|socks5h?)://[^/?#\\s]+/?$";
const HOSTS: &str =
    "Which hosts: `api.example.com`, `*.svc.internal`, either with `:port`; the most specific wins.";
const NEVER: Json = Json::Bool(false);

fn property(spec: &Spec) -> Json {
    let mut fields = constraint(&spec.kind);
    fields.extend(default(spec.default).map(|value| ("default", value)));
    fields.push(("description", Json::text(spec.doc)));
    Json::Object(fields)
}

/// What is left out is as the pool has it, so that there is no default to tell.
fn inherited(spec: &Spec) -> Json {
    let mut fields = constraint(&spec.kind);
    fields.push(("description", Json::text(spec.doc)));
    Json::Object(fields)
}

fn constraint(kind: &Kind) -> Fields {
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
        // JSON cannot write one.
        Kind::Function { .. } => vec![("not", Json::Object(Vec::new()))],
        Kind::Proxy => vec![(
            "anyOf",
            Json::List(vec![
                Json::Object(vec![("type", Json::text("string")), ("pattern", Json::text(PROXY))]),
                Json::Object(vec![("const", Json::Bool(false))]),
                typed("null"),
            ]),
        )],
        Kind::Path | Kind::Socket | Kind::Name => {
            vec![("type", Json::text("string")), ("minLength", Json::Number(1))]
        }
        Kind::Hosts => {
            vec![("type", Json::text("object")), ("additionalProperties", reference("#/$defs/hosts"))]
        }
        Kind::Environments => {
            let named = ENVIRONMENTS.iter().map(|name| (*name, reference("#/$defs/environment")));
            vec![
                ("type", Json::text("object")),
                ("properties", Json::Object(named.collect())),
                ("additionalProperties", NEVER),
            ]
        }
        Kind::Object { .. } => vec![("type", Json::text("object")), ("$ref", Json::text("#/$defs/tls"))],
    }
}

fn reference(to: &str) -> Json {
    Json::Object(vec![("$ref", Json::text(to))])
}

fn integer(min: u32, max: u32) -> Fields {
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
