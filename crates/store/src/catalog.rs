//! Which parts exist, and up to which offset does the store hold everything?
//!
//! One SQLite database. [`Catalog::publish`] adds a part and moves its partition's checkpoint in one
//! transaction, and refuses a part that does not begin exactly at the checkpoint: so neither a crash nor a
//! worker that lost its partition can lose an event or store it twice. Readers never wait for SQLite: after
//! each commit a new [`CatalogSnapshot`] replaces the old one.

mod snapshot;
mod sql;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use girok_event::{DatasetName, Timestamp};
use parking_lot::{Mutex, RwLock};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{PartId, PartMeta, StoreError};
use sql::failed;

pub use snapshot::CatalogSnapshot;

/// Offsets that a part answers for: all that the log held between `from` and `until` is in it. It is wider
/// than its rows where the log itself had none, or where records went to the dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Covers {
    /// The first offset.
    pub from: i64,
    /// The offset after the last.
    pub until: i64,
}

/// A part that no query sees any more but whose file may still be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedPart {
    /// Its id.
    pub id: PartId,
    /// Path of its file.
    pub path: String,
}

/// The database and its newest state in memory.
#[derive(Debug)]
pub struct Catalog {
    connection: Mutex<Connection>,
    snapshot: RwLock<Arc<CatalogSnapshot>>,
}

impl Catalog {
    /// Opens or creates the database and brings it to the current version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path).map_err(failed("open"))?;
        Catalog::over(connection)
    }

    fn over(mut connection: Connection) -> Result<Self, StoreError> {
        sql::prepare(&mut connection)?;
        let snapshot = sql::load(&connection)?;
        Ok(Catalog { connection: Mutex::new(connection), snapshot: RwLock::new(Arc::new(snapshot)) })
    }

    /// The state after the last commit.
    pub fn snapshot(&self) -> Arc<CatalogSnapshot> {
        self.snapshot.read().clone()
    }

    /// The offset up to which the store holds everything of a partition; 0 for a new one.
    pub fn checkpoint(&self, dataset: &DatasetName, partition: u32) -> i64 {
        self.snapshot().checkpoint(dataset, partition)
    }

    /// Adds a part and moves the checkpoint to the end of what it covers, or does neither.
    pub fn publish(&self, part: &PartMeta) -> Result<(), StoreError> {
        check_part(part)?;
        let PartMeta { dataset, partition, covers, .. } = part;
        let write = |transaction: &Transaction<'_>| {
            sql::move_checkpoint(transaction, dataset, *partition, *covers)?;
            sql::insert_part(transaction, part)
        };
        self.commit("publish to", write, |snapshot| {
            snapshot.set_checkpoint(dataset, *partition, covers.until);
            snapshot.add(Arc::new(part.clone()));
        })
    }

    /// Moves the checkpoint over offsets that have no row: the log lost them, or they are dead letters.
    pub fn skip(&self, dataset: &DatasetName, partition: u32, covers: Covers) -> Result<(), StoreError> {
        self.commit(
            "move checkpoint in",
            |transaction| sql::move_checkpoint(transaction, dataset, partition, covers),
            |snapshot| snapshot.set_checkpoint(dataset, partition, covers.until),
        )
    }

    /// Takes parts out of sight. Their files stay for queries in flight until [`Catalog::dropped`] gives
    /// them out for deletion.
    pub fn drop_parts(&self, parts: &[PartId], now: Timestamp) -> Result<(), StoreError> {
        self.commit(
            "drop parts of",
            |transaction| sql::mark_dropped(transaction, parts, now),
            |snapshot| snapshot.remove(parts),
        )
    }

    /// Takes all parts of a dataset out of sight and forgets its checkpoints; for a topic that was deleted.
    pub fn delete_dataset(&self, dataset: &DatasetName, now: Timestamp) -> Result<(), StoreError> {
        self.commit(
            "delete dataset from",
            |transaction| sql::delete_dataset(transaction, dataset, now),
            |snapshot| snapshot.remove_dataset(dataset),
        )
    }

    /// Parts dropped before `before`, whose files can be deleted.
    pub fn dropped(&self, before: Timestamp) -> Result<Vec<DroppedPart>, StoreError> {
        sql::dropped(&self.connection.lock(), before)
    }

    /// Forgets dropped parts whose files are gone.
    pub fn forget(&self, parts: &[PartId]) -> Result<(), StoreError> {
        self.commit("forget parts of", |transaction| sql::delete_dropped(transaction, parts), |_| {})
    }

    /// The paths of all parts that have a row, dropped ones included.
    pub fn paths(&self) -> Result<Vec<String>, StoreError> {
        sql::paths(&self.connection.lock())
    }

    /// One transaction; readers see its outcome as soon as it is durable.
    fn commit(
        &self,
        action: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
        mirror: impl FnOnce(&mut CatalogSnapshot),
    ) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed(action))?;
        if let Err(error) = write(&transaction) {
            drop(transaction);
            return Err(self.refused(&connection, error));
        }
        transaction.commit().map_err(failed(action))?;
        let mut next = CatalogSnapshot::clone(&self.snapshot());
        next.version += 1;
        mirror(&mut next);
        *self.snapshot.write() = Arc::new(next);
        Ok(())
    }

    /// A checkpoint that is not where the caller expected it may have been moved by a commit that was
    /// reported as failed, or by another process: readers are brought to what the database holds.
    fn refused(&self, connection: &Connection, error: StoreError) -> StoreError {
        if matches!(error, StoreError::NotAtCheckpoint { .. })
            && let Ok(mut stored) = sql::load(connection)
        {
            stored.version = self.snapshot().version + 1;
            *self.snapshot.write() = Arc::new(stored);
        }
        error
    }
}

/// Asserts what every reader relies on.
fn check_part(part: &PartMeta) -> Result<(), StoreError> {
    let Covers { from, until } = part.covers;
    let reason = match () {
        () if part.rows == 0 => "it has no rows",
        () if part.first_offset > part.last_offset => "its first offset is behind its last",
        () if part.first_offset < from || part.last_offset >= until => {
            "its rows lie outside of what it covers"
        }
        () if part.time_min > part.time_max => "its times are in the wrong order",
        () => return Ok(()),
    };
    Err(StoreError::InvalidPart { path: part.path.clone(), reason })
}
