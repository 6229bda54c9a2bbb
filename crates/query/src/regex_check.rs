//! Whether a regular expression is valid, and if not, where it is wrong.

use regex::{Error, Regex};

use crate::{ErrorCode, QueryError, Span};

/// Refuses a bad pattern. `source` gives the place in the query of the pattern's nth character, where known.
pub(crate) fn check_regex(
    pattern: &str,
    span: Span,
    source: impl Fn(usize) -> Option<usize>,
) -> Result<(), QueryError> {
    if pattern.is_empty() {
        return Err(QueryError::new(ErrorCode::BadRegex, span, "the regular expression is empty")
            .hint("write `*` for every event, or `field:*` for those that have the field"));
    }
    match Regex::new(pattern) {
        Ok(_) => Ok(()),
        Err(Error::Syntax(text)) => Err(syntax_error(pattern, &text, span, source)),
        Err(_) => Err(QueryError::new(ErrorCode::BadRegex, span, "the regular expression is too large")
            .hint("use smaller repetition counts")),
    }
}

fn syntax_error(
    pattern: &str,
    report: &str,
    span: Span,
    source: impl Fn(usize) -> Option<usize>,
) -> QueryError {
    let reason =
        report.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it is not valid");
    let place = (!pattern.contains('\n')).then(|| caret(report)).flatten();
    let span = place
        .and_then(|(first, length)| Some(Span::new(source(first)?, source(first + length)?)))
        .unwrap_or(span);
    let position = place.map_or(String::new(), |(first, _)| format!(" at character {}", first + 1));
    QueryError::new(ErrorCode::BadRegex, span, format!("bad regular expression: {reason}{position}"))
        .hint("put `\\` before a character that is meant as itself, or search text as it is with `~\"text\"`")
}

/// The first character and the number of characters that the regex crate's report underlines.
fn caret(report: &str) -> Option<(usize, usize)> {
    let line = report.lines().find(|line| line.trim_start().starts_with('^'))?.strip_prefix("    ")?;
    let first = line.find('^')?;
    Some((first, line[first..].bytes().take_while(|b| *b == b'^').count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_into_the_pattern() {
        let error = check_regex("ab(c", Span::new(10, 14), |index| Some(10 + index)).unwrap_err();
        assert_eq!(error.message, "bad regular expression: unclosed group at character 3");
        assert_eq!(error.byte_span(), Span::new(12, 13));
        assert!(check_regex("ab(c)", Span::at(0), |_| None).is_ok());
    }

    #[test]
    fn refuses_what_is_too_large() {
        let error = check_regex(r"(\w{1000}){1000}", Span::at(0), |_| None).unwrap_err();
        assert_eq!(error.message, "the regular expression is too large");
    }
}
