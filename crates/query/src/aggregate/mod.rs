//! Reads aggregates and grouping keys, for every pipe that groups.
//!
//! `by` may stand before or after the aggregates; a name is given by `as name`, by `name=` before or, as in
//! LogsQL, by a bare word after.

mod keys;
mod table;

pub(crate) use keys::{key_name, parse_by};
pub(crate) use table::{canonical_name, default_name, is_aggregate};

use crate::ast::{Aggregate, Expr, Key};
use crate::lex::pipe::PipeKind;
use crate::parser::{Parser, is_reserved};
use crate::{ErrorCode, QueryError, limits};
use keys::{parse_as, parse_leading_name};
use table::{Call, resolve, unknown_aggregate};

/// Reads `agg, … by key, …` or `by (key, …) agg, …`.
pub(crate) fn parse_grouped(parser: &mut Parser<'_>) -> Result<(Vec<Aggregate>, Vec<Key>), QueryError> {
    let mut keys = parse_by(parser)?;
    let aggregates = parse_aggregates(parser)?;
    if keys.is_empty() {
        keys = parse_by(parser)?;
    } else if parser.at_word("by") {
        return Err(QueryError::new(ErrorCode::Unexpected, parser.span(), "`by` stands here a second time")
            .hint("write all keys in one list: `by host, level`"));
    }
    Ok((aggregates, keys))
}

fn parse_aggregates(parser: &mut Parser<'_>) -> Result<Vec<Aggregate>, QueryError> {
    let mut aggregates = vec![parse_aggregate(parser)?];
    while parser.eat_symbol(",") || at_aggregate(parser) {
        if aggregates.len() == limits::COLUMNS_MAX {
            let message = format!("a pipe takes at most {} columns", limits::COLUMNS_MAX);
            return Err(QueryError::new(ErrorCode::TooLarge, parser.span(), message));
        }
        aggregates.push(parse_aggregate(parser)?);
    }
    Ok(aggregates)
}

/// Whether another aggregate follows without a comma, as SPL allows.
fn at_aggregate(parser: &Parser<'_>) -> bool {
    matches!(parser.peek(), PipeKind::Name(name) if !is_reserved(name))
        && matches!(parser.peek_at(1), PipeKind::Symbol("(" | "="))
}

fn parse_aggregate(parser: &mut Parser<'_>) -> Result<Aggregate, QueryError> {
    let start = parser.span();
    let leading = parse_leading_name(parser)?;
    let call = parse_call(parser)?;
    refuse_arithmetic(parser)?;
    let mut filter = call.filter;
    if parser.eat_word("if") {
        let open = parser.span();
        parser.expect_symbol("(")?;
        filter = Some(parser.expr()?);
        parser.expect_close(open)?;
    }
    let name = match leading {
        Some(name) => name,
        None => parse_trailing_name(parser)?.unwrap_or(call.name),
    };
    let span = start.to(parser.last_span());
    Ok(Aggregate { function: call.function, argument: call.argument, filter, name, span })
}

fn refuse_arithmetic(parser: &Parser<'_>) -> Result<(), QueryError> {
    match parser.peek() {
        PipeKind::Symbol("+" | "-" | "*" | "/" | "%") => {
            let message = "calculating with aggregates is not available yet";
            Err(QueryError::new(ErrorCode::Unexpected, parser.span(), message)
                .hint("name each aggregate: `stats max(x) as high, min(x) as low | where high - low > 5`"))
        }
        _ => Ok(()),
    }
}

fn parse_call(parser: &mut Parser<'_>) -> Result<Call, QueryError> {
    let span = parser.span();
    let PipeKind::Name(name) = parser.peek() else { return Err(expected_aggregate(parser)) };
    let name = name.to_ascii_lowercase();
    if is_reserved(&name) {
        return Err(expected_aggregate(parser));
    }
    let called = parser.peek_at(1) == &PipeKind::Symbol("(");
    if !is_aggregate(&name) {
        return Err(unknown_aggregate(&name, span, called));
    }
    parser.advance();
    let arguments = if called { parse_arguments(parser)? } else { Vec::new() };
    resolve(&name, span.to(parser.last_span()), arguments)
}

fn parse_arguments(parser: &mut Parser<'_>) -> Result<Vec<Expr>, QueryError> {
    let open = parser.advance().span;
    if parser.at_symbol("*") && parser.peek_at(1) == &PipeKind::Symbol(")") {
        parser.advance();
    }
    if parser.eat_symbol(")") {
        return Ok(Vec::new());
    }
    let mut arguments = vec![parser.expr()?];
    while parser.eat_symbol(",") {
        arguments.push(parser.expr()?);
    }
    parser.expect_close(open)?;
    Ok(arguments)
}

/// `as name`, or a bare name that no parenthesis follows.
fn parse_trailing_name(parser: &mut Parser<'_>) -> Result<Option<String>, QueryError> {
    let is_bare = match parser.peek() {
        PipeKind::Name(name) => !is_reserved(name) && !is_aggregate(name),
        PipeKind::BackTicked(_) => true,
        _ => false,
    };
    match is_bare && !matches!(parser.peek_at(1), PipeKind::Symbol("(" | "=")) {
        true => parser.field().map(|field| Some(field.name)),
        false => parse_as(parser),
    }
}

fn expected_aggregate(parser: &Parser<'_>) -> QueryError {
    let message = format!("expected an aggregate{}, found {}", parser.after(), parser.found());
    QueryError::new(ErrorCode::ExpectedAggregate, parser.span(), message)
        .expected(table::names())
        .hint("write what to compute, for example `count()` or `avg(duration_ms) by host`")
}
