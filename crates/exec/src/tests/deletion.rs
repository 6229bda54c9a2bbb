//! A deletion takes exactly what a search of the same filter finds, also while parts are merged under it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use girok_event::{DatasetName, Timestamp};
use girok_store::{CompactionPolicy, PartId, Turn, compact};

use super::fixture::{Fixture, NOW};
use crate::{Deletion, ExecError, QueryRequest, TimeRange};

fn request(text: &str) -> QueryRequest {
    QueryRequest { text: text.into(), datasets: vec!["web".into()], now: NOW, ..QueryRequest::default() }
}

/// No two parts have one id; those of the fixture are small.
static NEXT_ID: AtomicU64 = AtomicU64::new(1 << 32);

fn next_id() -> PartId {
    PartId(NEXT_ID.fetch_add(1, Ordering::Relaxed))
}

fn deletion(search: QueryRequest, until: i64) -> Deletion {
    let part_id = Box::new(next_id);
    Deletion { search, until: BTreeMap::from([(0, until)]), part_id }
}

fn lines(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!(r#"{{"n":{n},"user":"{}","msg":"line {n}"}}"#, ["alice", "bob"][n % 2]))
        .collect()
}

async fn filled(parts: usize) -> Fixture {
    let mut fixture = Fixture::new();
    let lines = lines(parts * 10);
    for part in lines.chunks(10) {
        fixture.add_part("web", &part.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    fixture
}

#[tokio::test]
async fn what_is_counted_is_deleted_and_nothing_else() {
    let mut fixture = filled(3).await;
    fixture.add_live("web", &[r#"{"n":30,"user":"alice","msg":"live"}"#]);
    let counted = fixture.engine.count_deletion(request("user:alice")).await.unwrap();
    assert_eq!((counted.rows, counted.parts), (16, 3));
    // The live row lies behind the bound: it came later.
    let done = fixture.engine.delete(deletion(request("user:alice"), 30)).await.unwrap();
    assert_eq!((done.rows, done.parts), (15, 3));
    assert_eq!((fixture.count("user:alice").await, fixture.count("user:bob").await), (1, 15));
    let again = fixture.engine.delete(deletion(request("user:alice"), 30)).await.unwrap();
    assert_eq!((again.rows, again.parts), (0, 0));
}

#[tokio::test]
async fn time_and_offsets_bound_a_deletion() {
    let fixture = filled(3).await;
    let early = TimeRange { start: None, end: Some(Timestamp(NOW.0 - 1)) };
    let none = QueryRequest { range: early, ..request("*") };
    assert_eq!(fixture.engine.delete(deletion(none, 30)).await.unwrap().rows, 0);
    assert_eq!(fixture.engine.delete(deletion(request("n:>=8"), 12)).await.unwrap().rows, 4);
    assert_eq!(fixture.count("n:>=8").await, 18);
    let all = fixture.engine.delete(deletion(request("*"), 30)).await.unwrap();
    assert_eq!(all.rows, 26);
    assert_eq!(fixture.count("*").await, 0);
}

#[tokio::test]
async fn only_a_filter_says_what_is_meant() {
    let fixture = filled(1).await;
    for text in ["", "  ", "* | head 1", "level:", "user:alice | stats count()"] {
        let refused = fixture.engine.count_deletion(request(text)).await;
        assert!(
            matches!(refused, Err(ExecError::Parameter { .. } | ExecError::Query(_))),
            "{text}: {refused:?}"
        );
    }
    assert_eq!(fixture.count("*").await, 10);
}

#[tokio::test]
async fn parts_may_be_merged_under_a_deletion() {
    let fixture = filled(40).await;
    let store = fixture.engine.store().clone();
    let stop = Arc::new(AtomicBool::new(false));
    let merging = {
        let stop = stop.clone();
        std::thread::spawn(move || {
            let policy = CompactionPolicy { parts_min: 2, ..CompactionPolicy::default() };
            let dataset = DatasetName::new("web").unwrap();
            let mut merges = 0;
            loop {
                let turn = Turn::unpaced(next_id(), NOW);
                merges += usize::from(compact(&store, &dataset, 0, &policy, turn).unwrap().is_some());
                if stop.load(Ordering::Acquire) {
                    break;
                }
            }
            merges
        })
    };
    for n in 0..20 {
        let text = format!("user:alice n:{}", n * 20);
        assert_eq!(fixture.engine.delete(deletion(request(&text), 400)).await.unwrap().rows, 1, "{text}");
    }
    stop.store(true, Ordering::Release);
    assert!(merging.join().unwrap() > 0);
    assert_eq!((fixture.count("user:alice").await, fixture.count("user:bob").await), (180, 200));
}
