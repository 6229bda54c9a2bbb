//! The index of one part, read.

use girok_event::Timestamp;

use crate::bytes::Reader;
use crate::container::{self, Section};
use crate::words::{Place, sought_hashes, sought_variables};
use crate::{BlockSet, ColumnIndex, IndexError, Shapes, Summary, TokenIndex};

const SUMMARY: u16 = 1;
const COLUMNS: u16 = 3;
const SHAPES: u16 = 4;
const TOKENS: u16 = 5;
const TIMES: u16 = 6;
const SECTION_VERSION: u16 = 1;
/// Tables of version 1 are passed over.
const TOKENS_VERSION: u16 = 2;

/// Bytes that a column takes at least.
const COLUMN_BYTES_MIN: usize = 2 + 8 + 1;

/// What a part's index section says. A section that is missing or newer than this reader is `None`, and
/// then prunes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartIndex {
    /// Counts by minute and level.
    pub summary: Option<Summary>,
    /// First and last `_time` of each block.
    pub times: Option<Vec<(Timestamp, Timestamp)>>,
    /// What is known of each column.
    pub columns: Option<Vec<ColumnIndex>>,
    /// The shapes of the messages.
    pub shapes: Option<Shapes>,
    /// The tokens of what varies: of messages beyond their shapes, and of columns whose values are not listed.
    pub tokens: Option<TokenIndex>,
}

impl PartIndex {
    /// Writes the container with its sections.
    pub fn encode(&self) -> Vec<u8> {
        let mut sections = Vec::new();
        let mut add = |kind, write: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            write(&mut bytes);
            let version = if kind == TOKENS { TOKENS_VERSION } else { SECTION_VERSION };
            sections.push(Section { kind, version, bytes });
        };
        if let Some(summary) = &self.summary {
            add(SUMMARY, &|out| summary.encode(out));
        }
        if let Some(times) = &self.times {
            add(TIMES, &|out| {
                out.extend_from_slice(&(times.len() as u32).to_le_bytes());
                let all = times.iter().flat_map(|(min, max)| [min, max]);
                all.for_each(|time| out.extend_from_slice(&time.as_nanos().to_le_bytes()));
            });
        }
        if let Some(columns) = &self.columns {
            add(COLUMNS, &|out| {
                out.extend_from_slice(&(columns.len() as u32).to_le_bytes());
                columns.iter().for_each(|column| column.encode(out));
            });
        }
        if let Some(shapes) = &self.shapes {
            add(SHAPES, &|out| shapes.encode(out));
        }
        if let Some(tokens) = &self.tokens {
            add(TOKENS, &|out| tokens.encode(out));
        }
        container::encode(&sections)
    }

    /// Reads what [`PartIndex::encode`] wrote; any bytes may be given.
    pub fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        let mut index = PartIndex::default();
        for Section { kind, version, bytes } in container::decode(bytes)? {
            match (kind, version) {
                (SUMMARY, SECTION_VERSION) => index.summary = Some(Summary::decode(bytes)?),
                (TIMES, SECTION_VERSION) => index.times = Some(decode_times(bytes)?),
                (COLUMNS, SECTION_VERSION) => index.columns = Some(decode_columns(bytes)?),
                (SHAPES, SECTION_VERSION) => index.shapes = Some(Shapes::decode(bytes)?),
                (TOKENS, TOKENS_VERSION) => index.tokens = Some(TokenIndex::decode(bytes)?),
                _ => {}
            }
        }
        Ok(index)
    }

    /// What is known of the column called `name`.
    pub fn column(&self, name: &str) -> Option<&ColumnIndex> {
        self.columns.iter().flatten().find(|column| column.name == name)
    }

    /// The blocks whose messages may hold `phrase` on word boundaries, by its words with digits: the others
    /// stand in the shapes.
    pub fn message_blocks(&self, phrase: &str) -> Option<BlockSet> {
        self.blocks(Place::Text, &sought_variables(phrase))
    }

    /// The blocks whose heads, raw lines and messages without a shape may hold `phrase` on word boundaries.
    pub fn text_blocks(&self, phrase: &str) -> Option<BlockSet> {
        self.blocks(Place::Text, &sought_hashes(phrase))
    }

    /// The blocks in which a column whose values are not listed may hold `phrase` on word boundaries.
    pub fn field_blocks(&self, phrase: &str) -> Option<BlockSet> {
        self.blocks(Place::Field, &sought_hashes(phrase))
    }

    fn blocks(&self, place: Place, hashes: &[u64]) -> Option<BlockSet> {
        let tokens = self.tokens.as_ref()?;
        let mut found = BlockSet::all(tokens.block_count());
        for hash in hashes {
            found.intersect(&tokens.blocks(place.salt(*hash)));
        }
        Some(found)
    }
}

fn decode_columns(bytes: &[u8]) -> Result<Vec<ColumnIndex>, IndexError> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(COLUMN_BYTES_MIN)?;
    let columns = (0..count).map(|_| ColumnIndex::decode(&mut reader)).collect::<Result<_, _>>()?;
    reader.finish()?;
    Ok(columns)
}

fn decode_times(bytes: &[u8]) -> Result<Vec<(Timestamp, Timestamp)>, IndexError> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(16)?;
    let times = (0..count).map(|_| Ok((Timestamp(reader.i64()?), Timestamp(reader.i64()?))));
    let times = times.collect::<Result<_, IndexError>>()?;
    reader.finish()?;
    Ok(times)
}
