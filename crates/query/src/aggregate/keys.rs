//! Reads grouping keys and the names of columns.

use crate::QueryError;
use crate::ast::{Expr, ExprKind, Function, Key};
use crate::lex::pipe::PipeKind;
use crate::parser::Parser;

/// The column's name of a key without one; a `bin` keeps the name of what it cuts.
pub(crate) fn key_name(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Field(field) => field.name.clone(),
        ExprKind::Call(Function::Bin, arguments) if let [value, _] = &arguments[..] => key_name(value),
        _ => expr.to_string(),
    }
}

/// Reads `by key, …` or `by (key, …)` if it stands here.
pub(crate) fn parse_by(parser: &mut Parser<'_>) -> Result<Vec<Key>, QueryError> {
    if !parser.eat_word("by") {
        return Ok(Vec::new());
    }
    let open = parser.span();
    let in_parentheses = parser.eat_symbol("(");
    let keys = parser.list(parse_key)?;
    if in_parentheses {
        parser.expect_close(open)?;
    }
    Ok(keys)
}

/// `expr`, `expr as name`, `name=expr`, or LogsQL's `_time:5m`.
fn parse_key(parser: &mut Parser<'_>) -> Result<Key, QueryError> {
    let named = parse_leading_name(parser)?;
    let expr = parser.expr()?;
    let expr = parse_step(parser, expr)?;
    let name = match named {
        Some(name) => name,
        None => parse_as(parser)?.unwrap_or_else(|| key_name(&expr)),
    };
    Ok(Key { expr, name })
}

fn parse_step(parser: &mut Parser<'_>, value: Expr) -> Result<Expr, QueryError> {
    let is_step = matches!(value.kind, ExprKind::Field(_))
        && matches!(parser.peek_at(1), PipeKind::Duration(_) | PipeKind::Int(_) | PipeKind::Float(_));
    if !is_step || !parser.eat_symbol(":") {
        return Ok(value);
    }
    let step = parser.expr()?;
    let span = value.span.to(step.span);
    Ok(Expr { kind: ExprKind::Call(Function::Bin, vec![value, step]), span })
}

/// `name=` before an aggregate or a key.
pub(super) fn parse_leading_name(parser: &mut Parser<'_>) -> Result<Option<String>, QueryError> {
    if parser.peek_at(1) != &PipeKind::Symbol("=") {
        return Ok(None);
    }
    let name = parser.field()?.name;
    parser.advance();
    Ok(Some(name))
}

pub(super) fn parse_as(parser: &mut Parser<'_>) -> Result<Option<String>, QueryError> {
    if !parser.eat_word("as") {
        return Ok(None);
    }
    match parser.peek() {
        PipeKind::Text(name) if !name.is_empty() => {
            let name = name.clone();
            parser.advance();
            Ok(Some(name))
        }
        _ => parser.field().map(|field| Some(field.name)),
    }
}
