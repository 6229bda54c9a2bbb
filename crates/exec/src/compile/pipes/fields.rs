//! `fields _time, host, message`: only these, in this order; one that is named again is there once.

use std::collections::HashSet;

use girok_query::ast::FieldName;

use super::{Result, Stage};
use crate::compile::Compiler;

pub(super) fn apply(compiler: &Compiler, stage: Stage, names: &[FieldName]) -> Result<Stage> {
    let stage = stage.in_order(compiler)?;
    let mut known = HashSet::new();
    let names = names.iter().filter(|name| known.insert(name.name.as_str()));
    let values = names.map(|name| compiler.field(name).0.alias(&name.name));
    Ok(Stage { frame: stage.frame.select(values.collect::<Vec<_>>())?, ..stage })
}
