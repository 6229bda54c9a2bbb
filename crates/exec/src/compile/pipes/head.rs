//! `head 10`: of events the newest, of other rows the first.

use super::{Result, Stage};
use crate::compile::Compiler;

pub(super) fn apply(compiler: &Compiler, stage: Stage, rows: u64) -> Result<Stage> {
    let stage = stage.in_order(compiler)?;
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    Ok(Stage { frame: stage.frame.limit(0, Some(rows))?, ..stage })
}
