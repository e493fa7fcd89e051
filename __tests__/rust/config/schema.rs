use rag_connection_pool::config::{Fallback, Kind, OPTIONS, Scope, Spec, file_schema, json_schema};

use crate::json_reader::{Json, read};

fn schema() -> Json {
    read(&json_schema())
}

fn property(spec: &Spec) -> Json {
    schema().field("properties").field(spec.name).clone()
}

fn json_number(number: impl Into<f64>) -> Json {
    Json::Number(number.into())
}

fn json_text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

#[test]
fn the_schema_is_json_and_says_which_draft() {
    assert_eq!(*schema().field("$schema"), json_text("https://json-schema.org/draft/2020-12/schema"));
}

#[test]
fn the_schema_has_every_name_of_the_table_and_no_other() {
    let Json::Object(properties) = schema().field("properties").clone() else { panic!("no object") };
    let names: Vec<_> = properties.iter().map(|(name, _)| name.as_str()).collect();
    let expected: Vec<_> = OPTIONS.iter().map(|spec| spec.name).collect();
    assert_eq!(names, expected);
}

#[test]
fn names_that_no_version_knows_pass() {
    assert_eq!(*schema().field("additionalProperties"), Json::Bool(true));
}

#[test]
fn each_property_has_the_bounds_of_the_table() {
    for spec in OPTIONS {
        let property = property(spec);
        let (least, most) = match spec.kind {
            Kind::Int { min, max, .. } => (min, max),
            Kind::Ms { max, .. } => (0, max),
            _ => continue,
        };
        assert_eq!(*property.field("type"), json_text("integer"), "{}", spec.name);
        assert_eq!(*property.field("minimum"), json_number(least), "{}", spec.name);
        assert_eq!(*property.field("maximum"), json_number(most), "{}", spec.name);
    }
}

#[test]
fn each_property_has_the_alternatives_of_the_table() {
    for spec in OPTIONS {
        let expected = match spec.kind {
            Kind::OneOf(choices) => choices.iter().map(|choice| json_text(choice.word)).collect(),
            Kind::OneOfInt { of, .. } => of.iter().map(|one| json_number(*one)).collect(),
            _ => continue,
        };
        assert_eq!(*property(spec).field("enum"), Json::List(expected), "{}", spec.name);
    }
}

#[test]
fn each_property_has_the_type_of_the_table() {
    for spec in OPTIONS {
        let expected = match spec.kind {
            Kind::Bool { .. } => "boolean",
            Kind::Address { .. } | Kind::Path | Kind::Socket => "string",
            Kind::Object { .. } | Kind::Hosts | Kind::Environments => "object",
            _ => continue,
        };
        assert_eq!(*property(spec).field("type"), json_text(expected), "{}", spec.name);
    }
}

#[test]
fn each_property_has_the_default_of_the_table() {
    for spec in OPTIONS {
        let expected = match spec.default {
            Fallback::Number(number) => Some(json_number(number)),
            Fallback::Bool(on) => Some(Json::Bool(on)),
            Fallback::Text(word) => Some(json_text(word)),
            Fallback::SameAs(_) | Fallback::Absent => None,
        };
        assert_eq!(property(spec).find("default").cloned(), expected, "{}", spec.name);
    }
}

#[test]
fn each_property_has_the_description_of_the_table() {
    for spec in OPTIONS {
        assert_eq!(*property(spec).field("description"), json_text(spec.doc), "{}", spec.name);
    }
}

/// What a definition or a file says of one name.
fn field_of(object: &Json, name: &str) -> Json {
    object.field("properties").field(name).clone()
}

fn definition(name: &str) -> Json {
    schema().field("$defs").field(name).clone()
}

#[test]
fn hosts_take_what_may_differ_and_nothing_else() {
    let hosts = definition("hosts");
    let Json::Object(properties) = hosts.field("properties").clone() else { panic!("no object") };
    let names: Vec<_> = properties.iter().map(|(name, _)| name.as_str()).collect();
    let own = OPTIONS.iter().filter(|spec| spec.scope >= Scope::Host).map(|spec| spec.name);
    assert_eq!(names, std::iter::once("hosts").chain(own).collect::<Vec<_>>());
    assert_eq!(*hosts.field("additionalProperties"), Json::Bool(false));
}

#[test]
fn hosts_have_no_defaults_but_the_pools() {
    assert_eq!(field_of(&definition("hosts"), "maxSocketsPerHost").find("default"), None);
}

#[test]
fn an_environment_names_neither_a_file_nor_environments() {
    let environment = definition("environment");
    for name in ["configFile", "environments"] {
        assert_eq!(field_of(&environment, name), Json::Bool(false), "{name}");
    }
    assert_eq!(field_of(&environment, "maxSockets"), field_of(&schema(), "maxSockets"));
}

#[test]
fn a_file_takes_what_code_takes_but_for_the_name_of_a_file() {
    let file = read(&file_schema());
    for spec in OPTIONS {
        let expected = if spec.name == "configFile" { Json::Bool(false) } else { property(spec) };
        assert_eq!(field_of(&file, spec.name), expected, "{}", spec.name);
    }
}
