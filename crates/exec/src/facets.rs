//! The most frequent values of every field.
//!
//! Parts all of whose rows match are counted by their index where it lists a column's values; only other parts and
//! live rows are read. A column with too many values to be listed is read whole if it was asked for by name; else
//! the newest rows stand for all, and the facet says of how many.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, ident, lit};
use girok_event::columns;
use girok_index::BLOCK_ROWS;
use girok_query::Span;
use girok_query::ast::FieldName;
use girok_store::{PartMeta, Patterns};
use hashbrown::HashMap;
use hashbrown::hash_map::EntryRef;

use crate::answer::QueryStats;
use crate::engine::{Engine, Search};
use crate::error::ExecError;
use crate::request::QueryRequest;
use crate::scan::{ChosenRows, Left, OpenPart, PartShapes};
use crate::scope::Kind;
use crate::table::DATASET;
use crate::text::{overflow_get, value_text};

/// Distinct values counted for one field; beyond it new values only add to the count of distinct ones.
const DISTINCT_MAX: usize = 100_000;

/// Fields looked at when none are named.
const FIELDS_MAX: usize = 200;

/// Rows that stand for all where a column has too many values to count them unasked.
const SAMPLE_ROWS: u64 = BLOCK_ROWS as u64;

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
    /// The values were counted in so many of the newest events, not in all.
    pub sampled: Option<u64>,
}

pub(crate) async fn facets(engine: &Engine, request: FacetsRequest) -> Result<Facets, ExecError> {
    let mut search = engine.search(&request.search)?;
    let fields = chosen_fields(&search, &request.fields);
    let mut counters: Vec<Counter> = fields.iter().map(|_| Counter::default()).collect();
    let (whole, rest): (Vec<_>, Vec<_>) = search.left(engine).await?.into_iter().partition(Left::is_whole);
    let has_patterns = fields.iter().any(|field| field == columns::PATTERN);
    let mut total = 0;
    for left in &whole {
        let shapes = if has_patterns { left.part.read_shapes().await? } else { None };
        total += left.part.meta.rows;
        let each = fields.iter().zip(&mut counters);
        each.for_each(|(field, counter)| match search.compiler.scope.find(field) {
            Some(_) if field == columns::PATTERN => {
                counter.add_patterns(&left.part, shapes, &search.patterns);
            }
            Some(_) => counter.add_part(&left.part, field, !request.fields.is_empty()),
            // Another name for what may be one of several columns: the rows have to say.
            None => counter.unlisted.push(Arc::clone(&left.part.meta)),
        });
    }
    search.cut.stats.note_counted(whole.len() as u64);
    search.cut.parts = rest.iter().map(|left| Arc::clone(&left.part.meta)).collect();
    let everywhere: Vec<usize> = (0..fields.len()).collect();
    total += read(engine, &search, &fields, &everywhere, false, &mut counters).await?;
    read_unlisted(engine, &mut search, &request, &fields, &mut counters).await?;
    let all = fields.into_iter().zip(counters);
    let mut fields: Vec<_> = all.map(|(name, counter)| counter.finish(name, &request)).collect();
    if request.fields.is_empty() {
        fields.retain(|facet| facet.count > 0);
        fields.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    }
    let mut stats = search.stats();
    stats.settle();
    Ok(Facets { total, fields, stats })
}

/// Reads columns whose values no index lists: whole if they were named, else a sample of the newest rows.
async fn read_unlisted(
    engine: &Engine,
    search: &mut Search,
    request: &FacetsRequest,
    fields: &[String],
    counters: &mut [Counter],
) -> Result<(), ExecError> {
    search.cut.live = Vec::new();
    let unlisted: Vec<usize> = (0..fields.len()).filter(|at| !counters[*at].unlisted.is_empty()).collect();
    if !request.fields.is_empty() {
        for at in unlisted {
            search.cut.parts = std::mem::take(&mut counters[at].unlisted);
            read(engine, search, fields, &[at], false, counters).await?;
        }
        return Ok(());
    }
    let parts = unlisted.iter().flat_map(|at| &counters[*at].unlisted);
    let Some(newest) = parts.max_by_key(|part| part.time_max).map(Arc::clone) else { return Ok(()) };
    let rows = newest.rows.saturating_sub(SAMPLE_ROWS)..newest.rows;
    search.cut.chosen = Some(Arc::new(ChosenRows::from([(newest.id, rows.collect())])));
    search.cut.parts = vec![newest];
    let sampled = read(engine, search, fields, &unlisted, true, counters).await?;
    for at in unlisted {
        counters[at].sampled = Some(sampled);
    }
    Ok(())
}

/// Counts the values of some fields in the rows of the search's cut, and says how many rows there were.
async fn read(
    engine: &Engine,
    search: &Search,
    fields: &[String],
    which: &[usize],
    is_sample: bool,
    counters: &mut [Counter],
) -> Result<u64, ExecError> {
    if search.cut.rows() == 0 || (which.is_empty() && is_sample) {
        return Ok(0);
    }
    let named = |at: &usize| value(search, &fields[*at]).alias(format!("c{at}"));
    let mut columns: Vec<Expr> = which.iter().map(named).collect();
    if columns.is_empty() {
        columns.push(lit(1i64).alias("one"));
    }
    let frame = search.over(engine, &search.cut)?.select(columns)?;
    let mut answer = engine.stream(frame, search.stats(), std::time::Instant::now()).await?;
    let mut rows = 0;
    while let Some(batch) = answer.next().await {
        let batch: RecordBatch = batch?;
        rows += batch.num_rows() as u64;
        for (at, column) in which.iter().zip(batch.columns()) {
            counters[*at].add(column, is_sample)?;
        }
    }
    Ok(rows)
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
    let scope = &search.compiler.scope;
    match scope.find(name) {
        Some(found) if scope.has_overflow() && found.kind != Kind::Time => {
            coalesce(vec![value_text(ident(name)), overflow_get(ident(columns::OVERFLOW), name)])
        }
        Some(_) => ident(name),
        None => search.compiler.field(&FieldName { name: name.to_owned(), span: Span::default() }).0,
    }
}

#[derive(Default)]
struct Counter {
    count: u64,
    values: HashMap<String, u64>,
    more: bool,
    sampled: Option<u64>,
    /// The values of the rows that stand for all.
    sample: Vec<StringArray>,
    /// Parts whose index does not list the values.
    unlisted: Vec<Arc<PartMeta>>,
    /// Rows of these parts that have a value, as far as the index says.
    unlisted_rows: u64,
}

impl Counter {
    /// Counts the values of a part all of whose rows match, as its index lists them. What overflowed is in no list:
    /// who asks for a field by name gets it all the same, from the rows.
    fn add_part(&mut self, part: &OpenPart, field: &str, is_named: bool) {
        if field == DATASET {
            self.add_value(part.meta.dataset.as_str(), part.meta.rows);
            self.count += part.meta.rows;
            return;
        }
        if is_named && part.has(columns::OVERFLOW) {
            self.unlisted.push(Arc::clone(&part.meta));
            return;
        }
        let known = part.index.column(field);
        if let Some((present, values)) = known.and_then(|known| Some((known.present, known.values.as_ref()?)))
        {
            self.count += present;
            values.iter().for_each(|(value, rows)| self.add_value(value, u64::from(*rows)));
        } else if part.meta.columns.iter().any(|column| column.name == field) {
            self.unlisted.push(Arc::clone(&part.meta));
            self.unlisted_rows += known.map_or(part.meta.rows, |known| known.present);
        }
    }

    /// Counts the patterns of a part all of whose rows match, by the shapes of its messages.
    fn add_patterns(&mut self, part: &OpenPart, shapes: Option<&PartShapes>, known: &Patterns) {
        let Some(shapes) = shapes else { return };
        let patterns = shapes.patterns(&part.meta.dataset, known);
        for (shape, pattern) in shapes.shapes.all.iter().zip(patterns) {
            self.count += shape.rows;
            self.add_value(pattern.as_deref().unwrap_or_default(), shape.rows);
        }
    }

    /// Counts a column's values. Of a sample the rows that have one do not count: the index knows of all.
    fn add(&mut self, column: &ArrayRef, is_sample: bool) -> Result<(), ExecError> {
        let texts = girok_store::widen(column, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>();
        if is_sample {
            self.sample.push(texts.clone());
            return Ok(());
        }
        for text in texts.iter().flatten() {
            self.count += 1;
            self.add_value(text, 1);
        }
        Ok(())
    }

    fn add_value(&mut self, text: &str, rows: u64) {
        let is_full = self.values.len() >= DISTINCT_MAX;
        match self.values.entry_ref(text) {
            EntryRef::Occupied(mut events) => *events.get_mut() += rows,
            EntryRef::Vacant(_) if is_full || text.len() > VALUE_BYTES_MAX => self.more = true,
            EntryRef::Vacant(vacant) => {
                vacant.insert(rows);
            }
        }
    }

    fn finish(self, name: String, request: &FacetsRequest) -> Facet {
        let counted = self.values.iter().map(|(value, events)| (value.as_str(), *events));
        let (distinct, values) = match self.sample.is_empty() {
            true => (self.values.len(), most_frequent(counted, request)),
            false => {
                let sampled = self.sample.iter().flat_map(|texts| texts.iter().flatten());
                let sampled = sampled.filter(|value| value.len() <= VALUE_BYTES_MAX).map(|value| (value, 1));
                let rows: usize = self.sample.iter().map(Array::len).sum();
                let mut all = HashMap::with_capacity(self.values.len() + rows);
                counted.chain(sampled).for_each(|(value, events)| *all.entry(value).or_default() += events);
                (all.len(), most_frequent(all.into_iter(), request))
            }
        };
        let more = self.more || self.sampled.is_some();
        let count = self.count + self.sampled.map_or(0, |_| self.unlisted_rows);
        Facet { name, count, distinct: distinct as u64, more, values, sampled: self.sampled }
    }
}

/// The values that are wanted of these, most frequent first.
fn most_frequent<'v>(
    values: impl Iterator<Item = (&'v str, u64)>,
    request: &FacetsRequest,
) -> Vec<(String, u64)> {
    let prefix = request.prefix.to_lowercase();
    let begins = |value: &str| prefix.is_empty() || value.to_lowercase().starts_with(&prefix);
    let mut values: Vec<_> = values.filter(|(value, _)| begins(value)).collect();
    let order = |a: &(&str, u64), b: &(&str, u64)| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0));
    let limit = request.limit.max(1);
    if values.len() > limit {
        values.select_nth_unstable_by(limit, order);
        values.truncate(limit);
    }
    values.sort_by(order);
    values.into_iter().map(|(value, events)| (value.to_owned(), events)).collect()
}
