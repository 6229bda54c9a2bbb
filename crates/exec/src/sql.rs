//! SQL over the datasets as tables, read-only. `events` is all of them.

use std::sync::Arc;
use std::time::Instant;

use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider,
};
use datafusion::common::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::SessionContext;
use girok_event::{DatasetName, Timestamp};

use crate::answer::{Answer, QueryStats};
use crate::cut::Cut;
use crate::engine::Engine;
use crate::error::ExecError;
use crate::request::QueryRequest;

/// The table that holds every dataset.
const ALL: &str = "events";

pub(crate) async fn run(engine: &Engine, text: &str, now: Timestamp) -> Result<Answer, ExecError> {
    let started = Instant::now();
    let context = context_of_its_own(engine)?;
    let names = engine.store().datasets();
    let mut stats = QueryStats::default();
    for name in names.iter().map(DatasetName::as_str).filter(|name| mentions(text, name)) {
        let request = QueryRequest { datasets: vec![name.to_owned()], now, ..QueryRequest::default() };
        register(engine, &context, name, &request, &mut stats)?;
    }
    if mentions(text, ALL) && !names.iter().any(|name| name.as_str() == ALL) {
        register(engine, &context, ALL, &QueryRequest { now, ..QueryRequest::default() }, &mut stats)?;
    }
    let read_only =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = context.sql_with_options(text, read_only).await.map_err(|error| explain(&error, &names))?;
    engine.stream(frame, stats, started).await
}

/// A context whose tables are this statement's alone: each sees its own cut.
fn context_of_its_own(engine: &Engine) -> Result<SessionContext, ExecError> {
    let names = &engine.state().config_options().catalog;
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(&names.default_schema, Arc::new(MemorySchemaProvider::new()))?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(names.default_catalog.clone(), Arc::new(catalog));
    let state = SessionStateBuilder::new_from_existing(engine.state().clone());
    Ok(SessionContext::new_with_state(state.with_catalog_list(Arc::new(catalogs)).build()))
}

/// Only tables that the text may name are cut; one named in vain costs nothing but time.
fn mentions(text: &str, name: &str) -> bool {
    text.to_lowercase().contains(&name.to_lowercase())
}

fn register(
    engine: &Engine,
    context: &SessionContext,
    name: &str,
    request: &QueryRequest,
    stats: &mut QueryStats,
) -> Result<(), ExecError> {
    let cut = Cut::take(engine.store(), request)?;
    stats.parts_total += cut.stats.parts_total;
    let table = datafusion::common::TableReference::bare(name);
    context.register_table(table, Arc::new(cut.table(engine.source())))?;
    Ok(())
}

fn explain(error: &DataFusionError, names: &[DatasetName]) -> ExecError {
    let message = error.strip_backtrace();
    let message = message.strip_prefix("Error during planning: ").unwrap_or(&message);
    let message = message.replace("datafusion.public.", "");
    if !message.contains("not found") || message.contains("column") {
        return ExecError::Sql(message);
    }
    let tables: Vec<_> = names.iter().map(DatasetName::as_str).chain([ALL]).collect();
    ExecError::Sql(format!("{message}; there are the tables {}", tables.join(", ")))
}
