//! Two servers on one folder and one cluster; needs Apache Kafka.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

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

#[track_caller]
fn ask(server: &Server, path: &str) -> Value {
    let answer = server.get(&format!("/api/v1/{path}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn change(server: &Server, method: &str, path: &str, body: &Value) -> u16 {
    let json = [("content-type", "application/json")];
    server.request(method, &format!("/api/v1/{path}"), &json, body.to_string().as_bytes()).status
}

/// How many partitions each member of the workers' group has, the fewest first.
fn shares(server: &Server, prefix: &str) -> Vec<usize> {
    let group = server.get(&format!("/api/v1/groups/{prefix}store"));
    let members = if group.status == 200 { group.json()["members"].clone() } else { json!([]) };
    let assigned =
        members.as_array().unwrap().iter().map(|member| member["assigned"].as_array().unwrap().len());
    let mut shares: Vec<_> = assigned.collect();
    shares.sort_unstable();
    shares
}

/// What a program said that succeeded.
#[track_caller]
fn said(server: &Server, arguments: &[&str]) -> String {
    let output = server.cli(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
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
    let mut survivor = Server::on(folder.path(), &variables);
    survivor.ingest(&dataset, body(0..100));
    let shared = |all: &Vec<usize>| all.iter().sum::<usize>() == 4;
    let members = until("partitions are shared out", || shares(&survivor, &prefix), shared).len();
    let is_fair = |all: &Vec<usize>| {
        all.len() == 2 * members && shared(all) && all.last().is_some_and(|most| *most <= all[0] + 1)
    };
    // What comes by HTTP from one source lies in one partition: one of the two has it.
    for round in 1..=2 {
        let other = Server::on(folder.path(), &variables);
        let shares = until("a fair share", || shares(&survivor, &prefix), is_fair);
        let victim = std::mem::replace(&mut survivor, other);
        let first = round * 10_000;
        for turn in 0..20 {
            let events = body(first + turn * 100..first + (turn + 1) * 100);
            [&survivor, &victim][turn as usize % 2].ingest(&dataset, events);
        }
        let begun = Instant::now();
        victim.kill();
        survivor.ingest(&dataset, body(first + 2000..first + 2100));
        survivor.wait_for_rows(&dataset, "*", 100 + round * 2100);
        let waited = begun.elapsed().as_millis();
        println!(
            "members had {shares:?} partitions; all rows were in the other server {waited} ms after the kill"
        );
    }
    let expected = (0..100).chain(10_000..12_100).chain(20_000..22_100);
    assert_eq!(numbers(&survivor, &dataset), expected.collect::<Vec<u64>>());
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

#[test]
fn operators_see_and_change_the_cluster() {
    let Some(kafka) = kafka::shared() else { return };
    let prefix = prefix("operators");
    let (topics, dataset, group) = (format!("{prefix}.*"), format!("{prefix}web"), format!("{prefix}store"));
    let folder = server::folder();
    let server = Server::on(folder.path(), &variables(&kafka, &prefix, &topics));
    server.ingest(&dataset, body(0..200));
    server.wait_for_rows(&dataset, "*", 200);

    let cluster = ask(&server, "cluster");
    assert_eq!(cluster["log"], "kafka");
    let brokers = cluster["brokers"].as_array().unwrap();
    assert!(brokers.iter().any(|broker| broker["id"] == cluster["controller"]), "{cluster}");
    let topic = ask(&server, &format!("topics/{dataset}"));
    assert_eq!((&topic["records"], &topic["partition_count"]), (&json!(200), &json!(4)));
    assert_eq!((&topic["under_replicated"], &topic["leaderless"]), (&json!(0), &json!(0)));
    until(
        "all is read",
        || ask(&server, &format!("groups/{group}"))["unread_records"].clone(),
        |unread| *unread == json!(0),
    );
    let own = ask(&server, &format!("groups/{group}"));
    assert_eq!(own["own"], true);
    until(
        "no rebalance",
        || ask(&server, &format!("groups/{group}"))["state"].clone(),
        |state| *state == json!("Stable"),
    );
    assert_eq!(change(&server, "POST", &format!("groups/{group}/offsets"), &json!({"to": "earliest"})), 409);
    assert_eq!(change(&server, "DELETE", "topics/__consumer_offsets", &json!({})), 409);

    let readers = format!("{prefix}readers");
    let all = json!({"to": {"offset": 0}, "topics": [dataset]});
    assert_eq!(change(&server, "POST", &format!("groups/{readers}/offsets"), &all), 200);
    let listed = said(&server, &["groups", "list"]);
    let line = listed.lines().find(|line| line.starts_with(&readers)).unwrap();
    assert!(line.contains("Empty") && line.contains(" 200 "), "{listed}");
    said(&server, &["groups", "delete", &readers, "--yes"]);

    let made = format!("{prefix}made");
    let retention = ["--config", "retention.ms=60000"];
    said(&server, &[&["topics", "create", &made, "--partitions", "2"][..], &retention].concat());
    let listed = said(&server, &["topics", "list"]);
    assert!(listed.lines().any(|line| line.starts_with(&made)), "{listed}");
    said(&server, &["topics", "alter", &made, "--partitions", "3", "--unset", "retention.ms"]);
    said(&server, &["topics", "delete", &made, "--yes"]);
    assert!(server.metric("girok_topic_records_in_total", &format!("topic=\"{dataset}\"")) >= 200.0);
}

#[test]
fn a_deleted_topic_that_is_made_again_is_stored_from_its_beginning() {
    let Some(kafka) = kafka::shared() else { return };
    let prefix = prefix("again");
    let (topics, dataset) = (format!("{prefix}.*"), format!("{prefix}web"));
    let folder = server::folder();
    let server = Server::on(folder.path(), &variables(&kafka, &prefix, &topics));
    server.ingest(&dataset, body(0..400));
    server.wait_for_rows(&dataset, "*", 400);
    assert_eq!(change(&server, "DELETE", &format!("topics/{dataset}"), &json!({})), 204);
    assert_eq!(server.count(&dataset, "*"), 0, "its events are out of sight");
    let ingested = || {
        let path = format!("/api/v1/ingest/{dataset}");
        server.request("POST", &path, &[], body(1000..1100).as_bytes()).status
    };
    until("the topic is made again", ingested, |status| *status == 200);
    server.wait_for_rows(&dataset, "*", 100);
    assert_eq!(numbers(&server, &dataset), (1000..1100).collect::<Vec<_>>());
}
