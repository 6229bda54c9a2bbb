//! A query's constants as a column's type wants them.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, lit};
use girok_event::Timestamp;
use girok_query::ast::Literal;

use crate::scope::{Found, Kind};
use crate::text::value_text;
use crate::time::parse_time;

/// The text of a constant, as it would stand in a text column.
pub(super) fn as_text(literal: &Literal) -> String {
    match literal {
        Literal::Str(text) => text.clone(),
        Literal::Int(number) => number.to_string(),
        Literal::Float(number) => number.to_string(),
        Literal::Bool(value) => value.to_string(),
        Literal::Duration(nanos) => (*nanos as f64 / 1e9).to_string(),
        Literal::Null => String::new(),
    }
}

/// The number a constant stands for. A length of time is counted in the unit the column's name ends with.
pub(super) fn as_number(literal: &Literal, column: &str) -> Option<f64> {
    match literal {
        Literal::Int(number) => Some(*number as f64),
        Literal::Float(number) => Some(*number),
        Literal::Str(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        Literal::Duration(nanos) => Some(*nanos as f64 / unit_nanos(column)),
        Literal::Bool(_) | Literal::Null => None,
    }
}

/// `duration_ms` counts milliseconds; a name that does not say counts seconds.
fn unit_nanos(column: &str) -> f64 {
    let ends_with =
        |unit: &str| column.strip_suffix(unit).is_some_and(|rest| rest.ends_with(['_', '.', '-']));
    match column {
        _ if ends_with("ms") || ends_with("millis") => 1e6,
        _ if ends_with("us") || ends_with("micros") => 1e3,
        _ if ends_with("ns") || ends_with("nanos") => 1.0,
        _ => 1e9,
    }
}

/// The moment a constant stands for.
pub(super) fn as_time(literal: &Literal, now: Timestamp) -> Option<Timestamp> {
    parse_time(&as_text(literal), now)
}

/// A moment as a constant of the plan.
pub(crate) fn time_expr(time: Timestamp) -> Expr {
    lit(ScalarValue::TimestampNanosecond(Some(time.0), Some("UTC".into())))
}

/// The number a constant stands for, as whole as it can be: it compares with whole columns without a cast, and
/// without losing a digit of a long id.
pub(super) fn number_literal(literal: &Literal, column: &str) -> Option<Expr> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let whole = match literal {
        Literal::Int(number) => Some(*number),
        Literal::Str(text) => text.parse().ok(),
        _ => None,
    };
    if let Some(whole) = whole {
        return Some(lit(whole));
    }
    let number = as_number(literal, column)?;
    Some(if number.fract() == 0.0 && number.abs() < EXACT_MAX { lit(number as i64) } else { lit(number) })
}

/// The column as text.
pub(super) fn text_of(column: &Found) -> Expr {
    match column.kind {
        Kind::Text => column.expr(),
        Kind::Float => value_text(column.expr()),
        _ => datafusion::logical_expr::cast(column.expr(), DataType::Utf8),
    }
}
