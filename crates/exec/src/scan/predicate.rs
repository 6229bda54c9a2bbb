//! A condition as it is asked of rows: cheap columns first, the others only of the rows that are left.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, RecordBatch, RecordBatchOptions,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{ArrowNativeType, DataType, Int8Type, Int16Type, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::common::DFSchema;
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use girok_event::columns;

use super::node::Node;

/// One question to the rows, with the columns it needs.
#[derive(Debug, Clone)]
pub(crate) struct Predicate {
    question: Question,
    columns: BTreeSet<String>,
}

#[derive(Debug, Clone)]
enum Question {
    And(Vec<Question>),
    Or(Vec<Question>),
    Not(Box<Question>),
    Constant(bool),
    Shape { numbers: Arc<[bool]>, shapeless: bool },
    Values { column: String, values: Arc<BTreeSet<String>>, missing: bool },
    Expr { expr: Arc<dyn PhysicalExpr>, schema: SchemaRef },
}

/// The questions that `node` comes to, in the order in which they are best asked. `table` has the columns that
/// expressions are written over.
pub(crate) fn predicates(node: &Node, table: &SchemaRef) -> datafusion::common::Result<Vec<Predicate>> {
    let nodes = match node {
        Node::True => Vec::new(),
        Node::And(nodes) => nodes.clone(),
        node => vec![node.clone()],
    };
    let mut ordered: Vec<Node> = nodes.iter().filter(|node| node.is_cheap()).cloned().collect();
    let costly: Vec<&Node> = nodes.iter().filter(|node| !node.is_cheap()).collect();
    ordered.extend(costly.iter().filter_map(|node| node.relaxed()));
    let mut costly: Vec<Node> = costly.into_iter().cloned().collect();
    costly.sort_by_key(reads_message);
    ordered.extend(costly);
    ordered.iter().map(|node| Predicate::new(node, table)).collect()
}

/// The longest column comes last.
fn reads_message(node: &Node) -> bool {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().any(reads_message),
        Node::Not(node) => reads_message(node),
        Node::Expr(expr) => expr.column_refs().iter().any(|column| column.name == columns::MESSAGE),
        _ => false,
    }
}

impl Predicate {
    fn new(node: &Node, table: &SchemaRef) -> datafusion::common::Result<Self> {
        let mut columns = BTreeSet::new();
        let question = Question::new(node, table, &mut columns)?;
        Ok(Predicate { question, columns })
    }

    /// The columns that it is asked of.
    pub(crate) fn columns(&self) -> &BTreeSet<String> {
        &self.columns
    }

    /// For each row of a batch with these columns whether it holds.
    pub(crate) fn ask(&self, batch: &RecordBatch) -> Result<BooleanBuffer, ArrowError> {
        self.question.ask(batch)
    }
}

impl Question {
    fn new(
        node: &Node,
        table: &SchemaRef,
        columns: &mut BTreeSet<String>,
    ) -> datafusion::common::Result<Question> {
        let mut all = |nodes: &[Node]| -> datafusion::common::Result<Vec<Question>> {
            nodes.iter().map(|node| Question::new(node, table, columns)).collect()
        };
        Ok(match node {
            Node::True => Question::Constant(true),
            Node::False => Question::Constant(false),
            Node::And(nodes) => Question::And(all(nodes)?),
            Node::Or(nodes) => Question::Or(all(nodes)?),
            Node::Not(node) => Question::Not(Box::new(Question::new(node, table, columns)?)),
            Node::Shape { numbers, shapeless } => {
                columns.insert(columns_shape());
                Question::Shape { numbers: Arc::clone(numbers), shapeless: *shapeless }
            }
            Node::Values { column, values, missing } => {
                columns.insert(column.clone());
                Question::Values { column: column.clone(), values: Arc::clone(values), missing: *missing }
            }
            Node::Expr(expr) => {
                let names: BTreeSet<String> =
                    expr.column_refs().iter().map(|column| column.name.clone()).collect();
                let fields = names.iter().map(|name| table.field_with_name(name).cloned());
                let schema = Arc::new(Schema::new(fields.collect::<Result<Vec<_>, _>>()?));
                let frame = DFSchema::try_from(Arc::clone(&schema))?;
                columns.extend(names);
                let expr = create_physical_expr(
                    &physical_names(expr),
                    &frame,
                    &ExecutionProps::new(),
                    &PhysicalPlanningContext::default(),
                )?;
                Question::Expr { expr, schema }
            }
        })
    }

    fn ask(&self, batch: &RecordBatch) -> Result<BooleanBuffer, ArrowError> {
        let rows = batch.num_rows();
        let constant = |value: bool| BooleanBuffer::collect_bool(rows, |_| value);
        Ok(match self {
            Question::Constant(value) => constant(*value),
            Question::And(all) => {
                let answers = all.iter().map(|one| one.ask(batch)).collect::<Result<Vec<_>, _>>()?;
                answers.into_iter().reduce(|a, b| &a & &b).unwrap_or_else(|| constant(true))
            }
            Question::Or(any) => {
                let answers = any.iter().map(|one| one.ask(batch)).collect::<Result<Vec<_>, _>>()?;
                answers.into_iter().reduce(|a, b| &a | &b).unwrap_or_else(|| constant(false))
            }
            Question::Not(one) => !&one.ask(batch)?,
            Question::Shape { numbers, shapeless } => {
                let shapes = column_of(batch, columns::SHAPE)?.as_primitive::<Int32Type>();
                let is_in = |number: i32| numbers.get(number as usize).copied().unwrap_or(false);
                let values = shapes.values();
                match shapes.nulls() {
                    None => BooleanBuffer::collect_bool(rows, |row| is_in(values[row])),
                    Some(nulls) => BooleanBuffer::collect_bool(rows, |row| {
                        if nulls.is_valid(row) { is_in(values[row]) } else { *shapeless }
                    }),
                }
            }
            Question::Values { column, values, missing } => {
                values_in(column_of(batch, column)?, values, *missing)?
            }
            Question::Expr { expr, schema } => {
                let columns = schema.fields().iter().map(|field| {
                    let array = column_of(batch, field.name())?;
                    girok_store::widen(array, field.data_type())
                });
                let columns = columns.collect::<Result<Vec<_>, _>>()?;
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                let batch = RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?;
                let external = |error| ArrowError::ExternalError(Box::new(error));
                let answer = expr.evaluate(&batch).map_err(external)?.into_array(rows).map_err(external)?;
                let answer = answer.as_boolean_opt().ok_or_else(|| {
                    ArrowError::ComputeError(format!(
                        "a condition gives {}, not true or false",
                        answer.data_type()
                    ))
                })?;
                true_only(answer)
            }
        })
    }
}

fn columns_shape() -> String {
    columns::SHAPE.to_owned()
}

/// Expressions name columns without a table; so does the schema they are compiled over.
fn physical_names(expr: &Expr) -> Expr {
    datafusion::logical_expr::expr_rewriter::unnormalize_col(expr.clone())
}

fn column_of<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, ArrowError> {
    batch.column_by_name(name).ok_or_else(|| {
        ArrowError::SchemaError(format!("a part has no column `{name}` where its catalog has one"))
    })
}

fn true_only(answer: &BooleanArray) -> BooleanBuffer {
    match answer.nulls() {
        Some(nulls) => answer.values() & nulls.inner(),
        None => answer.values().clone(),
    }
}

/// For each row whether its text is one of `values`, or missing where that is asked too.
fn values_in(
    array: &ArrayRef,
    values: &BTreeSet<String>,
    missing: bool,
) -> Result<BooleanBuffer, ArrowError> {
    let Some(dictionary) = array.as_any_dictionary_opt() else {
        let texts = cast(array, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>();
        return Ok(BooleanBuffer::collect_bool(texts.len(), |row| {
            if texts.is_valid(row) { values.contains(texts.value(row)) } else { missing }
        }));
    };
    let texts = cast(dictionary.values(), &DataType::Utf8)?;
    let is_in: Vec<bool> =
        texts.as_string::<i32>().iter().map(|text| text.is_some_and(|text| values.contains(text))).collect();
    match dictionary.keys().data_type() {
        DataType::Int8 => Ok(keys_in::<Int8Type>(dictionary.keys(), &is_in, missing)),
        DataType::Int16 => Ok(keys_in::<Int16Type>(dictionary.keys(), &is_in, missing)),
        other => {
            Err(ArrowError::SchemaError(format!("a column of {} values has keys of {other}", texts.len())))
        }
    }
}

fn keys_in<T: ArrowPrimitiveType>(keys: &dyn Array, is_in: &[bool], missing: bool) -> BooleanBuffer {
    let keys = keys.as_primitive::<T>();
    let of_value = |key: T::Native| is_in.get(key.as_usize()).copied().unwrap_or(false);
    let values = keys.values();
    match keys.nulls() {
        None => BooleanBuffer::collect_bool(keys.len(), |row| of_value(values[row])),
        Some(nulls) => BooleanBuffer::collect_bool(keys.len(), |row| {
            if nulls.is_valid(row) { of_value(values[row]) } else { missing }
        }),
    }
}
