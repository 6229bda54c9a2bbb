//! `fields _time, host, message`: only these, in this order.

use girok_query::ast::FieldName;

use super::{Result, Stage};
use crate::compile::Compiler;

pub(super) fn apply(compiler: &Compiler, stage: Stage, names: &[FieldName]) -> Result<Stage> {
    let stage = stage.in_order(compiler)?;
    let values = names.iter().map(|name| compiler.field(name).0.alias(&name.name));
    Ok(Stage { frame: stage.frame.select(values.collect::<Vec<_>>())?, ..stage })
}
