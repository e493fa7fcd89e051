use rag_connection_pool::config::{OPTIONS, Scope, typescript};

/// The body of one interface.
fn interface(name: &str) -> String {
    let all = typescript();
    let after = all.split_once(&format!("export interface {name} {{\n")).expect(name).1;
    after.split_once("\n}\n").expect(name).0.to_owned()
}

#[test]
fn the_options_of_a_pool_are_those_of_the_table() {
    let body = interface("PoolOptions");
    for spec in OPTIONS {
        assert!(body.contains(&format!("\n  {}?: ", spec.name)), "{}", spec.name);
    }
    // Deeper ones are fields of an option.
    let own = body.lines().filter(|line| line.contains("?: ") && !line.starts_with("   "));
    assert_eq!(own.count(), OPTIONS.len());
}

#[test]
fn the_options_of_a_request_are_those_that_it_may_set() {
    let body = interface("RequestTimeouts");
    for spec in OPTIONS {
        assert_eq!(
            body.contains(&format!("\n  {}?: ", spec.name)),
            spec.scope == Scope::Request,
            "{}",
            spec.name
        );
    }
}

#[test]
fn the_options_of_hosts_are_those_that_are_not_about_the_whole_pool() {
    let body = interface("HostOptions");
    for spec in OPTIONS {
        assert_eq!(
            body.contains(&format!("\n  {}?: ", spec.name)),
            spec.scope >= Scope::Host,
            "{}",
            spec.name
        );
    }
    assert!(body.contains("  hosts?: readonly string[] | undefined\n"));
}

#[test]
fn each_type_is_what_is_accepted() {
    let body = interface("PoolOptions");
    for line in [
        "  maxSockets?: number | undefined",
        "  timeout?: number | undefined",
        "  keepAlive?: boolean | undefined",
        "  scheduling?: 'lifo' | 'fifo' | undefined",
        "  family?: 0 | 4 | 6 | undefined",
        "  localAddress?: string | undefined",
        "  lookup?: import('node:net').LookupFunction | undefined",
        "  socketPath?: string | undefined",
        "  tls?: Pick<import('node:tls').ConnectionOptions, 'ca' | ",
    ] {
        assert!(body.contains(line), "{line}");
    }
}

#[test]
fn each_comment_ends_in_the_default() {
    let body = interface("PoolOptions");
    for (doc, default) in [
        ("Open connections to one origin.", "10"),
        ("Whether a connection serves more than one request.", "true"),
        ("Milliseconds between two pieces of the reply's body; 0 is for ever.", "the value of `timeout`"),
    ] {
        assert!(body.contains(&format!("  /**\n   * {doc}\n   * @default {default}\n   */\n")), "{doc}");
    }
    assert!(body.contains("   * The local address to dial from.\n   */\n"));
}

#[test]
fn the_default_of_a_request_is_not_that_of_the_table_but_what_its_pool_has() {
    assert!(!interface("RequestTimeouts").contains("@default"));
}

#[test]
fn no_description_ends_the_comment_that_holds_it() {
    assert!(OPTIONS.iter().all(|spec| !spec.doc.contains("*/") && !spec.doc.contains('\n')));
}
