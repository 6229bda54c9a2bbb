//! `top 10 service by host`: the most frequent values, with their counts.

use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, ExprFunctionExt, SortExpr, ident, lit};
use girok_query::ast::Top;

use super::{Result, Stage, by_columns, group_keys};
use crate::compile::Compiler;
use crate::counts::COUNT;

const RANK: &str = "_rank";

pub(super) fn apply(compiler: &Compiler, stage: Stage, top: &Top) -> Result<Stage> {
    let values = top.fields.iter().map(|field| (compiler.field(field).0, field.name.as_str()));
    let (values, names): (Vec<Expr>, Vec<&str>) = values.unzip();
    let is_present =
        values.iter().map(|value| value.clone().is_not_null()).reduce(Expr::and).unwrap_or(lit(true));
    let mut keys = group_keys(compiler, &top.by)?;
    let by: Vec<&str> = top.by.iter().map(|key| key.name.as_str()).collect();
    keys.extend(values.into_iter().zip(&names).map(|(value, name)| value.alias(*name)));
    let counted = stage.frame.filter(is_present)?.aggregate(keys, vec![count(lit(1i64)).alias(COUNT)])?;
    if by.is_empty() {
        return most_frequent(counted, top);
    }
    let most_first = most_first(top);
    let rank =
        row_number().partition_by(by.iter().map(|name| ident(*name)).collect()).order_by(most_first.clone());
    let mut order = by_columns(by.iter().copied());
    order.extend(most_first);
    let ranked =
        counted.window(vec![rank.build()?.alias(RANK)])?.filter(ident(RANK).lt_eq(lit(top.limit)))?;
    Ok(Stage { frame: ranked.sort(order)?.drop_columns(&[RANK])?, ordered: true })
}

/// Of values with their counts the most frequent.
pub(super) fn most_frequent(counted: DataFrame, top: &Top) -> Result<Stage> {
    let values = top.fields.iter().map(|field| ident(&field.name).is_not_null());
    let is_present = values.reduce(Expr::and).unwrap_or(lit(true));
    let limit = usize::try_from(top.limit).unwrap_or(usize::MAX);
    let frame = counted.filter(is_present)?.sort(most_first(top))?.limit(0, Some(limit))?;
    Ok(Stage { frame, ordered: true })
}

fn most_first(top: &Top) -> Vec<SortExpr> {
    let mut order = vec![ident(COUNT).sort(false, false)];
    order.extend(by_columns(top.fields.iter().map(|field| field.name.as_str())));
    order
}
