//! A set of a part's blocks: which of them may hold what is sought?

/// Rows of a block: the smallest unit a reader can leave out.
pub const BLOCK_ROWS: usize = 8192;

/// Blocks by number, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockSet {
    words: Vec<u64>,
    blocks: usize,
}

impl BlockSet {
    /// None of `blocks` blocks.
    pub fn none(blocks: usize) -> Self {
        BlockSet { words: vec![0; blocks.div_ceil(64)], blocks }
    }

    /// All of `blocks` blocks.
    pub fn all(blocks: usize) -> Self {
        let mut set = BlockSet { words: vec![u64::MAX; blocks.div_ceil(64)], blocks };
        if let (Some(last), rest @ 1..) = (set.words.last_mut(), blocks % 64) {
            *last = (1 << rest) - 1;
        }
        set
    }

    /// How many blocks there are, in the set or not.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// Adds a block; one that does not exist is passed over.
    pub fn insert(&mut self, block: usize) {
        if block < self.blocks {
            self.words[block / 64] |= 1 << (block % 64);
        }
    }

    /// Whether `block` is in the set.
    pub fn contains(&self, block: usize) -> bool {
        self.words.get(block / 64).is_some_and(|word| word >> (block % 64) & 1 == 1)
    }

    /// How many blocks are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no block is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether every block is in the set.
    pub fn is_all(&self) -> bool {
        self.len() == self.blocks
    }

    /// Keeps what is in `other` too.
    pub fn intersect(&mut self, other: &BlockSet) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    /// Adds what is in `other`.
    pub fn unite(&mut self, other: &BlockSet) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sets() {
        for blocks in [0, 1, 63, 64, 65, 200] {
            assert!(BlockSet::all(blocks).is_all());
            assert!(BlockSet::none(blocks).is_empty());
            assert_eq!(BlockSet::all(blocks).len(), blocks);
        }
        let mut odd = BlockSet::none(100);
        (1..100).step_by(2).for_each(|block| odd.insert(block));
        odd.insert(100);
        let mut low = BlockSet::none(100);
        (0..10).for_each(|block| low.insert(block));
        let mut both = odd.clone();
        both.intersect(&low);
        assert_eq!((0..100).filter(|block| both.contains(*block)).collect::<Vec<_>>(), [1, 3, 5, 7, 9]);
        odd.unite(&low);
        assert_eq!((odd.len(), odd.blocks()), (55, 100));
    }
}
