//! Every SQL statement of the catalog, and nothing else.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use girok_event::{DatasetName, Timestamp};
use girok_index::PatternId;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{CatalogSnapshot, Covers, DroppedPart};
use crate::patterns::{KnownPattern, Seen};
use crate::{ColumnKind, ColumnMeta, DayFile, IndexLocation, Limit, PartId, PartMeta, Retention, StoreError};

/// Step `n` brings a database from version `n` to `n + 1`. A step that was released is never changed.
const MIGRATIONS: [&str; 5] = [PARTS, RETENTION, PATTERNS, LOGS, DAYS];

const PARTS: &str = "
    CREATE TABLE dataset (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE checkpoint (
        dataset INTEGER NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
        partition INTEGER NOT NULL CHECK (partition >= 0),
        next_offset INTEGER NOT NULL CHECK (next_offset >= 0),
        PRIMARY KEY (dataset, partition)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE part (
        id TEXT PRIMARY KEY,
        dataset INTEGER NOT NULL REFERENCES dataset (id),
        partition INTEGER NOT NULL,
        covers_from INTEGER NOT NULL,
        covers_until INTEGER NOT NULL,
        first_offset INTEGER NOT NULL,
        last_offset INTEGER NOT NULL,
        path TEXT NOT NULL UNIQUE,
        row_count INTEGER NOT NULL CHECK (row_count > 0),
        size_bytes INTEGER NOT NULL,
        raw_bytes INTEGER NOT NULL,
        time_min INTEGER NOT NULL,
        time_max INTEGER NOT NULL,
        columns TEXT NOT NULL,
        index_offset INTEGER NOT NULL,
        index_length INTEGER NOT NULL,
        index_checksum TEXT NOT NULL,
        dropped_at INTEGER,
        CHECK (covers_from <= first_offset AND first_offset <= last_offset AND last_offset < covers_until)
    ) STRICT;
    CREATE INDEX part_by_offset ON part (dataset, partition, first_offset);
    CREATE INDEX part_dropped ON part (dropped_at) WHERE dropped_at IS NOT NULL;
";

/// A limit that is null is the common one; -1 is none.
const RETENTION: &str = "
    CREATE TABLE retention (
        dataset INTEGER PRIMARY KEY REFERENCES dataset (id) ON DELETE CASCADE,
        age_seconds INTEGER CHECK (age_seconds >= -1),
        size_bytes INTEGER CHECK (size_bytes >= -1)
    ) STRICT;
";

/// What messages of each dataset are like; `id` in hexadecimal.
const PATTERNS: &str = "
    CREATE TABLE pattern (
        dataset INTEGER NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        text TEXT NOT NULL,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        row_count INTEGER NOT NULL,
        PRIMARY KEY (dataset, id)
    ) STRICT, WITHOUT ROWID;
";

/// The log whose offsets the checkpoints count, and the checkpoints of logs that were used before.
const LOGS: &str = "
    CREATE TABLE log_in_use (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        name TEXT NOT NULL
    ) STRICT;
    INSERT INTO log_in_use VALUES (1, 'embedded');
    CREATE TABLE checkpoint_aside (
        log TEXT NOT NULL,
        dataset INTEGER NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
        partition INTEGER NOT NULL,
        next_offset INTEGER NOT NULL,
        PRIMARY KEY (log, dataset, partition)
    ) STRICT, WITHOUT ROWID;
";

/// Day tables; `parts` are the ids of the parts that each knows, in its order.
const DAYS: &str = "
    CREATE TABLE day_table (
        id TEXT PRIMARY KEY,
        dataset INTEGER NOT NULL REFERENCES dataset (id),
        day INTEGER NOT NULL,
        path TEXT NOT NULL UNIQUE,
        parts TEXT NOT NULL,
        head_bytes INTEGER NOT NULL,
        dropped_at INTEGER
    ) STRICT;
    CREATE INDEX day_table_by_day ON day_table (dataset, day) WHERE dropped_at IS NULL;
";

const PART_FIELDS: &str = "part.id, name, partition, covers_from, covers_until, first_offset, last_offset, path,
    row_count, size_bytes, raw_bytes, time_min, time_max, columns, index_offset, index_length, index_checksum";

/// Turns an error of SQLite into one that says what was tried.
pub(super) fn failed(action: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |source| StoreError::Catalog { action, source }
}

/// Sets the durability the commit protocol relies on, and migrates.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
        PRAGMA busy_timeout = 5000;";
    connection.execute_batch(pragmas).map_err(failed("open"))?;
    let version: i64 =
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed("open"))?;
    let known = MIGRATIONS.len() as i64;
    if version > known || version < 0 {
        return Err(StoreError::CatalogVersion { got: version, known });
    }
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(version as usize) {
        let transaction = connection.transaction().map_err(failed("migrate"))?;
        transaction.execute_batch(sql).map_err(failed("migrate"))?;
        transaction.pragma_update(None, "user_version", step as i64 + 1).map_err(failed("migrate"))?;
        transaction.commit().map_err(failed("migrate"))?;
    }
    Ok(())
}

/// A number that changes with each commit of another connection.
pub(super) fn foreign_commits(connection: &Connection) -> Result<i64, StoreError> {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0)).map_err(failed("read"))
}

/// The log whose offsets the checkpoints count.
pub(super) fn log_in_use(connection: &Connection) -> Result<String, StoreError> {
    connection.query_row("SELECT name FROM log_in_use", [], |row| row.get(0)).map_err(failed("read"))
}

/// Puts the checkpoints aside, and takes up those that were put aside for the log `name`.
pub(super) fn change_log(transaction: &Transaction<'_>, name: &str) -> Result<(), StoreError> {
    let steps = [
        "INSERT INTO checkpoint_aside SELECT (SELECT name FROM log_in_use), dataset, partition, next_offset
            FROM checkpoint WHERE ?1 <> (SELECT name FROM log_in_use)",
        "DELETE FROM checkpoint WHERE ?1 <> (SELECT name FROM log_in_use)",
        "INSERT INTO checkpoint SELECT dataset, partition, next_offset FROM checkpoint_aside WHERE log = ?1",
        "DELETE FROM checkpoint_aside WHERE log = ?1",
        "UPDATE log_in_use SET name = ?1",
    ];
    steps
        .iter()
        .try_for_each(|step| transaction.execute(step, [name]).map(drop))
        .map_err(failed("change the log of"))
}

/// Everything that queries see.
pub(super) fn load(connection: &Connection) -> Result<CatalogSnapshot, StoreError> {
    let order = "ORDER BY name, partition, first_offset";
    let select = format!(
        "SELECT {PART_FIELDS} FROM part JOIN dataset ON dataset.id = part.dataset WHERE dropped_at IS NULL {order}"
    );
    let parts: Vec<PartMeta> = collect(connection, &select, part_of)?;
    let mut by_dataset: BTreeMap<DatasetName, Vec<Arc<PartMeta>>> = BTreeMap::new();
    for part in parts {
        by_dataset.entry(part.dataset.clone()).or_default().push(Arc::new(part));
    }
    let select = "SELECT day_table.id, name, day, path, parts, head_bytes FROM day_table
        JOIN dataset ON dataset.id = dataset WHERE dropped_at IS NULL ORDER BY name, day, path";
    let mut days: BTreeMap<DatasetName, Vec<Arc<DayFile>>> = BTreeMap::new();
    for day in collect(connection, select, day_of)? {
        days.entry(day.dataset.clone()).or_default().push(Arc::new(day));
    }
    let select = "SELECT name, partition, next_offset FROM checkpoint JOIN dataset ON dataset.id = dataset";
    let checkpoints =
        collect(connection, select, |row| Ok(((dataset_of(row, 0)?, row.get(1)?), row.get(2)?)))?;
    let select = "SELECT name, age_seconds, size_bytes FROM retention JOIN dataset ON dataset.id = dataset";
    let retentions = collect(connection, select, |row| {
        let retention = Retention { age_seconds: limit_of(row, 1)?, size_bytes: limit_of(row, 2)? };
        Ok((dataset_of(row, 0)?, retention))
    })?;
    Ok(CatalogSnapshot {
        version: 0,
        parts: by_dataset.into_iter().map(|(name, parts)| (name, parts.into())).collect(),
        days: days.into_iter().map(|(name, days)| (name, days.into())).collect(),
        checkpoints: HashMap::from_iter(checkpoints),
        retentions: BTreeMap::from_iter(retentions),
    })
}

/// Moves a checkpoint from where `covers` begins to where it ends, or refuses.
pub(super) fn move_checkpoint(
    transaction: &Transaction<'_>,
    dataset: &DatasetName,
    partition: u32,
    covers: Covers,
) -> Result<(), StoreError> {
    let fail = "move checkpoint in";
    let id = dataset_id(transaction, dataset)?;
    let select = "SELECT next_offset FROM checkpoint WHERE dataset = ?1 AND partition = ?2";
    let found = transaction.query_row(select, params![id, partition], |row| row.get(0)).optional();
    let checkpoint = found.map_err(failed(fail))?.unwrap_or(0);
    if covers.from != checkpoint || covers.until < covers.from {
        let Covers { from, until } = covers;
        return Err(StoreError::NotAtCheckpoint {
            dataset: dataset.clone(),
            partition,
            from,
            until,
            checkpoint,
        });
    }
    let upsert = "INSERT INTO checkpoint VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset";
    transaction.execute(upsert, params![id, partition, covers.until]).map_err(failed(fail))?;
    Ok(())
}

/// Adds the row of a part.
pub(super) fn insert_part(transaction: &Transaction<'_>, part: &PartMeta) -> Result<(), StoreError> {
    let insert =
        "INSERT INTO part (id, dataset, partition, covers_from, covers_until, first_offset, last_offset,
        path, row_count, size_bytes, raw_bytes, time_min, time_max, columns, index_offset, index_length,
        index_checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    let values = params![
        part.id.to_string(),
        dataset_id(transaction, &part.dataset)?,
        part.partition,
        part.covers.from,
        part.covers.until,
        part.first_offset,
        part.last_offset,
        part.path,
        part.rows as i64,
        part.size_bytes as i64,
        part.raw_bytes as i64,
        part.time_min.as_nanos(),
        part.time_max.as_nanos(),
        print_columns(&part.columns),
        part.index.offset as i64,
        part.index.length as i64,
        format!("{:016x}", part.index.checksum),
    ];
    transaction.execute(insert, values).map_err(failed("publish to"))?;
    Ok(())
}

/// Marks parts as dropped at `now`; one that is dropped already keeps its time.
pub(super) fn mark_dropped(
    transaction: &Transaction<'_>,
    parts: &[PartId],
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = "UPDATE part SET dropped_at = ?2 WHERE id = ?1 AND dropped_at IS NULL";
    for part in parts {
        let values = params![part.to_string(), now.as_nanos()];
        transaction.execute(update, values).map_err(failed("drop parts of"))?;
    }
    Ok(())
}

/// Marks one part as dropped, or refuses because it is not visible.
pub(super) fn drop_visible(
    transaction: &Transaction<'_>,
    part: &PartMeta,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = "UPDATE part SET dropped_at = ?2 WHERE id = ?1 AND dropped_at IS NULL";
    let values = params![part.id.to_string(), now.as_nanos()];
    match transaction.execute(update, values).map_err(failed("replace parts of"))? {
        0 => {
            let (dataset, partition, path) = (part.dataset.clone(), part.partition, part.path.clone());
            Err(StoreError::PartsGone { dataset, partition, path })
        }
        _ => Ok(()),
    }
}

/// Marks all parts of a dataset as dropped and removes its checkpoints.
pub(super) fn delete_dataset(
    transaction: &Transaction<'_>,
    dataset: &DatasetName,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = dataset_id(transaction, dataset)?;
    for update in [
        "UPDATE part SET dropped_at = ?2 WHERE dataset = ?1 AND dropped_at IS NULL",
        "UPDATE day_table SET dropped_at = ?2 WHERE dataset = ?1 AND dropped_at IS NULL",
    ] {
        transaction.execute(update, params![id, now.as_nanos()]).map_err(failed("delete dataset from"))?;
    }
    transaction
        .execute("DELETE FROM checkpoint WHERE dataset = ?1", [id])
        .map_err(failed("delete dataset from"))?;
    transaction
        .execute("DELETE FROM retention WHERE dataset = ?1", [id])
        .map_err(failed("delete dataset from"))?;
    transaction
        .execute("DELETE FROM pattern WHERE dataset = ?1", [id])
        .map_err(failed("delete dataset from"))?;
    Ok(())
}

/// Puts `new` in the place of the tables that a day of a dataset has.
pub(super) fn replace_days(
    transaction: &Transaction<'_>,
    dataset: &DatasetName,
    day: i64,
    new: &[DayFile],
    now: Timestamp,
) -> Result<(), StoreError> {
    let fail = "publish day tables to";
    let id = dataset_id(transaction, dataset)?;
    let update =
        "UPDATE day_table SET dropped_at = ?3 WHERE dataset = ?1 AND day = ?2 AND dropped_at IS NULL";
    transaction.execute(update, params![id, day, now.as_nanos()]).map_err(failed(fail))?;
    let insert =
        "INSERT INTO day_table (id, dataset, day, path, parts, head_bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    for file in new {
        let parts: Vec<String> = file.parts.iter().map(PartId::to_string).collect();
        let parts = parts.join(" ");
        let values = params![file.id.to_string(), id, day, file.path, parts, file.head_bytes as i64];
        transaction.execute(insert, values).map_err(failed(fail))?;
    }
    Ok(())
}

/// Adds what a part says of the patterns of its dataset.
pub(super) fn add_patterns(
    transaction: &Transaction<'_>,
    dataset: &DatasetName,
    patterns: impl Iterator<Item = KnownPattern>,
) -> Result<(), StoreError> {
    let fail = "publish patterns to";
    let dataset = dataset_id(transaction, dataset)?;
    let upsert = "INSERT INTO pattern VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET
        text = excluded.text,
        first_seen = min(first_seen, excluded.first_seen),
        last_seen = max(last_seen, excluded.last_seen),
        row_count = row_count + excluded.row_count";
    let mut upsert = transaction.prepare_cached(upsert).map_err(failed(fail))?;
    for KnownPattern { id, text, seen } in patterns {
        let id = PartId(id.0).to_string();
        let (first, last) = (seen.first.as_nanos(), seen.last.as_nanos());
        upsert.execute(params![dataset, id, text, first, last, seen.rows as i64]).map_err(failed(fail))?;
    }
    Ok(())
}

/// All patterns of all datasets.
pub(super) fn patterns(connection: &Connection) -> Result<Vec<(DatasetName, KnownPattern)>, StoreError> {
    let select = "SELECT name, pattern.id, text, first_seen, last_seen, row_count
        FROM pattern JOIN dataset ON dataset.id = dataset";
    collect(connection, select, |row| {
        let seen = Seen {
            first: Timestamp(row.get(3)?),
            last: Timestamp(row.get(4)?),
            rows: row.get::<_, i64>(5)? as u64,
        };
        let id = PatternId(parsed::<PartId>(row, 1)?.0);
        Ok((dataset_of(row, 0)?, KnownPattern { id, text: row.get(2)?, seen }))
    })
}

/// Sets what a dataset keeps.
pub(super) fn set_retention(
    transaction: &Transaction<'_>,
    dataset: &DatasetName,
    retention: Retention,
) -> Result<(), StoreError> {
    let stored = |limit| match limit {
        Limit::Common => None,
        Limit::Endless => Some(-1),
        Limit::Max(limit) => Some(i64::try_from(limit).unwrap_or(i64::MAX)),
    };
    let values = params![
        dataset_id(transaction, dataset)?,
        stored(retention.age_seconds),
        stored(retention.size_bytes)
    ];
    let upsert = "INSERT OR REPLACE INTO retention VALUES (?1, ?2, ?3)";
    transaction.execute(upsert, values).map_err(failed("set retention in"))?;
    Ok(())
}

/// The parts and day tables dropped before `before`.
pub(super) fn dropped(connection: &Connection, before: Timestamp) -> Result<Vec<DroppedPart>, StoreError> {
    let before = before.as_nanos();
    let select = format!(
        "SELECT id, path FROM part WHERE dropped_at < {before}
        UNION ALL SELECT id, path FROM day_table WHERE dropped_at < {before}"
    );
    collect(connection, &select, |row| Ok(DroppedPart { id: parsed(row, 0)?, path: row.get(1)? }))
}

/// Deletes the rows of dropped parts and day tables.
pub(super) fn delete_dropped(transaction: &Transaction<'_>, parts: &[PartId]) -> Result<(), StoreError> {
    for delete in [
        "DELETE FROM part WHERE id = ?1 AND dropped_at IS NOT NULL",
        "DELETE FROM day_table WHERE id = ?1 AND dropped_at IS NOT NULL",
    ] {
        for part in parts {
            transaction.execute(delete, [part.to_string()]).map_err(failed("forget parts of"))?;
        }
    }
    Ok(())
}

/// The paths of all rows.
pub(super) fn paths(connection: &Connection) -> Result<Vec<String>, StoreError> {
    collect(connection, "SELECT path FROM part UNION ALL SELECT path FROM day_table", |row| row.get(0))
}

fn dataset_id(transaction: &Transaction<'_>, dataset: &DatasetName) -> Result<i64, StoreError> {
    let fail = "write dataset to";
    let insert = "INSERT INTO dataset (name) VALUES (?1) ON CONFLICT DO NOTHING";
    transaction.execute(insert, [dataset.as_str()]).map_err(failed(fail))?;
    let select = "SELECT id FROM dataset WHERE name = ?1";
    transaction.query_row(select, [dataset.as_str()], |row| row.get(0)).map_err(failed(fail))
}

fn collect<T>(
    connection: &Connection,
    select: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare(select).map_err(failed("read"))?;
    let rows = statement.query_map([], read).map_err(failed("read"))?;
    rows.collect::<rusqlite::Result<_>>().map_err(failed("read"))
}

fn part_of(row: &Row<'_>) -> rusqlite::Result<PartMeta> {
    Ok(PartMeta {
        id: parsed(row, 0)?,
        dataset: dataset_of(row, 1)?,
        partition: row.get(2)?,
        covers: Covers { from: row.get(3)?, until: row.get(4)? },
        first_offset: row.get(5)?,
        last_offset: row.get(6)?,
        path: row.get(7)?,
        rows: row.get::<_, i64>(8)? as u64,
        size_bytes: row.get::<_, i64>(9)? as u64,
        raw_bytes: row.get::<_, i64>(10)? as u64,
        time_min: Timestamp(row.get(11)?),
        time_max: Timestamp(row.get(12)?),
        columns: columns_of(row, 13)?,
        index: IndexLocation {
            offset: row.get::<_, i64>(14)? as u64,
            length: row.get::<_, i64>(15)? as u64,
            checksum: parsed::<PartId>(row, 16)?.0,
        },
    })
}

fn day_of(row: &Row<'_>) -> rusqlite::Result<DayFile> {
    let parts: String = row.get(4)?;
    let parts = parts.split_whitespace().map(|id| id.parse().map_err(|error| damaged(4, error)));
    Ok(DayFile {
        id: parsed(row, 0)?,
        dataset: dataset_of(row, 1)?,
        day: row.get(2)?,
        path: row.get(3)?,
        parts: parts.collect::<rusqlite::Result<_>>()?,
        head_bytes: row.get::<_, i64>(5)? as u64,
    })
}

fn limit_of(row: &Row<'_>, at: usize) -> rusqlite::Result<Limit> {
    Ok(match row.get::<_, Option<i64>>(at)? {
        None => Limit::Common,
        Some(limit) => u64::try_from(limit).map_or(Limit::Endless, Limit::Max),
    })
}

fn dataset_of(row: &Row<'_>, at: usize) -> rusqlite::Result<DatasetName> {
    DatasetName::new(&row.get::<_, String>(at)?).map_err(|error| damaged(at, error))
}

fn parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    at: usize,
) -> rusqlite::Result<T> {
    row.get::<_, String>(at)?.parse().map_err(|error| damaged(at, error))
}

fn damaged(at: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error))
}

/// Columns as JSON: `[["_time","time"],["message","text"]]`.
fn print_columns(columns: &[ColumnMeta]) -> String {
    let pairs: Vec<_> = columns.iter().map(|column| (&column.name, column.kind.as_str())).collect();
    serde_json::to_string(&pairs).expect("names and kinds are text")
}

fn columns_of(row: &Row<'_>, at: usize) -> rusqlite::Result<Arc<[ColumnMeta]>> {
    let pairs: Vec<(String, String)> =
        serde_json::from_str(&row.get::<_, String>(at)?).map_err(|error| damaged(at, error))?;
    let kind = |text: &str| ColumnKind::ALL.into_iter().find(|kind| kind.as_str() == text);
    let columns = pairs.into_iter().map(|(name, text)| {
        // A kind of a newer version is read as text, which holds anything.
        ColumnMeta { name, kind: kind(&text).unwrap_or(ColumnKind::Text) }
    });
    Ok(columns.collect())
}
