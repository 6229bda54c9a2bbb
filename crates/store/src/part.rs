//! What is a part? The nouns; how it is written is in `write`, how its index is found in `index`.

mod encoding;
mod index;
mod inspect;
mod location;
pub(crate) mod open;
mod reader;
pub(crate) mod rewrite;
pub(crate) mod sums;
mod upload;
mod verify;
mod write;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use girok_event::{DatasetName, Timestamp};

use girok_index::{IndexError, PartIndex, PatternId};

use crate::{Covers, Seen, StoreError};

pub use inspect::{ColumnSize, Inspection};
pub use location::IndexLocation;
pub use reader::{IndexReader, Opened};
pub use rewrite::Pace;
pub use verify::{PartFile, Verified};
pub use write::write_part;

/// Key in a part's footer whose value says where the index section is.
pub const INDEX_KEY: &str = "girok.index";
/// Key in a part's footer whose value says what the part covers.
pub const PART_KEY: &str = "girok.part";
/// Key in a part's footer whose value has the checksums of the blocks before the footer.
pub const SUMS_KEY: &str = "girok.sums";
/// Key in a part's footer whose value is the checksum of everything behind the index section.
pub const TAIL_KEY: &str = "girok.tail";
/// Version of the layout of a part.
pub const FORMAT_VERSION: u32 = 3;

/// Tells two parts apart that cover the same offsets; unique, and chosen by who seals the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartId(pub u64);

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for PartId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(PartId)
    }
}

/// The type of a column in one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// `true` or `false`.
    Bool,
    /// Whole numbers of 64 bits (`_partition`: 32).
    Int,
    /// Floating point of 64 bits.
    Float,
    /// UTF-8 text.
    Text,
    /// Nanoseconds UTC.
    Time,
    /// The overflow map from name to text.
    Map,
}

impl ColumnKind {
    /// Every kind.
    pub const ALL: [ColumnKind; 6] = [
        ColumnKind::Bool,
        ColumnKind::Int,
        ColumnKind::Float,
        ColumnKind::Text,
        ColumnKind::Time,
        ColumnKind::Map,
    ];

    /// The name as it stands in the catalog.
    pub fn as_str(self) -> &'static str {
        match self {
            ColumnKind::Bool => "bool",
            ColumnKind::Int => "int",
            ColumnKind::Float => "float",
            ColumnKind::Text => "text",
            ColumnKind::Time => "time",
            ColumnKind::Map => "map",
        }
    }
}

/// A column of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMeta {
    /// Its name.
    pub name: String,
    /// Its type in this part.
    pub kind: ColumnKind,
}

/// What the catalog knows of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartMeta {
    /// Its id.
    pub id: PartId,
    /// The dataset.
    pub dataset: DatasetName,
    /// Path below the root of the parts.
    pub path: String,
    /// The partition of the commit log.
    pub partition: u32,
    /// The offsets it answers for, those without a row included.
    pub covers: Covers,
    /// Offset of the first row.
    pub first_offset: i64,
    /// Offset of the last row.
    pub last_offset: i64,
    /// Rows.
    pub rows: u64,
    /// Size of the file.
    pub size_bytes: u64,
    /// Bytes of the records the rows came from.
    pub raw_bytes: u64,
    /// Earliest `_time`.
    pub time_min: Timestamp,
    /// Latest `_time`.
    pub time_max: Timestamp,
    /// All columns in the order of the file.
    pub columns: Arc<[ColumnMeta]>,
    /// Where its index section is.
    pub index: IndexLocation,
}

impl PartMeta {
    /// The index of the part, checked against the checksum in the catalog; `bytes` begin with it.
    pub fn decode_index(&self, bytes: &[u8]) -> Result<PartIndex, StoreError> {
        let fail = |source| StoreError::Index { path: self.path.clone(), source };
        let length = usize::try_from(self.index.length).unwrap_or(usize::MAX);
        let bytes = bytes
            .get(..length)
            .ok_or(IndexError::Corrupt { what: "the file ends before the index does" })
            .map_err(fail)?;
        self.index.check(bytes).and_then(|()| PartIndex::decode(bytes)).map_err(fail)
    }
}

/// What the chunks do not say about the part they become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartSpec {
    /// The id to use.
    pub id: PartId,
    /// The offsets the part answers for.
    pub covers: Covers,
}

/// A part as bytes, ready to be put.
#[derive(Debug, Clone)]
pub struct EncodedPart {
    /// The whole file.
    pub bytes: Bytes,
    /// What the catalog will say about it.
    pub meta: PartMeta,
    /// The patterns of its messages.
    pub patterns: Vec<(PatternId, Seen)>,
}

/// Where a part lies: `<dataset>/<yyyy-mm-dd>/<partition>-<first>-<last>-<id>.parquet`.
fn path_of(
    dataset: &DatasetName,
    partition: u32,
    offsets: (i64, i64),
    time_min: Timestamp,
    id: PartId,
) -> String {
    let day = time_min.to_civil();
    let (first, last) = offsets;
    let (year, month, day) = (day.year, day.month, day.day);
    format!("{dataset}/{year:04}-{month:02}-{day:02}/{partition}-{first}-{last}-{id}.parquet")
}
