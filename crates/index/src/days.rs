//! Which parts of a day may hold a token?
//!
//! A day table is made of the indexes of parts, in a file of its own: the tokens of their tables, the words of
//! their shapes and the values that they list, each with the parts that have it. Its head says where the segments lie
//! that the hashes are shared out to; so a lookup in a file of any size reads the head, which stays in memory, and one
//! segment a token. Byte by byte in `docs/format/day.md`.

use std::ops::Range;

use bytes::Bytes;

use crate::bytes::Reader;
use crate::shape::is_placeholder;
use crate::tokens::{TokenIndex, TokenIndexBuilder, bits_to_number, hash_bits_for};
use crate::words::{Place, indexed_tokens};
use crate::{BlockSet, ColumnIndex, IndexError, IndexMerge, PartIndex, checksum};

const MAGIC: [u8; 4] = *b"GDAY";
const VERSION: u16 = 1;
/// Tokens of a segment on average, as a power of two: some 64 KiB.
const SEGMENT_TOKENS_BITS: u32 = 15;
/// Bits of a hash that are left within a segment at least.
const REST_BITS_MIN: u32 = 8;
/// Segments at most, as a power of two.
const SEGMENT_BITS_MAX: u32 = 16;
/// Bytes of a segment's entry in the head: length and checksum.
const ENTRY_BYTES: usize = 4 + 8;

const CORRUPT: IndexError = IndexError::Corrupt { what: "the day table has a form that no writer makes" };

/// Collects the indexes of parts.
#[derive(Debug, Default)]
pub struct DayTableBuilder {
    /// The table of each part, and of what is not in it; none if the part may hold anything.
    parts: Vec<Option<[TokenIndex; 2]>>,
}

impl DayTableBuilder {
    /// Adds a part with the names of its columns of text, but for those of the line itself. A part whose index says
    /// too little is held to have every token.
    pub fn add(&mut self, index: Option<PartIndex>, texts: &[&str]) {
        self.parts.push(index.filter(|index| says_enough(index, texts)).and_then(|index| {
            let listed = listed(&index)?;
            Some([index.tokens?, listed])
        }));
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there is no part.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Bytes of the tables at hand.
    pub fn size_bytes(&self) -> usize {
        self.parts.iter().flatten().flatten().map(TokenIndex::size_bytes).sum()
    }

    /// The file, and how many bytes of it are its head; nothing if there are more parts or tokens than it can hold.
    pub fn finish(self) -> Option<(Vec<u8>, usize)> {
        let parts = self.parts.len();
        let empty = TokenIndexBuilder::default().finish(0)?;
        let both = self.parts.iter().map(Option::as_ref);
        // Two tables of a part count as two blocks, of which the lower bit is forgotten.
        let tables: Vec<&TokenIndex> =
            both.flat_map(|both| both.map_or([&empty; 2], |[a, b]| [a, b])).collect();
        let tokens: usize = tables.iter().map(|table| table.count()).sum();
        let kept = tables.iter().map(|table| table.hash_bits()).min().unwrap_or_default();
        let hash_bits = kept.min(hash_bits_for(tokens));
        let segment_bits = bits_to_number(tokens)
            .saturating_sub(SEGMENT_TOKENS_BITS)
            .min(hash_bits.saturating_sub(REST_BITS_MIN))
            .min(SEGMENT_BITS_MAX);
        let segments = TokenIndex::segments(&tables, tokens, segment_bits, hash_bits)?;
        let encoded = segments.iter().map(|segment| {
            let mut bytes = Vec::with_capacity(segment.size_bytes());
            segment.encode(&mut bytes);
            bytes
        });
        let encoded: Vec<Vec<u8>> = encoded.collect();
        let mut out = Vec::new();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&[hash_bits as u8, segment_bits as u8]);
        out.extend_from_slice(&u32::try_from(parts).ok()?.to_le_bytes());
        out.extend(self.parts.iter().map(|part| u8::from(part.is_none())));
        for segment in &encoded {
            out.extend_from_slice(&u32::try_from(segment.len()).ok()?.to_le_bytes());
            out.extend_from_slice(&checksum(segment).to_le_bytes());
        }
        out.extend_from_slice(&checksum(&out).to_le_bytes());
        let head = out.len();
        encoded.iter().for_each(|segment| out.extend_from_slice(segment));
        Some((out, head))
    }
}

/// Whether every text of a part is in its shapes, its tokens or its lists.
fn says_enough(index: &PartIndex, texts: &[&str]) -> bool {
    let is_told = |column: &ColumnIndex| column.values.is_some() || column.bytes.is_some();
    IndexMerge::can_take(index) && texts.iter().all(|name| index.head.column(name).is_some_and(is_told))
}

/// The tokens of a part that are not in its table: those of shapes and of listed values.
fn listed(index: &PartIndex) -> Option<TokenIndex> {
    let mut listed = TokenIndexBuilder::default();
    let mut add = |text: &str| indexed_tokens(text, |hash| listed.insert(Place::Field.salt(hash)));
    for shape in index.shapes.iter().flat_map(|shapes| &shapes.all) {
        add(&shape.text.replace(is_placeholder, " "));
    }
    let values = index.head.columns.iter().flatten().flat_map(|column| column.values.iter().flatten());
    values.for_each(|(value, _)| add(value));
    listed.finish(1)
}

/// What a day table's head says: where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayHead {
    /// The parts that may hold anything.
    unknown: BlockSet,
    hash_bits: u32,
    segment_bits: u32,
    /// Where each segment lies in the file, and its checksum.
    segments: Vec<(Range<u64>, u64)>,
}

impl DayHead {
    /// Reads a head; any bytes may be given.
    pub fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        let (covered, stored) = bytes.split_last_chunk().ok_or(CORRUPT)?;
        let (expected, got) = (u64::from_le_bytes(*stored), checksum(covered));
        if got != expected {
            return Err(IndexError::Checksum { expected, got });
        }
        let mut reader = Reader::new(covered);
        let magic = reader.take(MAGIC.len())?;
        if magic != MAGIC {
            return Err(IndexError::BadMagic { got: magic.to_vec() });
        }
        let version = reader.u16()?;
        if version != VERSION {
            return Err(IndexError::UnknownVersion { got: version, known: VERSION });
        }
        let (hash_bits, segment_bits) = (u32::from(reader.u8()?), u32::from(reader.u8()?));
        if segment_bits > SEGMENT_BITS_MAX || hash_bits > u64::BITS || segment_bits >= hash_bits {
            return Err(CORRUPT);
        }
        let parts = reader.count(1)?;
        let mut unknown = BlockSet::none(parts);
        let flags = reader.take(parts)?.iter().enumerate();
        flags.filter(|(_, flag)| **flag != 0).for_each(|(part, _)| unknown.insert(part));
        if reader.rest().len() != ENTRY_BYTES << segment_bits {
            return Err(CORRUPT);
        }
        let mut at = bytes.len() as u64;
        let segment = |_| {
            let start = at;
            at += u64::from(reader.u32()?);
            Ok((start..at, reader.u64()?))
        };
        let segments = (0..1usize << segment_bits).map(segment).collect::<Result<_, IndexError>>()?;
        Ok(DayHead { unknown, hash_bits, segment_bits, segments })
    }

    /// How many parts the table knows.
    pub fn parts(&self) -> usize {
        self.unknown.blocks()
    }

    /// The segments in which a token may be found, by its hash.
    pub fn segments(&self, hash: u64) -> [usize; 2] {
        [Place::Text, Place::Field].map(|place| self.segment(place.salt(hash)))
    }

    fn segment(&self, salted: u64) -> usize {
        // Without segments nothing is left of the hash.
        salted.checked_shr(u64::BITS - self.segment_bits).unwrap_or_default() as usize
    }

    /// Where a segment lies in the file.
    pub fn range(&self, segment: usize) -> Range<u64> {
        self.segments[segment].0.clone()
    }

    /// Reads a segment; any bytes may be given.
    pub fn open(&self, segment: usize, bytes: &[u8]) -> Result<DayTable, IndexError> {
        let (expected, got) = (self.segments[segment].1, checksum(bytes));
        if got != expected {
            return Err(IndexError::Checksum { expected, got });
        }
        let table = TokenIndex::decode(&Bytes::copy_from_slice(bytes))?;
        if table.block_count() != self.parts() * 2 || table.hash_bits() != self.hash_bits - self.segment_bits
        {
            return Err(CORRUPT);
        }
        Ok(DayTable(table))
    }

    /// The parts that may hold the token with this hash. `table` gives the segments that were read.
    pub fn holders<'t>(&self, hash: u64, table: impl Fn(usize) -> Option<&'t DayTable>) -> BlockSet {
        let mut found = self.unknown.clone();
        for place in [Place::Text, Place::Field] {
            let salted = place.salt(hash);
            match table(self.segment(salted)) {
                Some(DayTable(table)) => {
                    let tables = table.blocks(salted << self.segment_bits);
                    let holds = |part: &usize| tables.contains(part * 2) || tables.contains(part * 2 + 1);
                    (0..self.parts()).filter(holds).for_each(|part| found.insert(part));
                }
                None => return BlockSet::all(self.parts()),
            }
        }
        found
    }
}

/// A segment of a day table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTable(TokenIndex);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ByteSet, IndexHead, Shape, Shapes, Summary, sought_in_parts};

    const TEXTS: [&str; 2] = ["id", "level"];

    /// A part whose `id` has unlisted values, whose `level` is listed, and all of whose messages have one shape.
    fn part(ids: Range<usize>, level: &str, shape: &str) -> PartIndex {
        let mut tokens = TokenIndexBuilder::default();
        for id in ids {
            tokens.set_block(id % 3);
            indexed_tokens(&format!("id{id}"), |hash| tokens.insert(Place::Field.salt(hash)));
            indexed_tokens(&format!("{id}ms"), |hash| tokens.insert(hash));
        }
        let column = |name: &str, values| ColumnIndex {
            name: name.to_owned(),
            present: 3,
            values,
            bytes: Some(ByteSet::default()),
        };
        let shape = Shape { text: shape.to_owned(), pattern: 0, rows: 3 };
        let columns = vec![column("id", None), column("level", Some(vec![(level.to_owned(), 3)]))];
        PartIndex {
            head: IndexHead {
                summary: Some(Summary::default()),
                times: Some(Vec::new()),
                columns: Some(columns),
            },
            shapes: Some(Shapes { all: vec![shape], ..Shapes::default() }),
            tokens: tokens.finish(3),
        }
    }

    fn holders(file: &[u8], head: usize, phrase: &str) -> Vec<usize> {
        let head = DayHead::decode(&file[..head]).unwrap();
        let open = |at| {
            let Range { start, end } = head.range(at);
            head.open(at, &file[start as usize..end as usize]).unwrap()
        };
        let tables: Vec<DayTable> = (0..head.segments.len()).map(open).collect();
        let mut all = BlockSet::all(head.parts());
        for hash in sought_in_parts(phrase) {
            assert!(head.segments(hash).iter().all(|segment| *segment < tables.len()));
            all.intersect(&head.holders(hash, |segment| tables.get(segment)));
        }
        (0..head.parts()).filter(|part| all.contains(*part)).collect()
    }

    #[test]
    fn every_part_that_has_a_phrase_is_named_and_hardly_another() {
        for ids in [10, 40_000] {
            let mut builder = DayTableBuilder::default();
            builder.add(Some(part(0..ids, "warn", "slow answer of \u{3} after \u{3}")), &TEXTS);
            builder.add(Some(part(ids..2 * ids, "info", "로그인 \u{1}")), &TEXTS);
            builder.add(None, &TEXTS);
            let (file, head) = builder.finish().unwrap();
            for id in (0..2 * ids).step_by(ids / 10) {
                let expected = if id < ids { [0, 2] } else { [1, 2] };
                assert_eq!(holders(&file, head, &format!("id{id}")), expected, "{id}");
                assert_eq!(
                    holders(&file, head, &format!("after {id}ms")),
                    if id < ids { &[0, 2][..] } else { &[2] }
                );
            }
            assert_eq!(holders(&file, head, "WARN"), [0, 2]);
            assert_eq!(holders(&file, head, "slow answer"), [0, 2]);
            assert_eq!(holders(&file, head, "로그인"), [1, 2]);
            assert_eq!(holders(&file, head, "deadbeef"), [0, 1, 2], "it may be a group of a UUID");
            let wrong =
                (0..1000).filter(|n| holders(&file, head, &format!("id{}", 5 * ids + n)).len() > 1).count();
            assert!(wrong < 20, "{wrong} of 1000 false");
        }
    }

    #[test]
    fn a_part_that_says_too_little_may_hold_anything() {
        let mut builder = DayTableBuilder::default();
        builder.add(Some(PartIndex { tokens: None, ..part(0..3, "warn", "a") }), &TEXTS);
        let untold = |mut index: PartIndex| {
            index.head.columns.as_mut().unwrap()[0].bytes = None;
            index
        };
        builder.add(Some(untold(part(0..3, "warn", "a"))), &TEXTS);
        builder.add(Some(part(0..3, "warn", "a")), &TEXTS);
        let (file, head) = builder.finish().unwrap();
        assert_eq!(holders(&file, head, "nothing"), [0, 1]);
    }

    #[test]
    fn refuses_what_no_writer_makes() {
        let mut builder = DayTableBuilder::default();
        builder.add(Some(part(0..100, "warn", "a")), &TEXTS);
        let (file, head) = builder.finish().unwrap();
        for length in 0..head {
            assert!(DayHead::decode(&file[..length]).is_err(), "{length}");
        }
        for at in 0..head {
            let mut bad = file[..head].to_vec();
            bad[at] ^= 0xff;
            assert!(DayHead::decode(&bad).is_err(), "{at}");
        }
        let good = DayHead::decode(&file[..head]).unwrap();
        assert!(good.open(0, &file[head..file.len() - 1]).is_err());
    }
}
