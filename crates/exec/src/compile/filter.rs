//! The head of a query: which events.
//!
//! Every condition is false, never null, where its field is missing, so that `NOT level:error` keeps the
//! events that have no level.

use datafusion::logical_expr::{Expr, and, lit, not, or};
use girok_event::{Timestamp, columns};
use girok_query::ast::{CompareOp, FieldName, Filter, Literal, Match, Test};

use super::Compiler;
use super::literal::{as_number, as_text, as_time, number_literal, text_of, time_expr};
use crate::scope::{Found, Kind};
use crate::text::{Matcher, TextTest, in_network, line_test, overflow_test, text_number, text_test};

const DAY_NANOS: i64 = 86_400_000_000_000;

/// The condition that `filter` stands for; none if it holds for every event.
pub(crate) fn compile_filter(compiler: &Compiler, filter: &Filter) -> Option<Expr> {
    match filter {
        Filter::All => None,
        Filter::And(parts) => parts.iter().filter_map(|part| compile_filter(compiler, part)).reduce(and),
        Filter::Or(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| compile_filter(compiler, part)).collect();
            // One part that always holds makes the whole hold.
            parts.into_iter().collect::<Option<Vec<_>>>()?.into_iter().reduce(or)
        }
        Filter::Not(part) => Some(compile_filter(compiler, part).map_or(lit(false), not)),
        Filter::Match(condition) => Some(compile_match(compiler, condition)),
    }
}

fn compile_match(compiler: &Compiler, condition: &Match) -> Expr {
    match (&condition.field, text_of_test(&condition.test)) {
        (Some(field), _) => field_match(compiler, field, &condition.test),
        (None, Some((test, text))) => full_text(compiler, test, text),
        // `>=500` or `[1 TO 2]` without a field asks for nothing that a text can answer.
        (None, None) => full_text(compiler, TextTest::Phrase, &plain_text(&condition.test)),
    }
}

/// The tests that are asked of text, with what they look for.
fn text_of_test(test: &Test) -> Option<(TextTest, &str)> {
    match test {
        Test::Phrase(text) => Some((TextTest::Phrase, text)),
        Test::Prefix(text) => Some((TextTest::Prefix, text)),
        Test::Wildcard(text) => Some((TextTest::Wildcard, text)),
        Test::Substring(text) => Some((TextTest::Substring, text)),
        Test::Regex(text) => Some((TextTest::Regex, text)),
        Test::Exists | Test::Equal(_) | Test::Compare(..) | Test::Range(..) | Test::Cidr(_) => None,
    }
}

fn plain_text(test: &Test) -> String {
    match test {
        Test::Equal(literal) | Test::Compare(_, literal) => as_text(literal),
        Test::Cidr(text) => text.clone(),
        _ => String::new(),
    }
}

/// A text asked of the whole event: of the line as it was sent, or of a JSON event's names and values.
fn full_text(compiler: &Compiler, test: TextTest, text: &str) -> Expr {
    let scope = &compiler.scope;
    let column = |name: &str| scope.find(name).map_or_else(null_text, |found| found.expr());
    let line = line_test(test, [columns::HEAD, columns::MESSAGE, columns::RAW].map(column), text);
    let Ok(matcher) = Matcher::shared(test, text) else { return line };
    let in_fields = scope.own().filter_map(|found| own_field(&matcher, test, text, &found));
    let in_overflow = scope.has_overflow().then(|| overflow_test(test, column(columns::OVERFLOW), text));
    match in_fields.chain(in_overflow).reduce(or) {
        Some(fields) => or(line, and(column(columns::FORMAT).eq(lit("json")), fields)),
        None => line,
    }
}

/// The test on one of a JSON event's fields, name and value; none where it cannot hold.
fn own_field(matcher: &Matcher, test: TextTest, text: &str, found: &Found) -> Option<Expr> {
    if matcher.is_match(&found.name) {
        return Some(found.expr().is_not_null());
    }
    match found.kind {
        Kind::Text => Some(text_test(test, found.expr(), text)),
        // Without a digit it is no number; a sign alone may still stand in one.
        Kind::Int if test == TextTest::Phrase && text.contains(|c: char| c.is_ascii_digit()) => {
            let numbers: Vec<Expr> = numbers_that_hold(text).into_iter().map(lit).collect();
            (!numbers.is_empty()).then(|| is_true(found.expr().in_list(numbers, false)))
        }
        Kind::Bool => {
            let flags = [true, false].into_iter().filter(|flag| matcher.is_match(&flag.to_string()));
            flags.map(|flag| is_true(found.expr().eq(lit(flag)))).reduce(or)
        }
        Kind::Int | Kind::Float if test.may_pass_number(text) => Some(text_test(test, text_of(found), text)),
        _ => None,
    }
}

/// The whole numbers in whose text the word `text` stands: `7` in 7 and -7, `-7` in -7, `07` in none.
fn numbers_that_hold(text: &str) -> Vec<i64> {
    let mut numbers: Vec<i64> = [text.to_owned(), format!("-{text}")]
        .iter()
        .filter_map(|spelled| spelled.parse().ok().filter(|number: &i64| number.to_string() == *spelled))
        .collect();
    numbers.dedup();
    numbers
}

/// A test asked of a field: of every column the name may mean.
fn field_match(compiler: &Compiler, field: &FieldName, test: &Test) -> Expr {
    let scope = &compiler.scope;
    let found = scope.resolve(&field.name);
    let in_columns = found.iter().map(|column| column_test(compiler, column, test));
    let overflown = scope.overflown(&field.name).into_iter();
    let in_overflow = overflown.map(|(_, value)| text_column_test(value, test, &field.name));
    match in_columns.chain(in_overflow).reduce(or) {
        Some(condition) => condition,
        None => {
            compiler.warn_unknown_field(&field.name, field.span);
            lit(false)
        }
    }
}

fn column_test(compiler: &Compiler, column: &Found, test: &Test) -> Expr {
    if *test == Test::Exists {
        return column.expr().is_not_null();
    }
    let condition = match column.kind {
        Kind::Text => return text_column_test(column.expr(), test, &column.name),
        Kind::Int | Kind::Float => number_test(column, test),
        Kind::Time => time_test(column, test, compiler.now),
        Kind::Bool => bool_test(column, test),
        Kind::Other => None,
    };
    match (condition, text_of_test(test)) {
        (Some(condition), _) => is_true(condition),
        (None, Some((test, text))) if test != TextTest::Phrase => text_test(test, text_of(column), text),
        _ => lit(false),
    }
}

fn text_column_test(text: Expr, test: &Test, name: &str) -> Expr {
    if let Some((test, sought)) = text_of_test(test) {
        return text_test(test, text, sought);
    }
    let condition = match test {
        Test::Exists => return text.is_not_null(),
        Test::Equal(Literal::Null) => return text.is_null(),
        Test::Equal(literal) => text.eq(lit(as_text(literal))),
        Test::Compare(op, literal) => compare_text(text, *op, literal, name),
        Test::Range(low, high) => {
            let side = |op, literal: &Literal| compare_text(text.clone(), op, literal, name);
            let low = low.as_ref().map(|low| side(CompareOp::GreaterOrEqual, low));
            let high = high.as_ref().map(|high| side(CompareOp::LessOrEqual, high));
            low.into_iter().chain(high).reduce(and).unwrap_or_else(|| text.is_not_null())
        }
        Test::Cidr(network) => return in_network(text, network),
        _ => lit(false),
    };
    is_true(condition)
}

/// Text against a number is compared as numbers, against text letter by letter.
fn compare_text(text: Expr, op: CompareOp, literal: &Literal, name: &str) -> Expr {
    match (literal, as_number(literal, name)) {
        (Literal::Str(other), None) => compare(text, op, lit(other.as_str())),
        (_, Some(number)) => compare(text_number(text), op, lit(number)),
        _ => lit(false),
    }
}

fn number_test(column: &Found, test: &Test) -> Option<Expr> {
    let number = |literal: &Literal| number_literal(literal, &column.name);
    let value = column.expr();
    Some(match test {
        Test::Phrase(text) => value.eq(number(&Literal::Str(text.clone()))?),
        Test::Equal(Literal::Null) => value.is_null(),
        Test::Equal(literal) => value.eq(number(literal)?),
        Test::Compare(op, literal) => compare(value, *op, number(literal)?),
        Test::Range(low, high) => {
            between(value, low.as_ref().and_then(number), high.as_ref().and_then(number))
        }
        _ => return None,
    })
}

fn bool_test(column: &Found, test: &Test) -> Option<Expr> {
    let wanted = match test {
        Test::Phrase(text) => text.to_lowercase(),
        Test::Equal(Literal::Null) => return Some(column.expr().is_null()),
        Test::Equal(literal) => as_text(literal),
        _ => return None,
    };
    Some(column.expr().eq(lit(wanted.parse::<bool>().ok()?)))
}

/// A date without a time of day means the whole day.
fn time_test(column: &Found, test: &Test, now: Timestamp) -> Option<Expr> {
    let time = |literal: &Literal| as_time(literal, now).map(time_expr);
    let value = column.expr();
    Some(match test {
        Test::Phrase(text) | Test::Equal(Literal::Str(text)) => {
            let start = as_time(&Literal::Str(text.clone()), now)?;
            match text.len() {
                0..=10 => and(
                    value.clone().gt_eq(time_expr(start)),
                    value.lt(time_expr(Timestamp(start.0.saturating_add(DAY_NANOS)))),
                ),
                _ => value.eq(time_expr(start)),
            }
        }
        Test::Equal(literal) => value.eq(time(literal)?),
        Test::Compare(op, literal) => compare(value, *op, time(literal)?),
        Test::Range(low, high) => between(value, low.as_ref().and_then(time), high.as_ref().and_then(time)),
        _ => return None,
    })
}

fn between(value: Expr, low: Option<Expr>, high: Option<Expr>) -> Expr {
    let low = low.map(|low| value.clone().gt_eq(low));
    let high = high.map(|high| value.clone().lt_eq(high));
    low.into_iter().chain(high).reduce(and).unwrap_or_else(|| value.is_not_null())
}

fn compare(left: Expr, op: CompareOp, right: Expr) -> Expr {
    match op {
        CompareOp::Less => left.lt(right),
        CompareOp::LessOrEqual => left.lt_eq(right),
        CompareOp::Greater => left.gt(right),
        CompareOp::GreaterOrEqual => left.gt_eq(right),
    }
}

fn is_true(condition: Expr) -> Expr {
    condition.is_true()
}

fn null_text() -> Expr {
    lit(datafusion::common::ScalarValue::Utf8(None))
}
