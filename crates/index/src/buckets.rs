//! The buckets of a token table: how they are found, and what stands in one.

use std::ops::Range;

use crate::bits::BitReader;
use crate::bytes::Reader;
use crate::{BlockSet, IndexError};

/// Bits of a hash while a table is built, and at most in a table.
pub(crate) const HASH_BITS_MAX: u32 = 40;
/// Bits that hold the block while a table is built.
pub(crate) const BLOCK_BITS: u32 = 16;
/// Most blocks of a part.
pub(crate) const BLOCKS_MAX: usize = 1 << BLOCK_BITS;
/// Bytes before the places of the buckets.
const FIXED_BYTES: usize = 8;

const NOT_OURS: IndexError = IndexError::Corrupt { what: "the token table has a form that no writer makes" };

/// What a token table says of itself: with it a bucket can be read without the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHead {
    pub(crate) blocks: usize,
    pub(crate) hash_bits: u32,
    pub(crate) bucket_bits: u32,
    pub(crate) gap_bits: u32,
    /// The first bit of each bucket, and of the end.
    pub(crate) starts: Vec<u32>,
}

impl TokenHead {
    /// How many bytes the head takes of a section that begins like this.
    pub fn bytes_needed(bytes: &[u8]) -> Result<usize, IndexError> {
        let bucket_bits = u32::from(*bytes.get(5).ok_or(NOT_OURS)?);
        let buckets = 1usize.checked_shl(bucket_bits).and_then(|buckets| buckets.checked_add(1));
        let starts = buckets.and_then(|places| places.checked_mul(4)).ok_or(NOT_OURS)?;
        starts.checked_add(FIXED_BYTES).ok_or(NOT_OURS)
    }

    /// Reads the head of a section of `length` bytes, which `bytes` begin; any may be given.
    pub fn decode(bytes: &[u8], length: usize) -> Result<Self, IndexError> {
        let mut reader = Reader::new(bytes);
        let blocks = reader.u32()? as usize;
        let [hash_bits, bucket_bits, gap_bits] = [reader.u8()?, reader.u8()?, reader.u8()?].map(u32::from);
        let _reserved = reader.u8()?;
        let is_possible = blocks <= BLOCKS_MAX
            && (1..=HASH_BITS_MAX).contains(&hash_bits)
            && bucket_bits <= hash_bits.min(u32::BITS)
            && gap_bits <= hash_bits;
        if !is_possible {
            return Err(NOT_OURS);
        }
        let starts = reader.take(TokenHead::bytes_needed(bytes)? - FIXED_BYTES)?;
        let starts: Vec<u32> =
            starts.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        let head = TokenHead { blocks, hash_bits, bucket_bits, gap_bits, starts };
        let is_ascending = head.starts.is_sorted() && head.starts.first() == Some(&0);
        let is_whole = length.checked_sub(head.size_bytes()) == Some(head.length());
        if is_ascending && is_whole { Ok(head) } else { Err(NOT_OURS) }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.blocks as u32).to_le_bytes());
        out.extend_from_slice(&[self.hash_bits as u8, self.bucket_bits as u8, self.gap_bits as u8, 0]);
        self.starts.iter().for_each(|start| out.extend_from_slice(&start.to_le_bytes()));
    }

    /// Bytes of the head, behind which the buckets follow.
    pub fn size_bytes(&self) -> usize {
        FIXED_BYTES + self.starts.len() * 4
    }

    /// Bytes of all buckets.
    pub fn length(&self) -> usize {
        self.starts.last().map_or(0, |end| (*end as usize).div_ceil(8))
    }

    /// How many blocks the part has.
    pub fn block_count(&self) -> usize {
        self.blocks
    }

    /// Which bytes behind the head are the bucket in which a hash is looked up.
    pub fn bucket_of(&self, hash: u64) -> Range<usize> {
        self.bytes_of(self.number_of(hash))
    }

    /// The blocks that may hold the token with this hash, by the bytes of its bucket.
    pub fn blocks(&self, hash: u64, bucket: &[u8]) -> BlockSet {
        let mut found = BlockSet::none(self.blocks);
        let mut tokens = self.tokens(self.number_of(hash), bucket);
        let hash = self.kept(hash);
        while let Some(at) = tokens.next_hash() {
            if at == hash {
                tokens.each_block(|block| found.insert(block));
            }
            if at >= hash {
                break;
            }
            tokens.each_block(|_| {});
        }
        found
    }

    /// How many buckets there are.
    pub(crate) fn buckets(&self) -> usize {
        self.starts.len() - 1
    }

    /// The bits of a hash that a bucket's number leaves open.
    pub(crate) fn rest_bits(&self) -> u32 {
        self.hash_bits - self.bucket_bits
    }

    /// Which bytes behind the head are a bucket.
    pub(crate) fn bytes_of(&self, bucket: usize) -> Range<usize> {
        self.starts[bucket] as usize / 8..(self.starts[bucket + 1] as usize).div_ceil(8)
    }

    /// The tokens of a bucket with these bytes.
    pub(crate) fn tokens<'t>(&'t self, bucket: usize, bytes: &'t [u8]) -> Tokens<'t> {
        let (start, end) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        Tokens {
            head: self,
            reader: BitReader::new(bytes, start % 8),
            end: start % 8 + end - start,
            next: (bucket as u64) << self.rest_bits(),
        }
    }

    fn kept(&self, hash: u64) -> u64 {
        hash >> (u64::BITS - self.hash_bits)
    }

    fn number_of(&self, hash: u64) -> usize {
        (self.kept(hash) >> self.rest_bits()) as usize
    }
}

/// Bits of a block's number.
pub(crate) fn block_bits(blocks: usize) -> u32 {
    usize::BITS - blocks.saturating_sub(1).leading_zeros()
}

/// The tokens of one bucket. After each hash its blocks are to be read.
pub(crate) struct Tokens<'t> {
    head: &'t TokenHead,
    reader: BitReader<'t>,
    end: usize,
    next: u64,
}

impl Tokens<'_> {
    #[inline]
    pub(crate) fn next_hash(&mut self) -> Option<u64> {
        if self.reader.position() >= self.end {
            return None;
        }
        let hash = self.next.checked_add(self.reader.get_rice(self.head.gap_bits))?;
        self.next = hash.checked_add(1)?;
        Some(hash)
    }

    #[inline]
    pub(crate) fn each_block(&mut self, mut each: impl FnMut(usize)) {
        if self.reader.get(1) == 0 {
            return each(self.reader.get(block_bits(self.head.blocks)) as usize);
        }
        if self.reader.get(1) == 1 {
            return (0..self.head.blocks).for_each(each);
        }
        let mut next = 0;
        for _ in 0..self.reader.get_gamma().min(self.head.blocks as u64) {
            next += self.reader.get_gamma() as usize;
            each(next - 1);
        }
    }
}
