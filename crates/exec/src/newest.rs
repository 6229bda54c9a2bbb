//! The newest rows of a search without reading all of it.
//!
//! Parts are looked at from the newest on, first only for the times of matching rows. As soon as enough
//! rows are known that no older part can hold a newer one, the search shrinks to the parts seen and to the
//! time of the last row that can be in the answer.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::TimestampNanosecondType;
use datafusion::logical_expr::ident;
use girok_event::{Timestamp, columns};

use crate::answer::QueryStats;
use crate::compile::time_expr;
use crate::cut::Cut;
use crate::engine::{Engine, Search};
use crate::error::ExecError;

/// Below so many rows a search is simply run.
const ROWS_WORTH_NARROWING: u64 = 50_000;

/// Above so many wanted rows narrowing costs more than it saves.
const ROWS_WANTED_MAX: usize = 20_000;

/// Shrinks `search` so that it still holds its newest `wanted` rows.
pub(crate) async fn narrow(engine: &Engine, search: &mut Search, wanted: usize) -> Result<(), ExecError> {
    if wanted == 0 || wanted > ROWS_WANTED_MAX || search.cut.rows() < ROWS_WORTH_NARROWING {
        return Ok(());
    }
    search.prune(engine).await?;
    let mut parts = search.cut.parts.clone();
    parts.sort_by_key(|part| std::cmp::Reverse(part.time_max));
    let mut times: Vec<i64> = Vec::new();
    let mut seen = 0;
    let mut wave_size = engine.state().config().target_partitions();
    let mut live = search.cut.live.clone();
    while seen < parts.len() || !live.is_empty() {
        let wave = parts[seen..].iter().take(wave_size).cloned().collect::<Vec<_>>();
        seen += wave.len();
        wave_size *= 2;
        let cut = Cut { parts: wave, live: std::mem::take(&mut live), ..search.cut.clone() };
        times.extend(newest_times(engine, search, &cut, wanted).await?);
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.truncate(wanted);
        let oldest_wanted = times.get(wanted - 1).copied();
        let newest_unseen = parts.get(seen).map(|part| part.time_max.0);
        if oldest_wanted.is_some() && oldest_wanted > newest_unseen {
            break;
        }
    }
    let threshold = times.get(wanted - 1).map(|time| Timestamp(*time));
    parts.truncate(seen);
    if let Some(threshold) = threshold {
        parts.retain(|part| part.time_max >= threshold);
    }
    search.cut.parts = parts;
    search.frame = search.over(engine, &search.cut)?;
    if let Some(threshold) = threshold {
        search.add_filter(ident(columns::TIME).gt_eq(time_expr(threshold)))?;
    }
    Ok(())
}

/// The newest times of matching rows.
async fn newest_times(
    engine: &Engine,
    search: &Search,
    cut: &Cut,
    wanted: usize,
) -> Result<Vec<i64>, ExecError> {
    let frame = search
        .over(engine, cut)?
        .select(vec![ident(columns::TIME)])?
        .sort(vec![ident(columns::TIME).sort(false, false)])?
        .limit(0, Some(wanted))?;
    let (batches, _) = engine.collect(frame, QueryStats::default()).await?;
    let times = batches.iter().map(|batch| Arc::clone(batch.column(0)));
    let times = times.flat_map(|column| column.as_primitive::<TimestampNanosecondType>().values().to_vec());
    Ok(times.collect())
}
