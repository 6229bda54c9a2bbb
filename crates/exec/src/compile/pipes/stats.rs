//! `stats agg, … by key, …`

use datafusion::dataframe::DataFrame;
use girok_query::ast::Stats;

use super::{Result, Stage, aggregates, by_columns, group_keys};
use crate::compile::Compiler;

/// Rows stand in the order of their keys until a `sort` says otherwise.
pub(super) fn apply(compiler: &Compiler, stage: Stage, stats: &Stats) -> Result<Stage> {
    let keys = group_keys(compiler, &stats.by)?;
    in_order(aggregates::group(compiler, stage.frame, keys, &stats.aggregates)?, stats)
}

/// Groups in the order of their keys.
pub(super) fn in_order(frame: DataFrame, stats: &Stats) -> Result<Stage> {
    let frame = match stats.by.as_slice() {
        [] => frame,
        by => frame.sort(by_columns(by.iter().map(|key| key.name.as_str())))?,
    };
    Ok(Stage { frame, ordered: true })
}
