//! How does each question grow with the data? An earlier run over fewer rows tells.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The figures of an earlier run.
#[derive(Debug, Serialize)]
pub(super) struct Before {
    pub(super) rows: u64,
    /// Median in milliseconds by question.
    pub(super) medians_ms: BTreeMap<String, f64>,
}

impl Before {
    /// Reads what `--json` wrote.
    pub(super) fn read(path: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Document {
            rows: u64,
            queries: Vec<Query>,
        }
        #[derive(Deserialize)]
        struct Query {
            name: String,
            latency: Latency,
        }
        #[derive(Deserialize)]
        struct Latency {
            p50_ms: f64,
        }
        let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let document: Document = serde_json::from_slice(&bytes)
            .with_context(|| format!("`{}` is not what `girok bench query --json` writes", path.display()))?;
        let medians = document.queries.into_iter().map(|query| (query.name, query.latency.p50_ms));
        Ok(Before { rows: document.rows, medians_ms: medians.collect() })
    }
}
