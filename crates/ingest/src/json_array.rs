//! The elements of a top-level JSON array, as they stand in the body.
//!
//! The whole array is checked before the first element is handed out, so a broken one is refused whole.

use crate::frame::Frame;
use crate::json_scan::{Broken, Scanner};

/// The elements of an array that [`check`] found whole.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    scanner: Scanner<'a>,
    index: usize,
    done: bool,
}

impl<'a> Elements<'a> {
    /// The elements of the array that `body` is.
    pub(crate) fn new(body: &'a [u8]) -> Self {
        let mut scanner = Scanner::new(body);
        let opens = scanner.peek_after_space() == Some(b'[');
        scanner.bump();
        let done = !opens || scanner.peek_after_space() == Some(b']');
        Elements { scanner, index: 0, done }
    }

    fn element(&mut self) -> Result<Frame<'a>, Broken> {
        let bytes = self.scanner.value()?;
        match self.scanner.peek_after_space() {
            Some(b',') => {
                self.scanner.bump();
                self.scanner.peek_after_space();
            }
            Some(b']') => self.done = true,
            Some(_) => return Err(self.scanner.broken("expected `,` or `]`")),
            None => return Err(self.scanner.broken("expected `,` or `]`, found the end")),
        }
        self.index += 1;
        Ok(Frame { index: self.index - 1, bytes })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        if self.done {
            return None;
        }
        self.element().map_err(|_| self.done = true).ok()
    }
}

/// How far an array is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// From the first to the last byte of the body.
    Whole,
    /// The array ends, but the body goes on.
    Followed(Broken),
    /// It breaks off after `elements` whole elements.
    Cut { elements: usize, broken: Broken },
}

/// Checks the structure of the array that `body` begins with.
pub(crate) fn check(body: &[u8]) -> Check {
    let mut elements = Elements::new(body);
    if Scanner::new(body).peek_after_space() != Some(b'[') {
        return Check::Cut { elements: 0, broken: Broken { position: 0, reason: "expected `[`" } };
    }
    while !elements.done {
        if let Err(broken) = elements.element() {
            return Check::Cut { elements: elements.index, broken };
        }
    }
    elements.scanner.bump();
    match elements.scanner.peek_after_space() {
        None => Check::Whole,
        Some(_) => Check::Followed(elements.scanner.broken("expected the end after `]`")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[track_caller]
    fn good(body: &str, expected: &[&str]) {
        assert_eq!(check(body.as_bytes()), Check::Whole, "{body}");
        let found: Vec<_> =
            Elements::new(body.as_bytes()).map(|f| std::str::from_utf8(f.bytes).unwrap()).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[track_caller]
    fn bad(body: &str, position: usize, reason: &str) {
        match check(body.as_bytes()) {
            Check::Cut { broken, .. } | Check::Followed(broken) => {
                assert_eq!((broken.position, broken.reason), (position, reason), "{body}");
            }
            Check::Whole => panic!("{body} passed"),
        }
    }

    #[test]
    fn good_arrays() {
        good("[]", &[]);
        good(" [ ] \n", &[]);
        good(r#"[{"a":1}]"#, &[r#"{"a":1}"#]);
        good("[\n  {\"a\":[1,{}]},\n  {\"b\":\"]}\\\"\"}\n]\n", &["{\"a\":[1,{}]}", "{\"b\":\"]}\\\"\"}"]);
        good(r#"[1 , "x", null,[2] ]"#, &["1", r#""x""#, "null", "[2]"]);
    }

    #[test]
    fn broken_arrays_say_where() {
        bad("", 0, "expected `[`");
        bad("[", 1, "expected a value, found the end");
        bad("[{},", 4, "expected a value, found the end");
        bad("[{},]", 4, "expected a value");
        bad("[{} {}]", 4, "expected `,` or `]`");
        bad("[{}", 3, "expected `,` or `]`, found the end");
        bad(r#"[{"a":"b]"#, 6, "found no end of the string that begins");
        bad(r#"[{"a":[1}]"#, 8, "wrong closing bracket");
        bad("[1] x", 4, "expected the end after `]`");
        bad(&"[".repeat(600), 513, "nested over 512 levels deep");
    }

    proptest! {
        #[test]
        fn elements_are_those_of_a_json_parser(
            elements in proptest::collection::vec(json(), 0..8),
            pretty: bool,
        ) {
            let array = Value::Array(elements.clone());
            let body = if pretty { format!("{array:#}") } else { array.to_string() };
            prop_assert_eq!(check(body.as_bytes()), Check::Whole);
            let found: Vec<Value> =
                Elements::new(body.as_bytes()).map(|f| serde_json::from_slice(f.bytes).unwrap()).collect();
            prop_assert_eq!(found, elements);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = check(&bytes);
            let _ = check(&[b"[", &bytes[..]].concat());
            let _ = Elements::new(&bytes).count();
        }

        #[test]
        fn a_cut_array_is_never_whole(elements in proptest::collection::vec(json(), 1..5), cut in 0.0..1.0f64) {
            let body = Value::Array(elements).to_string();
            let cut = &body.as_bytes()[..(body.len() as f64 * cut) as usize];
            prop_assert_ne!(check(cut), Check::Whole);
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((".{0,4}", inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }
}
