//! Which parts of a day that is over may hold a token?
//!
//! A search for an id over weeks would open each part of each day. For a day of several parts [`table_days`] therefore
//! writes a day table ([`girok_index::DayTableBuilder`]), which names the parts that may hold a token. It only rules out:
//! what it does not know, a part that came later or a table that cannot be read, is opened as without it. So a table need
//! not be changed with its parts; it is made again when much has come to its day, and dropped when little is left of it.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use girok_event::{DatasetName, Timestamp, columns};
use girok_index::{DayHead, DayTable, DayTableBuilder};

use crate::part::rewrite::Pace;
use crate::partstore::DAY_SUFFIX;
use crate::{ColumnKind, PartId, PartMeta, PartStore, Store, StoreError};

const DAY_NANOS: i64 = 24 * 3600 * 1_000_000_000;
/// After the end of a day its late events are waited for.
const SETTLING_NANOS: i64 = 3600 * 1_000_000_000;
/// A day of fewer parts is searched as quickly without a table.
const PARTS_MIN: usize = 4;
/// Bytes of the tables in memory while one is written; a day of more has several.
const TABLE_BYTES_MAX: usize = 64 << 20;

/// What the catalog knows of a day table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFile {
    /// Its id, from the same numbers as those of parts.
    pub id: PartId,
    /// The dataset.
    pub dataset: DatasetName,
    /// The day on which the last event of each part lies, counted from 1970.
    pub day: i64,
    /// Path below the root of the parts.
    pub path: String,
    /// The parts that it knows, in its order.
    pub parts: Arc<[PartId]>,
    /// How much of the file is its head.
    pub head_bytes: u64,
}

impl DayFile {
    /// Its head, for lookups.
    pub async fn head(&self, store: &PartStore) -> Result<DayHead, StoreError> {
        let whole = Range { start: 0, end: self.head_bytes };
        let bytes = store.read_day(&self.path, std::slice::from_ref(&whole)).await?;
        let head = DayHead::decode(bytes.first().map_or(&[][..], Bytes::as_ref)).map_err(self.failed())?;
        if head.parts() != self.parts.len() {
            return Err(self.failed()(girok_index::IndexError::Corrupt { what: "it knows other parts" }));
        }
        Ok(head)
    }

    /// Some segments, with their numbers.
    pub async fn segments(
        &self,
        store: &PartStore,
        head: &DayHead,
        wanted: &[usize],
    ) -> Result<Vec<(usize, DayTable)>, StoreError> {
        let ranges: Vec<Range<u64>> = wanted.iter().map(|segment| head.range(*segment)).collect();
        let read = store.read_day(&self.path, &ranges).await?;
        let open = |(segment, bytes): (&usize, Bytes)| Ok((*segment, head.open(*segment, &bytes)?));
        wanted.iter().zip(read).map(open).collect::<Result<_, _>>().map_err(self.failed())
    }

    fn failed(&self) -> impl FnOnce(girok_index::IndexError) -> StoreError {
        let path = self.path.clone();
        move |source| StoreError::DayTable { path, source }
    }
}

/// Makes the tables of one day of a dataset anew, if there is one that needs it; which one. It blocks; call it again
/// until there is nothing left to do.
pub fn table_days(
    store: &Store,
    dataset: &DatasetName,
    now: Timestamp,
    mut next_id: impl FnMut() -> PartId,
    pace: &Pace<'_>,
) -> Result<Option<i64>, StoreError> {
    let snapshot = store.catalog.snapshot();
    let Some((day, parts)) = due(&snapshot.parts(dataset), &snapshot.days(dataset), now) else {
        return Ok(None);
    };
    let mut files = Vec::new();
    let (mut builder, mut known) = (DayTableBuilder::default(), Vec::new());
    for part in &parts {
        let index = block_on(store.parts.index(part));
        if let Err(error) = &index {
            tracing::warn!(
                path = part.path,
                error = error as &dyn std::error::Error,
                "part left out of day table"
            );
        }
        builder.add(index.ok(), &texts_of(part));
        known.push(part.id);
        if pace(part.index.length).is_break() {
            return Err(StoreError::Stopped);
        }
        if builder.size_bytes() >= TABLE_BYTES_MAX {
            let (builder, known) = (std::mem::take(&mut builder), std::mem::take(&mut known));
            files.extend(write(store, dataset, day, next_id(), builder, known)?);
        }
    }
    if !builder.is_empty() {
        files.extend(write(store, dataset, day, next_id(), builder, known)?);
    }
    store.catalog.replace_days(dataset, day, &files, now)?;
    Ok(Some(day))
}

/// The columns of text of a part, but for those of the line itself.
fn texts_of(part: &PartMeta) -> Vec<&str> {
    let of_line = [columns::MESSAGE, columns::HEAD, columns::RAW];
    let texts = part.columns.iter().filter(|column| column.kind == ColumnKind::Text);
    texts.map(|column| column.name.as_str()).filter(|name| !of_line.contains(name)).collect()
}

fn write(
    store: &Store,
    dataset: &DatasetName,
    day: i64,
    id: PartId,
    builder: DayTableBuilder,
    parts: Vec<PartId>,
) -> Result<Option<DayFile>, StoreError> {
    let Some((bytes, head)) = builder.finish() else { return Ok(None) };
    let date = Timestamp(day.saturating_mul(DAY_NANOS)).to_civil();
    let path = format!("{dataset}/{:04}-{:02}-{:02}/day-{id}{DAY_SUFFIX}", date.year, date.month, date.day);
    block_on(store.parts.put(&path, bytes.into()))?;
    Ok(Some(DayFile {
        id,
        dataset: dataset.clone(),
        day,
        path,
        parts: parts.into(),
        head_bytes: head as u64,
    }))
}

/// The first day whose tables are to be made anew, and the parts that they are to know; none if they are only to go.
fn due(
    parts: &[Arc<PartMeta>],
    tables: &[Arc<DayFile>],
    now: Timestamp,
) -> Option<(i64, Vec<Arc<PartMeta>>)> {
    let mut days: BTreeMap<i64, (Vec<&Arc<PartMeta>>, HashSet<PartId>)> = BTreeMap::new();
    for part in parts {
        days.entry(part.time_max.as_nanos().div_euclid(DAY_NANOS)).or_default().0.push(part);
    }
    for table in tables {
        days.entry(table.day).or_default().1.extend(table.parts.iter());
    }
    days.into_iter().find_map(|(day, (parts, tabled))| {
        let (known, new): (Vec<_>, Vec<_>) = parts.iter().partition(|part| tabled.contains(&part.id));
        let rows = |parts: &[&&Arc<PartMeta>]| parts.iter().map(|part| part.rows).sum::<u64>();
        let end = day.saturating_add(1).saturating_mul(DAY_NANOS).saturating_add(SETTLING_NANOS);
        let is_worth_it = parts.len() >= PARTS_MIN;
        let has_come =
            is_worth_it && end <= now.as_nanos() && !new.is_empty() && rows(&new) >= rows(&known) / 2;
        let is_to_go = !tabled.is_empty() && known.len() < PARTS_MIN / 2;
        let kept = if is_worth_it { parts.iter().map(|part| Arc::clone(part)).collect() } else { Vec::new() };
        (has_come || is_to_go).then_some((day, kept))
    })
}
