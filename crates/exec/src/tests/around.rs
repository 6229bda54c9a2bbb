//! What surrounds a search: histogram, facets, live tail, the newest of many.

use arrow::record_batch::RecordBatch;

use super::fixture::{Fixture, NOW};
use crate::{FacetsRequest, HitsRequest, QueryRequest, Tail};

const LINES: [&str; 4] = [
    r#"{"ts":"2024-05-01T10:00:10Z","level":"error","service":"api"}"#,
    r#"{"ts":"2024-05-01T10:00:20Z","level":"INFO","service":"api"}"#,
    r#"{"ts":"2024-05-01T10:03:10Z","level":"info","service":"web"}"#,
    r#"{"ts":"2024-05-01T10:03:20Z","service":"로그"}"#,
];

async fn mixed() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.add_part("web", &LINES[..2]).await;
    fixture.add_live("web", &LINES[2..]);
    fixture
}

fn search(text: &str) -> QueryRequest {
    QueryRequest { text: text.into(), now: NOW, ..QueryRequest::default() }
}

#[tokio::test]
async fn a_histogram_has_every_bucket() {
    let fixture = mixed().await;
    let step_nanos = Some(60_000_000_000);
    let request = HitsRequest { search: search("*"), step_nanos, ..HitsRequest::default() };
    let hits = fixture.engine.hits(request).await.unwrap();
    let buckets: Vec<String> =
        hits.buckets.iter().map(|(time, counts)| format!("{time} {counts:?}")).collect();
    assert_eq!(
        buckets,
        [
            r#"2024-05-01T10:00:00Z {"error": 1, "info": 1}"#,
            "2024-05-01T10:01:00Z {}",
            "2024-05-01T10:02:00Z {}",
            r#"2024-05-01T10:03:00Z {"": 1, "info": 1}"#
        ]
    );
    assert_eq!(hits.total, 4);
}

#[tokio::test]
async fn facets_count_every_value() {
    let fixture = mixed().await;
    let request = FacetsRequest { search: search("service:*"), limit: 2, ..FacetsRequest::default() };
    let facets = fixture.engine.facets(request).await.unwrap();
    let service = facets.fields.iter().find(|facet| facet.name == "service").unwrap();
    assert_eq!((facets.total, service.count, service.distinct), (4, 4, 3));
    assert_eq!(service.values, [("api".to_owned(), 2), ("web".to_owned(), 1)]);
    let named =
        FacetsRequest { search: search("*"), fields: vec!["severity".into()], limit: 9, prefix: "e".into() };
    let facets = fixture.engine.facets(named).await.unwrap();
    assert_eq!(facets.fields[0].values, [("error".to_owned(), 1)]);
}

#[tokio::test]
async fn tail_filters_each_chunk() {
    let mut fixture = Fixture::new();
    let mut chunks = fixture.engine.store().live.subscribe();
    fixture.add_live("web", &LINES);
    let chunk = chunks.recv().await.unwrap();
    let tail = Tail::new(search("service:api | fields level")).unwrap();
    let rows = tail.matching(&fixture.engine, &chunk).await.unwrap();
    assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
    let elsewhere = Tail::new(QueryRequest { datasets: vec!["auth".into()], ..search("*") }).unwrap();
    assert!(elsewhere.matching(&fixture.engine, &chunk).await.unwrap().is_empty());
    assert!(Tail::new(search("* | stats count()")).is_err());
}

#[tokio::test]
async fn the_newest_of_many_are_found_without_reading_all() {
    let mut fixture = Fixture::new();
    // Parts whose times overlap, and one part far older; every line is one second apart from the next.
    let line = |second: u32| {
        format!(
            r#"{{"ts":"2024-05-01T{:02}:{:02}:{:02}Z","n":{second},"msg":"m{}"}}"#,
            second / 3600,
            second / 60 % 60,
            second % 60,
            second % 7
        )
    };
    for start in [0, 20_000, 19_990, 40_000] {
        let lines: Vec<String> = (start..start + 20_000).map(line).collect();
        fixture.add_part("web", &lines.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    let request = QueryRequest { limit: Some(5), ..search("m3 | fields n") };
    let answer = fixture.engine.query(request).await.unwrap();
    let batches = answer.collect().await.unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 5);
    let request = QueryRequest { limit: Some(5), ..search("m3 | fields n") };
    let found = fixture.run_with(request).await.unwrap();
    let newest: Vec<String> =
        (0..60_000u32).rev().filter(|n| n % 7 == 3).take(5).map(|n| format!("n={n}")).collect();
    assert_eq!(found, newest);
}
