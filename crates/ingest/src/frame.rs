//! How a request's body is cut into events.
//!
//! The first bytes decide, the declared content type only helps. A body is a JSON array, JSON objects
//! printed over several lines, or lines; a text line that happens to begin with a bracket is still a line.

use crate::documents::{Documents, is_documents};
use crate::json_array::{self, Check, Elements};
use crate::json_scan::Broken;
use crate::lines::{Lines, without_mark};
use crate::{Content, IngestError};

/// One event's bytes and its place in the request: the line, element or object, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The place in the request.
    pub index: usize,
    /// The event as it was sent.
    pub bytes: &'a [u8],
}

/// What a body is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Lines of text or JSON.
    Lines,
    /// The elements of one JSON array.
    Array,
    /// JSON objects over several lines each.
    Documents,
}

impl Framing {
    /// What `body` is made of.
    ///
    /// # Errors
    /// If it is a broken JSON array: it is declared as JSON, or begins with a whole JSON object.
    pub fn detect(body: &[u8], content_type: Option<&str>) -> Result<Self, IngestError> {
        let body = without_mark(body);
        let text = body.trim_ascii_start();
        match text.first() {
            Some(b'[') => detect_array(body, content_type.is_some_and(declares_json)),
            Some(b'{') if is_documents(body) => Ok(Framing::Documents),
            _ => Ok(Framing::Lines),
        }
    }

    /// What is known about the content of events framed so.
    pub fn content(self) -> Option<Content> {
        match self {
            Framing::Lines => None,
            Framing::Array | Framing::Documents => Some(Content::Json),
        }
    }

    /// The events of `body`.
    pub fn frames(self, body: &[u8]) -> Frames<'_> {
        match self {
            Framing::Lines => Frames::Lines(Lines::new(body)),
            Framing::Array => Frames::Elements(Elements::new(without_mark(body))),
            Framing::Documents => Frames::Documents(Documents::new(without_mark(body))),
        }
    }
}

fn detect_array(body: &[u8], declared: bool) -> Result<Framing, IngestError> {
    let opens_object = matches!(body.trim_ascii_start()[1..].trim_ascii_start().first(), Some(b'{' | b']'));
    if !declared && !opens_object {
        return Ok(Framing::Lines);
    }
    match json_array::check(body) {
        Check::Whole => Ok(Framing::Array),
        Check::Cut { broken, elements } if declared || elements > 0 => Err(refused(broken)),
        Check::Cut { .. } | Check::Followed(_) => Ok(Framing::Lines),
    }
}

fn refused(Broken { position, reason }: Broken) -> IngestError {
    IngestError::BrokenArray { position, reason }
}

/// `application/json` and its kin, but not the kinds of JSON lines.
fn declares_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json")
}

/// The events of a body.
#[derive(Debug, Clone)]
pub enum Frames<'a> {
    /// See [`Framing::Lines`].
    Lines(Lines<'a>),
    /// See [`Framing::Array`].
    Elements(Elements<'a>),
    /// See [`Framing::Documents`].
    Documents(Documents<'a>),
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        match self {
            Frames::Lines(lines) => lines.next(),
            Frames::Elements(elements) => elements.next(),
            Frames::Documents(documents) => documents.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const JSON: Option<&str> = Some("application/json; charset=utf-8");
    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

    #[track_caller]
    fn check(body: &str, content_type: Option<&str>, framing: Framing, expected: &[&str]) {
        assert_eq!(Framing::detect(body.as_bytes(), content_type), Ok(framing), "{body}");
        let found: Vec<_> =
            framing.frames(body.as_bytes()).map(|f| std::str::from_utf8(f.bytes).unwrap()).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn json_lines_and_text_are_lines() {
        check("{\"a\":1}\n{\"b\":2}\n", JSON, Framing::Lines, &["{\"a\":1}", "{\"b\":2}"]);
        check("{\"a\":1}", JSON, Framing::Lines, &["{\"a\":1}"]);
        check("plain text", JSON, Framing::Lines, &["plain text"]);
        check("{oops\n{\"a\":1}", JSON, Framing::Lines, &["{oops", "{\"a\":1}"]);
    }

    #[test]
    fn a_text_line_that_begins_with_a_bracket_is_text() {
        let apache = "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok";
        check(apache, None, Framing::Lines, &[apache]);
        check("[{thread-1}] started\n", FORM, Framing::Lines, &["[{thread-1}] started"]);
        check("[1,2]\n[3]\n", FORM, Framing::Lines, &["[1,2]", "[3]"]);
        check("[{\"a\":1}]\n[{\"a\":2}]\n", FORM, Framing::Lines, &["[{\"a\":1}]", "[{\"a\":2}]"]);
    }

    #[test]
    fn an_array_is_an_array_whatever_is_declared() {
        for content_type in [None, FORM, JSON, Some("text/plain")] {
            check(" [{\"a\":1},\n {\"b\":2}]\n", content_type, Framing::Array, &["{\"a\":1}", "{\"b\":2}"]);
            check("[]", content_type, Framing::Array, &[]);
        }
        check("\u{feff}[{\"a\":1}]", None, Framing::Array, &["{\"a\":1}"]);
        check("[\"a\",1]", JSON, Framing::Array, &["\"a\"", "1"]);
    }

    #[test]
    fn a_broken_array_is_refused_with_its_place() {
        let error = Framing::detect(b"[{\"a\":1},{\"b\":", FORM).unwrap_err().to_string();
        assert_eq!(error, "cannot read the JSON array: found no end of the value that begins at byte 9");
        assert!(Framing::detect(b"[1,", JSON).is_err());
    }

    #[test]
    fn printed_objects_are_one_event_each() {
        let one = "{\n  \"a\": 1,\n  \"b\": {\"c\": \"}\"}\n}";
        check(one, None, Framing::Documents, &[one]);
        check(&format!("{one}\n{one}\n"), None, Framing::Documents, &[one, one]);
        check("{\nserver off\n}", None, Framing::Lines, &["{", "server off", "}"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_framed_or_refused(
            start in "(\\[|\\[\\{|\\{|\\{\n|)",
            rest in proptest::collection::vec(any::<u8>(), 0..120),
            declared: bool,
        ) {
            let body = [start.as_bytes(), &rest].concat();
            if let Ok(framing) = Framing::detect(&body, if declared { JSON } else { None }) {
                prop_assert!(framing.frames(&body).map(|f| f.bytes.len()).sum::<usize>() <= body.len());
            }
        }

        #[test]
        fn one_event_a_line_whatever_the_lines_are(lines in proptest::collection::vec("[^\\s\\[{\u{feff}][^\r\n]{0,20}", 1..20)) {
            let body = lines.join("\n");
            let framing = Framing::detect(body.as_bytes(), JSON).unwrap();
            prop_assert_eq!(framing.frames(body.as_bytes()).count(), lines.len());
        }
    }
}
