//! Which piece of an index made a scan pass over something?

use std::sync::atomic::{AtomicU64, Ordering};

/// A piece of a part's index that can decide on a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Decider {
    /// Which columns there are, how many rows have them, and which characters occur in them.
    Columns,
    /// The values of a column, where they are few.
    Values,
    /// The shapes of the messages.
    Shapes,
    /// The tokens of what varies, by block.
    Tokens,
    /// The first and last times.
    Times,
    /// The table of a day, without opening the part.
    Days,
}

impl Decider {
    /// Every piece.
    pub const ALL: [Decider; 6] =
        [Decider::Columns, Decider::Values, Decider::Shapes, Decider::Tokens, Decider::Times, Decider::Days];

    /// Its name in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Decider::Columns => "columns",
            Decider::Values => "values",
            Decider::Shapes => "shapes",
            Decider::Tokens => "tokens",
            Decider::Times => "times",
            Decider::Days => "days",
        }
    }
}

/// The pieces that took part in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Deciders(u8);

impl Deciders {
    pub(crate) fn and(self, other: Deciders) -> Self {
        Deciders(self.0 | other.0)
    }

    fn has(self, decider: Decider) -> bool {
        self.0 >> decider as u8 & 1 == 1
    }
}

impl From<Decider> for Deciders {
    fn from(decider: Decider) -> Self {
        Deciders(1 << decider as u8)
    }
}

/// What a decider took part in passing over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decided {
    /// Whole parts.
    pub parts: u64,
    /// Blocks of the parts that were read.
    pub blocks: u64,
}

/// [`Decided`] of each decider, counted by many at a time.
#[derive(Debug, Default)]
pub(crate) struct DecidedCounts([(AtomicU64, AtomicU64); Decider::ALL.len()]);

impl DecidedCounts {
    pub(crate) fn count(&self, by: Deciders, decided: Decided) {
        for (_, (parts, blocks)) in Decider::ALL.iter().zip(&self.0).filter(|(decider, _)| by.has(**decider))
        {
            parts.fetch_add(decided.parts, Ordering::Relaxed);
            blocks.fetch_add(decided.blocks, Ordering::Relaxed);
        }
    }

    /// Adds what was counted since the last time.
    pub(crate) fn take_into(&self, sums: &mut [Decided; Decider::ALL.len()]) {
        for ((parts, blocks), sum) in self.0.iter().zip(sums) {
            sum.parts += parts.swap(0, Ordering::Relaxed);
            sum.blocks += blocks.swap(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_decider_that_took_part_is_counted() {
        let counts = DecidedCounts::default();
        counts.count(
            Deciders::from(Decider::Tokens).and(Decider::Times.into()),
            Decided { parts: 0, blocks: 7 },
        );
        counts.count(Decider::Tokens.into(), Decided { parts: 1, blocks: 0 });
        let mut sums = [Decided::default(); Decider::ALL.len()];
        counts.take_into(&mut sums);
        counts.take_into(&mut sums);
        let none = Decided::default();
        assert_eq!(
            sums,
            [none, none, none, Decided { parts: 1, blocks: 7 }, Decided { parts: 0, blocks: 7 }, none]
        );
    }
}
