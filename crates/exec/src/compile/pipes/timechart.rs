//! `timechart span=5m agg, … by key`

use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::ident;
use girok_event::columns;
use girok_query::ast::Timechart;

use super::{Result, Stage, aggregates, by_columns, group_keys};
use crate::compile::Compiler;
use crate::hits::step_for;
use crate::text::bin_time;
use crate::time::TimeRange;

/// About as many steps as a chart can show.
const STEPS: u64 = 100;

pub(super) fn apply(compiler: &Compiler, stage: Stage, timechart: &Timechart) -> Result<Stage> {
    let step = timechart.span_nanos.unwrap_or_else(|| step_of_chart(compiler.range));
    let mut keys = vec![bin_time(ident(columns::TIME), step).alias(columns::TIME)];
    keys.extend(group_keys(compiler, &timechart.by)?);
    in_order(aggregates::group(compiler, stage.frame, keys, &timechart.aggregates)?, timechart)
}

/// The step of a chart over `range` that asks for none.
pub(crate) fn step_of_chart(range: TimeRange) -> i64 {
    step_for(range, STEPS)
}

/// Groups in the order of time, then of their keys.
pub(super) fn in_order(frame: DataFrame, timechart: &Timechart) -> Result<Stage> {
    let order = std::iter::once(columns::TIME).chain(timechart.by.iter().map(|key| key.name.as_str()));
    Ok(Stage { frame: frame.sort(by_columns(order))?, ordered: true })
}
