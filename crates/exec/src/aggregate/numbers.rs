//! A set of 128-bit numbers that may become large.
//!
//! A hash table of millions misses the cache with every number. So numbers are only noted, in shards by their hash,
//! and a shard looks for doubles when it has grown: it is small enough for that to stay within the cache.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// Shards once there are many numbers.
const SHARDS: usize = 256;
/// So many different numbers are kept in one shard before they are spread over all.
const ONE_SHARD_MAX: usize = 4096;
/// A shard first looks for doubles at this length.
const LIMIT_MIN: usize = 512;

/// A number that is spread evenly already, or nearly so.
#[derive(Debug, Default, Clone, Copy)]
struct Fold(u64);

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u128(u128::from(*byte)));
    }

    #[inline]
    fn write_u128(&mut self, value: u128) {
        let mixed = (value as u64 ^ self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ ((value >> 64) as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(32);
        self.0 = mixed ^ mixed >> 29;
    }
}

type Seen = HashSet<u128, BuildHasherDefault<Fold>>;

/// The numbers added so far.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// None, one or [`SHARDS`].
    shards: Vec<Shard>,
}

#[derive(Debug)]
struct Shard {
    /// The first `distinct` of them differ.
    numbers: Vec<u128>,
    distinct: usize,
    limit: usize,
}

impl Default for Shard {
    fn default() -> Self {
        Shard { numbers: Vec::new(), distinct: 0, limit: LIMIT_MIN }
    }
}

impl Numbers {
    /// Adds one.
    #[inline]
    pub(super) fn add(&mut self, number: u128) {
        let at = if self.shards.len() == SHARDS { shard_of(number) } else { 0 };
        match self.shards.get_mut(at) {
            Some(shard) if shard.numbers.len() < shard.limit => shard.numbers.push(number),
            _ => self.add_slowly(number),
        }
    }

    /// Makes room, then adds.
    #[cold]
    fn add_slowly(&mut self, number: u128) {
        match self.shards.len() {
            0 => self.shards.push(Shard::default()),
            1 => {
                self.shards[0].drop_doubles(&mut Seen::default());
                if self.shards[0].numbers.len() >= ONE_SHARD_MAX {
                    self.spread();
                }
            }
            _ => self.shards[shard_of(number)].drop_doubles(&mut Seen::default()),
        }
        let at = if self.shards.len() == SHARDS { shard_of(number) } else { 0 };
        self.shards[at].numbers.push(number);
    }

    fn spread(&mut self) {
        let all = std::mem::take(&mut self.shards);
        self.shards.resize_with(SHARDS, Shard::default);
        for number in all.into_iter().flat_map(|shard| shard.numbers) {
            self.shards[shard_of(number)].numbers.push(number);
        }
    }

    /// How many different ones there are.
    pub(super) fn count(&mut self) -> usize {
        let mut seen = Seen::default();
        self.shards.iter_mut().for_each(|shard| shard.drop_doubles(&mut seen));
        self.shards.iter().map(|shard| shard.numbers.len()).sum()
    }

    /// How many are kept, doubles among them.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.numbers.len()).sum()
    }

    /// All of them, doubles too unless they were just counted.
    pub(super) fn iter(&self) -> impl Iterator<Item = u128> {
        self.shards.iter().flat_map(|shard| &shard.numbers).copied()
    }

    /// Bytes it takes.
    pub(super) fn size_bytes(&self) -> usize {
        let of_shard = |shard: &Shard| size_of::<Shard>() + shard.numbers.capacity() * size_of::<u128>();
        self.shards.iter().map(of_shard).sum()
    }
}

impl Shard {
    /// Keeps one of each, and makes room: for more the fewer doubles there were.
    fn drop_doubles(&mut self, seen: &mut Seen) {
        let before = self.numbers.len();
        if self.distinct < before {
            seen.clear();
            seen.reserve(before);
            self.numbers.retain(|number| seen.insert(*number));
            self.distinct = self.numbers.len();
        }
        let factor = if self.distinct * 10 > before * 9 { 8 } else { 2 };
        self.limit = self.limit.max(self.distinct * factor);
    }
}

/// By bits of the hash that a table of a shard's size does not use itself.
#[inline]
fn shard_of(number: u128) -> usize {
    let mut hash = Fold::default();
    hash.write_u128(number);
    (hash.finish() >> 40) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_a_set_counts() {
        for (numbers, of) in
            [(0, 1), (10, 3), (5_000, 7), (20_000, 20_000), (300_000, 100_000), (300_000, 300)]
        {
            let mut found = Numbers::default();
            // Some differ only in their high bits, as ids of one origin do.
            let number = |n: u128| ((n % of) << 64) | (n % of % 5);
            (0..numbers).for_each(|n| found.add(number(n)));
            let all: HashSet<u128> = (0..numbers).map(number).collect();
            assert_eq!(found.count(), all.len(), "{numbers} of {of}");
            assert_eq!(found.iter().collect::<HashSet<_>>(), all);
        }
    }

    #[test]
    fn many_of_few_take_no_room() {
        let mut numbers = Numbers::default();
        (0..1_000_000).for_each(|n| numbers.add(n % 8));
        assert!(numbers.size_bytes() < 32 << 10, "{}", numbers.size_bytes());
    }
}
