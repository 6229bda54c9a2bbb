//! A cold search on an object store needs few reads of each part.
//!
//! Every question is asked of an engine that has just started, over parts in a store that counts requests.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use bumpalo::Bump;
use girok_event::{DatasetName, Event, Timestamp};
use girok_exec::{Engine, EngineConfig, FacetsRequest, QueryRequest};
use girok_store::{
    Catalog, Covers, Live, PartId, PartSpec, PartStore, RowOrigin, RowsBuilder, Store, table_days, write_part,
};

use crate::counting::{Counting, Read};

/// 2025-01-01T00:00:00Z, from when on lines are; they all arrive a day later.
const START: Timestamp = Timestamp(1_735_689_600_000_000_000);
const ARRIVAL: Timestamp = Timestamp(START.0 + 86_400_000_000_000);

/// Two days later the first day is over.
const AFTER: Timestamp = Timestamp(START.0 + 2 * 86_400_000_000_000);

const PARTS: i64 = 3;
const ROWS_EACH: i64 = 20_000;

/// Name, query, limit, and the most requests that the question may make of one part.
const QUESTIONS: [(&str, &str, Option<usize>, usize); 15] = [
    ("count_all", "* | stats count()", None, 8),
    ("count_word", "order | stats count()", None, 8),
    ("count_rare_word", "deadlock | stats count()", None, 8),
    ("hist_minute_level", "* | timechart span=1m count() by level", None, 8),
    ("hist_minute_level_word", "order | timechart span=1m count() by level", None, 8),
    ("needle_trace_id", "trace_id:{trace}", None, 8),
    ("phrase", "\"wrong password\" | stats count()", None, 8),
    ("regex", r"/timeout talking to \w+ at 10\.3\.\d+/ | stats count()", None, 8),
    ("substring", "~\"imeout talk\" | stats count()", None, 8),
    ("top_values", "* | top 10 host", None, 8),
    ("distinct_count", "* | stats dc(trace_id)", None, 8),
    (
        "numeric_percentiles",
        "duration_ms:* | stats count(), avg(duration_ms), p95(duration_ms) by service",
        None,
        8,
    ),
    (
        "filter_and_stats",
        "level:error http.status:>=500 | stats count(), avg(duration_ms) by http.path",
        None,
        8,
    ),
    ("last_100", "*", Some(100), 16),
    ("last_100_word", "timeout", Some(100), 16),
];

#[test]
fn a_cold_search_reads_each_part_a_few_times() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let objects = Counting::new();
    let store = store(dir.path(), &objects);
    let trace = runtime.block_on(fill(&store, PARTS));
    let sizes: u64 = store.catalog.snapshot().parts(&dataset()).iter().map(|part| part.size_bytes).sum();
    eprintln!(
        "{PARTS} parts, {sizes} bytes\n{:<24} {:>5} {:>14} {:>10}",
        "", "reads", "most of a part", "bytes"
    );
    let mut over = Vec::new();
    for (name, text, limit, reads_max) in QUESTIONS {
        let engine = cold_engine(&store);
        objects.take_reads();
        let text = text.replace("{trace}", &trace);
        let request = QueryRequest { text, limit, now: ARRIVAL, ..QueryRequest::default() };
        let answer = runtime.block_on(async { engine.query(request).await?.collect().await }).unwrap();
        assert!(answer.iter().any(|batch| batch.num_rows() > 0), "{name} finds nothing");
        let most = tell(name, &objects.take_reads());
        over.extend(
            (most > reads_max)
                .then(|| format!("{name}: {most} reads of one part, at most {reads_max} wanted")),
        );
    }
    let engine = cold_engine(&store);
    objects.take_reads();
    let search = QueryRequest { now: ARRIVAL, ..QueryRequest::default() };
    runtime.block_on(engine.facets(FacetsRequest { search, limit: 10, ..FacetsRequest::default() })).unwrap();
    tell("all_facets", &objects.take_reads());
    assert!(over.is_empty(), "{}", over.join("\n"));
}

#[test]
fn a_text_that_is_sought_again_is_found_in_memory() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let objects = Counting::new();
    let store = store(dir.path(), &objects);
    runtime.block_on(fill(&store, PARTS));
    let engine = cold_engine(&store);
    let ask = |text: &str| {
        objects.take_reads();
        let request = QueryRequest { text: text.to_owned(), now: ARRIVAL, ..QueryRequest::default() };
        let answer = runtime.block_on(async { engine.query(request).await?.collect().await }).unwrap();
        (answer[0].column(0).as_primitive::<Int64Type>().value(0), tell(text, &objects.take_reads()))
    };
    let text = r"/timeout talking to \w+ at 10\.3\.\d+/ | stats count()";
    let (found, _) = ask(text);
    assert!(found > 0);
    assert_eq!(ask(text).0, found);
    assert_eq!(ask(text), (found, 0));
    // Another one of the same column, in blocks of which only some were looked at.
    let (other, _) = ask("~\"imeout talk\" | stats count()");
    assert!(other >= found);
    assert_eq!(ask("~\"imeout talk\" | stats count()"), (other, 0));
    let afresh = cold_engine(&store);
    let request = QueryRequest { text: text.to_owned(), now: ARRIVAL, ..QueryRequest::default() };
    let answer = runtime.block_on(async { afresh.query(request).await?.collect().await }).unwrap();
    assert_eq!(answer[0].column(0).as_primitive::<Int64Type>().value(0), found);
}

#[test]
fn a_needle_opens_only_the_parts_that_the_table_of_their_day_names() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let objects = Counting::new();
    let store = store(dir.path(), &objects);
    let trace = runtime.block_on(fill(&store, 2 * PARTS));
    let parts_read = |text: &str| {
        let engine = cold_engine(&store);
        objects.take_reads();
        let request = QueryRequest { text: text.to_owned(), now: ARRIVAL, ..QueryRequest::default() };
        let answer = runtime.block_on(async { engine.query(request).await?.collect().await }).unwrap();
        let reads = objects.take_reads();
        tell(text, &reads);
        let parts: HashSet<String> =
            reads.iter().map(|read| read.path.clone()).filter(|path| path.ends_with(".parquet")).collect();
        (parts.len(), answer.iter().map(RecordBatch::num_rows).sum::<usize>())
    };
    let needles = [format!("trace_id:{trace}"), trace.clone(), format!("\"{trace}\" OR nosuchword")];
    let nowhere = "trace_id:0123456789abcdef0123456789abcdef";
    for needle in &needles {
        let (parts, rows) = parts_read(needle);
        assert!((parts, rows > 0) == (6, true), "{needle}: {parts} parts, {rows} rows");
    }
    let day = table_days(&store, &dataset(), AFTER, || PartId(100), &|_| ControlFlow::Continue(()));
    assert_eq!(day.unwrap(), Some(START.0 / 86_400_000_000_000));
    for needle in &needles {
        let (parts, rows) = parts_read(needle);
        assert!(parts <= 2 && rows > 0, "{needle}: {parts} parts, {rows} rows");
    }
    let (parts, rows) = parts_read(nowhere);
    assert!(parts <= 1 && rows == 0, "{parts} parts, {rows} rows");
    let (parts, _) = parts_read("NOT level:info");
    assert_eq!(parts, 6, "a table says nothing of what an event must not hold");
}

fn store(dir: &Path, objects: &Arc<Counting>) -> Store {
    Store {
        catalog: Arc::new(Catalog::open(&dir.join("catalog.sqlite")).unwrap()),
        live: Arc::new(Live::default()),
        parts: PartStore::remote(objects.clone()),
        patterns: Arc::default(),
    }
}

/// Prints what a question read; the most requests that it made of one part.
fn tell(name: &str, reads: &[Read]) -> usize {
    let mut by_part: HashMap<&str, usize> = HashMap::new();
    reads.iter().for_each(|read| *by_part.entry(&read.path).or_default() += 1);
    let most = by_part.values().copied().max().unwrap_or(0);
    let bytes: u64 = reads.iter().map(|read| read.range.end - read.range.start).sum();
    eprintln!("{name:<24} {:>5} {most:>14} {bytes:>10}", reads.len());
    most
}

fn cold_engine(store: &Store) -> Engine {
    Engine::new(store.clone(), EngineConfig { threads: 2, ..EngineConfig::default() }).unwrap()
}

/// Parts of the corpus that girok is measured on; a trace id that is in one of them.
async fn fill(store: &Store, parts: i64) -> String {
    let mut corpus = girok_sample::corpus(1, START.0, 1000.0);
    let mut trace = None;
    for part in 0..parts {
        let from = part * ROWS_EACH;
        let mut rows = RowsBuilder::new(dataset(), 0);
        for offset in from..from + ROWS_EACH {
            let (mut line, arena, mut event) = (Vec::new(), Bump::new(), Event::default());
            corpus.write_line(&mut line);
            let hints = girok_parse::Hints {
                content: girok_parse::Content::Json,
                received: ARRIVAL,
                zone_offset_seconds: 0,
            };
            girok_parse::parse(line.trim_ascii_end(), &hints, &arena, &mut event);
            if offset == ROWS_EACH * parts / 2 {
                trace = event.get("trace_id").map(|value| match value {
                    girok_event::Value::Str(text) => text.to_owned(),
                    other => panic!("a trace id is text, not {other:?}"),
                });
            }
            let origin = RowOrigin {
                offset,
                received: ARRIVAL,
                source: "192.0.2.1",
                input: "test",
                raw_bytes: line.len(),
            };
            rows.push(&event, origin);
        }
        let chunk = Arc::new(rows.cut().unwrap().unwrap());
        let covers = Covers { from, until: from + ROWS_EACH };
        let part =
            write_part(&[chunk], PartSpec { id: PartId(part as u64), covers }, &store.patterns).unwrap();
        store.parts.put(&part.meta.path, part.bytes.clone()).await.unwrap();
        store.catalog.publish(&part.meta).unwrap();
    }
    trace.unwrap()
}

fn dataset() -> DatasetName {
    DatasetName::new("bench").unwrap()
}
