//! Live rows as a plan reads them: they have no index, so all of them are asked.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, StringArray, new_null_array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::stream;
use girok_event::{DatasetName, columns};
use girok_index::ShapeScanner;
use girok_store::Patterns;

use crate::scan::{Node, Predicate, predicates, share_out};
use crate::table::DATASET;

/// Live rows of one dataset, past every part of the cut.
#[derive(Debug, Clone)]
pub(crate) struct LiveRows {
    pub(crate) dataset: DatasetName,
    pub(crate) batch: RecordBatch,
}

/// A scan over live rows.
pub(crate) struct LiveScan<'s> {
    pub(crate) rows: &'s [LiveRows],
    /// All columns of the table.
    pub(crate) table: &'s SchemaRef,
    pub(crate) patterns: &'s Arc<Patterns>,
    pub(crate) filters: &'s [Expr],
    /// Streams that run side by side.
    pub(crate) streams: usize,
}

impl LiveScan<'_> {
    /// The plan that reads the columns of `schema`.
    pub(crate) fn plan(&self, schema: SchemaRef) -> Result<Arc<dyn ExecutionPlan>> {
        let question = |predicate: Predicate| {
            let fields = predicate.columns().iter().map(|name| self.table.field_with_name(name).cloned());
            let schema = Arc::new(Schema::new(fields.collect::<std::result::Result<Vec<_>, _>>()?));
            Ok(Question { predicate, schema })
        };
        let all = predicates(&Node::unindexed(self.filters), self.table)?.into_iter().map(question);
        let questions = Arc::new(Questions {
            all: all.collect::<Result<Vec<_>>>()?,
            schema: Arc::clone(&schema),
            patterns: Arc::clone(self.patterns),
        });
        let shares = share_out(self.rows.to_vec(), self.streams, |rows| rows.batch.num_rows());
        let streams = shares.into_iter().filter(|rows| !rows.is_empty()).map(|rows| {
            Arc::new(Chunks { rows, questions: Arc::clone(&questions) }) as Arc<dyn PartitionStream>
        });
        Ok(Arc::new(StreamingTableExec::try_new(schema, streams.collect(), None, None, false, None)?))
    }
}

/// What is asked of every row, and what is wanted of those that pass.
#[derive(Debug)]
struct Questions {
    all: Vec<Question>,
    schema: SchemaRef,
    patterns: Arc<Patterns>,
}

#[derive(Debug)]
struct Question {
    predicate: Predicate,
    /// The columns that it is asked of.
    schema: SchemaRef,
}

impl Questions {
    /// The wanted columns of the rows that pass.
    fn ask(&self, rows: &LiveRows) -> Result<RecordBatch> {
        let schemas = self.all.iter().map(|question| &question.schema).chain([&self.schema]);
        let mut rows = rows.only(schemas)?;
        for Question { predicate, schema } in &self.all {
            let holds = predicate.ask(&adapt(&rows, schema, &self.patterns)?)?;
            if holds.count_set_bits() < holds.len() {
                rows.batch = filter_record_batch(&rows.batch, &BooleanArray::new(holds, None))?;
            }
        }
        adapt(&rows, &self.schema, &self.patterns)
    }
}

impl LiveRows {
    /// The columns that the schemas' are made from.
    fn only<'s>(&self, schemas: impl Iterator<Item = &'s SchemaRef>) -> Result<LiveRows> {
        let mut names: HashSet<&str> =
            schemas.flat_map(|schema| schema.fields().iter().map(|field| field.name().as_str())).collect();
        if names.contains(columns::PATTERN) {
            names.insert(columns::MESSAGE);
        }
        let own = self.batch.schema_ref().fields().iter().enumerate();
        let kept: Vec<usize> =
            own.filter(|(_, field)| names.contains(field.name().as_str())).map(|(at, _)| at).collect();
        Ok(LiveRows { dataset: self.dataset.clone(), batch: self.batch.project(&kept)? })
    }
}

/// Live rows that are read one after the other.
#[derive(Debug)]
struct Chunks {
    rows: Vec<LiveRows>,
    questions: Arc<Questions>,
}

impl PartitionStream for Chunks {
    fn schema(&self) -> &SchemaRef {
        &self.questions.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let questions = Arc::clone(&self.questions);
        let schema = Arc::clone(&questions.schema);
        let batches = self.rows.clone().into_iter().map(move |rows| questions.ask(&rows));
        Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(batches)))
    }
}

/// The columns of `schema` from live rows: cast where the type was widened, null where there is none.
fn adapt(rows: &LiveRows, schema: &SchemaRef, patterns: &Patterns) -> Result<RecordBatch> {
    let count = rows.batch.num_rows();
    let column = |field: &Arc<Field>| -> Result<ArrayRef> {
        if field.name() == DATASET {
            return Ok(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                rows.dataset.as_str(),
                count,
            ))));
        }
        if field.name() == columns::PATTERN {
            return Ok(Arc::new(patterns_of(rows, patterns)));
        }
        Ok(match rows.batch.column_by_name(field.name()) {
            None => new_null_array(field.data_type(), count),
            Some(values) if values.data_type() == field.data_type() => Arc::clone(values),
            Some(values) => girok_store::widen(values, field.data_type())?,
        })
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// The pattern of each live row's message.
fn patterns_of(rows: &LiveRows, patterns: &Patterns) -> StringArray {
    let Some(messages) = rows.batch.column_by_name(columns::MESSAGE) else {
        return StringArray::new_null(rows.batch.num_rows());
    };
    let mut scanner = ShapeScanner::new();
    let mut known: HashMap<String, String> = HashMap::new();
    let texts = messages.as_string::<i32>().iter().map(|message| {
        let shape = scanner.scan(message?, |_| {})?;
        if let Some(text) = known.get(shape) {
            return Some(text.clone());
        }
        let (_, text) = patterns.assign(&rows.dataset, shape);
        known.insert(shape.to_owned(), text.clone());
        Some(text)
    });
    texts.collect()
}
