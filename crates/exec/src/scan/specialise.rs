//! What does a filter ask of one part, given the part's index?
//!
//! A leaf of the filter over one column is decided on the column's distinct values where the index lists
//! them; a test on messages is decided on their shapes; and tokens name the blocks that may hold a text.
//! What is left are expressions that are evaluated on the rows of the blocks that are left.
//!
//! A filter keeps the rows for which it is true; below a `NOT` those are the rows for which it is false.
//! Unknown is neither, so every step says which of the two it seeks.

use std::cell::RefCell;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::physical_expr::create_physical_expr;
use girok_event::{Timestamp, columns};
use girok_index::{
    BlockSet, ColumnIndex, is_cjk, is_word, sought_in_fields, sought_in_messages, sought_in_texts,
    without_cut_words,
};
use girok_store::{ColumnKind, Patterns};

use super::decider::Decider;
use super::fragments::fragments;
use super::node::{Condition, Node};
use super::open::{OpenPart, PartShapes, Unread};
use super::shapes::ShapeTest;
use crate::schema::type_of;
use crate::text::{Matcher, TextCall, TextTest, as_text_call};

/// A part and what its index says, as a filter meets them.
struct PartView<'p> {
    part: &'p OpenPart,
    /// The columns of the table, with the types that hold the values of all parts.
    table: &'p SchemaRef,
    patterns: &'p Patterns,
    /// What of the index was wanted and was not read yet; what is decided without it does not count.
    unread: RefCell<Option<Unread>>,
}

/// What `filter` asks of the part's rows; else what of the index has to be read first.
pub(crate) fn specialise(
    part: &OpenPart,
    table: &SchemaRef,
    patterns: &Patterns,
    filter: &Expr,
) -> Result<Condition, Unread> {
    let view = PartView { part, table, patterns, unread: RefCell::new(None) };
    let condition = view.seek(filter, true);
    view.unread.into_inner().map_or(Ok(condition), Err)
}

impl<'p> PartView<'p> {
    /// The rows for which `expr` is `wanted`.
    fn seek(&self, expr: &Expr, wanted: bool) -> Condition {
        let both = |left: &Expr, right: &Expr| vec![self.seek(left, wanted), self.seek(right, wanted)];
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_logical(*op) => {
                // Both are false where "or" is false; one is false where "and" is false.
                if (*op == Operator::And) == wanted {
                    Condition::all(both(left, right), self.part.blocks)
                } else {
                    Condition::any(both(left, right), self.part.blocks)
                }
            }
            Expr::Not(inner) => self.seek(inner, !wanted),
            Expr::IsTrue(inner) if wanted => self.seek(inner, true),
            Expr::IsTrue(inner) => self.seek(inner, true).negated(),
            Expr::IsFalse(inner) if wanted => self.seek(inner, false),
            Expr::IsNotTrue(inner) if wanted => self.seek(inner, true).negated(),
            Expr::Alias(alias) => self.seek(&alias.expr, wanted),
            leaf => self.leaf(leaf, wanted),
        }
    }

    fn leaf(&self, leaf: &Expr, wanted: bool) -> Condition {
        if matches!(*self.unread.borrow(), Some(Unread::Shapes | Unread::Tokens)) {
            return Condition::constant(true, self.part.blocks);
        }
        let Ok(leaf) = self.without_missing_columns(leaf) else { return self.evaluated(leaf, wanted) };
        if let Some(call) = as_text_call(&leaf) {
            let found = self.text(&call, &leaf);
            return if wanted { found } else { found.negated() };
        }
        let columns: Vec<&Column> = leaf.column_refs().into_iter().collect();
        match columns.as_slice() {
            [] => self.constant(&leaf, wanted),
            [column] if column.name == columns::TIME => self.time(&leaf, wanted),
            [column] if column.name == columns::PATTERN => self.pattern(&leaf, wanted),
            [column] => self.one_column(&leaf, &column.name, wanted),
            _ => self.evaluated(&leaf, wanted),
        }
    }

    /// `leaf` has to be evaluated on the rows.
    fn evaluated(&self, leaf: &Expr, wanted: bool) -> Condition {
        let expr = if wanted { leaf.clone() } else { Expr::Not(Box::new(leaf.clone())) };
        Condition::anywhere(Node::Expr(expr), self.part.blocks)
    }

    fn shapes(&self) -> Option<&'p PartShapes> {
        self.part.shapes().unwrap_or_else(|unread| self.needs(unread))
    }

    /// The blocks that may hold all of these tokens, if the index says so.
    fn blocks_of(&self, hashes: &[u64]) -> Option<BlockSet> {
        self.part.blocks_of(hashes).unwrap_or_else(|unread| self.needs(unread))
    }

    fn needs<T>(&self, unread: Unread) -> Option<T> {
        let mut known = self.unread.borrow_mut();
        match (known.as_mut(), unread) {
            (Some(Unread::Pages(pages)), Unread::Pages(more)) => pages.extend(more),
            (_, unread) => *known = Some(unread),
        }
        None
    }

    fn kind(&self, name: &str) -> Option<ColumnKind> {
        self.part.meta.columns.iter().find(|column| column.name == name).map(|column| column.kind)
    }

    /// A column that the part does not have is null in all of its rows; the dataset is known.
    fn without_missing_columns(&self, expr: &Expr) -> datafusion::common::Result<Expr> {
        let replaced = expr.clone().transform(|expr| {
            let Expr::Column(column) = &expr else { return Ok(Transformed::no(expr)) };
            if column.name == crate::table::DATASET {
                let dataset = ScalarValue::Utf8(Some(self.part.meta.dataset.to_string()));
                return Ok(Transformed::yes(Expr::Literal(dataset, None)));
            }
            let is_pattern = column.name == columns::PATTERN && self.part.has_shapes();
            if is_pattern || self.kind(&column.name).is_some() {
                return Ok(Transformed::no(expr));
            }
            let data_type = self.table.field_with_name(&column.name)?.data_type();
            Ok(Transformed::yes(Expr::Literal(ScalarValue::try_from(data_type)?, None)))
        })?;
        Ok(replaced.data)
    }

    fn constant(&self, leaf: &Expr, wanted: bool) -> Condition {
        match evaluate(leaf, "_", &(Arc::new(StringArray::from(vec![""])) as ArrayRef)) {
            Some(values) => {
                let holds = values.is_valid(0) && values.value(0) == wanted;
                Condition::constant(holds, self.part.blocks).by(Decider::Columns)
            }
            None => self.evaluated(leaf, wanted),
        }
    }

    /// A comparison of the time with a constant is decided by the first and last time of the part.
    fn time(&self, leaf: &Expr, wanted: bool) -> Condition {
        let Some((op, time)) = time_comparison(leaf) else { return self.evaluated(leaf, wanted) };
        let (min, max) = (self.part.meta.time_min, self.part.meta.time_max);
        let (all, none) = match op {
            Operator::GtEq => (min >= time, max < time),
            Operator::Gt => (min > time, max <= time),
            Operator::LtEq => (max <= time, min > time),
            Operator::Lt => (max < time, min >= time),
            _ => (false, false),
        };
        match (all, none) {
            (false, false) => {
                let mut condition = self.evaluated(leaf, wanted);
                if let (true, Some(blocks)) = (wanted, self.blocks_in_time(op, time)) {
                    condition.blocks.intersect(&blocks);
                    condition = condition.by(Decider::Times);
                }
                condition
            }
            _ => Condition::constant(all == wanted, self.part.blocks).by(Decider::Times),
        }
    }

    /// The blocks that may have a row on the wanted side of `time`.
    fn blocks_in_time(&self, op: Operator, time: Timestamp) -> Option<BlockSet> {
        let times = self.part.index.times.as_ref()?;
        let mut found = BlockSet::none(self.part.blocks);
        for (block, (min, max)) in times.iter().enumerate() {
            let may_hold = match op {
                Operator::GtEq => *max >= time,
                Operator::Gt => *max > time,
                Operator::LtEq => *min <= time,
                Operator::Lt => *min < time,
                _ => true,
            };
            if may_hold {
                found.insert(block);
            }
        }
        Some(found)
    }

    /// A leaf over the pattern is decided for each shape.
    fn pattern(&self, leaf: &Expr, wanted: bool) -> Condition {
        let shapes = self.shapes();
        let mut texts = shapes.map_or(Vec::new(), |s| s.patterns(&self.part.meta.dataset, self.patterns));
        texts.push(None);
        let texts: ArrayRef = Arc::new(StringArray::from(texts));
        let Some(result) = evaluate(leaf, columns::PATTERN, &texts) else {
            return self.evaluated(leaf, wanted);
        };
        let holds: Vec<bool> =
            (0..result.len()).map(|row| result.is_valid(row) && result.value(row) == wanted).collect();
        let (shapeless, numbers) = holds.split_last().expect("one more than shapes");
        let found = match (holds.iter().all(|holds| *holds), holds.iter().any(|holds| *holds)) {
            (true, _) => Condition::constant(true, self.part.blocks),
            (_, false) => Condition::constant(false, self.part.blocks),
            _ => Condition::anywhere(
                Node::Shape { numbers: numbers.into(), shapeless: *shapeless },
                self.part.blocks,
            ),
        };
        found.by(Decider::Shapes)
    }

    /// A leaf over one column: on its distinct values where they are listed.
    fn one_column(&self, leaf: &Expr, name: &str, wanted: bool) -> Condition {
        let Some(kind) = self.kind(name) else { return self.evaluated(leaf, wanted) };
        if let Some(decided) = self.presence(leaf, name, wanted) {
            return decided;
        }
        let listed = self.part.index.column(name).and_then(|column| Some((column, column.values.as_ref()?)));
        if let Some((column, values)) = listed
            && let Some(decided) = self.on_values(leaf, column, values, kind, wanted)
        {
            return decided;
        }
        let mut condition = self.evaluated(leaf, wanted);
        if let (true, ColumnKind::Text, Some(texts)) = (wanted, kind, equal_texts(leaf)) {
            let mut any = BlockSet::none(self.part.blocks);
            for text in texts {
                any.unite(&self.field_blocks(name, text).unwrap_or_else(|| BlockSet::all(self.part.blocks)));
            }
            condition = Condition::within(condition.node, any).by(Decider::Tokens);
        }
        condition
    }

    /// `x IS NOT NULL` and `x IS NULL` where every row has a value, or none.
    fn presence(&self, leaf: &Expr, name: &str, wanted: bool) -> Option<Condition> {
        let is_present = match leaf {
            Expr::IsNotNull(inner) if matches!(inner.as_ref(), Expr::Column(_)) => wanted,
            Expr::IsNull(inner) if matches!(inner.as_ref(), Expr::Column(_)) => !wanted,
            _ => return None,
        };
        match self.part.index.column(name)?.present {
            0 => Some(Condition::constant(!is_present, self.part.blocks).by(Decider::Columns)),
            present if present == self.part.meta.rows => {
                Some(Condition::constant(is_present, self.part.blocks).by(Decider::Columns))
            }
            _ => None,
        }
    }

    fn on_values(
        &self,
        leaf: &Expr,
        column: &ColumnIndex,
        values: &[(String, u32)],
        kind: ColumnKind,
        wanted: bool,
    ) -> Option<Condition> {
        let has_missing = column.present < self.part.meta.rows;
        let texts =
            StringArray::from_iter(values.iter().map(|(value, _)| Some(value.as_str())).chain([None]));
        let own = cast(&texts, &type_of(&column.name, kind)).ok()?;
        let table = self.table.field_with_name(&column.name).ok()?.data_type();
        let result = evaluate(leaf, &column.name, &girok_store::widen(&own, table).ok()?)?;
        let holds: Vec<bool> =
            (0..result.len()).map(|row| result.is_valid(row) && result.value(row) == wanted).collect();
        let (missing, present) = holds.split_last()?;
        Some(self.of_values(leaf, column, values, kind, present, *missing && has_missing, wanted))
    }

    /// A condition that holds for some of a column's values, and perhaps where it is missing.
    #[expect(clippy::too_many_arguments, reason = "one decision with all that it depends on")]
    fn of_values(
        &self,
        leaf: &Expr,
        column: &ColumnIndex,
        values: &[(String, u32)],
        kind: ColumnKind,
        holds: &[bool],
        missing: bool,
        wanted: bool,
    ) -> Condition {
        let has_missing = column.present < self.part.meta.rows;
        if holds.iter().all(|holds| !holds) && !missing {
            return Condition::constant(false, self.part.blocks).by(Decider::Values);
        }
        if holds.iter().all(|holds| *holds) && (missing || !has_missing) {
            return Condition::constant(true, self.part.blocks).by(Decider::Values);
        }
        if kind != ColumnKind::Text {
            return self.evaluated(leaf, wanted);
        }
        let kept = values.iter().zip(holds).filter(|(_, holds)| **holds).map(|((value, _), _)| value.clone());
        let node = Node::Values { column: column.name.clone(), values: Arc::new(kept.collect()), missing };
        Condition::anywhere(node, self.part.blocks)
    }

    fn text(&self, call: &TextCall<'_>, leaf: &Expr) -> Condition {
        match call {
            TextCall::Text { test, text, sought } => self.text_of_column(*test, text, sought, leaf),
            TextCall::Line { test, sought } => self.line(*test, sought, leaf),
            TextCall::Overflow { sought, test } => {
                let blocks = self.indexed_blocks(*test, sought, sought_in_fields);
                match blocks {
                    Some(blocks) => Condition::within(Node::Expr(leaf.clone()), blocks).by(Decider::Tokens),
                    None => self.evaluated(leaf, true),
                }
            }
        }
    }

    /// A test on the text of one column.
    fn text_of_column(&self, test: TextTest, text: &Expr, sought: &str, leaf: &Expr) -> Condition {
        let Expr::Column(column) = text else {
            return match leaf.column_refs().into_iter().collect::<Vec<_>>().as_slice() {
                [] => self.constant(leaf, true),
                [column] => self.one_column(leaf, &column.name, true),
                _ => self.evaluated(leaf, true),
            };
        };
        let name = column.name.as_str();
        if name == columns::PATTERN {
            return self.pattern(leaf, true);
        }
        if name == columns::MESSAGE {
            return self.message(test, sought, leaf);
        }
        let (Some(ColumnKind::Text), Some(known), Ok(matcher)) =
            (self.kind(name), self.part.index.column(name), Matcher::shared(test, sought))
        else {
            return self.one_column(leaf, name, true);
        };
        if let Some(values) = &known.values {
            let holds: Vec<bool> = values.iter().map(|(value, _)| matcher.is_match(value)).collect();
            return self.of_values(leaf, known, values, ColumnKind::Text, &holds, false, true);
        }
        let fragments = fragments(test, sought);
        let may_hold = |text: &str| known.bytes.is_none_or(|bytes| bytes.may_hold(text));
        if !fragments.iter().all(|fragment| may_hold(&fragment.text)) {
            return Condition::constant(false, self.part.blocks).by(Decider::Columns);
        }
        match self.indexed_blocks(test, sought, sought_in_fields) {
            Some(blocks) => Condition::within(Node::Expr(leaf.clone()), blocks).by(Decider::Tokens),
            None => self.evaluated(leaf, true),
        }
    }

    /// The blocks in which a text may pass the test, of which `sought_in` gives the tokens of a phrase.
    fn indexed_blocks(
        &self,
        test: TextTest,
        sought: &str,
        sought_in: fn(&str) -> Vec<u64>,
    ) -> Option<BlockSet> {
        let fragments = fragments(test, sought);
        let words = fragments.iter().map(|of| whole_words(&of.text, of.cut_left, of.cut_right));
        let hashes: Vec<u64> = words.flat_map(sought_in).collect();
        match hashes.is_empty() {
            true => Some(BlockSet::all(self.part.blocks)),
            false => self.blocks_of(&hashes),
        }
    }

    fn field_blocks(&self, name: &str, text: &str) -> Option<BlockSet> {
        let known = self.part.index.column(name)?;
        if known.bytes.is_some_and(|bytes| !bytes.may_hold(text)) {
            return Some(BlockSet::none(self.part.blocks));
        }
        self.blocks_of(&sought_in_fields(text))
    }

    /// A test on the line as it was sent: its head and message, or its raw text.
    fn line(&self, test: TextTest, sought: &str, leaf: &Expr) -> Condition {
        let (has_head, has_raw) = (self.kind(columns::HEAD).is_some(), self.kind(columns::RAW).is_some());
        if self.kind(columns::MESSAGE).is_none() || !self.part.has_shapes() {
            return self.evaluated(leaf, true);
        }
        if !has_head && !has_raw {
            return self.message(test, sought, leaf);
        }
        // Only a text that spans words can begin in the head and end in the message.
        let is_one_word = test != TextTest::Regex && sought.chars().all(is_word);
        if !is_one_word {
            return self.evaluated(leaf, true);
        }
        let mut parts =
            vec![self.message(test, sought, &crate::text::text_test(test, column(columns::MESSAGE), sought))];
        for name in [columns::HEAD, columns::RAW] {
            if self.kind(name).is_none() {
                continue;
            }
            let node = Node::Expr(crate::text::text_test(test, column(name), sought));
            let blocks = self.indexed_blocks(test, sought, sought_in_texts);
            let blocks = blocks.unwrap_or_else(|| BlockSet::all(self.part.blocks));
            parts.push(Condition::within(node, blocks).by(Decider::Tokens));
        }
        Condition::any(parts, self.part.blocks)
    }

    /// A test on the message: by its shape, and where that leaves doubt on its text.
    fn message(&self, test: TextTest, sought: &str, leaf: &Expr) -> Condition {
        let (Some(known), Some(shape_test)) = (self.shapes(), ShapeTest::new(test, sought)) else {
            return self.evaluated(leaf, true);
        };
        let shapes = &known.shapes;
        let sets = shape_test.sets(&known.texts);
        let set = |numbers: Vec<bool>, shapeless| Node::Shape { numbers: numbers.into(), shapeless };
        let has_any = |numbers: &[bool]| numbers.iter().any(|is_in| *is_in);
        let mut parts = Vec::new();
        if has_any(&sets.yes) {
            let is_every_row = sets.yes.iter().all(|is_in| *is_in)
                && shapes.all.iter().map(|shape| shape.rows).sum::<u64>() == self.part.meta.rows;
            parts.push(match is_every_row {
                true => Condition::constant(true, self.part.blocks),
                false => Condition::anywhere(set(sets.yes, false), self.part.blocks),
            });
        }
        let in_blocks = |sought_in| {
            let blocks = self.indexed_blocks(test, sought, sought_in);
            blocks.unwrap_or_else(|| BlockSet::all(self.part.blocks))
        };
        let doubtful = |set: Node, blocks: BlockSet| {
            Condition::within(Node::And(vec![set, Node::Expr(leaf.clone())]), blocks).by(Decider::Tokens)
        };
        if has_any(&sets.maybe) {
            let count = sets.maybe.len();
            parts.push(doubtful(set(sets.maybe, false), in_blocks(sought_in_messages)));
            debug_assert_eq!(count, shapes.all.len());
        }
        if has_any(&sets.in_rest) {
            let blocks = match shape_test.is_within_line() {
                true => in_blocks(sought_in_texts),
                false => in_blocks(sought_in_messages),
            };
            parts.push(doubtful(set(sets.in_rest, false), blocks));
        }
        if shapes.shapeless > 0 {
            let none = vec![false; shapes.all.len()];
            parts.push(doubtful(set(none, true), in_blocks(sought_in_texts)));
        }
        Condition::any(parts, self.part.blocks).by(Decider::Shapes)
    }
}

/// A fragment without the words that may be cut.
pub(super) fn whole_words(text: &str, cut_left: bool, cut_right: bool) -> &str {
    match (cut_left, cut_right) {
        (false, false) => text,
        (false, true) => text.trim_end_matches(|c| is_word(c) && !is_cjk(c)),
        _ => without_cut_words(text),
    }
}

fn column(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}

fn is_logical(op: Operator) -> bool {
    matches!(op, Operator::And | Operator::Or)
}

/// `_time < constant` and the like.
fn time_comparison(leaf: &Expr) -> Option<(Operator, Timestamp)> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = leaf else { return None };
    match (left.as_ref(), right.as_ref()) {
        (Expr::Column(_), Expr::Literal(ScalarValue::TimestampNanosecond(Some(time), _), _)) => {
            Some((*op, Timestamp(*time)))
        }
        (Expr::Literal(ScalarValue::TimestampNanosecond(Some(time), _), _), Expr::Column(_)) => {
            Some((op.swap()?, Timestamp(*time)))
        }
        _ => None,
    }
}

/// The texts one of which a column must equal.
pub(super) fn equal_texts(leaf: &Expr) -> Option<Vec<&str>> {
    match leaf {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            match (left.as_ref(), right.as_ref()) {
                (Expr::Column(_), literal) | (literal, Expr::Column(_)) => Some(vec![text_of(literal)?]),
                _ => None,
            }
        }
        Expr::InList(list) if !list.negated && matches!(list.expr.as_ref(), Expr::Column(_)) => {
            list.list.iter().map(text_of).collect()
        }
        _ => None,
    }
}

fn text_of(literal: &Expr) -> Option<&str> {
    match literal {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text),
        _ => None,
    }
}

/// The value of an expression over one column for each of `values`.
fn evaluate(expr: &Expr, name: &str, values: &ArrayRef) -> Option<BooleanArray> {
    let schema = Arc::new(Schema::new(vec![Field::new(name, values.data_type().clone(), true)]));
    let table = DFSchema::try_from(Arc::clone(&schema)).ok()?;
    let physical =
        create_physical_expr(expr, &table, &ExecutionProps::new(), &PhysicalPlanningContext::default())
            .ok()?;
    let batch = RecordBatch::try_new(schema, vec![Arc::clone(values)]).ok()?;
    let result = physical.evaluate(&batch).ok()?.into_array(values.len()).ok()?;
    (*result.data_type() == DataType::Boolean).then(|| result.as_boolean().clone())
}
