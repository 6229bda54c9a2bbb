//! Is every byte of a part still as it was written?
//!
//! All bytes up to the end of the index section are divided into blocks, and the footer holds a checksum of
//! each; what follows, the tail with Parquet's page indexes and footer, has one checksum that stands in it,
//! computed as if its own digits were zeros. So whoever reads a range of a part can check it before anybody
//! decodes it. Byte by byte in `docs/format/part.md`.

use std::io::{self, Write};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{FORMAT_VERSION, INDEX_KEY, IndexLocation, PART_KEY, SUMS_KEY, TAIL_KEY};

/// Bytes of a block.
const BLOCK_BYTES: usize = 128 << 10;
/// Hexadecimal digits of a block's checksum.
const SUM_DIGITS: usize = 8;
/// What stands where the checksum of the tail will be.
pub(super) const NO_TAIL_SUM: &str = "0000000000000000";
/// The version of parts without checksums.
const FIRST_VERSION: u32 = 1;
/// Parquet's magic at the end of a file, after the length of its footer.
const MAGIC: &[u8; 4] = b"PAR1";
/// Length and magic at the end of a file.
pub(crate) const END_BYTES: u64 = 8;

/// The value of the footer key [`SUMS_KEY`].
#[derive(Debug, Serialize, Deserialize)]
struct Footer {
    block: u64,
    sums: String,
}

/// What of [`PART_KEY`] decides whether a part can be read.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Passes bytes on and sums them up; holds the tail back until its checksum is known.
pub(super) struct Summing<W> {
    out: W,
    block: Vec<u8>,
    sums: String,
    tail: Option<Vec<u8>>,
}

impl<W: Write> Summing<W> {
    pub(super) fn new(out: W) -> Self {
        Summing { out, block: Vec::with_capacity(BLOCK_BYTES), sums: String::new(), tail: None }
    }

    /// From here on it is the tail; the value of [`SUMS_KEY`] for everything before.
    pub(super) fn begin_tail(&mut self) -> String {
        if !self.block.is_empty() {
            self.end_block();
        }
        self.tail = Some(Vec::new());
        let footer = Footer { block: BLOCK_BYTES as u64, sums: std::mem::take(&mut self.sums) };
        serde_json::to_string(&footer).expect("a number and text")
    }

    /// Writes the tail with its checksum.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let mut tail = self.tail.take().unwrap_or_default();
        if let Some(at) = value_of(&tail, TAIL_KEY) {
            let sum = format!("{:016x}", girok_index::checksum(&tail));
            tail[at].copy_from_slice(sum.as_bytes());
        }
        self.out.write_all(&tail)?;
        Ok(self.out)
    }

    fn end_block(&mut self) {
        self.sums.push_str(&format!("{:08x}", sum_of(&self.block)));
        self.block.clear();
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(tail) = &mut self.tail {
            tail.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(BLOCK_BYTES - self.block.len()));
            self.block.extend_from_slice(now);
            if self.block.len() == BLOCK_BYTES {
                self.end_block();
            }
            rest = later;
        }
        self.out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The checksums of a part, whose tail was found to be right.
#[derive(Debug)]
pub(crate) struct Sums {
    /// Where the tail begins.
    pub(crate) end: u64,
    block: u64,
    sums: Vec<u32>,
}

impl Sums {
    /// The blocks that `range` touches, as whole blocks; ends where the tail begins.
    pub(crate) fn widen(&self, range: Range<u64>) -> Range<u64> {
        range.start / self.block * self.block..range.end.next_multiple_of(self.block).min(self.end)
    }

    /// The first block of `bytes`, which begin with a block at `start`, that is not as it was written.
    pub(crate) fn first_wrong(&self, start: u64, bytes: &[u8]) -> Option<u64> {
        let first = (start / self.block) as usize;
        let wrong = bytes.chunks(self.block as usize).enumerate();
        let mut wrong = wrong.filter(|(at, block)| self.sums.get(first + at) != Some(&sum_of(block)));
        wrong.next().map(|(at, _)| (first + at) as u64 * self.block)
    }

    /// The numbers of the blocks in a range of whole blocks.
    pub(crate) fn numbers(&self, blocks: &Range<u64>) -> Range<u64> {
        blocks.start / self.block..blocks.end.div_ceil(self.block)
    }

    pub(crate) fn len(&self) -> usize {
        self.sums.len()
    }
}

fn sum_of(block: &[u8]) -> u32 {
    girok_index::checksum(block) as u32
}

/// How long Parquet's footer is, from the last bytes of a file of `size` bytes.
pub(crate) fn footer_length(end: &[u8], size: u64) -> Result<u64, &'static str> {
    let (rest, magic) = end.split_last_chunk::<4>().ok_or("it is shorter than any part")?;
    let (_, length) = rest.split_last_chunk::<4>().ok_or("it is shorter than any part")?;
    if magic != MAGIC {
        return Err("it does not end as a part ends: it was cut off, or is something else");
    }
    let length = u64::from(u32::from_le_bytes(*length));
    match length.checked_add(END_BYTES + MAGIC.len() as u64) {
        Some(needed) if needed <= size => Ok(length),
        _ => Err("its footer is longer than the file"),
    }
}

/// Why the tail of a part is not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A newer girok wrote the part, in this version.
    Newer(u32),
    /// It is not what girok writes.
    Damaged(String),
}

/// Where the tail begins, from Parquet's footer; nothing if the part is of a version that has no checksums.
pub(crate) fn tail_start(footer: &[u8]) -> Result<Option<u64>, Refusal> {
    let damaged = |what: String| Refusal::Damaged(what);
    let text = |key| value_of(footer, key).and_then(|at| std::str::from_utf8(&footer[at]).ok());
    let version = text(PART_KEY).map(serde_json::from_str::<Version>).transpose();
    let version = version.map_err(|_| damaged(format!("`{PART_KEY}` in its footer says no version")))?;
    let version = version.map_or(FIRST_VERSION, |part| part.version);
    if version > FORMAT_VERSION {
        return Err(Refusal::Newer(version));
    }
    if value_of(footer, TAIL_KEY).is_none() {
        return match version {
            ..=FIRST_VERSION => Ok(None),
            _ => Err(damaged("its footer has no checksum".to_owned())),
        };
    }
    let end = index_location(footer).and_then(|location| location.offset.checked_add(location.length));
    end.map(Some).ok_or_else(|| damaged(format!("`{INDEX_KEY}` in its footer says no place")))
}

/// Where the index is, as Parquet's footer says it.
pub(super) fn index_location(footer: &[u8]) -> Option<IndexLocation> {
    let value = std::str::from_utf8(&footer[value_of(footer, INDEX_KEY)?]).ok()?;
    IndexLocation::from_footer(value)
}

/// The checksums in a tail that begins at `start`, after the tail was checked itself.
pub(crate) fn open(tail: &[u8], start: u64) -> Result<Sums, String> {
    let own = value_of(tail, TAIL_KEY).filter(|at| at.len() == NO_TAIL_SUM.len());
    let own = own.ok_or_else(|| format!("`{TAIL_KEY}` in its footer is no checksum"))?;
    let mut zeroed = tail.to_vec();
    zeroed[own.clone()].copy_from_slice(NO_TAIL_SUM.as_bytes());
    if tail[own] != *format!("{:016x}", girok_index::checksum(&zeroed)).as_bytes() {
        return Err("the checksum of its footer is wrong".to_owned());
    }
    let footer = value_of(tail, SUMS_KEY).and_then(|at| serde_json::from_slice::<Footer>(&tail[at]).ok());
    let Footer { block, sums } =
        footer.ok_or_else(|| format!("`{SUMS_KEY}` in its footer cannot be read"))?;
    let digits = sums.as_bytes().chunks(SUM_DIGITS).map(|digits| std::str::from_utf8(digits).ok());
    let sums = digits.map(|digits| u32::from_str_radix(digits?, 16).ok()).collect::<Option<Vec<u32>>>();
    match sums {
        Some(sums) if block > 0 && sums.len() as u64 == start.div_ceil(block) => {
            Ok(Sums { end: start, block, sums })
        }
        _ => Err(format!("`{SUMS_KEY}` in its footer does not fit the file")),
    }
}

/// Where the value of a footer key stands in the bytes of the footer, which is not decoded yet: the last
/// place that reads like the key and a value. Keys stand behind everything that comes from events.
fn value_of(footer: &[u8], key: &str) -> Option<Range<usize>> {
    // Thrift's compact protocol: a field header (binary, one field on), a length, the bytes; twice.
    const BINARY: u8 = 0x18;
    let mut end = footer.len();
    while let Some(found) = footer[..end].windows(key.len()).rposition(|bytes| bytes == key.as_bytes()) {
        let after = footer.get(found + key.len()..)?;
        if after.first() == Some(&BINARY)
            && let Some((length, used)) = varint(&after[1..])
        {
            let start = found + key.len() + 1 + used;
            let value = start..start.checked_add(length)?;
            return (value.end <= footer.len()).then_some(value);
        }
        end = found + key.len() - 1;
    }
    None
}

fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0usize;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}
