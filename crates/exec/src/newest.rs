//! The newest rows of a search without reading all of it.
//!
//! Blocks are looked at from the newest on, first only for the times and numbers of matching rows. As soon as enough
//! rows are known that no older block can hold a newer one, only these rows are read with all their columns.

use std::collections::HashMap;
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
use crate::scan::{ChosenRows, Match, OpenPart, Seeker, keep_newest};

/// Below so many rows a search is simply run.
const ROWS_WORTH_NARROWING: u64 = 50_000;

/// Above so many wanted rows narrowing costs more than it saves.
const ROWS_WANTED_MAX: usize = 20_000;

/// Shrinks `search` so that it still holds its newest `wanted` rows.
pub(crate) async fn narrow(engine: &Engine, search: &mut Search, wanted: usize) -> Result<(), ExecError> {
    if wanted == 0 || wanted > ROWS_WANTED_MAX || search.cut.rows() < ROWS_WORTH_NARROWING {
        return Ok(());
    }
    let live = newest_live_times(engine, search, wanted).await?;
    let streams = engine.state().config().target_partitions();
    let table = search.cut.table(engine.source());
    let mut seeker = Seeker::new(table.scan_of_parts(search.filters(), streams)).await?;
    let mut found: Vec<Match> = Vec::new();
    let mut threshold = nth_newest(&live, &found, wanted);
    let mut wave = streams;
    while let Some(unseen) = seeker.unseen()
        && threshold.is_none_or(|threshold| threshold <= unseen)
    {
        found.extend(seeker.next(wave, wanted).await?);
        wave *= 2;
        keep_newest(&mut found, wanted);
        threshold = nth_newest(&live, &found, wanted);
    }
    let parts = seeker.finish();
    if let Some(threshold) = threshold {
        found.retain(|row| row.time >= threshold);
        search.add_filter(ident(columns::TIME).gt_eq(time_expr(threshold)))?;
    }
    choose(&mut search.cut, &parts, &found);
    Ok(())
}

/// Of all parts only the rows found.
fn choose(cut: &mut Cut, parts: &[Arc<OpenPart>], found: &[Match]) {
    let mut rows: HashMap<usize, Vec<u64>> = HashMap::new();
    found.iter().for_each(|found| rows.entry(found.part).or_default().push(found.row));
    cut.parts = rows.keys().map(|part| Arc::clone(&parts[*part].meta)).collect();
    let chosen: ChosenRows = rows
        .into_iter()
        .map(|(part, mut rows)| {
            rows.sort_unstable();
            (parts[part].meta.id, rows.into())
        })
        .collect();
    cut.chosen = Some(Arc::new(chosen));
}

/// The time of the last of the newest `wanted` rows; nothing if there are fewer.
fn nth_newest(live: &[Timestamp], found: &[Match], wanted: usize) -> Option<Timestamp> {
    let mut times: Vec<Timestamp> = live.iter().copied().chain(found.iter().map(|row| row.time)).collect();
    let last = wanted.checked_sub(1).filter(|last| *last < times.len())?;
    Some(*times.select_nth_unstable_by(last, |a, b| b.cmp(a)).1)
}

/// The newest times of matching live rows.
async fn newest_live_times(
    engine: &Engine,
    search: &Search,
    wanted: usize,
) -> Result<Vec<Timestamp>, ExecError> {
    if search.cut.live.is_empty() {
        return Ok(Vec::new());
    }
    let frame = search
        .over(engine, &Cut { parts: Vec::new(), ..search.cut.clone() })?
        .select(vec![ident(columns::TIME)])?
        .sort(vec![ident(columns::TIME).sort(false, false)])?
        .limit(0, Some(wanted))?;
    let (batches, _) = engine.collect(frame, QueryStats::default()).await?;
    let times = batches.iter().flat_map(|batch| {
        let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
        times.values().iter().map(|time| Timestamp(*time)).collect::<Vec<_>>()
    });
    Ok(times.collect())
}
