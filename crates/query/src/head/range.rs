//! Reads the ranges of the head: `[a TO b]`, `[a..b]`, `{a TO b}`.

use super::{HeadParser, Subject, one_or};
use crate::ast::{CompareOp, Filter, Literal, Match, Test};
use crate::lex::head::HeadKind;
use crate::value::ordered_literal;
use crate::{QueryError, Span};

impl HeadParser<'_> {
    pub(super) fn range(&mut self, subject: &Subject, start: Span) -> Result<Filter, QueryError> {
        let HeadKind::RangeOpen(low_included) = self.advance().kind else { return Err(self.bad_range()) };
        let low = self.bound(subject)?;
        match self.peek() {
            HeadKind::Dots => drop(self.advance()),
            HeadKind::Word(to) if to.eq_ignore_ascii_case("to") => drop(self.advance()),
            _ => return Err(self.bad_range()),
        }
        let high = self.bound(subject)?;
        let HeadKind::RangeClose(high_included) = *self.peek() else { return Err(self.bad_range()) };
        let span = start.to(self.advance().span);
        let field = Some(self.dataset_alias(&subject.field));
        let filter = |test| Filter::Match(Match { field: field.clone(), test, span });
        if low_included && high_included {
            return Ok(filter(Test::Range(low, high)));
        }
        let low_op = if low_included { CompareOp::GreaterOrEqual } else { CompareOp::Greater };
        let high_op = if high_included { CompareOp::LessOrEqual } else { CompareOp::Less };
        let mut sides = Vec::new();
        sides.extend(low.map(|value| filter(Test::Compare(low_op, value))));
        sides.extend(high.map(|value| filter(Test::Compare(high_op, value))));
        Ok(if sides.is_empty() { filter(Test::Exists) } else { one_or(sides, Filter::And) })
    }

    /// One end of a range; `*` or nothing is an open end.
    fn bound(&mut self, subject: &Subject) -> Result<Option<Literal>, QueryError> {
        let bound = match self.peek() {
            HeadKind::Dots | HeadKind::RangeClose(_) => return Ok(None),
            HeadKind::Word(word) if word == "*" => None,
            HeadKind::Word(word) if word.eq_ignore_ascii_case("to") => return Err(self.bad_range()),
            HeadKind::Word(word) => Some(ordered_literal(Some(&subject.field.name), word)),
            HeadKind::Quoted(text) => Some(Literal::Str(text.clone())),
            _ => return Err(self.bad_range()),
        };
        self.advance();
        Ok(bound)
    }
}
