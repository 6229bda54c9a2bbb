//! The pipes: each takes the rows so far and gives the next.

mod aggregates;
mod fields;
mod head;
mod sort;
mod stats;
mod timechart;
mod top;

use std::sync::Arc;

use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::SortExpr;
use girok_event::columns;
use girok_query::ast::{Aggregate, Key, Pipe};

use super::Compiler;
use crate::counts::COUNT;
use crate::error::ExecError;
use crate::scope::Scope;

pub(crate) use timechart::step_of_chart;

pub(super) type Result<T> = std::result::Result<T, ExecError>;

/// The rows so far.
pub(crate) struct Stage {
    pub(crate) frame: DataFrame,
    /// They stand in an order that the query asked for, or that `newest first` gave them.
    pub(crate) ordered: bool,
}

impl Stage {
    /// Events that nobody has ordered yet are taken newest first.
    pub(crate) fn in_order(self, compiler: &Compiler) -> Result<Stage> {
        if self.ordered || !compiler.scope.events {
            return Ok(self);
        }
        Ok(Stage { frame: self.frame.sort(newest_first())?, ordered: true })
    }
}

/// The order of events: by time, then by where they lie in the log, latest first.
pub(crate) fn newest_first() -> Vec<SortExpr> {
    [columns::TIME, columns::PARTITION, columns::OFFSET]
        .map(|name| datafusion::logical_expr::ident(name).sort(false, false))
        .to_vec()
}

/// Appends one pipe; the compiler's scope moves on to its result.
pub(crate) fn apply_pipe(compiler: &mut Compiler, stage: Stage, pipe: &Pipe) -> Result<Stage> {
    let stage = match pipe {
        Pipe::Where(expr) => Stage { frame: stage.frame.filter(compiler.condition(expr)?)?, ..stage },
        Pipe::Stats(stats) => stats::apply(compiler, stage, stats)?,
        Pipe::Timechart(timechart) => timechart::apply(compiler, stage, timechart)?,
        Pipe::Sort(keys) => sort::apply(compiler, stage, keys)?,
        Pipe::Head(rows) => head::apply(compiler, stage, *rows)?,
        Pipe::Fields(names) => fields::apply(compiler, stage, names)?,
        Pipe::Top(top) => top::apply(compiler, stage, top)?,
    };
    let still_events =
        compiler.scope.events && matches!(pipe, Pipe::Where(_) | Pipe::Sort(_) | Pipe::Head(_));
    compiler.scope = Scope::new(Arc::new(stage.frame.schema().as_arrow().clone()), still_events);
    Ok(stage)
}

/// Appends a pipe that counts rows, whose counts are known already as `counted`.
pub(crate) fn apply_counted(compiler: &mut Compiler, counted: DataFrame, pipe: &Pipe) -> Result<Stage> {
    let named = |all: &[Aggregate]| match all.first() {
        Some(one) if one.name != COUNT => counted.clone().with_column_renamed(COUNT, &one.name),
        _ => Ok(counted.clone()),
    };
    let stage = match pipe {
        Pipe::Stats(stats) => stats::in_order(named(&stats.aggregates)?, stats)?,
        Pipe::Timechart(timechart) => timechart::in_order(named(&timechart.aggregates)?, timechart)?,
        Pipe::Top(top) => top::most_frequent(counted, top)?,
        _ => Stage { frame: counted, ordered: false },
    };
    compiler.scope = Scope::new(Arc::new(stage.frame.schema().as_arrow().clone()), false);
    Ok(stage)
}

/// Grouping keys as named columns.
fn group_keys(compiler: &Compiler, keys: &[Key]) -> Result<Vec<datafusion::logical_expr::Expr>> {
    keys.iter().map(|key| Ok(compiler.expr(&key.expr)?.expr.alias(&key.name))).collect()
}

/// Ascending order by columns of the result.
fn by_columns<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<SortExpr> {
    names.into_iter().map(|name| datafusion::logical_expr::ident(name).sort(true, false)).collect()
}
