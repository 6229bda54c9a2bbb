//! What does a part know about its rows without reading them?
//!
//! A part carries one index section: a checksummed container of smaller sections (see
//! `docs/format/part.md`). [`Summary`] counts rows per minute and level, [`ColumnIndex`] lists the values of a
//! column where they are few, [`shape`] reduces messages to the sentences they fill in, and [`TokenIndex`] names the
//! blocks in which a token occurs. An answer of "may hold" is always checked on the values. Nothing here reads a
//! file or a clock, and any bytes may be fed to [`PartIndex::decode`].

mod bits;
mod blocks;
mod buckets;
mod builder;
mod bytes;
mod column;
mod container;
mod days;
mod error;
mod merge;
mod part_index;
pub mod pattern;
pub mod shape;
mod shapes;
mod sizes;
mod summary;
mod tokens;
mod words;

pub use blocks::{BLOCK_ROWS, BlockSet};
pub use buckets::TokenHead;
pub use builder::IndexBuilder;
pub use column::{ByteSet, ColumnIndex, ValueCounter};
pub use container::{MAGIC, VERSION};
pub use days::{DayHead, DayTable, DayTableBuilder};
pub use error::IndexError;
pub use merge::IndexMerge;
pub use part_index::{IndexContents, IndexHead, PartIndex};
pub use pattern::{Assigned, Miner, PATTERNS_MAX, PatternId};
pub use shape::{SHAPES_MAX, ShapeScanner, ShapeTable, display_shape};
pub use shapes::{Shape, Shapes};
pub use sizes::{SectionSize, section_sizes};
pub use summary::{MinuteCount, Summary, SummaryBuilder};
pub use tokens::{TokenIndex, TokenIndexBuilder};
pub use words::{
    is_cjk, is_word, sought_in_fields, sought_in_messages, sought_in_parts, sought_in_texts, tokens,
    without_cut_words,
};

/// The checksum used everywhere in a part: XXH3, 64 bits, no seed.
pub fn checksum(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}
