//! Aggregates of our own, where DataFusion's are too slow or too vague for logs.

mod distinct;
mod distribution;
mod numbers;
mod percentile;

pub(crate) use distinct::distinct_count;
pub(crate) use percentile::{distribution, percentile};
