//! What does a part know about its rows without reading them?
//!
//! A part carries one index section: a checksummed container of smaller sections (see
//! `docs/format/part.md`). [`Summary`] counts rows per minute and level; [`TokenFilter`] says which words
//! the part cannot hold; [`shape`] reduces messages to the sentences they fill in. An index only prunes: an answer of "may hold" is always checked on the values.
//! Nothing here reads a file or a clock, and any bytes may be fed to [`PartIndex::decode`].

mod builder;
mod bytes;
mod container;
mod error;
mod filter;
mod part_index;
pub mod pattern;
pub mod shape;
mod summary;
mod words;

pub use builder::IndexBuilder;
pub use container::{MAGIC, VERSION};
pub use error::IndexError;
pub use filter::{TokenFilter, TokenFilterBuilder};
pub use part_index::PartIndex;
pub use pattern::{Assigned, Miner, PATTERNS_MAX, PatternId};
pub use shape::{SHAPES_MAX, ShapeScanner, ShapeTable, display_shape};
pub use summary::{MinuteCount, Summary, SummaryBuilder};
pub use words::{is_cjk, is_word, phrase_hashes, substring_hashes, tokens};

/// The checksum used everywhere in a part: XXH3, 64 bits, no seed.
pub fn checksum(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}
