//! `count()`, `dc(x)`, `p95(x)`, …

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn as aggregate;
use datafusion::functions_aggregate::first_last::{first_value, last_value};
use datafusion::logical_expr::{Expr, ExprFunctionExt, cast, ident, lit};
use girok_event::columns;
use girok_query::ast::{Aggregate, AggregateFunction};

use super::Result;
use crate::aggregate::{distinct_count, distribution, percentile};
use crate::compile::Compiler;
use crate::compile::expr::Typed;
use crate::error::ExecError;
use crate::scope::Kind;

/// Begins the names of columns of distributions, which no name that people write begins with.
const DISTRIBUTION: &str = "\u{0}distribution";

/// Rows by `keys`, with all aggregates as named columns. Percentiles of one field share what they are read off.
pub(super) fn group(
    compiler: &Compiler,
    frame: DataFrame,
    keys: Vec<Expr>,
    all: &[Aggregate],
) -> Result<DataFrame> {
    let keys_len = keys.len();
    let mut aggregates: Vec<Expr> = Vec::new();
    let mut columns: Vec<Expr> = Vec::new();
    let mut distributions: Vec<(Expr, String)> = Vec::new();
    for one in all {
        let value = filtered(compiler, one, function(compiler, one)?)?;
        let AggregateFunction::Percentile(percent) = one.function else {
            aggregates.push(value.alias(&one.name));
            columns.push(ident(&one.name));
            continue;
        };
        let known = distributions.iter().find(|(known, _)| *known == value).map(|(_, name)| name.clone());
        let name = known.unwrap_or_else(|| {
            let name = format!("{DISTRIBUTION}{}", distributions.len());
            aggregates.push(value.clone().alias(&name));
            distributions.push((value, name.clone()));
            name
        });
        columns.push(percentile(ident(name), percent).alias(&one.name));
    }
    let grouped = frame.aggregate(keys, aggregates)?;
    if distributions.is_empty() {
        return Ok(grouped);
    }
    let keys =
        grouped.schema().fields()[..keys_len].iter().map(|field| ident(field.name())).collect::<Vec<_>>();
    Ok(grouped.select(keys.into_iter().chain(columns))?)
}

fn filtered(compiler: &Compiler, one: &Aggregate, value: Expr) -> Result<Expr> {
    match &one.filter {
        None => Ok(value),
        Some(filter) => Ok(value.filter(compiler.condition(filter)?).build()?),
    }
}

/// The value of one aggregate; of a percentile the distribution.
fn function(compiler: &Compiler, one: &Aggregate) -> Result<Expr> {
    let Some(argument) = &one.argument else {
        return match one.function {
            AggregateFunction::Count => Ok(aggregate::count(lit(1i64))),
            _ => Err(ExecError::query("this aggregate needs a field", one.span)),
        };
    };
    if one.function == AggregateFunction::Any {
        return Ok(aggregate::bool_or(compiler.condition(argument)?));
    }
    let value = compiler.expr(argument)?;
    Ok(match one.function {
        AggregateFunction::Count => aggregate::count(value.expr),
        AggregateFunction::DistinctCount if value.kind == Kind::Text => distinct_count(value.expr),
        AggregateFunction::DistinctCount => aggregate::count_distinct(value.expr),
        AggregateFunction::Sum => aggregate::sum(value.number().expr),
        AggregateFunction::Avg => aggregate::avg(value.number().expr),
        AggregateFunction::Min => aggregate::min(value.expr),
        AggregateFunction::Max => aggregate::max(value.expr),
        AggregateFunction::Percentile(_) => distribution(cast(value.number().expr, DataType::Float64)),
        AggregateFunction::Values => distinct_values(value)?,
        AggregateFunction::First => first_value(value.expr, by_time(compiler)),
        AggregateFunction::Last => last_value(value.expr, by_time(compiler)),
        AggregateFunction::Any => unreachable!("taken above: it asks for a condition, not a value"),
    })
}

fn distinct_values(value: Typed) -> Result<Expr> {
    let text = value.text();
    let is_present = text.clone().is_not_null();
    Ok(aggregate::array_agg(text).distinct().filter(is_present).build()?)
}

/// First and last are by time where rows still have one.
fn by_time(compiler: &Compiler) -> Vec<datafusion::logical_expr::SortExpr> {
    match compiler.scope.find(columns::TIME) {
        Some(time) if time.kind == Kind::Time => vec![ident(columns::TIME).sort(true, false)],
        _ => vec![lit(ScalarValue::Int64(None)).sort(true, false)],
    }
}
