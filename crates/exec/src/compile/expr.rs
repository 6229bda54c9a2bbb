//! Expressions over one row: `where`, sort keys, arguments of aggregates.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn as functions;
use datafusion::logical_expr::{Expr, and, cast, lit, not, or, try_cast, when};
use girok_query::Span;
use girok_query::ast::{BinaryOp, ExprKind, FieldName, Function, Literal, UnaryOp};

use super::Compiler;
use super::literal::{text_of, time_expr};
use crate::error::ExecError;
use crate::scope::{Found, Kind};
use crate::text::{TextTest, bin_time, in_network, text_number, text_test, value_text};
use crate::time::parse_time;

const NANOS_PER_SECOND: f64 = 1e9;

/// An expression and what its values are.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) expr: Expr,
    pub(super) kind: Kind,
    /// The constant it is, if it is one.
    literal: Option<Literal>,
    span: Span,
}

type Result<T> = std::result::Result<T, ExecError>;

impl Compiler {
    pub(super) fn expr(&self, expr: &girok_query::ast::Expr) -> Result<Typed> {
        let typed = |expr_kind: (Expr, Kind)| Typed {
            expr: expr_kind.0,
            kind: expr_kind.1,
            literal: None,
            span: expr.span,
        };
        Ok(match &expr.kind {
            ExprKind::Literal(literal) => {
                Typed { literal: Some(literal.clone()), ..typed(constant(literal)) }
            }
            ExprKind::Field(field) => typed(self.field(field)),
            ExprKind::Unary(UnaryOp::Not, inner) => typed((not(self.condition(inner)?), Kind::Bool)),
            ExprKind::Unary(UnaryOp::Negate, inner) => {
                let inner = self.expr(inner)?.number();
                typed((Expr::Negative(Box::new(inner.expr)), inner.kind))
            }
            ExprKind::Binary(op, left, right) => typed(self.binary(*op, left, right)?),
            ExprKind::In(value, list, negated) => typed(self.in_list(value, list, *negated)?),
            ExprKind::Call(function, arguments) => typed(self.call(*function, arguments, expr.span)?),
        })
    }

    /// An expression that is asked for true or false; null counts as false.
    pub(crate) fn condition(&self, expr: &girok_query::ast::Expr) -> Result<Expr> {
        let typed = self.expr(expr)?;
        match typed.kind {
            Kind::Bool => Ok(typed.expr.is_true()),
            _ => Err(ExecError::query("expected a condition that is true or false", expr.span)
                .with_hint("compare it with something, for example `status >= 500`")),
        }
    }

    /// The value of a field: of the names it may mean, the first that is present, in a column or overflown. Where they
    /// differ in kind they meet as columns do: numbers as floats, everything else as text.
    pub(crate) fn field(&self, field: &FieldName) -> (Expr, Kind) {
        let found = self.scope.resolve(&field.name);
        let kind = found.iter().map(|column| column.kind).reduce(meet);
        let mut values: Vec<(&str, Expr)> =
            found.iter().map(|column| (column.name.as_str(), as_kind(column, kind))).collect();
        if kind != Some(Kind::Time) {
            let overflown = self.scope.overflown(&field.name);
            let order: Vec<&str> = overflown.iter().map(|(name, _)| *name).collect();
            values.extend(overflown.into_iter().map(|(name, value)| (name, read_text(value, kind))));
            // Of one event's fields that mean the same the first name counts, wherever it lies.
            values.sort_by_key(|(name, _)| order.iter().position(|other| other == name));
        }
        let mut values: Vec<Expr> = values.into_iter().map(|(_, value)| value).collect();
        match values.len() {
            0 => {
                self.warn_unknown_field(&field.name, field.span);
                (lit(ScalarValue::Utf8(None)), Kind::Text)
            }
            1 => (values.swap_remove(0), kind.unwrap_or(Kind::Text)),
            _ => (functions::coalesce(values), kind.unwrap_or(Kind::Text)),
        }
    }

    fn binary(
        &self,
        op: BinaryOp,
        left: &girok_query::ast::Expr,
        right: &girok_query::ast::Expr,
    ) -> Result<(Expr, Kind)> {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            let (left, right) = (self.condition(left)?, self.condition(right)?);
            return Ok((if op == BinaryOp::And { and(left, right) } else { or(left, right) }, Kind::Bool));
        }
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        match op {
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
                Ok(arithmetic(op, left, right))
            }
            BinaryOp::Matches
            | BinaryOp::Like
            | BinaryOp::Contains
            | BinaryOp::StartsWith
            | BinaryOp::Has => Ok((text_operator(op, left, &right)?, Kind::Bool)),
            _ => Ok((self.comparison(op, left, right), Kind::Bool)),
        }
    }

    fn comparison(&self, op: BinaryOp, left: Typed, right: Typed) -> Expr {
        if let Some(Literal::Null) = right.literal {
            return if op == BinaryOp::NotEqual { left.expr.is_not_null() } else { left.expr.is_null() };
        }
        let (left, right) = self.same_kind(left, right);
        match op {
            BinaryOp::Equal => left.eq(right),
            BinaryOp::NotEqual => left.eq(right).is_not_true(),
            BinaryOp::Less => left.lt(right),
            BinaryOp::LessOrEqual => left.lt_eq(right),
            BinaryOp::Greater => left.gt(right),
            _ => left.gt_eq(right),
        }
    }

    /// Makes two sides comparable: text becomes a time beside a time, a number beside a number.
    fn same_kind(&self, left: Typed, right: Typed) -> (Expr, Expr) {
        match (left.kind, right.kind) {
            (Kind::Time, Kind::Time) => (left.expr, right.expr),
            (Kind::Time, _) => (left.expr, self.time(right)),
            (_, Kind::Time) => (self.time(left), right.expr),
            (a, b) if a.is_number() || b.is_number() => (left.number().expr, right.number().expr),
            (a, b) if a == b => (left.expr, right.expr),
            _ => (left.text(), right.text()),
        }
    }

    fn time(&self, typed: Typed) -> Expr {
        let nanos = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
        match &typed.literal {
            Some(Literal::Str(text)) => {
                parse_time(text, self.now).map_or_else(|| try_cast(typed.expr, nanos), time_expr)
            }
            Some(Literal::Int(number)) => parse_time(&number.to_string(), self.now)
                .map_or_else(|| try_cast(typed.expr, nanos), time_expr),
            _ => try_cast(typed.expr, nanos),
        }
    }

    fn in_list(
        &self,
        value: &girok_query::ast::Expr,
        list: &[girok_query::ast::Expr],
        negated: bool,
    ) -> Result<(Expr, Kind)> {
        let value = self.expr(value)?;
        let equals = list.iter().map(|item| {
            let item = self.expr(item)?;
            Ok(self.comparison(BinaryOp::Equal, value.clone(), item).is_true())
        });
        let any = equals.collect::<Result<Vec<_>>>()?.into_iter().reduce(or).unwrap_or(lit(false));
        Ok((if negated { not(any) } else { any }, Kind::Bool))
    }

    fn call(
        &self,
        function: Function,
        arguments: &[girok_query::ast::Expr],
        span: Span,
    ) -> Result<(Expr, Kind)> {
        let missing = || ExecError::query("too few arguments", span);
        let argument = |index: usize| self.expr(arguments.get(index).ok_or_else(missing)?);
        Ok(match function {
            Function::Bin => self.bin(argument(0)?, &argument(1)?, span)?,
            Function::If => {
                let condition = self.condition(arguments.first().ok_or_else(missing)?)?;
                let (then, otherwise) = unify(argument(1)?, argument(2)?);
                let chosen = when(condition, then.expr).otherwise(otherwise.expr)?;
                (chosen, then.kind)
            }
            Function::Coalesce => {
                let mut all =
                    arguments.iter().map(|argument| self.expr(argument)).collect::<Result<Vec<_>>>()?;
                let first = all.first().ok_or_else(missing)?.kind;
                let values = all.drain(..).map(|value| value.into_kind(first)).collect();
                (functions::coalesce(values), first)
            }
            Function::Lower => (functions::lower(argument(0)?.text()), Kind::Text),
            Function::Upper => (functions::upper(argument(0)?.text()), Kind::Text),
            Function::Length => (functions::character_length(argument(0)?.text()), Kind::Int),
            Function::Abs => (functions::abs(argument(0)?.number().expr), Kind::Float),
            Function::Floor => (functions::floor(argument(0)?.number().expr), Kind::Float),
            Function::Ceil => (functions::ceil(argument(0)?.number().expr), Kind::Float),
            Function::Round => {
                let digits = if arguments.len() > 1 { argument(1)?.expr } else { lit(0i64) };
                (functions::round(vec![argument(0)?.number().expr, digits]), Kind::Float)
            }
            Function::Cidr => (in_network(argument(0)?.text(), argument(1)?.text_literal()?), Kind::Bool),
            Function::IsNull => (argument(0)?.expr.is_null(), Kind::Bool),
            Function::ToNumber => (argument(0)?.number().expr, Kind::Float),
            Function::ToString => (argument(0)?.text(), Kind::Text),
            Function::Now => (time_expr(self.now), Kind::Time),
        })
    }

    fn bin(&self, value: Typed, step: &Typed, span: Span) -> Result<(Expr, Kind)> {
        match (value.kind, &step.literal) {
            (Kind::Time, Some(Literal::Duration(nanos))) if *nanos > 0 => {
                Ok((bin_time(value.expr, *nanos), Kind::Time))
            }
            (Kind::Time, _) => Err(ExecError::query("the step of a time must be a length of time", span)
                .with_hint("write it like `bin(_time, 5m)`")),
            (_, Some(Literal::Int(_) | Literal::Float(_))) => {
                let step = step.clone().number().expr;
                let value = value.number().expr;
                Ok((functions::floor(cast(value, DataType::Float64) / step.clone()) * step, Kind::Float))
            }
            _ => Err(ExecError::query("the step of a number must be a number", span)
                .with_hint("write it like `bin(bytes, 1000)`")),
        }
    }
}

impl Typed {
    /// As a number; text that is none is null, a time is seconds.
    pub(super) fn number(self) -> Typed {
        let expr = match self.kind {
            Kind::Int | Kind::Float => return self,
            Kind::Time => cast(cast(self.expr, DataType::Int64), DataType::Float64) / lit(NANOS_PER_SECOND),
            Kind::Bool => cast(self.expr, DataType::Int64),
            _ => text_number(self.expr),
        };
        Typed { expr, kind: Kind::Float, ..self }
    }

    /// As text.
    pub(super) fn text(self) -> Expr {
        match self.kind {
            Kind::Text => self.expr,
            Kind::Float => value_text(self.expr),
            _ => cast(self.expr, DataType::Utf8),
        }
    }

    fn into_kind(self, kind: Kind) -> Expr {
        match kind {
            _ if self.kind == kind => self.expr,
            Kind::Int | Kind::Float => self.number().expr,
            _ => self.text(),
        }
    }

    fn text_literal(&self) -> Result<&str> {
        match &self.literal {
            Some(Literal::Str(text)) => Ok(text),
            _ => Err(ExecError::query("expected a text in quotes", self.span)),
        }
    }
}

/// Where two kinds of one field meet.
fn meet(left: Kind, right: Kind) -> Kind {
    match (left, right) {
        _ if left == right => left,
        _ if left.is_number() && right.is_number() => Kind::Float,
        _ => Kind::Text,
    }
}

fn as_kind(column: &Found, kind: Option<Kind>) -> Expr {
    match kind {
        Some(kind) if kind == column.kind => column.expr(),
        Some(Kind::Float) => cast(column.expr(), DataType::Float64),
        _ => text_of(column),
    }
}

/// A value that stands among the overflowed ones as text.
fn read_text(text: Expr, kind: Option<Kind>) -> Expr {
    match kind {
        Some(Kind::Int) => try_cast(text, DataType::Int64),
        Some(Kind::Float) => text_number(text),
        Some(Kind::Bool) => try_cast(text, DataType::Boolean),
        Some(Kind::Text | Kind::Time | Kind::Other) | None => text,
    }
}

fn constant(literal: &Literal) -> (Expr, Kind) {
    match literal {
        Literal::Str(text) => (lit(text.as_str()), Kind::Text),
        Literal::Int(number) => (lit(*number), Kind::Int),
        Literal::Float(number) => (lit(*number), Kind::Float),
        Literal::Bool(value) => (lit(*value), Kind::Bool),
        Literal::Duration(nanos) => (lit(*nanos as f64 / NANOS_PER_SECOND), Kind::Float),
        Literal::Null => (lit(ScalarValue::Utf8(None)), Kind::Text),
    }
}

/// `if` gives one type: that of both sides, or text.
fn unify(left: Typed, right: Typed) -> (Typed, Typed) {
    if left.kind == right.kind {
        return (left, right);
    }
    if left.kind.is_number() && right.kind.is_number() {
        let float =
            |side: Typed| Typed { expr: cast(side.expr, DataType::Float64), kind: Kind::Float, ..side };
        return (float(left), float(right));
    }
    let text = |side: Typed| Typed { kind: Kind::Text, literal: None, span: side.span, expr: side.text() };
    (text(left), text(right))
}

/// Times differ by seconds, and move by lengths of time; `/` is a real division.
fn arithmetic(op: BinaryOp, left: Typed, right: Typed) -> (Expr, Kind) {
    let moves = matches!(op, BinaryOp::Add | BinaryOp::Subtract);
    if let (Kind::Time, Some(Literal::Duration(nanos)), true) = (left.kind, &right.literal, moves) {
        let nanos = if op == BinaryOp::Add { *nanos } else { -nanos };
        let moved = cast(left.expr, DataType::Int64) + lit(nanos);
        return (cast(moved, DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))), Kind::Time);
    }
    let (left, right) = (left.number(), right.number());
    let whole = left.kind == Kind::Int && right.kind == Kind::Int && op != BinaryOp::Divide;
    let kind = if whole { Kind::Int } else { Kind::Float };
    let (left, right) = (left.expr, right.expr);
    let expr = match op {
        BinaryOp::Add => left + right,
        BinaryOp::Subtract => left - right,
        BinaryOp::Multiply => left * right,
        BinaryOp::Divide => cast(left, DataType::Float64) / cast(right, DataType::Float64),
        _ => left % right,
    };
    (expr, kind)
}

fn text_operator(op: BinaryOp, left: Typed, right: &Typed) -> Result<Expr> {
    let sought = right.text_literal()?.to_owned();
    let text = left.text();
    Ok(match op {
        BinaryOp::Like => text.like(lit(sought)).is_true(),
        BinaryOp::Contains => text_test(TextTest::Substring, text, &sought),
        BinaryOp::StartsWith => {
            functions::starts_with(functions::lower(text), lit(sought.to_lowercase())).is_true()
        }
        BinaryOp::Has => text_test(TextTest::Phrase, text, &sought),
        _ => text_test(TextTest::Regex, text, &sought),
    })
}
