//! `sort -bytes, host`

use girok_query::ast::SortKey;

use super::{Result, Stage};
use crate::compile::Compiler;

/// Missing values stand last either way.
pub(super) fn apply(compiler: &Compiler, stage: Stage, keys: &[SortKey]) -> Result<Stage> {
    let order = keys.iter().map(|key| Ok(compiler.expr(&key.expr)?.expr.sort(!key.descending, false)));
    Ok(Stage { frame: stage.frame.sort(order.collect::<Result<Vec<_>>>()?)?, ordered: true })
}
