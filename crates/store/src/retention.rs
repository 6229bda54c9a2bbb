//! Which parts are too old or too many to keep? Whole parts only.

use std::sync::Arc;

use girok_event::Timestamp;

use crate::{PartId, PartMeta};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// How long and how much of a dataset is kept; `None` is without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// A part goes when its newest event is older.
    pub age_seconds_max: Option<u64>,
    /// The parts with the oldest events go while all together are larger.
    pub size_bytes_max: Option<u64>,
}

/// What one dataset keeps differently from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// How long.
    pub age_seconds: Limit,
    /// How much.
    pub size_bytes: Limit,
}

/// One limit of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limit {
    /// That of all datasets.
    #[default]
    Common,
    /// None.
    Endless,
    /// This one.
    Max(u64),
}

impl Retention {
    /// What is kept where `common` is kept of a dataset that says nothing.
    pub fn over(self, common: Policy) -> Policy {
        Policy {
            age_seconds_max: self.age_seconds.over(common.age_seconds_max),
            size_bytes_max: self.size_bytes.over(common.size_bytes_max),
        }
    }
}

impl Limit {
    /// The limit in a unit that is `factor` times as large, rounded up.
    pub fn scaled(self, factor: u64) -> Self {
        match self {
            Limit::Max(limit) => Limit::Max(limit.div_ceil(factor)),
            other => other,
        }
    }

    fn over(self, common: Option<u64>) -> Option<u64> {
        match self {
            Limit::Common => common,
            Limit::Endless => None,
            Limit::Max(limit) => Some(limit),
        }
    }
}

/// The parts of one dataset that `policy` no longer keeps.
pub fn expired_parts(parts: &[Arc<PartMeta>], policy: Policy, now: Timestamp) -> Vec<PartId> {
    let mut by_age: Vec<&PartMeta> = parts.iter().map(AsRef::as_ref).collect();
    by_age.sort_by_key(|part| part.time_max);
    let mut size_bytes: u64 = by_age.iter().map(|part| part.size_bytes).sum();
    let is_expired = |part: &&PartMeta| {
        let is_old = policy.age_seconds_max.is_some_and(|age| part.time_max < earlier(now, age));
        let is_too_much = policy.size_bytes_max.is_some_and(|limit| size_bytes > limit);
        size_bytes -= part.size_bytes;
        is_old || is_too_much
    };
    by_age.into_iter().take_while(is_expired).map(|part| part.id).collect()
}

fn earlier(now: Timestamp, seconds: u64) -> Timestamp {
    let nanos = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(NANOS_PER_SECOND);
    Timestamp(now.as_nanos().saturating_sub(nanos))
}

#[cfg(test)]
mod tests;
