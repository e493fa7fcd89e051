//! Vectors taken out of JSON texts: what stays, what was taken, and what is left alone.

use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;

use rag_connection_pool::vectors::{LEAST, take};

const MARK: &str = "@";

/// What stays, and the numbers; `None` where nothing was to be gained.
fn taken(text: &str, room: usize) -> Option<(String, Vec<f64>)> {
    let mut bytes = text.as_bytes().to_vec();
    let mut numbers = vec![0.0; room];
    let kept = take(&mut bytes, &mut numbers, MARK)?;
    Some((String::from_utf8_lossy(&bytes[..kept]).into_owned(), numbers))
}

/// A vector of so many numbers, as JSON.
fn row(count: usize) -> String {
    let numbers: Vec<_> = (0..count).map(|at| format!("{at}.5")).collect();
    format!("[{}]", numbers.join(","))
}

#[test]
fn a_vector_leaves_the_name_of_its_place_where_its_length_and_then_its_elements_are() {
    let (rest, numbers) = taken(&format!(r#"{{"a":{},"b":[1]}}"#, row(80)), 128).unwrap();
    assert_eq!(rest, r#"{"a":["@1"],"b":[1]}"#);
    let expected: Vec<f64> = [1.0, 80.0].into_iter().chain((0..80).map(|at| f64::from(at) + 0.5)).collect();
    assert_eq!(numbers[..82], expected);
}

#[test]
fn each_of_several_has_a_place_behind_the_one_before() {
    let (rest, numbers) = taken(&format!("[{},{}]", row(32), row(33)), 128).unwrap();
    assert_eq!(
        (rest.as_str(), numbers[0], numbers[1], numbers[34]),
        (r#"[["@1"],["@34"]]"#, 2.0, 32.0, 33.0)
    );
}

#[test]
fn a_few_numbers_are_no_vector() {
    assert!(taken(&row(LEAST - 1), 64).is_none());
    assert!(taken(&row(LEAST), 64).is_some());
}

#[test]
fn space_may_stand_wherever_json_has_it() {
    let spaced = row(40).replace(',', " ,\t").replace('[', "[\r\n").replace(']', "\n]");
    assert_eq!(taken(&spaced, 64).unwrap(), taken(&row(40), 64).unwrap());
}

#[test]
fn what_stands_in_a_string_is_not_looked_at() {
    for quoted in [row(40), format!(r#"\\\" {}"#, row(40)), format!(r#"\\\\\"\\{}"#, row(40))] {
        let text = format!(r#"["{quoted}",{}]"#, row(200));
        assert_eq!(taken(&text, 300).unwrap().0, format!(r#"["{quoted}",["@1"]]"#));
    }
}

#[test]
fn what_is_no_json_stays_for_json_parse_to_refuse() {
    let numbers = row(40);
    for wrong in [
        "+1",
        "01",
        ".5",
        "1.",
        "1e",
        "-",
        "NaN",
        "Infinity",
        "-Infinity",
        "0x1",
        "1_0",
        "1f",
        "",
        "\"1\"",
        "[1]",
        "1 1",
        "\u{b}1",
    ] {
        for at in [1, 10, numbers.len() - 1] {
            let at = numbers[..at].rfind(',').map_or(1, |comma| comma + 1);
            let mut broken = numbers.clone();
            broken.insert_str(at, &format!("{wrong},"));
            assert!(taken(&broken, 64).is_none(), "{broken}");
        }
    }
    for end in ["", ",", ",]", "}", " "] {
        let broken = format!("{}{end}", &numbers[..numbers.len() - 1]);
        assert!(taken(&broken, 64).is_none(), "{broken}");
    }
}

#[test]
fn a_string_without_an_end_is_left_alone() {
    for end in [r#",""#, r#","a"#, r#","\"#, r#","\""#] {
        assert!(taken(&format!("[{}{end}", row(100)), 200).is_none(), "{end}");
    }
}

#[test]
fn a_text_with_many_small_values_beside_its_vectors_is_left_alone() {
    for small in ["{}", "[]", "[1]", r#""a""#, r#"{"a":1}"#, "[1,2,3,4,5,6,7,8,9]"] {
        let all = vec![small; 2_000].join(",");
        for text in [format!("[{},{all}]", row(400)), format!("[{all},{}]", row(400))] {
            assert!(taken(&text, text.len()).is_none(), "{small}");
        }
    }
}

#[test]
fn long_strings_beside_its_vectors_are_no_reason_to_leave_a_text_alone() {
    let text = |length| format!(r#"[{},"{}"]"#, row(400), "x".repeat(length));
    assert!(taken(&text(6_000), 500).is_some());
    assert!(taken(&text(20_000), 500).is_none(), "of which they are a small part");
}

#[test]
fn strings_with_many_escapes_are_one() {
    let text = |escape: &str| format!(r#"[{},"{}"]"#, row(400), escape.repeat(500));
    assert!(taken(&text("ab"), 500).is_some() && taken(&text(r"\n"), 500).is_none());
}

#[test]
fn vectors_that_are_none_in_the_end_are_not_read_for_long() {
    let broken = row(400).replace("399.5", "null");
    let text = format!("[{},{}]", vec![broken; 20].join(","), row(4_000));
    assert!(taken(&text, text.len()).is_none());
}

#[test]
fn vectors_for_which_there_is_no_room_stay() {
    let text = format!("[{},{}]", row(200), row(40));
    assert_eq!(taken(&text, 202).unwrap().0, format!(r#"[["@1"],{}]"#, row(40)));
    assert!(taken(&text, 201).is_none() && taken(&text, 0).is_none());
}

#[test]
fn a_vector_that_is_shorter_than_the_name_of_its_place_stays() {
    let short = format!("[{}]", vec!["1"; LEAST].join(","));
    let mark = "m".repeat(2 * LEAST - 3);
    let mut text = format!("[{short},{}]", row(200)).into_bytes();
    let kept = take(&mut text, &mut [0.0; 300], &mark).unwrap();
    assert_eq!(String::from_utf8_lossy(&text[..kept]), format!("[{short},[\"{mark}1\"]]"));
}

#[test]
fn numbers_are_rounded_as_javascript_rounds_them() {
    let cases = [
        ("-0", -0.0),
        ("1e400", f64::INFINITY),
        ("-1E+400", f64::NEG_INFINITY),
        ("1e-400", 0.0),
        ("5e-324", f64::from_bits(1)),
        ("2.4703282292062327e-324", 0.0),
        ("2.4703282292062328e-324", f64::from_bits(1)),
        ("9007199254740993", 9_007_199_254_740_992.0),
        ("9007199254740992.999999999999999999999999999999999999", 9_007_199_254_740_992.0),
        ("9007199254740993.000000000000000000000000000000000001", 9_007_199_254_740_994.0),
        ("1.7976931348623158e308", f64::MAX),
        ("0.1e1", 1.0),
    ];
    for (text, expected) in cases {
        let numbers = taken(&format!("[{}]", vec![text; 40].join(",")), 64).unwrap().1;
        assert!(numbers[2..42].iter().all(|number| number.to_bits() == f64::to_bits(expected)), "{text}");
    }
}

/// A part of a text: what stays as it is, or a vector.
#[derive(Debug, Clone)]
enum Part {
    Stays(String),
    Vector(Vec<f64>),
}

fn part() -> impl Strategy<Value = Part> {
    let text = r#""([^"\\\[]|\\.|\[1,2\])*"|\[\]|\[1,2,-3\]|\{"k":[0-9]\}|null|\[\["x",1\],true\]"#;
    prop_oneof![
        text.prop_map(Part::Stays),
        vec(any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()), LEAST..80)
            .prop_map(Part::Vector),
    ]
}

proptest! {
    #[test]
    fn what_stays_with_its_vectors_put_back_is_the_text(parts in vec(part(), 1..12), padding in 60_usize..200) {
        // One vector that makes it worth it, whatever the others are.
        let long = Part::Vector(vec![-0.012_345_678_901_234_5; padding * parts.len() * 8]);
        let (mut text, mut rest, mut numbers) = (String::from("["), String::from("["), Vec::new());
        for part in std::iter::once(&long).chain(&parts) {
            match part {
                Part::Stays(json) => for to in [&mut text, &mut rest] { to.push_str(json) },
                Part::Vector(vector) => {
                    let elements: Vec<_> = vector.iter().map(|number| format!("{number:e}")).collect();
                    write!(text, "[{}]", elements.join(", ")).unwrap();
                    write!(rest, "[\"{MARK}{}\"]", numbers.len() + 1).unwrap();
                    numbers.push(f64::from(u32::try_from(vector.len()).unwrap()));
                    numbers.extend(vector);
                }
            }
            for to in [&mut text, &mut rest] { to.push(',') }
        }
        let got = taken(&text, text.len()).unwrap();
        prop_assert_eq!(got.0, rest);
        prop_assert_eq!(&got.1[1..=numbers.len()], numbers.as_slice());
    }

    #[test]
    fn nothing_makes_it_panic(text in "[\\[\\]{}\"\\\\,:0-9eE.+ \\-a]{0,400}", room in 0_usize..100) {
        let mut bytes = text.into_bytes();
        let length = bytes.len();
        let kept = take(&mut bytes, &mut vec![0.0; room], MARK);
        prop_assert!(kept.is_none_or(|kept| kept < length));
    }
}
