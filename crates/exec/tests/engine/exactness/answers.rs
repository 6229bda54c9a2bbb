//! The engine's answers in the words of the naive reading, and where the two differ.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampNanosecondType};
use girok_event::columns;
use girok_exec::{Engine, ExecError, FacetsRequest, HitsRequest, QueryRequest};

use crate::exactness::oracle::{Cell, Expected};
use crate::exactness::plain::NOW;
use crate::exactness::queries::Question;

type Row = BTreeMap<String, Cell>;

/// Columns that say where a row came from, not what it says.
const NOT_COMPARED: [&str; 4] = [columns::RECEIVED, "_dataset", "_pattern", "_shape"];

/// What the engine answers.
pub(crate) async fn ask(engine: &Engine, question: &Question) -> Result<Vec<Row>, ExecError> {
    let batches = engine.query(request(question)).await?.collect().await?;
    Ok(batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|row| cells(batch, row))).collect())
}

/// Where an answer differs from what is expected; nothing if it does not.
pub(crate) fn difference(expected: &Expected, rows: &[Row]) -> Option<String> {
    if expected.rows.len() != rows.len() {
        let keys = |rows: &[Row]| rows.iter().map(key).collect::<Vec<_>>();
        let (wanted, got) = (keys(&expected.rows), keys(rows));
        let missing = wanted.iter().filter(|row| !got.contains(row)).take(3);
        let extra = got.iter().filter(|row| !wanted.contains(row)).take(3);
        return Some(format!(
            "expected {} rows, got {}\n  missing {:?}\n  too many {:?}",
            wanted.len(),
            got.len(),
            missing.collect::<Vec<_>>(),
            extra.collect::<Vec<_>>()
        ));
    }
    let mut pairs = expected.rows.iter().zip(rows).enumerate();
    pairs.find(|(_, (wanted, got))| !is_same_row(wanted, got)).map(|(at, (wanted, got))| {
        let differs = |name: &&String| !is_same(wanted.get(*name), got.get(*name));
        let names: Vec<_> = wanted.keys().chain(got.keys()).filter(differs).collect();
        let shown = |row: &Row| {
            names
                .iter()
                .map(|name| row.get(*name))
                .collect::<Vec<_>>()
                .iter()
                .map(|c| format!("{c:?}"))
                .collect::<Vec<_>>()
        };
        format!(
            "row {at} differs in {names:?}\n  expected {:?}\n  got      {:?}\n  of {wanted:?}",
            shown(wanted),
            shown(got)
        )
    })
}

/// Events by minute and level, as the engine counts them.
pub(crate) async fn hits(
    engine: &Engine,
    question: &Question,
    step: i64,
) -> Result<BTreeMap<(i64, String), u64>, ExecError> {
    let request = HitsRequest { search: request(question), step_nanos: Some(step), ..HitsRequest::default() };
    let hits = engine.hits(request).await?;
    let buckets = hits
        .buckets
        .iter()
        .flat_map(|(start, values)| values.iter().map(|(value, count)| ((start.0, value.clone()), *count)));
    Ok(buckets.collect())
}

/// Values of a field and how often each occurs, as the engine counts them, at most so many.
pub(crate) async fn facet(
    engine: &Engine,
    question: &Question,
    field: &str,
    limit: usize,
) -> Result<(u64, Vec<(String, u64)>), ExecError> {
    let request = FacetsRequest {
        search: request(question),
        fields: vec![field.to_owned()],
        limit,
        ..FacetsRequest::default()
    };
    let mut facets = engine.facets(request).await?;
    let facet = facets.fields.swap_remove(0);
    Ok((facet.distinct, facet.values))
}

fn request(question: &Question) -> QueryRequest {
    QueryRequest {
        text: question.text.clone(),
        range: question.range,
        limit: question.limit,
        now: NOW,
        ..QueryRequest::default()
    }
}

fn key(row: &Row) -> String {
    match (row.get(columns::PARTITION), row.get(columns::OFFSET)) {
        (Some(Cell::Int(partition)), Some(Cell::Int(offset))) => format!("{partition}:{offset}"),
        _ => format!("{row:?}"),
    }
}

fn is_same_row(wanted: &Row, got: &Row) -> bool {
    wanted.keys().chain(got.keys()).all(|name| is_same(wanted.get(name), got.get(name)))
}

/// Equal, floats within what adding them up in another order changes.
fn is_same(a: Option<&Cell>, b: Option<&Cell>) -> bool {
    match (a, b) {
        (Some(Cell::Int(a)), Some(Cell::Int(b))) => a == b,
        (Some(a), Some(Cell::Overflowed(b))) => a.text().as_ref() == Some(b),
        (Some(a), Some(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(x), Some(y)) => x == y || (x - y).abs() <= 1e-9 * x.abs().max(y.abs()),
            _ => a == b,
        },
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// The cells of a row that are not null; what overflowed counts as columns of its own.
fn cells(batch: &RecordBatch, row: usize) -> Row {
    let mut cells = BTreeMap::new();
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let name = field.name().as_str();
        if NOT_COMPARED.contains(&name) || column.is_null(row) {
            continue;
        }
        match column.as_map_opt() {
            Some(map) => {
                let entries = map.value(row);
                let (names, values) =
                    (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
                cells.extend(
                    (0..entries.len()).map(|at| {
                        (names.value(at).to_owned(), Cell::Overflowed(values.value(at).to_owned()))
                    }),
                );
            }
            None => drop(cells.insert(name.to_owned(), cell(column, row))),
        }
    }
    cells
}

fn cell(column: &ArrayRef, row: usize) -> Cell {
    match column.data_type() {
        DataType::Boolean => Cell::Bool(column.as_boolean().value(row)),
        DataType::Float64 => Cell::Float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(row).to_owned()),
        DataType::Timestamp(..) => Cell::Time(column.as_primitive::<TimestampNanosecondType>().value(row)),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            let items = items.as_string::<i32>();
            let mut items: Vec<String> = items.iter().flatten().map(str::to_owned).collect();
            items.sort();
            Cell::List(items)
        }
        integer if integer.is_integer() => {
            let wide = arrow::compute::cast(&column.slice(row, 1), &DataType::Int64).unwrap();
            Cell::Int(wide.as_primitive::<Int64Type>().value(0))
        }
        other => panic!("no answer has a column of {other}"),
    }
}
