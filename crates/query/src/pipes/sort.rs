//! `sort -count, host`: orders rows; `-` or `desc` puts the greatest first.

use std::fmt;

use super::PipeEntry;
use crate::ast::{ExprKind, Pipe, SortKey};
use crate::lex::pipe::PipeKind;
use crate::parser::{Parser, is_word};
use crate::{ErrorCode, QueryError, check};

pub(super) const ENTRY: PipeEntry = PipeEntry { name: "sort", aliases: &["order"], parse, opens };

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>, QueryError> {
    parser.eat_word("by");
    let open = parser.span();
    let in_parentheses = parser.at_symbol("(") && lists_names(parser);
    if in_parentheses {
        parser.advance();
    }
    let keys = parser.list(parse_key)?;
    if in_parentheses {
        parser.expect_close(open)?;
    }
    Ok(vec![Pipe::Sort(keys)])
}

/// LogsQL's `sort by (a, b desc)`: the parenthesis holds a list and not a part of an expression.
fn lists_names(parser: &Parser<'_>) -> bool {
    let is_name = matches!(parser.peek_at(1), PipeKind::Name(_) | PipeKind::BackTicked(_));
    let follows_name = match parser.peek_at(2) {
        PipeKind::Symbol(",") => true,
        PipeKind::Symbol(")") => matches!(parser.peek_at(3), PipeKind::Symbol("|") | PipeKind::End),
        kind => is_word(kind, "asc") || is_word(kind, "desc"),
    };
    is_name && follows_name
}

/// Reads one key; the pipe `top n by` shares it.
pub(super) fn parse_key(parser: &mut Parser<'_>) -> Result<SortKey, QueryError> {
    let sign = if parser.eat_symbol("-") {
        Some(true)
    } else if parser.eat_symbol("+") {
        Some(false)
    } else {
        None
    };
    let expr = parser.expr()?;
    let word = match parser.peek() {
        kind if is_word(kind, "desc") => Some(true),
        kind if is_word(kind, "asc") => Some(false),
        _ => None,
    };
    if word.is_some() {
        if sign.is_some() {
            let message = "the order of this key is given twice";
            return Err(QueryError::new(ErrorCode::Unexpected, parser.span(), message)
                .hint("write either `-count` or `count desc`"));
        }
        parser.advance();
    }
    Ok(SortKey { expr, descending: sign.or(word).unwrap_or(false) })
}

/// `by`, a comma or a direction must follow: `sort of` is text.
fn opens(rest: &[PipeKind]) -> bool {
    let is_direction = |kind: &PipeKind| is_word(kind, "asc") || is_word(kind, "desc");
    match rest {
        [by, _, ..] if is_word(by, "by") => true,
        [_, .., last] => is_direction(last) || rest[1..].contains(&PipeKind::Symbol(",")),
        _ => false,
    }
}

/// A constant orders nothing.
pub(super) fn check(keys: &[SortKey]) -> Result<(), QueryError> {
    for key in keys {
        check::expr(&key.expr)?;
        if matches!(key.expr.kind, ExprKind::Literal(_)) {
            let message = format!("a sort key must name a field, `{}` is a constant", key.expr);
            return Err(QueryError::new(ErrorCode::BadArguments, key.expr.span, message)
                .hint("write `sort -count | head 10` for the ten greatest"));
        }
    }
    Ok(())
}

pub(super) fn print(keys: &[SortKey], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, key) in keys.iter().enumerate() {
        f.write_str(if i == 0 { "sort " } else { ", " })?;
        let text = key.expr.to_string();
        // The first sign belongs to the key, so an expression that begins with one, or that could be taken
        // for LogsQL's list, is given its own.
        let sign = match key.descending {
            true => "-",
            false if text.starts_with(['-', '(']) => "+",
            false => "",
        };
        write!(f, "{sign}{text}")?;
    }
    Ok(())
}
