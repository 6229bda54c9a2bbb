//! How do events become rows that can be found, and where are they kept?
//!
//! A [`RowsBuilder`] turns events into Arrow columns and cuts them into [`Chunk`]s, which [`Live`] shows
//! to queries at once. A run of chunks is sealed by [`write_part`] into one immutable Parquet part with its
//! index, put durably by [`PartStore`], and published by [`Catalog`] in the same transaction that moves
//! the partition's checkpoint. [`Store::cut`] gives a query one consistent view over both.

mod catalog;
mod chunk;
mod error;
mod live;
mod part;
mod partstore;
mod patterns;
mod retention;
mod rows;
mod schema;
mod view;

pub use catalog::{Catalog, CatalogSnapshot, Covers, DroppedPart};
pub use chunk::Chunk;
pub use error::{ErrorKind, StoreError};
pub use live::{Live, LiveSize};
pub use part::{
    ColumnKind, ColumnMeta, EncodedPart, FORMAT_VERSION, INDEX_KEY, IndexLocation, PART_KEY, PartId,
    PartMeta, PartSpec, write_part,
};
pub use partstore::{CleanUp, PartStore};
pub use patterns::Patterns;
pub use retention::{Policy, expired_parts};
pub use rows::{RowOrigin, RowsBuilder};
pub use schema::{adapt, unify};
pub use view::{Store, View};
