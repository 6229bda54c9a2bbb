//! In which blocks does a token occur? A sorted table of shortened hashes, each with a block.
//!
//! An entry is `hash_bits` bits of a token's hash and the number of a block. The highest bits choose a
//! bucket of some 32 entries, the rest stand in it in order, so a lookup reads one bucket, wherever the
//! table lies. Shortening hashes can only add blocks to an answer, never take one away.

use crate::bytes::Reader;
use crate::{BlockSet, IndexError};

/// Bits of a hash that are kept: with 32 entries a bucket some 19 of them stand in the entry of a fresh part.
const HASH_BITS: u32 = 34;
/// Entries of a bucket on average.
const BUCKET_ENTRIES: usize = 32;
/// Slots that remember the latest entries: most tokens of a log are repeated soon.
const RECENT: usize = 1 << 12;
/// Bits that hold the block while a table is built.
const BLOCK_BITS: u32 = 16;
/// Most blocks of a part.
const BLOCKS_MAX: usize = 1 << BLOCK_BITS;

/// Collects the tokens of one part.
#[derive(Debug)]
pub struct TokenIndexBuilder {
    /// Shortened hash above, block below.
    entries: Vec<u64>,
    recent: Vec<u64>,
    block: u64,
    is_over_limit: bool,
}

impl Default for TokenIndexBuilder {
    fn default() -> Self {
        // No entry has all bits set, because a hash is shortened.
        let recent = vec![u64::MAX; RECENT];
        TokenIndexBuilder { entries: Vec::new(), recent, block: 0, is_over_limit: false }
    }
}

impl TokenIndexBuilder {
    /// Says in which block the next tokens stand; blocks may come in any order and again.
    pub fn set_block(&mut self, block: usize) {
        self.is_over_limit |= block >= BLOCKS_MAX;
        self.block = block as u64 & (BLOCKS_MAX as u64 - 1);
    }

    /// Adds a token of the current block by its hash.
    #[inline]
    pub fn insert(&mut self, hash: u64) {
        let entry = hash >> (64 - HASH_BITS) << BLOCK_BITS | self.block;
        let slot = &mut self.recent[(hash >> 40) as usize % RECENT];
        if *slot != entry {
            *slot = entry;
            self.entries.push(entry);
        }
    }

    /// The table for a part of `blocks` blocks; nothing for a part that has more blocks than it can name.
    pub fn finish(mut self, blocks: usize) -> Option<TokenIndex> {
        if self.is_over_limit || blocks > BLOCKS_MAX {
            return None;
        }
        self.entries.sort_unstable();
        self.entries.dedup();
        Some(TokenIndex::build(&self.entries, blocks))
    }
}

/// The tokens of a part, by block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenIndex {
    blocks: usize,
    entries: usize,
    bucket_bits: u32,
    block_bits: u32,
    /// Position of the first entry of each bucket, and of the end.
    starts: Vec<u32>,
    /// The rest of each hash above, its block below, without gaps.
    packed: Vec<u8>,
}

impl TokenIndex {
    /// A table over sorted and distinct entries.
    fn build(entries: &[u64], blocks: usize) -> Self {
        let buckets = entries.len().div_ceil(BUCKET_ENTRIES).next_power_of_two();
        let bucket_bits = buckets.trailing_zeros().min(HASH_BITS - 8);
        let block_bits = usize::BITS - blocks.saturating_sub(1).leading_zeros();
        let mut table = TokenIndex {
            blocks,
            entries: entries.len(),
            bucket_bits,
            block_bits,
            starts: Vec::new(),
            packed: Vec::new(),
        };
        table.starts.reserve((1 << bucket_bits) + 1);
        let mut packer = Packer::new(table.entry_bits(), entries.len());
        for (at, entry) in entries.iter().enumerate() {
            let (hash, block) = (entry >> BLOCK_BITS, entry & (BLOCKS_MAX as u64 - 1));
            let bucket = (hash >> table.rest_bits()) as usize;
            table.starts.resize(table.starts.len().max(bucket + 1), at as u32);
            packer.put((hash & mask(table.rest_bits())) << block_bits | block);
        }
        table.starts.resize((1 << bucket_bits) + 1, entries.len() as u32);
        table.packed = packer.finish();
        table
    }

    /// One table for several parts that become one; each brings the number of its first block.
    pub fn merge(parts: &[(&TokenIndex, usize)], blocks: usize) -> Option<TokenIndex> {
        if blocks > BLOCKS_MAX {
            return None;
        }
        let mut entries = Vec::with_capacity(parts.iter().map(|(part, _)| part.entries).sum());
        for (part, first_block) in parts {
            entries.extend(part.iter().map(|entry| entry + *first_block as u64));
        }
        entries.sort_unstable();
        entries.dedup();
        Some(TokenIndex::build(&entries, blocks))
    }

    /// The blocks that may hold the token with this hash.
    pub fn blocks(&self, hash: u64) -> BlockSet {
        let mut found = BlockSet::none(self.blocks);
        let hash = hash >> (64 - HASH_BITS);
        let bucket = (hash >> self.rest_bits()) as usize;
        let rest = hash & mask(self.rest_bits());
        for at in self.starts[bucket] as usize..self.starts[bucket + 1] as usize {
            let entry = self.entry(at);
            if entry >> self.block_bits == rest {
                found.insert((entry & mask(self.block_bits)) as usize);
            }
        }
        found
    }

    /// How many blocks the part has.
    pub fn block_count(&self) -> usize {
        self.blocks
    }

    fn rest_bits(&self) -> u32 {
        HASH_BITS - self.bucket_bits
    }

    fn entry_bits(&self) -> u32 {
        self.rest_bits() + self.block_bits
    }

    /// Entries as they were built, in order.
    fn iter(&self) -> impl Iterator<Item = u64> {
        (0..self.starts.len() - 1).flat_map(move |bucket| {
            (self.starts[bucket] as usize..self.starts[bucket + 1] as usize).map(move |at| {
                let entry = self.entry(at);
                let hash = (bucket as u64) << self.rest_bits() | entry >> self.block_bits;
                hash << BLOCK_BITS | entry & mask(self.block_bits)
            })
        })
    }

    /// An entry has at most 50 bits, so eight bytes hold all of it wherever it begins.
    #[inline]
    fn entry(&self, at: usize) -> u64 {
        let bit = at * self.entry_bits() as usize;
        let word = self.packed[bit / 8..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        word >> (bit % 8) & mask(self.entry_bits())
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.blocks as u32).to_le_bytes());
        out.extend_from_slice(&(self.entries as u32).to_le_bytes());
        out.extend_from_slice(&[HASH_BITS as u8, self.bucket_bits as u8, self.block_bits as u8, 0]);
        self.starts.iter().for_each(|start| out.extend_from_slice(&start.to_le_bytes()));
        out.extend_from_slice(&self.packed);
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        const NOT_OURS: IndexError =
            IndexError::Corrupt { what: "the token table has a form that no writer makes" };
        let mut reader = Reader::new(bytes);
        let (blocks, entries) = (reader.u32()? as usize, reader.u32()? as usize);
        let [hash_bits, bucket_bits, block_bits] = [reader.u8()?, reader.u8()?, reader.u8()?].map(u32::from);
        let _reserved = reader.u8()?;
        if hash_bits != HASH_BITS
            || bucket_bits > HASH_BITS - 8
            || block_bits > BLOCK_BITS
            || blocks > BLOCKS_MAX
        {
            return Err(NOT_OURS);
        }
        let starts = reader.take(((1usize << bucket_bits) + 1) * 4)?;
        let starts: Vec<u32> =
            starts.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        let is_ascending = starts.is_sorted() && starts.first() == Some(&0);
        if !is_ascending || starts.last().is_none_or(|end| *end as usize != entries) {
            return Err(NOT_OURS);
        }
        let mut table = TokenIndex { blocks, entries, bucket_bits, block_bits, starts, packed: Vec::new() };
        table.packed = reader.take(packed_bytes(table.entry_bits(), entries))?.to_vec();
        reader.finish()?;
        Ok(table)
    }

    /// Bytes in memory and, but for a header, in the file.
    pub fn size_bytes(&self) -> usize {
        self.starts.len() * 4 + self.packed.len()
    }
}

fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// Eight bytes behind the last entry, so that each can be read as part of one word.
fn packed_bytes(entry_bits: u32, entries: usize) -> usize {
    (entries * entry_bits as usize).div_ceil(8) + 8
}

/// Writes numbers of a fixed width, lowest bits first, without gaps.
struct Packer {
    bytes: Vec<u8>,
    width: u32,
    pending: u64,
    pending_bits: u32,
    length: usize,
}

impl Packer {
    fn new(width: u32, count: usize) -> Self {
        let length = packed_bytes(width, count);
        Packer { bytes: Vec::with_capacity(length), width, pending: 0, pending_bits: 0, length }
    }

    fn put(&mut self, value: u64) {
        self.pending |= value << self.pending_bits;
        self.pending_bits += self.width;
        while self.pending_bits >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.pending_bits -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes.push(self.pending as u8);
        self.bytes.resize(self.length, 0);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum;

    fn hash(number: usize) -> u64 {
        checksum(&(number as u64).to_le_bytes())
    }

    fn round_trip(table: &TokenIndex) -> TokenIndex {
        let mut bytes = Vec::new();
        table.encode(&mut bytes);
        TokenIndex::decode(&bytes).unwrap()
    }

    #[test]
    fn every_token_is_found_in_its_blocks_and_hardly_elsewhere() {
        for (tokens, blocks) in [(0usize, 0usize), (1, 1), (100, 3), (50_000, 33), (200_000, 1000)] {
            let mut builder = TokenIndexBuilder::default();
            for token in 0..tokens {
                builder.set_block(token % blocks);
                builder.insert(hash(token));
                builder.set_block(token / 7 % blocks);
                builder.insert(hash(token));
            }
            let table = round_trip(&builder.finish(blocks).unwrap());
            for token in 0..tokens {
                let found = table.blocks(hash(token));
                assert!(found.contains(token % blocks) && found.contains(token / 7 % blocks));
            }
            let wrong = (0..20_000).filter(|n| !table.blocks(hash(tokens + n)).is_empty()).count();
            assert!(wrong < 20, "{tokens} tokens: {wrong} of 20000 false");
        }
    }

    #[test]
    fn a_merged_table_finds_what_its_parts_find() {
        let part = |from: usize, blocks: usize| {
            let mut builder = TokenIndexBuilder::default();
            for token in from..from + 1000 {
                builder.set_block(token % blocks);
                builder.insert(hash(token));
            }
            builder.finish(blocks).unwrap()
        };
        let (first, second) = (part(0, 5), part(500, 3));
        let merged = TokenIndex::merge(&[(&first, 0), (&second, 5)], 8).unwrap();
        assert_eq!(round_trip(&merged), merged);
        for token in 0..1500 {
            let found = merged.blocks(hash(token));
            assert!(token >= 1000 || found.contains(token % 5), "{token}");
            assert!(token < 500 || found.contains(5 + token % 3), "{token}");
        }
    }

    #[test]
    fn refuses_what_no_writer_makes() {
        let mut builder = TokenIndexBuilder::default();
        (0..100).for_each(|token| builder.insert(hash(token)));
        let mut good = Vec::new();
        builder.finish(1).unwrap().encode(&mut good);
        for length in 0..good.len() {
            assert!(TokenIndex::decode(&good[..length]).is_err(), "{length}");
        }
        for at in 0..16 {
            let mut bad = good.clone();
            bad[at] ^= 0xff;
            let _any_answer_without_a_panic = TokenIndex::decode(&bad).map(|table| table.blocks(hash(1)));
        }
        let mut builder = TokenIndexBuilder::default();
        builder.set_block(BLOCKS_MAX);
        assert_eq!(builder.finish(BLOCKS_MAX + 1), None);
    }
}
