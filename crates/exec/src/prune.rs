//! Which parts cannot hold what is sought, by their index alone.
//!
//! Only "cannot" is certain: a part that may match is read, and every row is checked on its values.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{StreamExt, stream};
use girok_event::{alias, columns};
use girok_index::PartIndex;
use girok_query::ast::{FieldName, Filter, Literal, Match, Test};
use girok_store::{PartId, PartMeta, PartStore};
use parking_lot::Mutex;

use crate::cut::Cut;

/// Bytes of indexes kept in memory.
const CACHE_BYTES_MAX: u64 = 64 << 20;

/// Indexes read at a time.
const READS_AHEAD: usize = 8;

/// Whole numbers below this print the same whether a column holds them as int or as float.
const PLAIN_NUMBER_MAX: u64 = 1_000_000_000_000_000;

/// The indexes of parts that were asked lately.
#[derive(Debug, Default)]
pub(crate) struct IndexCache {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    indexes: HashMap<PartId, Arc<PartIndex>>,
    bytes: u64,
}

impl IndexCache {
    /// Takes the parts out of `cut` that cannot hold what `filter` seeks.
    pub(crate) async fn prune(&self, parts: &PartStore, cut: &mut Cut, filter: &Filter) {
        if !asks_index(filter) {
            return;
        }
        let before = cut.parts.len();
        let kept = stream::iter(std::mem::take(&mut cut.parts))
            .map(async |part| {
                let index = self.index(parts, &part).await;
                index.is_none_or(|index| may_match(filter, &index)).then_some(part)
            })
            .buffered(READS_AHEAD);
        cut.parts = kept.filter_map(async |part| part).collect().await;
        cut.stats.parts_pruned_by_index += (before - cut.parts.len()) as u64;
    }

    /// The index of a part; none if it cannot be read, and then the part is simply scanned.
    async fn index(&self, parts: &PartStore, part: &PartMeta) -> Option<Arc<PartIndex>> {
        if let Some(index) = self.held.lock().indexes.get(&part.id) {
            return Some(Arc::clone(index));
        }
        match parts.index(part).await {
            Ok(index) => Some(self.hold(part, Arc::new(index))),
            Err(error) => {
                tracing::warn!(part = part.path, %error, "index of a part is not used");
                None
            }
        }
    }

    fn hold(&self, part: &PartMeta, index: Arc<PartIndex>) -> Arc<PartIndex> {
        let mut held = self.held.lock();
        if held.bytes + part.index.length > CACHE_BYTES_MAX {
            *held = Held::default();
        }
        held.bytes += part.index.length;
        held.indexes.insert(part.id, Arc::clone(&index));
        index
    }
}

/// Whether the index can say anything about `filter`.
fn asks_index(filter: &Filter) -> bool {
    match filter {
        Filter::All | Filter::Not(_) => false,
        Filter::And(parts) => parts.iter().any(asks_index),
        Filter::Or(parts) => parts.iter().all(asks_index),
        Filter::Match(condition) => sought(condition).is_some(),
    }
}

fn may_match(filter: &Filter, index: &PartIndex) -> bool {
    match filter {
        Filter::All | Filter::Not(_) => true,
        Filter::And(parts) => parts.iter().all(|part| may_match(part, index)),
        Filter::Or(parts) => parts.iter().any(|part| may_match(part, index)),
        Filter::Match(condition) => match sought(condition) {
            Some(Sought::Phrase(text)) => index.may_contain_phrase(text),
            Some(Sought::Substring(text)) => index.may_contain_substring(text),
            None => true,
        },
    }
}

/// What must stand in a matching row's text, values or names.
enum Sought<'f> {
    Phrase(&'f str),
    Substring(&'f str),
}

fn sought(condition: &Match) -> Option<Sought<'_>> {
    if condition.field.as_ref().is_some_and(is_not_indexed) {
        return None;
    }
    match &condition.test {
        Test::Phrase(text) if condition.field.is_none() || prints_plainly(text) => Some(Sought::Phrase(text)),
        Test::Equal(Literal::Str(text)) if prints_plainly(text) => Some(Sought::Phrase(text)),
        Test::Substring(text) => Some(Sought::Substring(text)),
        _ => None,
    }
}

/// System columns, and times, whose text is not what the event holds.
fn is_not_indexed(field: &FieldName) -> bool {
    let name = field.name.as_str();
    name.starts_with('_') || alias::group(name).is_some_and(|group| group[0] == columns::TIME)
}

/// A number may equal a value that is written differently (`5.50`, `1e3`); such a text says nothing.
fn prints_plainly(text: &str) -> bool {
    match text.parse::<i64>() {
        Ok(number) => number.to_string() == text && number.unsigned_abs() < PLAIN_NUMBER_MAX,
        Err(_) => text.parse::<f64>().is_err() && !matches!(text.to_lowercase().as_str(), "true" | "false"),
    }
}
