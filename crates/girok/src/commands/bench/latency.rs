//! How long did single things take: the middle and the slow end.

use std::time::Duration;

use serde::Serialize;

/// Durations of one kind.
#[derive(Debug, Default)]
pub(super) struct Latencies(Vec<Duration>);

/// Their summary in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Summary {
    pub(super) count: usize,
    pub(super) min_ms: f64,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

impl Latencies {
    pub(super) fn add(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    pub(super) fn extend(&mut self, other: Latencies) {
        self.0.extend(other.0);
    }

    pub(super) fn summary(&self) -> Summary {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |share| quantile(&sorted, share).as_secs_f64() * 1e3;
        Summary {
            count: sorted.len(),
            min_ms: at(0.0),
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            max_ms: at(1.0),
        }
    }
}

/// The smallest value that `share` of all do not exceed; zero if there is none.
fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_was_seen() {
        let mut latencies = Latencies::default();
        (1..=200).rev().for_each(|ms| latencies.add(Duration::from_millis(ms)));
        let summary = latencies.summary();
        assert_eq!(
            [summary.min_ms, summary.p50_ms, summary.p95_ms, summary.p99_ms, summary.max_ms],
            [1.0, 100.0, 190.0, 198.0, 200.0]
        );
        assert_eq!(Latencies::default().summary().p99_ms, 0.0);
    }
}
