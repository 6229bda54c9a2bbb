//! `where condition`: keeps the rows for which an expression holds.

use super::PipeEntry;
use crate::ast::{BinaryOp, Expr, ExprKind, Function, Literal, Pipe, UnaryOp};
use crate::lex::pipe::PipeKind;
use crate::parser::{Parser, is_word};
use crate::{ErrorCode, QueryError, check};

pub(super) const ENTRY: PipeEntry = PipeEntry { name: "where", aliases: &["filter", "search"], parse, opens };

fn parse(parser: &mut Parser<'_>) -> Result<Vec<Pipe>, QueryError> {
    let called = parser.source(parser.last_span());
    let condition = parser.expr()?;
    if let ExprKind::Field(field) = &condition.kind
        && !called.eq_ignore_ascii_case("where")
        && parser.at_end()
    {
        let message = format!("`{called}` needs a condition, not only the field `{}`", field.name);
        return Err(QueryError::new(ErrorCode::ExpectedCondition, condition.span, message).hint(format!(
            "to search for the word, write it before the first `|`, or `{called} message has \"{}\"`",
            field.name
        )));
    }
    Ok(vec![Pipe::Where(condition)])
}

/// A comparison must follow; the operators that are words count only before a quote or a parenthesis.
fn opens(rest: &[PipeKind]) -> bool {
    let word_ops = ["in", "like", "has", "contains", "startswith"];
    let is_symbol = |kind: &PipeKind| {
        matches!(kind, PipeKind::Symbol("==" | "=~" | "!=" | "!~" | "<>" | "<" | "<=" | ">" | ">=" | "="))
    };
    let has_word = rest.windows(2).any(|pair| {
        word_ops.iter().any(|op| is_word(&pair[0], op))
            && matches!(pair[1], PipeKind::Text(_) | PipeKind::Symbol("("))
    });
    let has_call = rest.windows(2).any(|pair| {
        matches!(&pair[0], PipeKind::Name(name) if crate::functions::find(name).is_some())
            && pair[1] == PipeKind::Symbol("(")
    });
    rest.iter().skip(1).any(is_symbol) || has_word || has_call
}

/// A condition must be able to be true or false.
pub(super) fn check(condition: &Expr) -> Result<(), QueryError> {
    check::expr(condition)?;
    if is_condition(condition) {
        return Ok(());
    }
    Err(QueryError::new(ErrorCode::ExpectedCondition, condition.span, "`where` needs a condition")
        .hint("compare the value with something: `where status >= 500`"))
}

fn is_condition(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(literal) => matches!(literal, Literal::Bool(_)),
        ExprKind::Field(_) | ExprKind::In(..) => true,
        ExprKind::Unary(op, _) => *op == UnaryOp::Not,
        ExprKind::Binary(op, ..) => !matches!(
            op,
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo
        ),
        ExprKind::Call(function, _) => {
            matches!(function, Function::If | Function::Coalesce | Function::Cidr | Function::IsNull)
        }
    }
}
