//! How are numbers distributed? Exactly while they are few, then by size class.
//!
//! A class is the numbers that share sign, exponent and the first eight bits of the mantissa, so that no two of
//! them differ by more than 0.4 %. Counting costs a shift and an addition, whatever the numbers are.

use std::collections::BTreeMap;

/// So many numbers are kept as they are.
const EXACT_MAX: usize = 512;
/// Bits of a number that its class leaves out.
const DROPPED_BITS: u32 = 44;
/// The widest range of classes that is counted in one array.
const DENSE_MAX: usize = 1 << 15;

/// A collection of numbers that answers for percentiles.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Distribution {
    /// All of them.
    Exact(Vec<f64>),
    /// How many of each class.
    Classes(Box<Classes>),
}

/// Numbers by class.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Classes {
    total: u64,
    min: f64,
    max: f64,
    /// The class of the first count.
    first: usize,
    counts: Vec<u64>,
    /// Classes too far from the others.
    far: BTreeMap<usize, u64>,
}

impl Default for Distribution {
    fn default() -> Self {
        Distribution::Exact(Vec::new())
    }
}

impl Distribution {
    /// Adds a number; one that is none is passed over.
    #[inline]
    pub(super) fn add(&mut self, number: f64) {
        if number.is_nan() {
            return;
        }
        match self {
            Distribution::Classes(classes) => classes.add(number, 1),
            Distribution::Exact(numbers) => {
                numbers.push(number);
                if numbers.len() > EXACT_MAX {
                    self.classes();
                }
            }
        }
    }

    /// The classes; exact numbers are sorted into them.
    fn classes(&mut self) -> &mut Classes {
        if let Distribution::Exact(numbers) = self {
            let mut classes = Classes { min: f64::INFINITY, max: f64::NEG_INFINITY, ..Classes::default() };
            numbers.iter().for_each(|number| classes.add(*number, 1));
            *self = Distribution::Classes(Box::new(classes));
        }
        let Distribution::Classes(classes) = self else { unreachable!("made just above") };
        classes
    }

    /// Adds all numbers of another.
    pub(super) fn merge(&mut self, other: Distribution) {
        match other {
            Distribution::Exact(numbers) => numbers.into_iter().for_each(|number| self.add(number)),
            Distribution::Classes(other) => self.classes().merge(&other),
        }
    }

    /// The number below which `share` (0 to 1) of all lie, between neighbours in proportion; nothing of none.
    pub(super) fn percentile(&mut self, share: f64) -> Option<f64> {
        match self {
            Distribution::Exact(numbers) => {
                numbers.sort_unstable_by(f64::total_cmp);
                let last = numbers.len().checked_sub(1)?;
                let rank = share * last as f64;
                let (low, high) = (numbers[rank.floor() as usize], numbers[rank.ceil() as usize]);
                Some(between(low, high, rank.fract()))
            }
            Distribution::Classes(classes) => classes.percentile(share),
        }
    }

    /// Bytes it takes.
    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Distribution::Exact(numbers) => numbers.capacity() * 8,
            Distribution::Classes(classes) => classes.counts.capacity() * 8 + classes.far.len() * 32 + 100,
        }
    }

    /// As bytes that [`Distribution::decode`] reads.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Distribution::Exact(numbers) => {
                out.push(0);
                numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
            }
            Distribution::Classes(classes) => {
                out.push(1);
                out.extend_from_slice(&classes.min.to_le_bytes());
                out.extend_from_slice(&classes.max.to_le_bytes());
                for (class, count) in classes.iter().filter(|(_, count)| *count > 0) {
                    out.extend_from_slice(&(class as u64).to_le_bytes());
                    out.extend_from_slice(&count.to_le_bytes());
                }
            }
        }
        out
    }

    /// Reads what another thread of the same query wrote.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (words, []) = rest.as_chunks::<8>() else { return None };
        if *kind == 0 {
            return Some(Distribution::Exact(words.iter().map(|word| f64::from_le_bytes(*word)).collect()));
        }
        let [min, max, cells @ ..] = words else { return None };
        let (min, max) = (f64::from_le_bytes(*min), f64::from_le_bytes(*max));
        let mut classes = Classes { min, max, ..Classes::default() };
        for [class, count] in cells.as_chunks::<2>().0 {
            classes.count(u64::from_le_bytes(*class) as usize, u64::from_le_bytes(*count));
        }
        Some(Distribution::Classes(Box::new(classes)))
    }
}

impl Classes {
    #[inline]
    fn add(&mut self, number: f64, count: u64) {
        self.min = self.min.min(number);
        self.max = self.max.max(number);
        self.count(class_of(number), count);
    }

    #[inline]
    fn count(&mut self, class: usize, count: u64) {
        self.total += count;
        match class.checked_sub(self.first).and_then(|at| self.counts.get_mut(at)) {
            Some(known) => *known += count,
            None => self.widen(class, count),
        }
    }

    /// Makes room for a class outside of the array, if that leaves it small enough.
    fn widen(&mut self, class: usize, count: u64) {
        if self.counts.is_empty() {
            (self.first, self.counts) = (class, vec![count]);
            return;
        }
        let (first, end) = (self.first.min(class), (self.first + self.counts.len()).max(class + 1));
        if end - first > DENSE_MAX {
            *self.far.entry(class).or_default() += count;
            return;
        }
        let before = self.first - first;
        self.counts.splice(0..0, std::iter::repeat_n(0, before));
        self.counts.resize(end - first, 0);
        self.first = first;
        self.counts[class - first] += count;
    }

    fn merge(&mut self, other: &Classes) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        other.iter().filter(|(_, count)| *count > 0).for_each(|(class, count)| self.count(class, count));
    }

    /// Classes with their counts; in order but for those that were too far.
    fn iter(&self) -> impl Iterator<Item = (usize, u64)> {
        let near = self.counts.iter().enumerate().map(|(at, count)| (self.first + at, *count));
        near.chain(self.far.iter().map(|(class, count)| (*class, *count)))
    }

    fn percentile(&self, share: f64) -> Option<f64> {
        let last = self.total.checked_sub(1)?;
        let rank = share * last as f64;
        let mut ordered: Vec<(usize, u64)> = self.iter().filter(|(_, count)| *count > 0).collect();
        ordered.sort_unstable();
        let mut before = 0;
        for (class, count) in ordered {
            if rank < (before + count) as f64 {
                // Numbers of a class are taken to lie evenly in it.
                let place = (rank - before as f64 + 0.5) / count as f64;
                let (low, high) = (number_of(class), number_of(class + 1));
                return Some(between(low, high, place.clamp(0.0, 1.0)).clamp(self.min, self.max));
            }
            before += count;
        }
        Some(self.max)
    }
}

fn between(low: f64, high: f64, place: f64) -> f64 {
    // Infinities have no distance.
    if low == high || place == 0.0 { low } else { low + (high - low) * place }
}

/// The class of a number; classes are in the order of the numbers.
#[inline]
fn class_of(number: f64) -> usize {
    let bits = number.to_bits();
    let ordered = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    (ordered >> DROPPED_BITS) as usize
}

/// The least number of a class.
fn number_of(class: usize) -> f64 {
    let ordered = (class as u64) << DROPPED_BITS;
    f64::from_bits(if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(numbers: &[f64]) -> Distribution {
        let mut distribution = Distribution::default();
        numbers.iter().for_each(|number| distribution.add(*number));
        distribution
    }

    fn exact(numbers: &[f64], share: f64) -> f64 {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = share * (sorted.len() - 1) as f64;
        between(sorted[rank.floor() as usize], sorted[rank.ceil() as usize], rank.fract())
    }

    #[test]
    fn few_numbers_are_exact() {
        assert_eq!(of(&[]).percentile(0.5), None);
        assert_eq!(of(&[f64::NAN]).percentile(0.5), None);
        assert_eq!(of(&[3.0, 1.0, 2.0, 10.0]).percentile(0.5), Some(2.5));
        assert_eq!(of(&[f64::INFINITY, f64::INFINITY]).percentile(0.5), Some(f64::INFINITY));
    }

    #[test]
    fn many_numbers_are_close() {
        let numbers: Vec<f64> = (0..100_000).map(|n| f64::from(n * 7919 % 100_003) / 10.0 - 500.0).collect();
        for share in [0.0, 0.01, 0.5, 0.95, 0.999, 1.0] {
            let (got, expected) = (of(&numbers).percentile(share).unwrap(), exact(&numbers, share));
            assert!((got - expected).abs() <= expected.abs() * 0.004 + 0.1, "{share}: {got}, not {expected}");
        }
    }

    proptest! {
        #[test]
        fn two_halves_are_the_whole(numbers in prop::collection::vec(-1e6..1e6f64, 1..2000), at in any::<prop::sample::Index>(), share in 0.0..1.0f64) {
            let (left, right) = numbers.split_at(at.index(numbers.len()));
            let mut merged = Distribution::decode(&of(left).encode()).unwrap();
            merged.merge(Distribution::decode(&of(right).encode()).unwrap());
            let (got, expected) = (merged.percentile(share).unwrap(), of(&numbers).percentile(share).unwrap());
            prop_assert_eq!(got, expected);
        }
    }
}
