//! Events counted by time, level or one field: by a part's index where it knows, by its rows where not.
//!
//! A part is counted by its index if every row of it matches and the index holds the counts asked for: rows by
//! minute and level in the summary, rows by value where a column's values are listed. Live rows and all other
//! parts are counted as ever, and the two sums are added.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampNanosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{Expr, ident, lit};
use girok_event::{alias, columns};
use girok_query::ast::{AggregateFunction, ExprKind, FieldName, Key, Pipe};
use girok_store::{PartMeta, StoreError};

use crate::engine::{Engine, Search};
use crate::error::ExecError;
use crate::scan::{Left, OpenPart};
use crate::text::bin_time;

/// The name of the column of counts.
pub(crate) const COUNT: &str = "count";

const MINUTE: i64 = 60_000_000_000;

/// What is counted by.
#[derive(Debug, Clone)]
pub(crate) struct CountBy {
    /// The length of a step of time in nanoseconds.
    pub(crate) step: Option<i64>,
    /// A field, and the name of its column in the answer.
    pub(crate) field: Option<(FieldName, String)>,
    /// The field's values in lower case.
    pub(crate) lower: bool,
}

impl CountBy {
    /// What a pipe counts by, if it counts rows and nothing else.
    pub(crate) fn of_pipe(pipe: &Pipe, step: impl Fn(Option<i64>) -> i64) -> Option<Self> {
        let one_count = |aggregates: &[girok_query::ast::Aggregate]| {
            let [one] = aggregates else { return None };
            let counts_rows =
                one.function == AggregateFunction::Count && one.argument.is_none() && one.filter.is_none();
            counts_rows.then_some(())
        };
        let field = |keys: &[Key]| match keys {
            [] => Some(None),
            [Key { expr, name }] => match &expr.kind {
                ExprKind::Field(field) => Some(Some((field.clone(), name.clone()))),
                _ => None,
            },
            _ => None,
        };
        match pipe {
            Pipe::Stats(stats) => {
                one_count(&stats.aggregates)?;
                Some(CountBy { step: None, field: field(&stats.by)?, lower: false })
            }
            Pipe::Timechart(timechart) => {
                one_count(&timechart.aggregates)?;
                let step = Some(step(timechart.span_nanos));
                Some(CountBy { step, field: field(&timechart.by)?, lower: false })
            }
            Pipe::Top(top) => match (top.fields.as_slice(), top.by.as_slice()) {
                ([field], []) => {
                    let field = Some((field.clone(), field.name.clone()));
                    Some(CountBy { step: None, field, lower: false })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The keys as expressions over the events.
    pub(crate) fn keys(&self, search: &Search) -> Vec<Expr> {
        let time = self.step.map(|step| bin_time(ident(columns::TIME), step).alias(columns::TIME));
        let field = self.field.as_ref().map(|(field, name)| {
            let value = search.compiler.field(field).0;
            match self.lower {
                true => datafusion::functions::expr_fn::lower(datafusion::logical_expr::cast(
                    value,
                    DataType::Utf8,
                )),
                false => value,
            }
            .alias(name)
        });
        time.into_iter().chain(field).collect()
    }
}

/// A key: start of the step, value of the field.
type CountKey = (i64, Option<String>);

/// Counts by key. Rows of different parts that differ only in how a value is written stay apart until the end.
type Counts = BTreeMap<CountKey, u64>;

/// The counts as a frame with a column for each key and [`COUNT`]; nothing if no part is counted by its index.
pub(crate) async fn counted(
    engine: &Engine,
    search: &Search,
    by: &CountBy,
) -> Result<Option<DataFrame>, ExecError> {
    let mut counts = Counts::new();
    let mut rest = Vec::new();
    let mut answered = 0;
    for left in search.left(engine).await? {
        match count_part(search, &left, by).await? {
            Some(found) => {
                answered += 1;
                found.into_iter().for_each(|(key, rows)| *counts.entry(key).or_default() += rows);
            }
            None => rest.push(Arc::clone(&left.part.meta)),
        }
    }
    if answered == 0 {
        return Ok(None);
    }
    search.cut.stats.note_counted(answered);
    let is_all = rest.is_empty() && search.cut.live.is_empty() && !counts.is_empty();
    let frame =
        rest_of(engine, search, rest)?.aggregate(by.keys(search), vec![count(lit(1i64)).alias(COUNT)])?;
    let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let batch = to_batch(&counts, by, &schema)?;
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
    let known = engine.frame(Arc::new(table))?;
    // Two texts of one number are two counts so far; other keys are not met twice.
    let is_number = |field: &Arc<Field>| field.name() != COUNT && field.data_type().is_numeric();
    if is_all && !schema.fields().iter().any(is_number) {
        return Ok(Some(known));
    }
    let names: Vec<Expr> = schema.fields().iter().map(|field| ident(field.name())).collect();
    let (count_column, keys) = names.split_last().expect("counts are the last column");
    let all = frame.union(known)?.aggregate(keys.to_vec(), vec![sum(count_column.clone()).alias(COUNT)])?;
    Ok(Some(all))
}

/// The search over the parts that are left, and over live rows.
fn rest_of(engine: &Engine, search: &Search, parts: Vec<Arc<PartMeta>>) -> Result<DataFrame, ExecError> {
    let cut = crate::cut::Cut { parts, ..search.cut.clone() };
    search.over(engine, &cut)
}

/// The counts of the rows of a part that match, if its index holds them.
async fn count_part(search: &Search, left: &Left, by: &CountBy) -> Result<Option<Counts>, StoreError> {
    Ok(match (by.step, &by.field) {
        (None, None) => left.counted().map(|rows| Counts::from([((0, None), rows as u64)])),
        _ if !left.is_whole() => None,
        (Some(step), _) => by_time(search, &left.part, by, step),
        (None, Some((field, _))) if field.name == columns::PATTERN => by_pattern(search, &left.part).await?,
        (None, Some((field, _))) => by_value(search, &left.part, by, field),
    })
}

fn by_time(search: &Search, part: &OpenPart, by: &CountBy, step: i64) -> Option<Counts> {
    let summary = part.index.summary.as_ref()?;
    let counts = summary.counts.as_ref()?;
    if step % MINUTE != 0 {
        return None;
    }
    let is_split = match &by.field {
        None => false,
        Some((field, _)) => {
            let of_levels = alias::level_names().contains(&field.name.as_str());
            let column = the_column(search, part, field)?;
            let is_the_level = column.is_none_or(|name| summary.level_columns == [name]);
            let is_exact = match column {
                Some(name) => is_spelled_as_counted(part, name, by.lower),
                None => summary.level_columns.is_empty(),
            };
            if !(of_levels && is_the_level && is_exact) {
                return None;
            }
            true
        }
    };
    let mut found = Counts::new();
    for cell in counts {
        let bucket = (cell.minute * MINUTE).div_euclid(step) * step;
        let level = &summary.levels[usize::from(cell.level)];
        let level = (is_split && !level.is_empty()).then(|| level.clone());
        *found.entry((bucket, level)).or_default() += u64::from(cell.rows);
    }
    Some(found)
}

/// The summary counts levels in lower case, and an empty one as none.
fn is_spelled_as_counted(part: &OpenPart, column: &str, lower: bool) -> bool {
    let values = part.index.column(column).and_then(|column| column.values.as_ref());
    let is_kept = |value: &str| !value.is_empty() && (lower || value.to_lowercase() == value);
    values.is_some_and(|values| values.iter().all(|(value, _)| is_kept(value)))
}

fn by_value(search: &Search, part: &OpenPart, by: &CountBy, field: &FieldName) -> Option<Counts> {
    let rows = part.meta.rows;
    let Some(name) = the_column(search, part, field)? else {
        return Some(Counts::from([((0, None), rows)]));
    };
    let known = part.index.column(name)?;
    let mut found = Counts::new();
    for (value, rows) in known.values.as_ref()? {
        let value = if by.lower { value.to_lowercase() } else { value.clone() };
        *found.entry((0, Some(value))).or_default() += u64::from(*rows);
    }
    if known.present < rows {
        found.insert((0, None), rows - known.present);
    }
    Some(found)
}

async fn by_pattern(search: &Search, part: &OpenPart) -> Result<Option<Counts>, StoreError> {
    let Some(known) = part.read_shapes().await? else { return Ok(None) };
    let (shapes, patterns) = (&known.shapes, known.patterns(&part.meta.dataset, &search.patterns));
    let mut found = Counts::new();
    for (shape, text) in shapes.all.iter().zip(patterns) {
        *found.entry((0, text)).or_default() += shape.rows;
    }
    let without = part.meta.rows - shapes.all.iter().map(|shape| shape.rows).sum::<u64>();
    if without > 0 {
        *found.entry((0, None)).or_default() += without;
    }
    Ok(Some(found))
}

/// The one column of the part that holds the field; `Some(None)` if it has none. Nothing if several may.
fn the_column<'p>(search: &Search, part: &'p OpenPart, field: &FieldName) -> Option<Option<&'p str>> {
    let own = &part.meta.columns;
    if own.iter().any(|column| column.name == columns::OVERFLOW) {
        return None;
    }
    let meant = search.compiler.scope.resolve(&field.name);
    // Only columns of one kind are asked together; where kinds differ the rows have to say.
    let is_alike = meant.iter().all(|column| column.kind == meant[0].kind);
    let mut held = own.iter().filter(|column| meant.iter().any(|found| found.name == column.name));
    match (held.next(), held.next()) {
        _ if !is_alike => None,
        (_, Some(_)) => None,
        (first, None) => Some(first.map(|column| column.name.as_str())),
    }
}

fn to_batch(counts: &Counts, by: &CountBy, schema: &SchemaRef) -> Result<RecordBatch, ExecError> {
    let mut arrays: Vec<ArrayRef> = Vec::new();
    if by.step.is_some() {
        let times = TimestampNanosecondArray::from_iter_values(counts.keys().map(|(time, _)| *time));
        arrays.push(Arc::new(times.with_timezone("UTC")));
    }
    if by.field.is_some() {
        arrays.push(Arc::new(StringArray::from_iter(counts.keys().map(|(_, value)| value.as_deref()))));
    }
    arrays.push(Arc::new(Int64Array::from_iter_values(counts.values().map(|rows| *rows as i64))));
    let typed = arrays.iter().zip(schema.fields()).map(|(array, field)| cast(array, field.data_type()));
    let typed = typed.collect::<Result<Vec<_>, _>>()?;
    let fields = schema.fields().iter().map(|field| Field::clone(field).with_nullable(true));
    let schema = arrow::datatypes::Schema::new(fields.collect::<Vec<_>>());
    Ok(RecordBatch::try_new(Arc::new(schema), typed)?)
}
