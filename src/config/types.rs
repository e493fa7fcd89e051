use super::spec::{Fallback, Kind, Scope, Spec};
use super::table::{ENVIRONMENTS, OPTIONS};

/// The TypeScript declarations of the options: `PoolOptions`, and `RequestTimeouts` for those that a
/// request may set for itself.
pub fn typescript() -> String {
    let mut out = String::from("// Made from the engine's table of options; change it there.\n\n");
    out.push_str("/** What one request may set for itself; what it leaves out is as the pool has it. */\n");
    let of_request = OPTIONS.iter().filter(|spec| spec.scope >= Scope::Request);
    interface("RequestTimeouts", of_request.map(|spec| property(spec, None)), &mut out);
    out.push_str("\n/** Options of the hosts of one name in `perHostPools`; what they leave out is as the pool has it. */\n");
    let of_host = OPTIONS.iter().filter(|spec| spec.scope >= Scope::Host);
    let hosts = std::iter::once(HOSTS.to_owned());
    interface("HostOptions", hosts.chain(of_host.map(|spec| property(spec, None))), &mut out);
    out.push_str("\n/** Options of a pool. */\n");
    interface("PoolOptions", OPTIONS.iter().map(|spec| property(spec, default(spec))), &mut out);
    out
}

const HOSTS: &str = "  /**\n   * Which hosts: `api.example.com`, `*.svc.internal`, either with `:port`; the most specific wins.\n   * @default the public hosts of `openai`, `anthropic` and `pinecone`; other names need them\n   */\n  hosts?: readonly string[] | undefined\n";

fn interface(name: &str, properties: impl Iterator<Item = String>, out: &mut String) {
    out.extend(["export interface ", name, " {\n"]);
    out.extend(properties);
    out.push_str("}\n");
}

/// `| undefined`, so that a value passed on unset compiles under exactOptionalPropertyTypes.
fn property(spec: &Spec, default: Option<String>) -> String {
    let Spec { name, doc, kind, .. } = spec;
    let default = default.map_or_else(String::new, |value| format!("\n   * @default {value}"));
    format!("  /**\n   * {doc}{default}\n   */\n  {name}?: {} | undefined\n", type_of(kind))
}

fn type_of(kind: &Kind) -> String {
    match kind {
        Kind::Int { .. } | Kind::Ms { .. } => "number".to_owned(),
        Kind::Bool { .. } => "boolean".to_owned(),
        Kind::OneOf(choices) => joined(choices.iter().map(|choice| format!("'{}'", choice.word))),
        Kind::OneOfInt { of, .. } => joined(of.iter().map(u8::to_string)),
        Kind::Proxy => "string | false | null".to_owned(),
        Kind::Address { .. } | Kind::Path | Kind::Socket | Kind::Name => "string".to_owned(),
        Kind::Hosts => "Readonly<Record<string, HostOptions>>".to_owned(),
        Kind::Environments => {
            let names = joined(ENVIRONMENTS.iter().map(|name| format!("'{name}'")));
            format!(
                "Readonly<Partial<Record<{names}, Omit<PoolOptions, 'configFile' | 'environments'> & Record<string, unknown>>>>"
            )
        }
        Kind::Object { typescript } | Kind::Function { typescript } => (*typescript).to_owned(),
    }
}

fn joined(alternatives: impl Iterator<Item = String>) -> String {
    alternatives.collect::<Vec<_>>().join(" | ")
}

fn default(spec: &Spec) -> Option<String> {
    match spec.default {
        Fallback::Number(number) => Some(number.to_string()),
        Fallback::Bool(on) => Some(on.to_string()),
        Fallback::Text(word) => Some(format!("'{word}'")),
        Fallback::SameAs(other) => Some(format!("the value of `{other}`")),
        Fallback::Absent => None,
    }
}
