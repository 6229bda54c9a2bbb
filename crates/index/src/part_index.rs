//! The index of one part, read.

use std::ops::Range;

use bytes::Bytes;
use girok_event::Timestamp;

use crate::bytes::Reader;
use crate::container::{self, Section};
use crate::{ColumnIndex, IndexError, Shapes, Summary, TokenIndex};

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
    /// The sections of few bytes.
    pub head: IndexHead,
    /// The shapes of the messages.
    pub shapes: Option<Shapes>,
    /// The tokens of what varies: of messages beyond their shapes, and of columns whose values are not listed.
    pub tokens: Option<TokenIndex>,
}

/// The sections of an index that take few bytes, however many rows there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexHead {
    /// Counts by minute and level.
    pub summary: Option<Summary>,
    /// First and last `_time` of each block.
    pub times: Option<Vec<(Timestamp, Timestamp)>>,
    /// What is known of each column.
    pub columns: Option<Vec<ColumnIndex>>,
}

/// Where the sections of an index lie in it, so that each can be read when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexContents(Vec<Section<Range<usize>>>);

impl PartIndex {
    /// Writes the container with its sections, those of the head first.
    pub fn encode(&self) -> Vec<u8> {
        let mut sections = Vec::new();
        let mut add = |kind, write: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            write(&mut bytes);
            let version = if kind == TOKENS { TOKENS_VERSION } else { SECTION_VERSION };
            sections.push(Section { kind, version, bytes });
        };
        if let Some(summary) = &self.head.summary {
            add(SUMMARY, &|out| summary.encode(out));
        }
        if let Some(times) = &self.head.times {
            add(TIMES, &|out| {
                out.extend_from_slice(&(times.len() as u32).to_le_bytes());
                let all = times.iter().flat_map(|(min, max)| [min, max]);
                all.for_each(|time| out.extend_from_slice(&time.as_nanos().to_le_bytes()));
            });
        }
        if let Some(columns) = &self.head.columns {
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
                (SHAPES, SECTION_VERSION) => index.shapes = Some(Shapes::decode(bytes)?),
                (TOKENS, TOKENS_VERSION) => {
                    index.tokens = Some(TokenIndex::decode(&Bytes::copy_from_slice(bytes))?);
                }
                _ => index.head.read(kind, version, bytes)?,
            }
        }
        Ok(index)
    }
}

impl IndexHead {
    /// What is known of the column called `name`.
    pub fn column(&self, name: &str) -> Option<&ColumnIndex> {
        self.columns.iter().flatten().find(|column| column.name == name)
    }

    /// Takes a section; one that it does not know is passed over.
    fn read(&mut self, kind: u16, version: u16, bytes: &[u8]) -> Result<(), IndexError> {
        match (kind, version) {
            (SUMMARY, SECTION_VERSION) => self.summary = Some(Summary::decode(bytes)?),
            (TIMES, SECTION_VERSION) => self.times = Some(decode_times(bytes)?),
            (COLUMNS, SECTION_VERSION) => self.columns = Some(decode_columns(bytes)?),
            _ => {}
        }
        Ok(())
    }
}

impl IndexContents {
    /// What an index of `length` bytes holds, by the first of them; any bytes may be given.
    pub fn decode(bytes: &[u8], length: u64) -> Result<Self, IndexError> {
        container::contents(bytes, length).map(IndexContents)
    }

    /// How many bytes of the index hold its head.
    pub fn head_bytes(&self) -> usize {
        let of_head = self.0.iter().filter(|section| matches!(section.kind, SUMMARY | TIMES | COLUMNS));
        of_head.map(|section| section.bytes.end).max().unwrap_or(0)
    }

    /// The head, out of the first bytes of the index.
    pub fn head(&self, bytes: &[u8]) -> Result<IndexHead, IndexError> {
        let mut head = IndexHead::default();
        for Section { kind, version, bytes: at } in &self.0 {
            // What lies further behind is no section of the head.
            if let Some(section) = bytes.get(at.clone()) {
                head.read(*kind, *version, section)?;
            }
        }
        Ok(head)
    }

    /// Where the shapes lie, which [`Shapes::decode`] reads.
    pub fn shapes(&self) -> Option<Range<usize>> {
        self.place(SHAPES, SECTION_VERSION)
    }

    /// Where the tokens lie, which begin with what [`crate::TokenHead::decode`] reads.
    pub fn tokens(&self) -> Option<Range<usize>> {
        self.place(TOKENS, TOKENS_VERSION)
    }

    fn place(&self, kind: u16, version: u16) -> Option<Range<usize>> {
        let found = self.0.iter().find(|section| (section.kind, section.version) == (kind, version));
        found.map(|section| section.bytes.clone())
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
