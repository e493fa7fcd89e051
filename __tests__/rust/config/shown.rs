use rag_connection_pool::config::Value;

/// Each right-hand side is what `util.inspect` of Node 20 printed.
#[test]
fn a_number_is_shown_as_node_inspects_it() {
    let cases = [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.5, "1.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ];
    for (number, shown) in cases {
        assert_eq!(Value::Number(number).shown(), shown);
    }
}

/// Each right-hand side is what `util.inspect` of Node 20 printed.
#[test]
fn a_string_is_shown_as_node_inspects_it() {
    let cases = [
        ("", "''"),
        ("lifo", "'lifo'"),
        ("it's", r#""it's""#),
        (r#"it's "it""#, r#"`it's "it"`"#),
        (r#"'"`"#, r#"'\'"`'"#),
        ("a\nb\t\\", r"'a\nb\t\\'"),
        ("\u{1b}[0m", r"'\x1B[0m'"),
        ("naïve ✓", "'naïve ✓'"),
    ];
    for (text, shown) in cases {
        assert_eq!(Value::Text(text.to_owned()).shown(), shown);
    }
}

#[test]
fn a_long_string_is_cut() {
    let shown = Value::Text("x".repeat(65)).shown();
    assert_eq!(shown, format!("'{}…'", "x".repeat(64)));
}

#[test]
fn a_string_of_the_longest_length_is_whole() {
    let shown = Value::Text("x".repeat(64)).shown();
    assert_eq!(shown, format!("'{}'", "x".repeat(64)));
}

#[test]
fn what_is_no_primitive_is_named_by_its_type() {
    assert_eq!(Value::Object.shown(), "an object");
    assert_eq!(Value::Other("function").shown(), "a function");
}
