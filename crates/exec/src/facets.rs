//! The most frequent values of every field, in one pass over the matching rows.

use std::collections::HashMap;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use datafusion::logical_expr::{Expr, ident, lit};
use girok_event::columns;
use girok_query::Span;
use girok_query::ast::FieldName;

use crate::answer::QueryStats;
use crate::engine::{Engine, Search};
use crate::error::ExecError;
use crate::request::QueryRequest;
use crate::scope::Kind;
use crate::table::DATASET;

/// Distinct values counted for one field; beyond it new values only add to the count of distinct ones.
const DISTINCT_MAX: usize = 100_000;

/// Fields looked at when none are named.
const FIELDS_MAX: usize = 200;

/// A value longer than this is no facet.
const VALUE_BYTES_MAX: usize = 256;

/// What facets are wanted.
#[derive(Debug, Clone, Default)]
pub struct FacetsRequest {
    /// The search whose pipes are passed over.
    pub search: QueryRequest,
    /// Which fields; all that make sense if empty.
    pub fields: Vec<String>,
    /// Values a field.
    pub limit: usize,
    /// Only values that begin so, whatever their case.
    pub prefix: String,
}

/// Facets of a search.
#[derive(Debug, Clone, Default)]
pub struct Facets {
    /// Matching events.
    pub total: u64,
    /// By field, the most often present first.
    pub fields: Vec<Facet>,
    /// What it cost.
    pub stats: QueryStats,
}

/// One field's most frequent values.
#[derive(Debug, Clone)]
pub struct Facet {
    /// The field.
    pub name: String,
    /// Events that have it.
    pub count: u64,
    /// Distinct values.
    pub distinct: u64,
    /// There are more distinct values than were counted.
    pub more: bool,
    /// Values and their events, most frequent first.
    pub values: Vec<(String, u64)>,
}

pub(crate) async fn facets(engine: &Engine, request: FacetsRequest) -> Result<Facets, ExecError> {
    let search = engine.search(&request.search).await?;
    let fields = chosen_fields(&search, &request.fields);
    let mut columns: Vec<Expr> =
        fields.iter().enumerate().map(|(i, field)| value(&search, field).alias(format!("c{i}"))).collect();
    if columns.is_empty() {
        columns.push(lit(1i64).alias("c0"));
    }
    let frame = search.frame.clone().select(columns)?;
    let mut answer = engine.stream(frame, search.stats(), std::time::Instant::now()).await?;
    let mut counters: Vec<Counter> = fields.iter().map(|_| Counter::default()).collect();
    let mut total = 0;
    while let Some(batch) = answer.next().await {
        let batch: RecordBatch = batch?;
        total += batch.num_rows() as u64;
        for (counter, column) in counters.iter_mut().zip(batch.columns()) {
            counter.add(column)?;
        }
    }
    let all = fields.into_iter().zip(counters);
    let mut fields: Vec<_> = all.map(|(name, counter)| counter.finish(name, &request)).collect();
    if request.fields.is_empty() {
        fields.retain(|facet| facet.count > 0);
        fields.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    }
    Ok(Facets { total, fields, stats: answer.stats() })
}

/// The fields named, or the dataset, the source and every own field.
fn chosen_fields(search: &Search, named: &[String]) -> Vec<String> {
    if !named.is_empty() {
        return named.to_vec();
    }
    let scope = &search.compiler.scope;
    let system = [DATASET, columns::SOURCE, columns::FORMAT].map(String::from).into_iter();
    let own = scope.own().filter(|column| column.kind != Kind::Other).map(|column| column.name);
    system.filter(|name| scope.find(name).is_some()).chain(own).take(FIELDS_MAX).collect()
}

fn value(search: &Search, name: &str) -> Expr {
    match search.compiler.scope.find(name) {
        Some(_) => ident(name),
        None => search.compiler.field(&FieldName { name: name.to_owned(), span: Span::default() }).0,
    }
}

#[derive(Default)]
struct Counter {
    count: u64,
    values: HashMap<String, u64>,
    more: bool,
}

impl Counter {
    fn add(&mut self, column: &ArrayRef) -> Result<(), ExecError> {
        let texts = cast(column, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>();
        for text in texts.iter().flatten() {
            self.count += 1;
            if let Some(events) = self.values.get_mut(text) {
                *events += 1;
            } else if self.values.len() < DISTINCT_MAX && text.len() <= VALUE_BYTES_MAX {
                self.values.insert(text.to_owned(), 1);
            } else {
                self.more = true;
            }
        }
        Ok(())
    }

    fn finish(self, name: String, request: &FacetsRequest) -> Facet {
        let distinct = self.values.len() as u64;
        let prefix = request.prefix.to_lowercase();
        let mut values: Vec<_> =
            self.values.into_iter().filter(|(value, _)| value.to_lowercase().starts_with(&prefix)).collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        values.truncate(request.limit.max(1));
        Facet { name, count: self.count, distinct, more: self.more, values }
    }
}
