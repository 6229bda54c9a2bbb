//! Two servers on one folder and one cluster; needs Apache Kafka.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Instant;

use crate::support::{Server, kafka, server, until};

/// The variables of a server on the cluster; names begin with `prefix`, for other tests use it too.
fn variables<'v>(servers: &'v str, prefix: &'v str, topics: &'v str) -> Vec<(&'v str, &'v str)> {
    vec![
        ("GIROK_KAFKA_BOOTSTRAP_SERVERS", servers),
        ("GIROK_KAFKA_GROUP_PREFIX", prefix),
        ("GIROK_KAFKA_TOPICS", topics),
        ("GIROK_LOG_NUM_PARTITIONS", "4"),
        ("GIROK_STORE_PART_MS", "1000"),
    ]
}

/// What no other test's names begin with, in this run or an earlier one.
fn prefix(test: &str) -> String {
    format!("{test}-{:x}-", RandomState::new().hash_one(test))
}

fn numbers(server: &Server, dataset: &str) -> Vec<u64> {
    let mut all: Vec<_> =
        server.query(dataset, "* | fields n").iter().map(|row| row["n"].as_u64().unwrap()).collect();
    all.sort_unstable();
    all
}

fn body(numbers: std::ops::Range<u64>) -> String {
    numbers.map(|n| format!("{{\"n\":{n},\"message\":\"event {n}\"}}\n")).collect()
}

/// What a folder holds besides the store.
fn has_embedded_log(folder: &Path) -> bool {
    folder.join("data/log").exists()
}

#[test]
fn what_comes_by_http_goes_through_the_cluster() {
    let Some(kafka) = kafka::shared() else { return };
    let prefix = prefix("http");
    let (topics, dataset) = (format!("{prefix}.*"), format!("{prefix}web"));
    let folder = server::folder();
    let server = Server::on(folder.path(), &variables(&kafka, &prefix, &topics));
    server.ingest(&dataset, body(0..500));
    let begun = Instant::now();
    server.wait_for_rows(&dataset, "*", 500);
    println!("500 events searchable {} ms after their acknowledgement", begun.elapsed().as_millis());
    assert_eq!(numbers(&server, &dataset), (0..500).collect::<Vec<_>>());
    let rows = server.query(&dataset, "* | fields _offset, _partition, _input");
    let places: BTreeSet<_> = rows
        .iter()
        .map(|row| (row["_partition"].as_u64().unwrap(), row["_offset"].as_u64().unwrap()))
        .collect();
    assert_eq!(places.len(), 500, "each row has an offset of its own");
    assert!(rows.iter().all(|row| row["_input"] == "http"), "{:?}", rows[0]);
    assert!(!has_embedded_log(folder.path()), "no embedded log is opened");
    assert!(server.stop().success());

    let server = Server::on(folder.path(), &variables(&kafka, &prefix, &topics));
    server.ingest(&dataset, body(500..600));
    server.wait_for_rows(&dataset, "*", 600);
    assert_eq!(numbers(&server, &dataset), (0..600).collect::<Vec<_>>(), "read on where the store ended");
}

#[test]
fn a_killed_server_s_partitions_are_taken_over_and_nothing_is_lost_or_doubled() {
    let Some(kafka) = kafka::shared() else { return };
    let prefix = prefix("takeover");
    let (topics, dataset) = (format!("{prefix}.*"), format!("{prefix}web"));
    let folder = server::folder();
    let variables = variables(&kafka, &prefix, &topics);
    let first = Server::on(folder.path(), &variables);
    let second = Server::on(folder.path(), &variables);
    for turn in 0..20 {
        [&first, &second][turn % 2].ingest(&dataset, body(turn as u64 * 100..(turn as u64 + 1) * 100));
    }
    let begun = Instant::now();
    second.kill();
    first.ingest(&dataset, body(2000..2100));
    first.wait_for_rows(&dataset, "*", 2100);
    println!("all rows visible in the other server {} ms after the kill", begun.elapsed().as_millis());
    assert_eq!(numbers(&first, &dataset), (0..2100).collect::<Vec<_>>());
}

#[test]
fn a_folder_moves_from_the_embedded_log_to_a_cluster_and_back() {
    let Some(kafka) = kafka::shared() else { return };
    let prefix = prefix("grow");
    let (topics, dataset) = (format!("{prefix}.*"), format!("{prefix}web"));
    let folder = server::folder();
    let embedded = Server::on(folder.path(), &[]);
    embedded.ingest(&dataset, body(0..300));
    embedded.wait_for_rows(&dataset, "*", 300);
    assert!(embedded.stop().success());

    let variables = variables(&kafka, &prefix, &topics);
    let clustered = Server::on(folder.path(), &variables);
    clustered.ingest(&dataset, body(300..400));
    clustered.wait_for_rows(&dataset, "*", 400);
    assert_eq!(numbers(&clustered, &dataset), (0..400).collect::<Vec<_>>());
    assert!(clustered.stop().success());

    let embedded = Server::on(folder.path(), &[]);
    embedded.ingest(&dataset, body(400..450));
    until("rows of both logs", || embedded.count(&dataset, "*"), |rows| *rows >= 450);
    assert_eq!(numbers(&embedded, &dataset), (0..450).collect::<Vec<_>>());
}
