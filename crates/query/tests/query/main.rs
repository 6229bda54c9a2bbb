//! The language from outside: properties that hold for every text, and the manual's examples.

mod manual;
mod properties;
mod trees;

use girok_query::ast::Query;

/// A tree as text without the places of its parts, so that trees of different texts can be compared.
fn shape(query: &Query) -> String {
    let spans = regex::Regex::new(r"Span \{\s*start: \d+,\s*end: \d+,?\s*\}").expect("a valid pattern");
    spans.replace_all(&format!("{query:?}"), "_").into_owned()
}

/// Parses `text`; if it parses, its canonical text must parse to the same tree and print as itself.
#[track_caller]
fn check_round_trip(text: &str) {
    match girok_query::parse(text) {
        Ok(query) => {
            let printed = query.to_string();
            let again = girok_query::parse(&printed).unwrap_or_else(|error| {
                panic!("{text}\nis printed as a query that fails\n{}", error.render(&printed))
            });
            assert_eq!(shape(&again), shape(&query), "{text}\n{printed}");
            assert_eq!(again.to_string(), printed, "{text}");
        }
        Err(error) => check_error(text, &error),
    }
}

/// An error must lie inside the text, on whole characters, and can be shown.
#[track_caller]
fn check_error(text: &str, error: &girok_query::QueryError) {
    let girok_query::ErrorSpan { start, end, start16, end16 } = error.span;
    assert!(start <= end && start16 <= end16, "{text}");
    assert_eq!(text[..start].encode_utf16().count(), start16, "{text}");
    assert_eq!(text[..end].encode_utf16().count(), end16, "{text}");
    assert!(error.code.as_str().starts_with("E_"));
    let shown = error.render(text);
    assert!(shown.starts_with("error: ") && shown.contains('^'), "{text}\n{shown}");
}

/// As [`check_round_trip`], of a text that must be a query.
#[track_caller]
fn check_round_trip_of_query(text: &str) {
    if let Err(error) = girok_query::parse(text) {
        panic!("{}", error.render(text));
    }
    check_round_trip(text);
}
