//! Does an operator see and change the log, over HTTP and on the command line?

use std::process::Output;

use serde_json::{Value, json};

use crate::support::{Answer, Server, until};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

fn change(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    server.request(method, &format!("/api/v1/{path}"), &JSON, body.to_string().as_bytes())
}

#[track_caller]
fn ask(server: &Server, path: &str) -> Value {
    let answer = server.get(&format!("/api/v1/{path}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// A topic `app` of one partition with ten records, and a group that has read four of them and gone.
fn server() -> Server {
    let server = Server::new();
    assert_eq!(change(&server, "POST", "topics", &json!({"name": "app", "partitions": 1})).status, 201);
    let lines: String = (0..10).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    server.ingest("app", lines);
    server.wait_for_rows("app", "*", 10);
    let four = json!({"to": {"offset": 4}, "topics": ["app"]});
    assert_eq!(change(&server, "POST", "groups/billing/offsets", &four).status, 200);
    server
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn refused(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_log_says_who_serves_it_and_what_is_in_it() {
    let server = server();
    let cluster = ask(&server, "cluster");
    assert_eq!(cluster["log"], "embedded");
    assert_eq!(cluster["controller"], cluster["brokers"][0]["id"]);
    assert!(cluster["brokers"][0]["port"].as_u64().is_some_and(|port| port > 0), "{cluster}");
    assert_eq!((&cluster["under_replicated"], &cluster["leaderless"]), (&json!(0), &json!(0)));

    let topics = ask(&server, "topics");
    let names: Vec<_> = topics["topics"].as_array().unwrap().iter().map(|topic| &topic["name"]).collect();
    assert_eq!(names, ["__consumer_offsets", "app"]);

    let app = ask(&server, "topics/app");
    assert_eq!(
        (&app["records"], &app["replication"], &app["internal"]),
        (&json!(10), &json!(1), &json!(false))
    );
    let partition = &app["partitions"][0];
    assert_eq!((&partition["start"], &partition["end"]), (&json!(0), &json!(10)));
    assert_eq!((&partition["replicas"], &partition["isr"]), (&json!([1]), &json!([1])));
    assert!(partition["size_bytes"].as_u64().is_some_and(|size| size > 0), "{partition}");
    let names: Vec<_> = app["settings"].as_array().unwrap().iter().map(|one| one["name"].as_str()).collect();
    assert!(names.contains(&Some("retention.ms")), "{names:?}");
}

#[test]
fn groups_are_told_with_members_assignment_and_lag() {
    let server = server();
    let billing = ask(&server, "groups/billing");
    assert_eq!((&billing["state"], &billing["lag_records"]), (&json!("Empty"), &json!(6)));
    let partition = &billing["partitions"][0];
    assert_eq!((&partition["committed"], &partition["end"]), (&json!(4), &json!(10)));
    assert!(partition["lag_seconds"].as_f64().is_some_and(|lag| (0.0..60.0).contains(&lag)), "{partition}");

    let store = ask(&server, "groups/store");
    assert_eq!((&store["state"], &store["own"]), (&json!("Stable"), &json!(true)));
    let assigned = store["members"].as_array().unwrap().iter().flat_map(|member| {
        member["assigned"].as_array().unwrap().iter().map(|place| place["topic"].as_str().unwrap())
    });
    assert_eq!(assigned.filter(|topic| *topic == "app").count(), 1);
    until(
        "all is read",
        || ask(&server, "groups/store")["unread_records"].clone(),
        |unread| *unread == json!(0),
    );
    assert_eq!(server.get("/api/v1/groups/nobody").status, 404);
}

#[test]
fn a_topic_is_changed_and_deleted_with_its_dataset() {
    let server = server();
    let changed =
        change(&server, "PATCH", "topics/app", &json!({"settings": {"retention.ms": "60000"}})).json();
    let own: Vec<_> =
        changed["settings"].as_array().unwrap().iter().filter(|one| one["default"] == false).collect();
    assert_eq!(own, [&json!({"name": "retention.ms", "value": "60000", "default": false})]);
    let wrong = change(&server, "PATCH", "topics/app", &json!({"settings": {"retention.ms": "long"}}));
    assert_eq!((wrong.status, wrong.error("code").as_str()), (400, "E_INVALID"));
    let again = change(&server, "POST", "topics", &json!({"name": "app"}));
    assert_eq!((again.status, again.error("code").as_str()), (409, "E_TOPIC_EXISTS"));

    assert_eq!(server.request("DELETE", "/api/v1/topics/app", &[], b"").status, 204);
    assert_eq!(server.get("/api/v1/topics/app").status, 404);
    assert_eq!(server.count("app", "*"), 0, "its events are out of sight");
    server.ingest("app", "{\"n\":\"new\"}\n");
    server.wait_for_rows("app", "*", 1);
    let internal = server.request("DELETE", "/api/v1/topics/__consumer_offsets", &[], b"");
    assert_eq!((internal.status, internal.error("code").as_str()), (409, "E_INTERNAL_TOPIC"));
}

#[test]
fn only_json_changes_anything() {
    let server = server();
    // What a page of another site may send without asking.
    let text = [("content-type", "text/plain")];
    let sent = server.request("POST", "/api/v1/topics", &text, br#"{"name":"evil"}"#);
    assert_eq!(sent.status, 415);
    assert_eq!(server.get("/api/v1/topics/evil").status, 404);
    let unknown = change(&server, "POST", "topics", &json!({"name": "x", "partition": 3}));
    assert_eq!(unknown.status, 400);
    assert!(unknown.error("message").contains("partition"), "{}", unknown.text());
}

#[test]
fn throughput_and_lag_are_watched() {
    let server = server();
    let series = || {
        server.ingest("app", "{\"more\":1}\n");
        ask(&server, "cluster/throughput?topic=app&group=billing")
    };
    let throughput = until("two samples", series, |answer| {
        let rates = answer["topics"][0]["records_in_per_second"].as_array();
        rates.is_some_and(|rates| rates.iter().any(|rate| rate.as_f64().is_some_and(|rate| rate > 0.0)))
    });
    assert_eq!(
        throughput["times"].as_array().unwrap().len(),
        throughput["topics"][0]["bytes_out_per_second"].as_array().unwrap().len()
    );
    assert!(throughput["groups"][0]["lag_records"][0].as_u64().is_some_and(|lag| lag >= 6), "{throughput}");
    let lag = server.metric("kafka_consumergroup_group_lag", r#"group="billing",topic="app",partition="0""#);
    assert!(lag >= 6.0, "{lag}");
    let names = ["kafka_consumergroup_group_lag_seconds", "kafka_consumergroup_group_offset"];
    let page = server.get("/metrics").text();
    for name in names {
        assert!(page.contains(&format!("{name}{{cluster_name=\"girok\",group=\"billing\"")), "{name}");
    }
    assert!(server.metric("girok_topic_records_in_total", r#"topic="app""#) >= 10.0);
    assert!(server.metric("girok_topic_bytes_out_total", r#"topic="app""#) > 0.0);
}

#[test]
fn topics_on_the_command_line() {
    let server = server();
    let made = text(&server.cli(&[
        "topics",
        "create",
        "web",
        "--partitions",
        "3",
        "--config",
        "retention.ms=60000",
    ]));
    assert!(made.starts_with("topic web, id ") && made.contains("retention.ms"), "{made}");
    let listed = text(&server.cli(&["topics", "list"]));
    assert!(listed.lines().any(|line| line.starts_with("app ") && line.contains(" 10 ")), "{listed}");
    let altered = server.cli(&[
        "topics",
        "alter",
        "web",
        "--unset",
        "retention.ms",
        "--config",
        "durability=fsync",
        "--json",
    ]);
    let altered: Value = serde_json::from_str(&text(&altered)).unwrap();
    let own = altered["settings"].as_array().unwrap().iter().filter(|one| one["default"] == false);
    assert_eq!(own.map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>(), ["durability"]);
    let careful = refused(&server.cli(&["topics", "delete", "web"]), 1);
    assert!(careful.contains("--yes"), "{careful}");
    text(&server.cli(&["topics", "delete", "web", "--yes"]));
    let gone = refused(&server.cli(&["topics", "describe", "web"]), 1);
    assert_eq!(gone, "error: cannot find topic `web`\n");
}

#[test]
fn groups_on_the_command_line() {
    let server = server();
    let listed = text(&server.cli(&["groups", "list"]));
    assert!(listed.lines().any(|line| line.starts_with("billing ") && line.contains("Empty")), "{listed}");
    let described = text(&server.cli(&["groups", "describe", "store"]));
    assert!(described.contains("girok's own") && described.contains("app-0"), "{described}");

    let reset = |arguments: &[&str]| {
        let output = server.cli(&[&["groups", "reset", "billing", "--json"][..], arguments].concat());
        let answer: Value = serde_json::from_str(&text(&output)).unwrap();
        (answer["offsets"][0]["before"].clone(), answer["offsets"][0]["after"].clone())
    };
    assert_eq!(reset(&["--to-latest", "--dry-run"]), (json!(4), json!(10)));
    assert_eq!(reset(&["--to-earliest"]), (json!(4), json!(0)));
    assert_eq!(reset(&["--to-offset", "7"]), (json!(0), json!(7)));
    assert_eq!(reset(&["--by-duration", "1h"]), (json!(7), json!(0)));
    assert_eq!(reset(&["--to-time", "2100-01-01"]), (json!(0), json!(10)));
    assert_eq!(reset(&["--to-offset", "3", "--topic", "app", "--partition", "0"]), (json!(10), json!(3)));

    let own = refused(&server.cli(&["groups", "reset", "store", "--to-earliest"]), 1);
    assert!(
        own.starts_with("error: cannot reset group `store`: it is girok's own") && own.contains("hint: "),
        "{own}"
    );
    let bad = refused(&server.cli(&["groups", "reset", "billing", "--to-time", "someday"]), 2);
    assert!(bad.contains("`someday`"), "{bad}");
    refused(&server.cli(&["groups", "reset", "billing"]), 2);
    text(&server.cli(&["groups", "delete", "billing", "--yes"]));
    let gone = refused(&server.cli(&["groups", "describe", "billing"]), 1);
    assert!(gone.contains("cannot find group `billing`"), "{gone}");
}
