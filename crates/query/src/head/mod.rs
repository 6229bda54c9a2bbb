//! Reads the head of a query, the filter.
//!
//! ```text
//! or   = and { "OR" and }
//! and  = not { ["AND"] not }
//! not  = ("NOT" | "-" | "!") not | "(" or ")" | term
//! term = [ field op ] value
//! ```

mod mistakes;
mod range;
mod term;

pub(crate) use term::{DATASET, DATASET_NAMES};

use crate::ast::{FieldName, Filter};
use crate::error::too_deep;
use crate::lex::head::{HeadKind, HeadOp, HeadToken, tokens};
use crate::{ErrorCode, QueryError, Span, limits};

/// The filter at the start of `text`, and where the pipes begin.
pub(crate) fn parse(text: &str) -> Result<(Filter, usize), QueryError> {
    let (tokens, end) = tokens(text)?;
    let mut parser = HeadParser { text, tokens, position: 0, depth: 0, terms: 0 };
    if parser.peek() == &HeadKind::End {
        return Ok((Filter::All, end));
    }
    parser.refuse_search_verb()?;
    let filter = parser.or(None)?;
    match parser.peek() {
        HeadKind::End => Ok((filter, end)),
        _ => Err(QueryError::new(ErrorCode::Unbalanced, parser.span(), "this `)` closes nothing")
            .hint("remove it, or quote the text")),
    }
}

struct HeadParser<'a> {
    text: &'a str,
    tokens: Vec<HeadToken>,
    position: usize,
    depth: usize,
    terms: usize,
}

/// The field and operator that stand before a value or a group of values.
#[derive(Clone)]
struct Subject {
    field: FieldName,
    op: HeadOp,
}

impl HeadParser<'_> {
    fn peek(&self) -> &HeadKind {
        &self.tokens[self.position].kind
    }

    fn peek_after(&self) -> &HeadKind {
        &self.tokens[(self.position + 1).min(self.tokens.len() - 1)].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.position].span
    }

    fn advance(&mut self) -> HeadToken {
        let token = self.tokens[self.position].clone();
        self.position = (self.position + 1).min(self.tokens.len() - 1);
        token
    }

    fn source(&self, span: Span) -> &str {
        &self.text[span.start..span.end]
    }

    /// What stands before the present token, for messages: "after `level:`".
    fn after(&self) -> String {
        match self.position.checked_sub(1).map(|last| self.source(self.tokens[last].span)) {
            Some(before) => format!(" after `{before}`"),
            None => String::new(),
        }
    }

    /// SPL's `search index=web …`: the verb would be searched for as a word.
    fn refuse_search_verb(&self) -> Result<(), QueryError> {
        let is_verb = matches!(self.peek(), HeadKind::Word(word) if word.eq_ignore_ascii_case("search"));
        let has_field = matches!(self.tokens.get(2).map(|token| &token.kind), Some(HeadKind::Op(_)));
        if !is_verb || !has_field || matches!(self.peek_after(), HeadKind::Op(_)) {
            return Ok(());
        }
        Err(QueryError::new(
            ErrorCode::Unexpected,
            self.span(),
            "a query begins with its conditions, without `search`",
        )
        .hint("remove `search`; to find the word itself, quote it"))
    }

    fn or(&mut self, subject: Option<&Subject>) -> Result<Filter, QueryError> {
        let mut parts = vec![self.and(subject)?];
        while self.peek() == &HeadKind::Or {
            self.advance();
            parts.push(self.and(subject)?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn and(&mut self, subject: Option<&Subject>) -> Result<Filter, QueryError> {
        let mut parts = vec![self.not(subject)?];
        loop {
            match self.peek() {
                HeadKind::End | HeadKind::Close | HeadKind::Or => break,
                HeadKind::And => drop(self.advance()),
                HeadKind::Word(word) if word == "," => {
                    self.advance();
                    continue;
                }
                _ => {}
            }
            parts.push(self.not(subject)?);
        }
        if parts.len() > 1 {
            let every = parts.iter().all(|part| *part == Filter::All);
            parts.retain(|part| *part != Filter::All);
            if every {
                return Ok(Filter::All);
            }
        }
        Ok(one_or(parts, Filter::And))
    }

    fn not(&mut self, subject: Option<&Subject>) -> Result<Filter, QueryError> {
        self.depth += 1;
        if self.depth > limits::DEPTH_MAX {
            return Err(too_deep(self.span()));
        }
        let filter = match self.peek() {
            HeadKind::Not => {
                self.advance();
                Filter::Not(Box::new(self.not(subject)?))
            }
            HeadKind::Open => self.group(subject)?,
            _ => self.term(subject)?,
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn group(&mut self, subject: Option<&Subject>) -> Result<Filter, QueryError> {
        let open = self.advance().span;
        let filter = self.or(subject)?;
        if self.peek() != &HeadKind::Close {
            return Err(QueryError::new(ErrorCode::Unbalanced, open, "this `(` is not closed")
                .expected([")"])
                .hint("add `)` before the first `|`, or quote the text; alternatives are joined with OR"));
        }
        self.advance();
        Ok(filter)
    }

    fn term(&mut self, subject: Option<&Subject>) -> Result<Filter, QueryError> {
        self.terms += 1;
        if self.terms > limits::TERMS_MAX {
            let max = limits::TERMS_MAX;
            let message = format!("the query has more than {max} conditions");
            return Err(QueryError::new(ErrorCode::TooLarge, self.span(), message)
                .hint("match many values with a wildcard or a regular expression"));
        }
        match subject {
            Some(subject) => self.value(subject, subject.field.span),
            None => match self.field()? {
                Some(subject) => self.field_term(&subject),
                None => self.text_term(),
            },
        }
    }
}

/// Datadog writes `@` before an attribute; `@timestamp` is a name of its own.
pub(crate) fn plain_field_name(typed: &str) -> String {
    match typed.strip_prefix('@') {
        Some(name) if typed != "@timestamp" && !name.is_empty() => name.to_owned(),
        _ => typed.to_owned(),
    }
}

fn one_or(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}
