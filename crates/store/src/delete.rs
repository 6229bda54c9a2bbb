//! How do single rows leave the store?
//!
//! A part never changes, so it is written anew without them, and takes the old one's place in one
//! transaction. It goes on covering the same offsets, and the checkpoint stands where it stood: a row that
//! was deleted is not read from the log again. Which rows those are is not decided here.

use std::sync::Arc;

use crate::compact::replace;
use crate::part::open::OpenPart;
use crate::part::rewrite::{Source, rewrite};
use crate::{PartMeta, PartSpec, Store, StoreError, Turn};

/// What became of a part that lost rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Rows that are gone.
    pub rows: u64,
    /// The part in its place; none if no row was left.
    pub new: Option<Arc<PartMeta>>,
}

/// Takes the rows at `offsets`, which rise and are all in `part`, out of it. Nothing is changed, and nothing
/// returned, if the part is not visible any more: its rows may be in another one now.
pub fn delete_rows(
    store: &Store,
    part: &Arc<PartMeta>,
    offsets: &[i64],
    turn: Turn<'_>,
) -> Result<Option<Deleted>, StoreError> {
    let schema = OpenPart::open(&store.parts, &part.path, part.size_bytes)?.schema();
    let sources = [Source { part: part.clone(), without: offsets.to_vec() }];
    let spec = PartSpec { id: turn.id, covers: part.covers };
    let new = rewrite(store, &sources, &schema, spec, turn.pace)?.part;
    let kept = new.as_ref().map_or(0, |new| new.rows);
    let old = std::slice::from_ref(part);
    let deleted = Deleted { rows: part.rows - kept, new: new.clone().map(Arc::new) };
    Ok(replace(store, old, new.as_ref(), turn.now)?.then_some(deleted))
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    use futures::executor::block_on;
    use girok_event::{DatasetName, Event, Timestamp, columns};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::{Covers, PartId, Patterns, RowOrigin, RowsBuilder, write_part};

    fn store(dir: &std::path::Path, rows: i64) -> Store {
        let store = Store::in_folder(dir);
        let mut builder = RowsBuilder::new(DatasetName::default_dataset(), 0);
        for offset in 0..rows {
            let origin =
                RowOrigin { offset, received: Timestamp(offset), source: "", input: "", raw_bytes: 10 };
            builder.push(&Event::default(), origin);
        }
        let chunk = Arc::new(builder.cut().unwrap().unwrap());
        let spec = PartSpec { id: PartId(1), covers: Covers { from: 0, until: rows + 5 } };
        let part = write_part(&[chunk], spec, &Patterns::default()).unwrap();
        block_on(store.parts.put(&part.meta.path, part.bytes)).unwrap();
        store.catalog.publish(&part.meta).unwrap();
        store
    }

    fn visible(store: &Store) -> Vec<i64> {
        let parts = store.catalog.snapshot().parts(&DatasetName::default_dataset());
        let mut all = Vec::new();
        for part in parts.iter() {
            let bytes = block_on(store.parts.read(&part.path)).unwrap();
            for batch in ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap() {
                let batch = batch.unwrap();
                let offsets = batch.column_by_name(columns::OFFSET).unwrap();
                all.extend(offsets.as_primitive::<Int64Type>().values().to_vec());
            }
        }
        all
    }

    fn delete(store: &Store, id: u64, offsets: &[i64]) -> Option<Deleted> {
        let part = store.catalog.snapshot().parts(&DatasetName::default_dataset())[0].clone();
        delete_rows(store, &part, offsets, Turn::unpaced(PartId(id), Timestamp(1))).unwrap()
    }

    #[test]
    fn rows_leave_and_everything_else_stays() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), 6);
        let deleted = delete(&store, 2, &[0, 3, 5]).unwrap();
        let new = deleted.new.unwrap();
        assert_eq!((deleted.rows, new.rows, new.raw_bytes), (3, 3, 30));
        assert_eq!((new.first_offset, new.last_offset), (1, 4));
        assert_eq!((new.time_min, new.time_max), (Timestamp(1), Timestamp(4)));
        assert_eq!(new.covers, Covers { from: 0, until: 11 });
        assert_eq!(visible(&store), [1, 2, 4]);
        let name = DatasetName::default_dataset();
        assert_eq!(store.catalog.checkpoint(&name, 0), 11);

        let deleted = delete(&store, 3, &[1, 2, 4]).unwrap();
        assert_eq!((deleted.rows, deleted.new), (3, None));
        assert!(visible(&store).is_empty());
        assert_eq!(store.catalog.checkpoint(&name, 0), 11, "what was deleted is not read again");
    }

    #[test]
    fn a_part_that_is_gone_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), 3);
        let part = store.catalog.snapshot().parts(&DatasetName::default_dataset())[0].clone();
        delete(&store, 2, &[0]).unwrap();
        let late = delete_rows(&store, &part, &[1], Turn::unpaced(PartId(3), Timestamp(1))).unwrap();
        assert_eq!(late, None);
        assert_eq!(visible(&store), [1, 2]);
    }
}
