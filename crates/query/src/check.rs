//! What can be known to be wrong without a table: wrong arguments, impossible ranks, names that collide.

use crate::ast::{Aggregate, AggregateFunction, BinaryOp, Expr, ExprKind, Function, Key, Literal, Query};
use crate::regex_check::check_regex;
use crate::value::is_network;
use crate::{ErrorCode, QueryError, functions, pipes};

/// Refuses a query that can never mean anything.
pub(crate) fn check(query: &Query) -> Result<(), QueryError> {
    query.pipes.iter().try_for_each(pipes::check)
}

/// Checks an expression and all its parts.
pub(crate) fn expr(expr: &Expr) -> Result<(), QueryError> {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Field(_) => Ok(()),
        ExprKind::Unary(_, operand) => self::expr(operand),
        ExprKind::Binary(op, left, right) => {
            self::expr(left)?;
            self::expr(right)?;
            binary(*op, right)
        }
        ExprKind::In(value, list, _) => {
            self::expr(value)?;
            if list.is_empty() {
                return Err(QueryError::new(
                    ErrorCode::BadArguments,
                    expr.span,
                    "the list after `in` is empty",
                )
                .hint("write the values in parentheses: `level in (\"error\", \"fatal\")`"));
            }
            list.iter().try_for_each(self::expr)
        }
        ExprKind::Call(function, arguments) => {
            arguments.iter().try_for_each(self::expr)?;
            call(*function, arguments, expr)
        }
    }
}

/// Patterns must be constants, and valid.
fn binary(op: BinaryOp, right: &Expr) -> Result<(), QueryError> {
    let name = match op {
        BinaryOp::Matches => "=~",
        BinaryOp::Like => "like",
        BinaryOp::Contains => "contains",
        BinaryOp::StartsWith => "startswith",
        BinaryOp::Has => "has",
        _ => return Ok(()),
    };
    let ExprKind::Literal(Literal::Str(pattern)) = &right.kind else {
        let message = format!("expected a quoted text after `{name}`");
        return Err(QueryError::new(ErrorCode::ExpectedArgument, right.span, message)
            .expected(["a quoted text"])
            .hint(format!("write `message {name} \"text\"`")));
    };
    match op {
        BinaryOp::Matches => check_regex(pattern, right.span, |_| None),
        _ => Ok(()),
    }
}

fn call(function: Function, arguments: &[Expr], expr: &Expr) -> Result<(), QueryError> {
    let entry = functions::entry(function);
    if !entry.arguments.contains(&arguments.len()) {
        let message = format!("wrong number of arguments for `{}`", entry.name);
        return Err(QueryError::new(ErrorCode::BadArguments, expr.span, message)
            .hint(format!("write `{}`", entry.usage)));
    }
    match (function, arguments) {
        (Function::Bin, [_, step]) => bin_step(step),
        (Function::Cidr, [_, network]) => cidr_network(network),
        _ => Ok(()),
    }
}

fn bin_step(step: &Expr) -> Result<(), QueryError> {
    let is_positive = match step.kind {
        ExprKind::Literal(Literal::Int(n) | Literal::Duration(n)) => n > 0,
        ExprKind::Literal(Literal::Float(n)) => n > 0.0,
        _ => false,
    };
    if is_positive {
        return Ok(());
    }
    Err(QueryError::new(ErrorCode::BadArguments, step.span, "the step of `bin` must be greater than zero")
        .hint("write `bin(_time, 5m)` or `bin(bytes, 1000)`"))
}

fn cidr_network(network: &Expr) -> Result<(), QueryError> {
    match &network.kind {
        ExprKind::Literal(Literal::Str(text)) if is_network(text) => Ok(()),
        _ => {
            Err(QueryError::new(ErrorCode::BadNetwork, network.span, "`cidr` needs a network as quoted text")
                .hint("write `cidr(source.ip, \"10.0.0.0/8\")`"))
        }
    }
}

/// Checks aggregates: their ranks, arguments and conditions.
pub(crate) fn aggregates(aggregates: &[Aggregate]) -> Result<(), QueryError> {
    for aggregate in aggregates {
        if let AggregateFunction::Percentile(rank) = aggregate.function
            && !(0.0..=100.0).contains(&rank)
        {
            let message = format!("a percentile lies between 0 and 100, not at {rank}");
            return Err(QueryError::new(ErrorCode::BadArguments, aggregate.span, message)
                .hint("write `p95(duration_ms)` or `percentile(duration_ms, 99.9)`"));
        }
        aggregate.argument.iter().chain(&aggregate.filter).try_for_each(expr)?;
    }
    Ok(())
}

/// Checks grouping keys: a constant groups nothing.
pub(crate) fn keys(keys: &[Key]) -> Result<(), QueryError> {
    for key in keys {
        expr(&key.expr)?;
        if matches!(key.expr.kind, ExprKind::Literal(_)) {
            let message = format!("a key must name a field, `{}` is a constant", key.expr);
            return Err(QueryError::new(ErrorCode::BadArguments, key.expr.span, message)
                .hint("write `by host` or `by bin(_time, 5m)`"));
        }
    }
    Ok(())
}

/// Refuses two columns of one name; `taken` is a name that the pipe itself adds.
pub(crate) fn unique_names(
    aggregates: &[Aggregate],
    keys: &[Key],
    taken: Option<&str>,
) -> Result<(), QueryError> {
    let keys = keys.iter().map(|key| (key.name.as_str(), key.expr.span));
    let columns = keys.chain(aggregates.iter().map(|aggregate| (aggregate.name.as_str(), aggregate.span)));
    let mut seen: Vec<&str> = taken.into_iter().collect();
    for (name, span) in columns {
        if seen.contains(&name) {
            let message = format!("two columns of the result are called `{name}`");
            return Err(QueryError::new(ErrorCode::DuplicateName, span, message)
                .hint("give one of them another name with `as`: `count() as total`"));
        }
        seen.push(name);
    }
    Ok(())
}
