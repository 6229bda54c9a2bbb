//! Which parts exist, and up to which offset does the store hold everything?
//!
//! One SQLite database. [`Catalog::publish`] adds a part and moves its partition's checkpoint in one
//! transaction, and refuses a part that does not begin exactly at the checkpoint: so neither a crash nor a
//! worker that lost its partition can lose an event or store it twice. Readers never wait for SQLite: after
//! each commit a new [`CatalogSnapshot`] replaces the old one.
//!
//! Several processes of one machine may share the database. [`Catalog::refresh`] brings in what others
//! committed; a commit does so by itself.
//!
//! Checkpoints count a log's offsets, so they are worth nothing for another log. [`Catalog::use_log`] says
//! which log they are of, and keeps those of each log apart.

mod snapshot;
mod sql;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use girok_event::{DatasetName, Timestamp};
use girok_index::PatternId;
use parking_lot::{Mutex, RwLock};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::part::rewrite::covers_of;
use crate::patterns::{KnownPattern, Seen};
use crate::{DayFile, EncodedPart, PartId, PartMeta, Patterns, Retention, StoreError};
use sql::failed;

pub use snapshot::CatalogSnapshot;

/// The name of the log that lies in the same data folder; a new catalog counts its offsets.
pub const EMBEDDED_LOG: &str = "embedded";

/// Offsets that a part answers for: all that the log held between `from` and `until` is in it. It is wider
/// than its rows where the log itself had none, or where records went to the dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Covers {
    /// The first offset.
    pub from: i64,
    /// The offset after the last.
    pub until: i64,
}

/// A part, or a day table, that no query sees any more but whose file may still be read.
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
    connection: Mutex<Database>,
    snapshot: RwLock<Arc<CatalogSnapshot>>,
}

#[derive(Debug)]
struct Database {
    connection: Connection,
    /// Changes when another connection commits; never with our own commits.
    version: i64,
}

impl Catalog {
    /// Opens or creates the database and brings it to the current version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path).map_err(failed("open"))?;
        Catalog::over(connection)
    }

    fn over(mut connection: Connection) -> Result<Self, StoreError> {
        sql::prepare(&mut connection)?;
        let version = sql::foreign_commits(&connection)?;
        let snapshot = sql::load(&connection)?;
        let database = Database { connection, version };
        Ok(Catalog { connection: Mutex::new(database), snapshot: RwLock::new(Arc::new(snapshot)) })
    }

    /// Says which log the checkpoints are of from now on. Those of the log before are put aside, those that
    /// were put aside for this one come back; a log that was never used begins without any. Only while no
    /// worker is at work on the database.
    pub fn use_log(&self, name: &str) -> Result<(), StoreError> {
        let mut database = self.connection.lock();
        let fail = "change the log of";
        let transaction = database
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed(fail))?;
        if sql::log_in_use(&transaction)? == name {
            return Ok(());
        }
        sql::change_log(&transaction, name)?;
        transaction.commit().map_err(failed(fail))?;
        self.reload(&mut database)
    }

    /// The log whose offsets the checkpoints count.
    pub fn log_in_use(&self) -> Result<String, StoreError> {
        sql::log_in_use(&self.connection.lock().connection)
    }

    /// Brings in what other processes committed; whether they did.
    pub fn refresh(&self) -> Result<bool, StoreError> {
        let mut database = self.connection.lock();
        let is_stale = sql::foreign_commits(&database.connection)? != database.version;
        if is_stale {
            self.reload(&mut database)?;
        }
        Ok(is_stale)
    }

    /// Makes the state of the database the newest one.
    fn reload(&self, database: &mut Database) -> Result<(), StoreError> {
        // Asked first: what is committed between the two is loaded now and once more.
        database.version = sql::foreign_commits(&database.connection)?;
        let mut stored = sql::load(&database.connection)?;
        stored.version = self.snapshot().version + 1;
        *self.snapshot.write() = Arc::new(stored);
        Ok(())
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
        self.publish_with(part, |_| Ok(()))
    }

    /// The same for a part as it was written, with the patterns of its messages.
    pub fn publish_part(&self, part: &EncodedPart, patterns: &Patterns) -> Result<(), StoreError> {
        let EncodedPart { meta: PartMeta { dataset, .. }, patterns: seen, .. } = part;
        // Texts are taken inside of the transaction, so that a later one never writes an older text.
        let known = |(id, seen): &(PatternId, Seen)| {
            let text = patterns.text(dataset, *id).unwrap_or_default();
            KnownPattern { id: *id, text, seen: *seen }
        };
        self.publish_with(&part.meta, |transaction| {
            sql::add_patterns(transaction, dataset, seen.iter().map(known))
        })?;
        patterns.note(dataset, seen);
        Ok(())
    }

    fn publish_with(
        &self,
        part: &PartMeta,
        more: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        check_part(part)?;
        let PartMeta { dataset, partition, covers, .. } = part;
        let write = |transaction: &Transaction<'_>| {
            sql::move_checkpoint(transaction, dataset, *partition, *covers)?;
            sql::insert_part(transaction, part)?;
            more(transaction)
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

    /// Puts `new`, if there is one, in the place of `old` in one transaction: rows are written anew, and no
    /// checkpoint moves. Refused if one of the old parts is no longer visible.
    pub fn replace(
        &self,
        old: &[Arc<PartMeta>],
        new: Option<&PartMeta>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(new) = new {
            check_part(new)?;
            check_replacement(old, new)?;
        }
        let ids: Vec<PartId> = old.iter().map(|part| part.id).collect();
        let write = |transaction: &Transaction<'_>| {
            old.iter().try_for_each(|part| sql::drop_visible(transaction, part, now))?;
            new.map_or(Ok(()), |new| sql::insert_part(transaction, new))
        };
        self.commit("replace parts of", write, |snapshot| {
            snapshot.remove(&ids);
            new.into_iter().for_each(|new| snapshot.add(Arc::new(new.clone())));
        })
    }

    /// Puts `new` in the place of the tables that a day of a dataset has, in one transaction.
    pub(crate) fn replace_days(
        &self,
        dataset: &DatasetName,
        day: i64,
        new: &[DayFile],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.commit(
            "publish day tables to",
            |transaction| sql::replace_days(transaction, dataset, day, new, now),
            |snapshot| snapshot.replace_days(dataset, day, new),
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

    /// What was published of patterns, of all datasets.
    pub fn patterns(&self) -> Result<Vec<(DatasetName, KnownPattern)>, StoreError> {
        sql::patterns(&self.connection.lock().connection)
    }

    /// Sets what a dataset keeps differently from the others.
    pub fn set_retention(&self, dataset: &DatasetName, retention: Retention) -> Result<(), StoreError> {
        self.commit(
            "set retention in",
            |transaction| sql::set_retention(transaction, dataset, retention),
            |snapshot| {
                snapshot.retentions.insert(dataset.clone(), retention);
            },
        )
    }

    /// Parts and day tables dropped before `before`, whose files can be deleted.
    pub fn dropped(&self, before: Timestamp) -> Result<Vec<DroppedPart>, StoreError> {
        let mut database = self.connection.lock();
        let dropped = sql::dropped(&database.connection, before)?;
        let snapshot = self.snapshot();
        if dropped.iter().any(|part| snapshot.has(part.id)) {
            // A commit that was reported as failed, or another process's, has happened: first readers learn of it.
            self.reload(&mut database)?;
            return Ok(Vec::new());
        }
        Ok(dropped)
    }

    /// Forgets dropped parts and day tables whose files are gone.
    pub fn forget(&self, parts: &[PartId]) -> Result<(), StoreError> {
        self.commit("forget parts of", |transaction| sql::delete_dropped(transaction, parts), |_| {})
    }

    /// The paths of all parts and day tables that have a row, dropped ones included.
    pub fn paths(&self) -> Result<Vec<String>, StoreError> {
        sql::paths(&self.connection.lock().connection)
    }

    /// One transaction; readers see its outcome as soon as it is durable.
    fn commit(
        &self,
        action: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> Result<(), StoreError>,
        mirror: impl FnOnce(&mut CatalogSnapshot),
    ) -> Result<(), StoreError> {
        let mut database = self.connection.lock();
        let transaction = database
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed(action))?;
        if let Err(error) = write(&transaction) {
            drop(transaction);
            return Err(self.refused(&mut database, error));
        }
        if let Err(error) = transaction.commit() {
            // It may have happened all the same.
            return Err(self.refused(&mut database, failed(action)(error)));
        }
        if sql::foreign_commits(&database.connection)? != database.version {
            return self.reload(&mut database);
        }
        let mut next = CatalogSnapshot::clone(&self.snapshot());
        next.version += 1;
        mirror(&mut next);
        *self.snapshot.write() = Arc::new(next);
        Ok(())
    }

    /// What the caller expected of the database may have been changed by a commit that was reported as
    /// failed, or by another process: readers are brought to what the database holds.
    fn refused(&self, database: &mut Database, error: StoreError) -> StoreError {
        if let Err(reload) = self.reload(database) {
            tracing::error!(error = &reload as &dyn std::error::Error, "catalog cannot be read again");
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

/// Asserts that a part covers exactly what the parts covered that it replaces.
fn check_replacement(old: &[Arc<PartMeta>], new: &PartMeta) -> Result<(), StoreError> {
    let is_same_partition =
        old.iter().all(|part| part.dataset == new.dataset && part.partition == new.partition);
    let reason = match (is_same_partition, covers_of(old)) {
        (true, Some(covers)) if covers == new.covers => return Ok(()),
        (true, _) => "it does not cover what the parts covered that it replaces",
        (false, _) => "it is of another partition than the parts it replaces",
    };
    Err(StoreError::InvalidPart { path: new.path.clone(), reason })
}
