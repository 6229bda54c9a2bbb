//! Which parts need not be opened, because the table of their day rules them out?
//!
//! Asked are only tables of parts of which no tokens are in memory. Of a filter only that counts which texts an event
//! must hold; whatever else it asks, and below a `NOT`, any part may have such a row. A table that cannot be read
//! rules nothing out.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use girok_event::columns;
use girok_index::{BlockSet, DayHead, DayTable, sought_in_parts};
use girok_store::{ColumnKind, DayFile, PartId, PartMeta, PartStore, StoreError};
use parking_lot::Mutex;

use super::decider::{Decided, Decider};
use super::fragments::fragments;
use super::specialise::{equal_texts, whole_words};
use super::{Scan, Work};
use crate::table::DATASET;
use crate::text::{TextCall, TextTest, as_text_call};

/// Heads of day tables kept in memory.
const HEADS_MAX: usize = 1024;

/// The heads of the day tables that were asked lately; none for one that cannot be read.
#[derive(Debug, Default)]
pub(crate) struct DayHeads {
    held: Mutex<HashMap<PartId, Option<Arc<DayHead>>>>,
}

impl DayHeads {
    async fn get(&self, store: &PartStore, file: &DayFile, work: &Work) -> Option<Arc<DayHead>> {
        if let Some(known) = self.held.lock().get(&file.id) {
            return known.clone();
        }
        work.note_reads(file.head_bytes, 1);
        let head = file.head(store).await.map_err(|error| warn(&error)).ok().map(Arc::new);
        let mut held = self.held.lock();
        if held.len() >= HEADS_MAX {
            held.clear();
        }
        held.insert(file.id, head.clone());
        head
    }
}

fn warn(error: &StoreError) {
    tracing::warn!(error = error as &dyn std::error::Error, "searching without the table of a day");
}

impl Scan<'_> {
    /// The parts that may have a row for which `filter` is true.
    pub(super) async fn not_ruled_out(&self, filter: &Expr) -> Vec<Arc<PartMeta>> {
        let all = || self.parts.to_vec();
        if self.days.is_empty() {
            return all();
        }
        let sought = Sought::of(filter);
        let mut hashes = BTreeSet::new();
        sought.hashes(&mut hashes);
        let unknown = self.open.without_tokens(self.parts);
        if hashes.is_empty() || unknown.is_empty() {
            return all();
        }
        let by_id: HashMap<PartId, &PartMeta> = self.parts.iter().map(|part| (part.id, &**part)).collect();
        let mut ruled_out = HashSet::new();
        for file in self.days {
            let known = file.parts.iter().enumerate();
            let asked: Vec<(usize, &PartMeta)> = known
                .filter(|(_, id)| unknown.contains(id))
                .filter_map(|(at, id)| Some((at, *by_id.get(id)?)))
                .collect();
            // One part is opened as quickly as its table.
            if asked.len() < 2 {
                continue;
            }
            let Some(head) = self.day_heads.get(self.store, file, self.work).await else { continue };
            let tables = match self.tables(file, &head, &hashes).await {
                Ok(tables) => tables,
                Err(error) => {
                    warn(&error);
                    continue;
                }
            };
            let holders: HashMap<u64, BlockSet> = hashes
                .iter()
                .map(|hash| (*hash, head.holders(*hash, |segment| tables.get(&segment))))
                .collect();
            let is_out = |(at, part): &(usize, &PartMeta)| {
                !sought.may_be_in(part, &|hash| holders.get(&hash).is_none_or(|parts| parts.contains(*at)))
            };
            ruled_out.extend(asked.into_iter().filter(is_out).map(|(_, part)| part.id));
        }
        self.work.parts_pruned.fetch_add(ruled_out.len() as u64, Ordering::Relaxed);
        self.work.decided.count(Decider::Days.into(), Decided { parts: ruled_out.len() as u64, blocks: 0 });
        self.parts.iter().filter(|part| !ruled_out.contains(&part.id)).cloned().collect()
    }

    /// The segments of a table in which these tokens are looked up.
    async fn tables(
        &self,
        file: &DayFile,
        head: &DayHead,
        hashes: &BTreeSet<u64>,
    ) -> Result<HashMap<usize, DayTable>, StoreError> {
        let wanted: BTreeSet<usize> = hashes.iter().flat_map(|hash| head.segments(*hash)).collect();
        let wanted: Vec<usize> = wanted.into_iter().collect();
        for segment in &wanted {
            let range = head.range(*segment);
            self.work.note_reads(range.end - range.start, 1);
        }
        Ok(file.segments(self.store, head, &wanted).await?.into_iter().collect())
    }
}

/// The texts that an event must hold to pass a filter.
#[derive(Debug, PartialEq)]
enum Sought {
    Anything,
    All(Vec<Sought>),
    Any(Vec<Sought>),
    Text(Text),
}

/// A text that a column must hold, or the line if there is none.
#[derive(Debug, PartialEq)]
struct Text {
    column: Option<String>,
    hashes: Vec<u64>,
    /// Whether a number may pass.
    may_be_number: bool,
}

impl Sought {
    fn of(filter: &Expr) -> Sought {
        let both = |left: &Expr, right: &Expr| vec![Sought::of(left), Sought::of(right)];
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => Sought::All(both(left, right)),
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => Sought::Any(both(left, right)),
            Expr::IsTrue(inner) => Sought::of(inner),
            Expr::Alias(alias) => Sought::of(&alias.expr),
            leaf => Sought::of_leaf(leaf),
        }
    }

    fn of_leaf(leaf: &Expr) -> Sought {
        match as_text_call(leaf) {
            Some(TextCall::Text { test, text: Expr::Column(column), sought }) => {
                Sought::text(Some(&column.name), test, sought)
            }
            Some(TextCall::Text { .. }) => Sought::Anything,
            Some(TextCall::Line { test, sought }) => Sought::text(None, test, sought),
            Some(TextCall::Overflow { test, sought }) => Sought::text(Some(columns::OVERFLOW), test, sought),
            None => {
                match (equal_texts(leaf), leaf.column_refs().into_iter().collect::<Vec<_>>().as_slice()) {
                    (Some(texts), [column]) => {
                        let text = |text: &&str| Sought::text(Some(&column.name), TextTest::Phrase, text);
                        Sought::Any(texts.iter().map(text).collect())
                    }
                    _ => Sought::Anything,
                }
            }
        }
    }

    fn text(column: Option<&str>, test: TextTest, sought: &str) -> Sought {
        // These are of no part's file, or not as they are read.
        if column.is_some_and(|name| [DATASET, columns::PATTERN].contains(&name)) {
            return Sought::Anything;
        }
        let mut hashes = Vec::new();
        for fragment in fragments(test, sought) {
            let words = whole_words(&fragment.text, fragment.cut_left, fragment.cut_right);
            hashes.extend(sought_in_parts(words));
        }
        let may_be_number = test.may_pass_number(sought);
        Sought::Text(Text { column: column.map(str::to_owned), hashes, may_be_number })
    }

    fn hashes(&self, all: &mut BTreeSet<u64>) {
        match self {
            Sought::Anything => {}
            Sought::All(parts) | Sought::Any(parts) => parts.iter().for_each(|part| part.hashes(all)),
            Sought::Text(text) => all.extend(&text.hashes),
        }
    }

    /// Whether a part may have such an event, of which `holds` says the tokens.
    fn may_be_in(&self, part: &PartMeta, holds: &dyn Fn(u64) -> bool) -> bool {
        match self {
            Sought::Anything => true,
            Sought::All(all) => all.iter().all(|sought| sought.may_be_in(part, holds)),
            Sought::Any(any) => any.iter().any(|sought| sought.may_be_in(part, holds)),
            Sought::Text(text) => text.may_be_in(part, holds),
        }
    }
}

impl Text {
    fn may_be_in(&self, part: &PartMeta, holds: &dyn Fn(u64) -> bool) -> bool {
        let has_tokens = || self.hashes.iter().all(|hash| holds(*hash));
        let Some(name) = &self.column else { return has_tokens() };
        match part.columns.iter().find(|column| column.name == *name).map(|column| column.kind) {
            None => false,
            Some(ColumnKind::Text | ColumnKind::Map) => has_tokens(),
            Some(ColumnKind::Int | ColumnKind::Float) => self.may_be_number,
            Some(ColumnKind::Bool | ColumnKind::Time) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::common::Column;
    use datafusion::logical_expr::{and, lit, not, or};

    use super::*;
    use crate::text::text_test;

    fn column(name: &str) -> Expr {
        Expr::Column(Column::new_unqualified(name))
    }

    #[test]
    fn only_what_must_be_held_counts() {
        let id = |name: &str| Sought::text(Some(name), TextTest::Phrase, "4bf92f35");
        let call = |name: &str| text_test(TextTest::Phrase, column(name), "4bf92f35");
        assert_eq!(Sought::of(&call("trace")), id("trace"));
        assert_eq!(Sought::of(&column("trace").eq(lit("4bf92f35"))), Sought::Any(vec![id("trace")]));
        assert_eq!(Sought::of(&not(call("trace"))), Sought::Anything);
        assert_eq!(Sought::of(&call(columns::PATTERN)), Sought::Anything);
        assert_eq!(Sought::of(&column("status").eq(lit(7))), Sought::Anything);
        let one = or(call("trace"), column("status").eq(lit(7)));
        let Sought::All(both) = Sought::of(&and(one, call("span"))) else { panic!("two conditions") };
        assert_eq!(both, [Sought::Any(vec![id("trace"), Sought::Anything]), id("span")]);
    }
}
