//! Which partition a source's next bytes go to.
//!
//! A source stays on one partition, so that its events keep their order, until it sends more in a second
//! than one partition should take; the rest of that second is spread over all of them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// What one source may send to one partition in a second.
pub(crate) const SOURCE_BYTES_PER_SECOND_MAX: u64 = 4 << 20;

/// Sources that are told apart; two that share a slot are only spread a little sooner.
const SLOTS: usize = 1024;

/// Bits of a slot that count bytes; the others hold the second.
const BYTES_BITS: u32 = 40;

/// Counts what each source sent in the current second.
#[derive(Debug)]
pub(crate) struct Spread {
    slots: Box<[AtomicU64]>,
    turn: AtomicUsize,
}

impl Spread {
    pub(crate) fn new() -> Self {
        Spread { slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(), turn: AtomicUsize::new(0) }
    }

    /// The partition for the next `bytes` of a source.
    pub(crate) fn partition(&self, source: u64, bytes: usize, second: u64, partitions: u32) -> u32 {
        if self.sent_before(source, bytes, second) <= SOURCE_BYTES_PER_SECOND_MAX {
            (source % u64::from(partitions)) as u32
        } else {
            (self.turn.fetch_add(1, Relaxed) % partitions as usize) as u32
        }
    }

    /// What the source sent in this second before these `bytes`, which are now counted too.
    fn sent_before(&self, source: u64, bytes: usize, second: u64) -> u64 {
        let slot = &self.slots[(source >> 32) as usize % SLOTS];
        let epoch = second << BYTES_BITS;
        let count = |slot: u64| if slot >> BYTES_BITS == epoch >> BYTES_BITS { slot - epoch } else { 0 };
        let counted = |slot: u64| (count(slot) + bytes as u64).min((1 << BYTES_BITS) - 1);
        slot.fetch_update(Relaxed, Relaxed, |slot| Some(epoch | counted(slot))).map_or(0, count)
    }
}

/// The number by which a source is known: the peer and the dataset it sends to.
pub(crate) fn source_id(peer: Option<IpAddr>, dataset: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (peer, dataset).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn a_calm_source_stays_on_its_partition() {
        let spread = Spread::new();
        let source = source_id(Some([10, 0, 0, 1].into()), "web");
        let first = spread.partition(source, 100, 1, 8);
        assert!((0..50).all(|second| spread.partition(source, MIB, second, 8) == first));
    }

    #[test]
    fn a_hot_source_is_spread_until_the_second_ends() {
        let spread = Spread::new();
        let source = source_id(None, "web");
        let home = (source % 4) as u32;
        assert!((0..5).all(|_| spread.partition(source, MIB, 7, 4) == home));
        let mut rest: Vec<_> = (0..8).map(|_| spread.partition(source, MIB, 7, 4)).collect();
        rest.sort_unstable();
        assert_eq!(rest, [0, 0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(spread.partition(source, MIB, 8, 4), home);
    }

    #[test]
    fn sources_of_one_dataset_share_the_partitions() {
        let spread = Spread::new();
        let used: std::collections::HashSet<_> = (0..=255u8)
            .map(|host| spread.partition(source_id(Some([10, 0, 0, host].into()), "web"), 1, 1, 4))
            .collect();
        assert_eq!(used.len(), 4);
    }
}
