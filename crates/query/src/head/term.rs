//! Reads one condition of the head: a field with its operator and value, or a value alone.

use super::mistakes::double_equal;
use super::{HeadParser, Subject, plain_field_name};
use crate::ast::{CompareOp, FieldName, Filter, Literal, Match, Test};
use crate::error::too_deep;
use crate::lex::head::{HeadKind, HeadOp};
use crate::regex_check::check_regex;
use crate::value::{equal_test, ordered_literal, word_test};
use crate::{ErrorCode, QueryError, Span, limits};

/// The system column that holds an event's dataset, and the names under which the head asks for it.
pub(crate) const DATASET: &str = "_dataset";
pub(crate) const DATASET_NAMES: [&str; 4] = ["index", "_index", "dataset", DATASET];

impl HeadParser<'_> {
    /// The field's name and the operator after it, if they stand here.
    pub(super) fn field(&mut self) -> Result<Option<Subject>, QueryError> {
        let HeadKind::Op(op) = *self.peek_after() else { return Ok(None) };
        let span = self.span();
        // `error ~"text"` is two conditions, `error~"text"` is one.
        if op == HeadOp::Substring && self.tokens[self.position + 1].span.start > span.end {
            return Ok(None);
        }
        let name = match self.peek() {
            HeadKind::Word(name) if name.len() > 1 && name.contains('*') => {
                return Err(self.wild_field_name());
            }
            HeadKind::Word(name) => plain_field_name(name),
            HeadKind::BackTicked(name) | HeadKind::Quoted(name) if !name.is_empty() => name.clone(),
            _ => return Ok(None),
        };
        self.advance();
        let op_span = self.advance().span;
        if op == HeadOp::DoubleEqual {
            return Err(double_equal(op_span));
        }
        Ok(Some(Subject { field: FieldName { name, span }, op }))
    }

    /// What follows a field and its operator; `*:` names no field.
    pub(super) fn field_term(&mut self, subject: &Subject) -> Result<Filter, QueryError> {
        let start = subject.field.span;
        let typed = self.source(start);
        if typed == "*" && subject.op == HeadOp::Colon {
            return if let HeadKind::Word(star) = self.peek()
                && star == "*"
            {
                self.advance();
                Ok(Filter::All)
            } else {
                self.text_term()
            };
        }
        let asks_presence = typed == "_exists_" && subject.op == HeadOp::Colon;
        if asks_presence && let HeadKind::Word(name) = self.peek() {
            let name = plain_field_name(name);
            let span = self.advance().span;
            let field = Some(FieldName { name, span });
            return Ok(Filter::Match(Match { field, test: Test::Exists, span: start.to(span) }));
        }
        self.value(subject, start)
    }

    /// What follows the operator.
    pub(super) fn value(&mut self, subject: &Subject, start: Span) -> Result<Filter, QueryError> {
        if subject.op == HeadOp::NotEqual {
            let positive = Subject { op: HeadOp::Equal, ..subject.clone() };
            return Ok(Filter::Not(Box::new(self.value(&positive, start)?)));
        }
        match self.peek() {
            HeadKind::Open => return self.nested(subject),
            HeadKind::Not => return self.not(Some(subject)),
            HeadKind::RangeOpen(_) => return self.range(subject, start),
            HeadKind::Op(HeadOp::NotEqual) if subject.op == HeadOp::Colon => {
                self.advance();
                let exact = Subject { op: HeadOp::Equal, ..subject.clone() };
                return Ok(Filter::Not(Box::new(self.value(&exact, start)?)));
            }
            HeadKind::Op(HeadOp::DoubleEqual) => return Err(double_equal(self.span())),
            HeadKind::Op(op) if subject.op == HeadOp::Colon && *op != HeadOp::Colon => {
                let subject = Subject { op: *op, ..subject.clone() };
                self.advance();
                return self.value(&subject, start);
            }
            _ => {}
        }
        let test = self.test(subject)?;
        let span = start.to(self.tokens[self.position - 1].span);
        Ok(Filter::Match(Match { field: Some(self.dataset_alias(&subject.field)), test, span }))
    }

    fn nested(&mut self, subject: &Subject) -> Result<Filter, QueryError> {
        self.depth += 1;
        if self.depth > limits::DEPTH_MAX {
            return Err(too_deep(self.span()));
        }
        let filter = self.group(Some(subject))?;
        self.depth -= 1;
        Ok(filter)
    }

    /// One value as the test that the operator makes of it.
    fn test(&mut self, subject: &Subject) -> Result<Test, QueryError> {
        let field = Some(subject.field.name.as_str());
        let compare = compare_op(subject.op);
        let test = match (self.peek(), subject.op) {
            (HeadKind::Word(word), HeadOp::Colon) => word_test(field, word),
            (HeadKind::Quoted(text), HeadOp::Colon) if text.is_empty() => {
                Test::Equal(Literal::Str(String::new()))
            }
            (HeadKind::Quoted(text), HeadOp::Colon) => Test::Phrase(text.clone()),
            (HeadKind::Word(word), HeadOp::Equal) => equal_test(word),
            (HeadKind::Quoted(text), HeadOp::Equal) => Test::Equal(Literal::Str(text.clone())),
            (HeadKind::Regex(pattern), HeadOp::Colon | HeadOp::Equal | HeadOp::Matches) => {
                Test::Regex(pattern.clone())
            }
            (HeadKind::Quoted(text), HeadOp::Matches) => self.quoted_regex(text)?,
            (HeadKind::Quoted(text), HeadOp::Substring) if !text.is_empty() => Test::Substring(text.clone()),
            (kind, _) if compare.is_some() => match (kind, compare) {
                (HeadKind::Word(word), Some(op)) => Test::Compare(op, ordered_literal(field, word)),
                (HeadKind::Quoted(text), Some(op)) => Test::Compare(op, Literal::Str(text.clone())),
                _ => return Err(self.expected_value(subject)),
            },
            _ => return Err(self.expected_value(subject)),
        };
        self.finish_value()?;
        Ok(test)
    }

    fn quoted_regex(&self, pattern: &str) -> Result<Test, QueryError> {
        check_regex(pattern, self.span(), |_| None)?;
        Ok(Test::Regex(pattern.to_owned()))
    }

    /// Takes the value, and refuses what is stuck to a closing quote (`"conn"*`, `"a b"~2`).
    fn finish_value(&mut self) -> Result<(), QueryError> {
        let token = self.advance();
        let next = self.span();
        let stuck = matches!(token.kind, HeadKind::Quoted(_)) && next.start == token.span.end;
        if stuck
            && let HeadKind::Word(word) = self.peek()
            && word != ","
        {
            let message = format!("unexpected `{word}` right after a quoted text");
            return Err(QueryError::new(ErrorCode::Unexpected, next, message).hint(
                "a wildcard needs a word without quotes: `conn*`; a part of a text is found with `~\"text\"`",
            ));
        }
        Ok(())
    }

    /// A condition without a field: on the event's text.
    pub(super) fn text_term(&mut self) -> Result<Filter, QueryError> {
        let span = self.span();
        let test = match self.peek() {
            HeadKind::Word(word) if self.peek_after() == &HeadKind::Open => {
                self.word_before_paren(word, span)?
            }
            HeadKind::Word(word) => word_test(None, word),
            HeadKind::Quoted(text) if text.trim().is_empty() => {
                return Err(QueryError::new(
                    ErrorCode::ExpectedValue,
                    span,
                    "there is nothing between the quotes",
                )
                .hint("write the text to search for, or `*` for every event"));
            }
            HeadKind::Quoted(text) => Test::Phrase(text.clone()),
            HeadKind::Regex(pattern) => Test::Regex(pattern.clone()),
            HeadKind::Op(HeadOp::Substring) => return self.prefixed_text(span, Test::Substring),
            HeadKind::Op(HeadOp::Matches) if self.after_colon() => {
                return self.prefixed_text(span, Test::Regex);
            }
            _ => return Err(self.expected_condition()),
        };
        self.finish_value()?;
        Ok(match test {
            Test::Exists => Filter::All,
            test => Filter::Match(Match { field: None, test, span }),
        })
    }

    /// Whether `*:` stands before, which says outright that no field is meant.
    fn after_colon(&self) -> bool {
        self.position.checked_sub(1).is_some_and(|last| self.tokens[last].kind == HeadKind::Op(HeadOp::Colon))
    }

    /// `~"text"`, or `*:=~"re"`, which is how a regular expression with blanks is printed.
    fn prefixed_text(&mut self, start: Span, test: fn(String) -> Test) -> Result<Filter, QueryError> {
        self.advance();
        let span = start.to(self.span());
        let test = match self.peek() {
            HeadKind::Quoted(text) if !text.is_empty() => test(text.clone()),
            HeadKind::Regex(pattern) => Test::Regex(pattern.clone()),
            _ => return Err(self.missing_text()),
        };
        if let Test::Regex(pattern) = &test {
            check_regex(pattern, span, |_| None)?;
        }
        self.finish_value()?;
        Ok(Filter::Match(Match { field: None, test, span }))
    }

    /// `count(…)` or `host in (…)`: pipes typed into the head.
    fn word_before_paren(&self, word: &str, span: Span) -> Result<Test, QueryError> {
        let open = self.tokens[self.position + 1].span;
        if word.eq_ignore_ascii_case("in") && self.position > 0 {
            return Err(QueryError::new(ErrorCode::Unexpected, span, "`in` belongs to `where`").hint(
                "before the first `|` write `field:(a OR b)`; after it, `where field in (\"a\", \"b\")`",
            ));
        }
        if open.start == span.end {
            let message = format!("unexpected `(` right after `{word}`");
            return Err(QueryError::new(ErrorCode::Unexpected, open, message).hint(format!(
                "functions belong to a pipe, such as `| stats {word}(…)`; to search for the text, quote it"
            )));
        }
        Ok(word_test(None, word))
    }

    /// `index=web` and its like select the dataset; a name in back-ticks is always a field's own.
    pub(super) fn dataset_alias(&self, field: &FieldName) -> FieldName {
        let quoted = self.source(field.span).starts_with(['`', '"', '\'']);
        let is_dataset = !quoted && DATASET_NAMES.contains(&field.name.as_str());
        let name = if is_dataset { DATASET.to_owned() } else { field.name.clone() };
        FieldName { name, span: field.span }
    }
}

fn compare_op(op: HeadOp) -> Option<CompareOp> {
    match op {
        HeadOp::Less => Some(CompareOp::Less),
        HeadOp::LessOrEqual => Some(CompareOp::LessOrEqual),
        HeadOp::Greater => Some(CompareOp::Greater),
        HeadOp::GreaterOrEqual => Some(CompareOp::GreaterOrEqual),
        _ => None,
    }
}
