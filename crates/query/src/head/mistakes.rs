//! What is said when the head of a query is wrong.

use super::{HeadParser, Subject};
use crate::lex::head::{HeadKind, HeadOp};
use crate::{ErrorCode, QueryError, Span};

impl HeadParser<'_> {
    pub(super) fn bad_range(&self) -> QueryError {
        QueryError::new(ErrorCode::BadRange, self.span(), "a range has the form `[a TO b]`")
            .hint("write `field:[100 TO 200]`, `field:[100..200]` or, with an open end, `field:[100 TO *]`")
    }

    pub(super) fn wild_field_name(&self) -> QueryError {
        QueryError::new(ErrorCode::ExpectedField, self.span(), "a field name cannot hold a wildcard").hint(
            "name one field, or search every field by leaving the name out; to search for the text, quote it",
        )
    }

    pub(super) fn expected_value(&self, subject: &Subject) -> QueryError {
        if matches!(subject.op, HeadOp::Substring | HeadOp::Matches) {
            return self.missing_text();
        }
        let last = self.tokens[self.position - 1].span;
        let typed = self.source(Span::new(subject.field.span.start.min(last.end), last.end));
        let expected = ["a word", "a quoted text", "a number", "`*`", "`(`", "`[`"];
        QueryError::new(ErrorCode::ExpectedValue, self.span(), format!("expected a value after `{typed}`"))
            .expected(expected)
            .hint(format!(
                "`{}:*` finds the events that have the field; to search for the text, quote it: \"{typed}\"",
                subject.field.name
            ))
    }

    pub(super) fn missing_text(&self) -> QueryError {
        QueryError::new(
            ErrorCode::ExpectedValue,
            self.span(),
            format!("expected a quoted text{}", self.after()),
        )
        .expected(["a quoted text"])
        .hint("write the text in quotes, as in `~\"part of a line\"` or `field=~\"re.*\"`")
    }

    pub(super) fn expected_condition(&self) -> QueryError {
        match self.peek() {
            HeadKind::Op(HeadOp::DoubleEqual) => return double_equal(self.span()),
            HeadKind::Op(_) => return self.op_without_field(),
            HeadKind::RangeOpen(_) => {
                let text = self.source(self.span());
                let message = format!("unexpected `{text}`");
                return QueryError::new(ErrorCode::ExpectedField, self.span(), message)
                    .hint("a range needs a field: `status:[500 TO 599]`; to search for a bracket, quote it");
            }
            _ => {}
        }
        let message = format!("expected a condition{}", self.after());
        QueryError::new(ErrorCode::ExpectedCondition, self.span(), message)
            .expected(["a word", "a quoted text", "field:value", "`(`"])
            .hint("write what to search for; the words `and`, `or` and `not` themselves are found in quotes")
    }

    fn op_without_field(&self) -> QueryError {
        let op = self.source(self.span());
        QueryError::new(ErrorCode::ExpectedField, self.span(), format!("expected a field name before `{op}`"))
            .expected(["a field name"])
            .hint(format!("write `field{op}value`; to search for the text, quote it"))
    }
}

pub(super) fn double_equal(span: Span) -> QueryError {
    QueryError::new(ErrorCode::Unexpected, span, "`==` belongs to `where`")
        .expected([":", "="])
        .hint("before the first `|` write `field:value`, or `field=value` for the exact whole value")
}
