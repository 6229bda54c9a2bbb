//! The same events held in different ways: live, in parts old and new, half and half, on the move.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bumpalo::Bump;
use fastrand::Rng;
use girok_event::{DatasetName, Event, Timestamp};
use girok_exec::{Engine, EngineConfig};
use girok_store::{
    Catalog, Chunk, CompactionPolicy, Covers, Live, PartId, PartSpec, PartStore, RowOrigin, RowsBuilder,
    Store, Turn, compact, table_days, write_part,
};

use crate::exactness::plain::{History, INPUT, NOW, SOURCE, Sent, hints};

/// When all days are over that events lie on.
const AFTER: Timestamp = Timestamp(i64::MAX);

/// How events are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// All in live rows.
    Live,
    /// One part a partition.
    OnePart,
    /// Several parts a partition, each with columns and types of its own.
    Parts,
    /// Parts that were merged from several.
    Merged,
    /// The older half in parts, the younger live.
    HalfLive,
    /// Live at first, published part by part and merged while queries run.
    Moving,
}

impl Way {
    pub(crate) const ALL: [Way; 6] =
        [Way::Live, Way::OnePart, Way::Parts, Way::Merged, Way::HalfLive, Way::Moving];
}

/// A store that holds events, and an engine over it.
pub(crate) struct World {
    pub(crate) engine: Engine,
    mover: Option<Mover>,
    _dir: tempfile::TempDir,
}

/// The thread that publishes while queries run.
struct Mover {
    thread: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

impl Drop for Mover {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let moved = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            moved.expect("the thread is joined once").expect("publishing does not fail");
        }
    }
}

impl World {
    /// A world that holds `history` in the given way; `random` decides where it is cut.
    pub(crate) fn new(history: &History, way: Way, random: &mut Rng) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store {
            catalog: Arc::new(Catalog::open(&dir.path().join("catalog.sqlite")).unwrap()),
            live: Arc::new(Live::default()),
            parts: PartStore::local(&dir.path().join("parts")).unwrap(),
            patterns: Arc::default(),
        };
        let pieces = if way == Way::OnePart { 1 } else { 5 };
        let mut mover_work = Vec::new();
        for partition in 0..2 {
            let events: Vec<&Sent> =
                history.events.iter().filter(|event| event.partition == partition).collect();
            let runs = runs(&events, partition, pieces, way != Way::Live, random);
            let live_from = match way {
                Way::Live | Way::Moving => 0,
                Way::HalfLive => runs.len() / 2,
                Way::OnePart | Way::Parts | Way::Merged => runs.len(),
            };
            runs[..live_from].iter().for_each(|run| publish(&store, run));
            if way == Way::Merged {
                merge(&store, partition, random.usize(2..=pieces));
            }
            let live = &runs[live_from..];
            live.iter().flatten().for_each(|chunk| store.live.add(Arc::clone(chunk)).unwrap());
            mover_work.push(runs);
        }
        // Half of the worlds know the tables of days, and half of all ask them again and again.
        if random.bool() {
            table_days(&store, &dataset(), AFTER, part_ids(), &|_| ControlFlow::Continue(())).unwrap();
        }
        let index_bytes = if random.bool() { 0 } else { EngineConfig::default().index_bytes };
        let config = EngineConfig { threads: 2, index_bytes, ..EngineConfig::default() };
        let engine = Engine::new(store.clone(), config).unwrap();
        let mover = (way == Way::Moving).then(|| Mover::start(store, mover_work));
        World { engine, mover, _dir: dir }
    }

    /// The columns of its parts and live rows.
    pub(crate) fn columns(&self) -> HashSet<String> {
        let view = self.engine.store().view(&dataset());
        let of_parts =
            view.parts.iter().flat_map(|part| part.columns.iter().map(|column| column.name.clone()));
        let batches = view.chunks.iter().map(|chunk| chunk.batch.schema());
        let of_live = batches
            .flat_map(|schema| schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>());
        of_parts.chain(of_live).collect()
    }

    /// Whether events still move from live rows to parts.
    pub(crate) fn moves(&self) -> bool {
        let thread = self.mover.as_ref().and_then(|mover| mover.thread.as_ref());
        thread.is_some_and(|thread| !thread.is_finished())
    }
}

impl Mover {
    /// Publishes run after run, now of one partition, now of the other.
    fn start(store: Store, partitions: Vec<Vec<Vec<Arc<Chunk>>>>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let work = move || {
            let longest = partitions.iter().map(Vec::len).max().unwrap_or(0);
            for at in 0..longest {
                for run in partitions.iter().filter_map(|runs| runs.get(at)) {
                    if asked.load(Ordering::Relaxed) {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(30));
                    publish(&store, run);
                    let last = &run[run.len() - 1];
                    store.live.remove_sealed(&last.dataset, last.partition, last.last_offset);
                    merge(&store, last.partition, 2);
                }
            }
        };
        Mover { thread: Some(std::thread::spawn(work)), stop }
    }
}

/// Cuts events into runs, each a part to be; columns begin anew with each run that `begins_anew`.
fn runs(
    events: &[&Sent],
    partition: u32,
    pieces: usize,
    begins_anew: bool,
    random: &mut Rng,
) -> Vec<Vec<Arc<Chunk>>> {
    let mut rows = RowsBuilder::new(dataset(), partition);
    let mut runs = Vec::new();
    for run in cut(events, pieces, random) {
        if begins_anew {
            rows = RowsBuilder::new(dataset(), partition);
        }
        let chunks = cut(run, 3, random).into_iter().filter_map(|events| {
            events.iter().for_each(|event| push(&mut rows, event));
            rows.cut().unwrap().map(Arc::new)
        });
        runs.push(chunks.collect());
    }
    runs.retain(|run: &Vec<_>| !run.is_empty());
    runs
}

/// Cuts a slice at random places into at most so many pieces.
fn cut<'e, T>(all: &'e [T], pieces: usize, random: &mut Rng) -> Vec<&'e [T]> {
    let mut places: Vec<usize> = (1..pieces).map(|_| random.usize(0..=all.len())).collect();
    places.extend([0, all.len()]);
    places.sort_unstable();
    places.windows(2).map(|ends| &all[ends[0]..ends[1]]).collect()
}

fn push(rows: &mut RowsBuilder, sent: &Sent) {
    let (arena, mut event) = (Bump::new(), Event::default());
    girok_parse::parse(sent.line.as_bytes(), &hints(), &arena, &mut event);
    let origin = RowOrigin {
        offset: sent.offset,
        received: NOW,
        source: SOURCE,
        input: INPUT,
        raw_bytes: sent.line.len(),
    };
    rows.push(&event, origin);
}

/// Publishes a run as the next part of its partition.
fn publish(store: &Store, run: &[Arc<Chunk>]) {
    let (first, last) = (&run[0], &run[run.len() - 1]);
    let from = store.catalog.checkpoint(&first.dataset, first.partition);
    let covers = Covers { from, until: last.last_offset + 1 };
    let id = PartId((u64::from(first.partition) << 32) | first.first_offset as u64);
    let part = write_part(run, PartSpec { id, covers }, &store.patterns).unwrap();
    let put = store.parts.put(&part.meta.path, part.bytes.clone());
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(put).unwrap();
    store.catalog.publish(&part.meta).unwrap();
}

/// Merges the parts of a partition, `parts_min` of them or more at a time.
fn merge(store: &Store, partition: u32, parts_min: usize) {
    let policy = CompactionPolicy { parts_min, ..CompactionPolicy::default() };
    let mut ids = part_ids();
    while compact(store, &dataset(), partition, &policy, Turn::unpaced(ids(), NOW)).unwrap().is_some() {}
}

/// Ids that no part has that holds what came from the log.
fn part_ids() -> impl FnMut() -> PartId {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    || PartId(u64::MAX - COUNT.fetch_add(1, Ordering::Relaxed))
}

fn dataset() -> DatasetName {
    DatasetName::new("web").unwrap()
}
