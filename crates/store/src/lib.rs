//! How do events become rows that can be found, and where are they kept?
//!
//! A [`RowsBuilder`] turns events into Arrow columns and cuts them into [`Chunk`]s, which [`Live`] shows
//! to queries at once. A run of chunks is sealed by [`write_part`] into one immutable Parquet part with its
//! index, put durably by [`PartStore`], and published by [`Catalog`] in the same transaction that moves
//! the partition's checkpoint. [`Store::view`] gives a query one consistent view over both. [`compact`] merges
//! small parts into large ones.

mod catalog;
mod checked;
mod chunk;
mod compact;
mod days;
mod delete;
mod error;
mod live;
mod occupancy;
mod part;
mod partstore;
mod patterns;
mod quarantine;
mod retention;
mod rows;
mod schema;
mod view;

pub use catalog::{Catalog, CatalogSnapshot, Covers, DroppedPart, EMBEDDED_LOG};
pub use chunk::Chunk;
pub use compact::{Compacted, CompactionPolicy, Turn, compact};
pub use days::{DayFile, table_days};
pub use delete::{Deleted, delete_rows};
pub use error::{ErrorKind, PartFault, StoreError};
pub use live::{Live, LiveSize};
pub use occupancy::Occupancy;
pub use part::{
    ColumnKind, ColumnMeta, ColumnSize, EncodedPart, FORMAT_VERSION, INDEX_KEY, IndexLocation, IndexReader,
    Inspection, Opened, PART_KEY, Pace, PartFile, PartId, PartMeta, PartSpec, SUMS_KEY, TAIL_KEY, Verified,
    write_part,
};
pub use partstore::{CleanUp, PartStore};
pub use patterns::{KnownPattern, Patterns, Seen};
pub use quarantine::{Outage, Quarantine};
pub use retention::{Limit, Policy, Retention, expired_parts};
pub use rows::{RowOrigin, RowsBuilder};
pub use schema::{adapt, unify, widen};
pub use view::{Store, View};
