//! Which words can a part not hold? A split-block Bloom filter over token hashes.
//!
//! A block is 256 bits, one cache line at most; a token sets one bit in each of its eight words. The
//! builder starts large, because the number of distinct tokens is not known before, and folds itself in
//! half while enough bits for each token remain: the block number comes from the highest bits of the hash,
//! so neighbours merge by OR.

use crate::IndexError;

/// Eight words of 32 bits.
type Block = [u32; 8];

const BLOCK_BYTES: usize = 32;
const BITS_PER_TOKEN: usize = 10;
const BLOCKS_MAX: usize = 1 << 17;
const RECENT: usize = 1 << 12;

/// The odd multipliers of Parquet's split-block filter.
const SALT: Block =
    [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// Collects token hashes of one part.
#[derive(Debug)]
pub struct TokenFilterBuilder {
    blocks: Vec<Block>,
    /// The latest hash in each slot: most tokens of a log are repeated soon.
    recent: Vec<u64>,
    distinct: usize,
}

impl TokenFilterBuilder {
    /// A builder for about `raw_bytes` of text.
    pub fn new(raw_bytes: u64) -> Self {
        let tokens = usize::try_from(raw_bytes / 16).unwrap_or(usize::MAX);
        let blocks = blocks_for(tokens.min(BLOCKS_MAX * 256 / BITS_PER_TOKEN)).min(BLOCKS_MAX);
        TokenFilterBuilder { blocks: vec![[0; 8]; blocks], recent: vec![0; RECENT], distinct: 0 }
    }

    /// Adds a token by its hash.
    #[inline]
    pub fn insert(&mut self, hash: u64) {
        let slot = &mut self.recent[hash as usize % RECENT];
        if *slot != hash || hash == 0 {
            *slot = hash;
            self.insert_new(hash);
        }
    }

    fn insert_new(&mut self, hash: u64) {
        let at = block_of(hash, self.blocks.len());
        let block = &mut self.blocks[at];
        let mask = mask_of(hash);
        let mut is_new = 0;
        for (word, bit) in block.iter_mut().zip(mask) {
            is_new |= bit & !*word;
            *word |= bit;
        }
        self.distinct += usize::from(is_new != 0);
    }

    /// The finished filter, no larger than its tokens need.
    pub fn finish(mut self) -> TokenFilter {
        let wanted = blocks_for(self.distinct);
        while self.blocks.len() > wanted {
            self.blocks = self.blocks.chunks_exact(2).map(|pair| merge(&pair[0], &pair[1])).collect();
        }
        TokenFilter { blocks: self.blocks }
    }
}

/// Says of a token hash that it is not there, or that it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFilter {
    blocks: Vec<Block>,
}

impl TokenFilter {
    /// Whether the token may be in the part.
    pub fn may_contain(&self, hash: u64) -> bool {
        let block = &self.blocks[block_of(hash, self.blocks.len())];
        block.iter().zip(mask_of(hash)).all(|(word, bit)| word & bit != 0)
    }

    /// Its size in memory and in the part.
    pub fn size_bytes(&self) -> usize {
        self.blocks.len() * BLOCK_BYTES
    }

    /// The blocks, each as eight little-endian words.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.size_bytes());
        out.extend(self.blocks.iter().flatten().flat_map(|word| word.to_le_bytes()));
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        if !rest.is_empty() || !blocks.len().is_power_of_two() || blocks.len() > BLOCKS_MAX {
            return Err(IndexError::Corrupt { what: "the token filter has a size that no writer makes" });
        }
        Ok(TokenFilter { blocks: blocks.iter().map(decode_block).collect() })
    }
}

fn decode_block(bytes: &[u8; BLOCK_BYTES]) -> Block {
    let (words, _) = bytes.as_chunks::<4>();
    std::array::from_fn(|at| u32::from_le_bytes(words[at]))
}

fn merge(left: &Block, right: &Block) -> Block {
    std::array::from_fn(|at| left[at] | right[at])
}

fn blocks_for(tokens: usize) -> usize {
    (tokens * BITS_PER_TOKEN).div_ceil(256).next_power_of_two()
}

fn block_of(hash: u64, blocks: usize) -> usize {
    (((hash >> 32) * blocks as u64) >> 32) as usize
}

#[inline]
fn mask_of(hash: u64) -> Block {
    let key = hash as u32;
    std::array::from_fn(|at| 1 << (key.wrapping_mul(SALT[at]) >> 27))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum;

    fn hash(number: u64) -> u64 {
        checksum(&number.to_le_bytes())
    }

    #[test]
    fn folds_to_size_and_keeps_every_token() {
        for count in [0u64, 1, 100, 50_000] {
            let mut builder = TokenFilterBuilder::new(64 << 20);
            (0..count).for_each(|n| builder.insert(hash(n)));
            let filter = builder.finish();
            assert!((0..count).all(|n| filter.may_contain(hash(n))));
            assert!(filter.size_bytes() as u64 * 8 <= (count * 20).max(256), "{count}");
            let wrong = (0..10_000).filter(|n| filter.may_contain(hash(count + n))).count();
            assert!(wrong < 300, "{count} tokens: {wrong} of 10000 false");
        }
    }

    #[test]
    fn hash_zero_is_not_taken_for_seen() {
        let mut builder = TokenFilterBuilder::new(0);
        builder.insert(0);
        assert!(builder.finish().may_contain(0));
    }

    #[test]
    fn refuses_sizes_that_no_writer_makes() {
        assert!(TokenFilter::decode(&[0; 64]).is_ok());
        for bad in [0, 31, 96] {
            assert!(TokenFilter::decode(&vec![0; bad]).is_err(), "{bad}");
        }
    }
}
