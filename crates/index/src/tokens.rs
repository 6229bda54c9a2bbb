//! In which blocks does a token occur? A table of shortened hashes, each with its blocks.
//!
//! Of a token's hash so many bits are kept that a token which is not there is taken for one that is about once in 256
//! times, and then costs a look into a block. The highest of them choose a bucket of some 64 tokens; in it stand, one
//! after another, the distance to the next hash and the blocks. So a lookup reads one bucket, wherever the table lies,
//! and a token that stands in one block, as ids do, takes two bytes. Nothing here can take a block away from an
//! answer.

use bytes::Bytes;

use crate::bits::BitWriter;
use crate::buckets::{BLOCK_BITS, BLOCKS_MAX, HASH_BITS_MAX, TokenHead, Tokens, block_bits};
use crate::{BlockSet, IndexError};

/// Bits of a hash beyond those that number the tokens of a table.
const SPARE_BITS: u32 = 8;
/// Bits of a hash at least: a small table may become part of a large one, which can keep no more bits than it.
const HASH_BITS_MIN: u32 = 27;
/// Tokens of a bucket on average, as a power of two.
const BUCKET_TOKENS_BITS: u32 = 6;
/// Slots that remember the latest entries: most tokens of a log are repeated soon.
const RECENT: usize = 1 << 12;

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
        let entry = hash >> (64 - HASH_BITS_MAX) << BLOCK_BITS | self.block;
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
        let hash = |entry: &u64| entry >> BLOCK_BITS;
        let tokens = self.entries.chunk_by(|a, b| hash(a) == hash(b)).count();
        let mut table = TableWriter::new(blocks, tokens, HASH_BITS_MAX);
        let shift = HASH_BITS_MAX - table.head.hash_bits;
        let mut in_blocks = Vec::new();
        for same in self.entries.chunk_by(|a, b| hash(a) >> shift == hash(b) >> shift) {
            in_blocks.clear();
            in_blocks.extend(same.iter().map(|entry| *entry as u16));
            table.add(hash(&same[0]) >> shift, &mut in_blocks);
        }
        table.finish()
    }
}

/// The tokens of a part, by block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenIndex {
    head: TokenHead,
    packed: Bytes,
}

impl TokenIndex {
    /// One table for several parts that become one; each brings the number of its first block.
    pub fn merge(parts: &[(&TokenIndex, usize)], blocks: usize) -> Option<TokenIndex> {
        if blocks > BLOCKS_MAX {
            return None;
        }
        let hash_bits = parts.iter().map(|(part, _)| part.hash_bits()).min()?;
        let tokens = parts.iter().map(|(part, _)| part.count()).sum();
        let mut table = TableWriter::new(blocks, tokens, hash_bits);
        let named = |(part, first): &(_, usize)| (*part, Named::From(*first));
        let all: Vec<_> = parts.iter().map(named).collect();
        let hash_bits = table.head.hash_bits;
        each_of_all(&all, hash_bits, |hash, in_blocks| table.add(hash, in_blocks));
        table.finish()
    }

    /// Tables by the highest `segment_bits` of the hashes, in which each of `tables` is one block; `tokens` is how many
    /// tokens they have together.
    pub(crate) fn segments(
        tables: &[&TokenIndex],
        tokens: usize,
        segment_bits: u32,
        hash_bits: u32,
    ) -> Option<Vec<TokenIndex>> {
        if tables.len() > BLOCKS_MAX {
            return None;
        }
        let rest_bits = hash_bits.checked_sub(segment_bits)?;
        let begin = || TableWriter::of_bits(tables.len(), tokens >> segment_bits, rest_bits);
        let mut writers: Vec<TableWriter> = (0..1usize << segment_bits).map(|_| begin()).collect();
        let all: Vec<_> = tables.iter().enumerate().map(|(at, table)| (*table, Named::All(at))).collect();
        each_of_all(&all, hash_bits, |hash, in_blocks| {
            let (segment, rest) = (hash >> rest_bits, hash & ((1 << rest_bits) - 1));
            writers[segment as usize].add(rest, in_blocks);
        });
        writers.into_iter().map(TableWriter::finish).collect()
    }

    /// The blocks that may hold the token with this hash.
    pub fn blocks(&self, hash: u64) -> BlockSet {
        self.head.blocks(hash, &self.packed[self.head.bucket_of(hash)])
    }

    /// The blocks that may hold the tokens with all of these hashes.
    pub fn blocks_of_all(&self, hashes: &[u64]) -> BlockSet {
        let mut found = BlockSet::all(self.block_count());
        hashes.iter().for_each(|hash| found.intersect(&self.blocks(*hash)));
        found
    }

    /// How many blocks the part has.
    pub fn block_count(&self) -> usize {
        self.head.blocks
    }

    /// How many bits of each hash are kept.
    pub(crate) fn hash_bits(&self) -> u32 {
        self.head.hash_bits
    }

    /// How many tokens there are.
    pub(crate) fn count(&self) -> usize {
        let mut count = 0;
        for bucket in 0..self.head.buckets() {
            let mut tokens = self.bucket(bucket);
            while tokens.next_hash().is_some() {
                tokens.each_block(|_| {});
                count += 1;
            }
        }
        count
    }

    fn bucket(&self, bucket: usize) -> Tokens<'_> {
        self.head.tokens(bucket, &self.packed[self.head.bytes_of(bucket)])
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.head.encode(out);
        out.extend_from_slice(&self.packed);
    }

    /// Reads what [`TokenIndex::encode`] wrote, and keeps the bytes; any may be given.
    pub(crate) fn decode(bytes: &Bytes) -> Result<Self, IndexError> {
        let head = TokenHead::decode(bytes, bytes.len())?;
        let packed = bytes.slice(head.size_bytes()..);
        Ok(TokenIndex { head, packed })
    }

    /// Bytes in the file.
    pub fn size_bytes(&self) -> usize {
        self.head.size_bytes() + self.packed.len()
    }
}

/// Bits that number so many tokens.
pub(crate) fn bits_to_number(tokens: usize) -> u32 {
    usize::BITS - tokens.leading_zeros()
}

/// Bits of a hash that keep so many tokens apart.
pub(crate) fn hash_bits_for(tokens: usize) -> u32 {
    (bits_to_number(tokens) + SPARE_BITS).clamp(HASH_BITS_MIN, HASH_BITS_MAX)
}

/// Writes a table, token by token in the order of their hashes.
struct TableWriter {
    head: TokenHead,
    bits: BitWriter,
    block_bits: u32,
    /// The smallest hash that the next token of the bucket can have.
    next: u64,
}

impl TableWriter {
    /// A table of about `tokens` tokens, whose hashes have `hash_bits` bits or fewer.
    fn new(blocks: usize, tokens: usize, hash_bits: u32) -> Self {
        TableWriter::of_bits(blocks, tokens, hash_bits.min(hash_bits_for(tokens)))
    }

    /// A table of about `tokens` tokens, whose hashes have `hash_bits` bits.
    fn of_bits(blocks: usize, tokens: usize, hash_bits: u32) -> Self {
        let token_bits = bits_to_number(tokens);
        let head = TokenHead {
            blocks,
            hash_bits,
            bucket_bits: token_bits.saturating_sub(BUCKET_TOKENS_BITS).min(hash_bits),
            gap_bits: hash_bits.saturating_sub(token_bits),
            starts: Vec::new(),
        };
        TableWriter { head, bits: BitWriter::default(), block_bits: block_bits(blocks), next: 0 }
    }

    /// Adds a token with its blocks, which may be in any order and repeat.
    fn add(&mut self, hash: u64, in_blocks: &mut Vec<u16>) {
        let bucket = (hash >> self.head.rest_bits()) as usize;
        if bucket >= self.head.starts.len() {
            self.head.starts.resize(bucket + 1, self.bits.position() as u32);
            self.next = (bucket as u64) << self.head.rest_bits();
        }
        self.bits.put_rice(hash - self.next, self.head.gap_bits);
        self.next = hash + 1;
        in_blocks.sort_unstable();
        in_blocks.dedup();
        match in_blocks[..] {
            [block] => self.bits.put(u64::from(block) << 1, self.block_bits + 1),
            _ if in_blocks.len() * 2 > self.head.blocks => self.bits.put(0b11, 2),
            _ => {
                self.bits.put(0b01, 2);
                self.bits.put_gamma(in_blocks.len() as u64);
                let mut next = 0;
                for block in in_blocks {
                    self.bits.put_gamma(u64::from(*block) + 1 - next);
                    next = u64::from(*block) + 1;
                }
            }
        }
    }

    /// The table; nothing if it is too large to say where its buckets begin.
    fn finish(mut self) -> Option<TokenIndex> {
        let end = u32::try_from(self.bits.position()).ok()?;
        self.head.starts.resize((1 << self.head.bucket_bits) + 1, end);
        Some(TokenIndex { head: self.head, packed: self.bits.finish().into() })
    }
}

/// What the blocks of a table are called in a table of several.
#[derive(Debug, Clone, Copy)]
enum Named {
    /// As they are, counted from this number.
    From(usize),
    /// All of them like this.
    All(usize),
}

/// Gives every hash of several tables once, in order and with so many bits, and its blocks.
fn each_of_all(tables: &[(&TokenIndex, Named)], hash_bits: u32, mut each: impl FnMut(u64, &mut Vec<u16>)) {
    let mut cursors: Vec<Cursor<'_>> =
        tables.iter().map(|(table, named)| Cursor::new(table, *named, hash_bits)).collect();
    let mut in_blocks = Vec::new();
    while let Some(hash) = cursors.iter().filter_map(|cursor| cursor.hash).min() {
        in_blocks.clear();
        for cursor in &mut cursors {
            while cursor.hash == Some(hash) {
                in_blocks.extend_from_slice(&cursor.in_blocks);
                cursor.advance();
            }
        }
        each(hash, &mut in_blocks);
    }
}

/// All tokens of a table in order, with shorter hashes.
struct Cursor<'t> {
    index: &'t TokenIndex,
    named: Named,
    shift: u32,
    bucket: usize,
    tokens: Tokens<'t>,
    /// The token at hand, and its blocks in the whole.
    hash: Option<u64>,
    in_blocks: Vec<u16>,
}

impl<'t> Cursor<'t> {
    fn new(index: &'t TokenIndex, named: Named, hash_bits: u32) -> Self {
        let shift = index.hash_bits() - hash_bits;
        let (tokens, in_blocks) = (index.bucket(0), Vec::new());
        let mut cursor = Cursor { index, named, shift, bucket: 0, tokens, hash: None, in_blocks };
        cursor.advance();
        cursor
    }

    fn advance(&mut self) {
        self.in_blocks.clear();
        self.hash = loop {
            if let Some(hash) = self.tokens.next_hash() {
                break Some(hash >> self.shift);
            }
            self.bucket += 1;
            if self.bucket >= self.index.head.buckets() {
                break None;
            }
            self.tokens = self.index.bucket(self.bucket);
        };
        if self.hash.is_some() {
            let in_blocks = &mut self.in_blocks;
            match self.named {
                Named::From(first) => self.tokens.each_block(|block| in_blocks.push((first + block) as u16)),
                Named::All(number) => {
                    self.tokens.each_block(|_| {});
                    in_blocks.push(number as u16);
                }
            }
        }
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
        TokenIndex::decode(&bytes.into()).unwrap()
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
            assert!(wrong < 160, "{tokens} tokens: {wrong} of 20000 false");
        }
    }

    #[test]
    fn a_token_in_one_block_takes_two_bytes_and_one_in_most_blocks_less() {
        let mut builder = TokenIndexBuilder::default();
        for token in 0..200_000 {
            builder.set_block(token % 32);
            builder.insert(hash(token));
        }
        let ids = builder.finish(32).unwrap().size_bytes();
        assert!(ids < 200_000 * 9 / 4, "{ids} bytes");
        let mut builder = TokenIndexBuilder::default();
        for block in 0..32 {
            builder.set_block(block);
            (0..10_000).filter(|token| token % 8 != block % 8).for_each(|token| builder.insert(hash(token)));
        }
        let common = builder.finish(32).unwrap();
        assert!(common.size_bytes() < 10_000 * 20 / 8, "{} bytes", common.size_bytes());
        assert!(common.blocks(hash(3)).is_all());
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
        let none = TokenIndexBuilder::default().finish(8).unwrap();
        let merged = TokenIndex::merge(&[(&first, 0), (&second, 5), (&none, 0)], 8).unwrap();
        let wrong = (0..20_000).filter(|n| !merged.blocks(hash(5000 + n)).is_empty()).count();
        assert!(wrong < 20, "{wrong} of 20000 false: a table without tokens blurs nothing");
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
            assert!(TokenIndex::decode(&good[..length].to_vec().into()).is_err(), "{length}");
        }
        for at in 0..16 {
            let mut bad = good.clone();
            bad[at] ^= 0xff;
            let _any_answer_without_a_panic =
                TokenIndex::decode(&bad.into()).map(|table| table.blocks(hash(1)));
        }
        let mut builder = TokenIndexBuilder::default();
        builder.set_block(BLOCKS_MAX);
        assert_eq!(builder.finish(BLOCKS_MAX + 1), None);
    }
}
