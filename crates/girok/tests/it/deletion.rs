//! Events that were deleted are gone, wherever they were, and stay gone; the others stay; the trail says who.

use serde_json::json;

use crate::support::{Answer, Server, server, until};

const SMALL_PARTS: (&str, &str) = ("GIROK_STORE_PART_BYTES", "4096");
const JSON: (&str, &str) = ("content-type", "application/json");

fn lines(from: u64, until: u64) -> String {
    let user = |id| ["alice", "bob", "carol"][id as usize % 3];
    (from..until)
        .map(|id| format!("{{\"id\":{id},\"user\":\"{}\",\"message\":\"login {id}\"}}\n", user(id)))
        .collect()
}

fn delete(server: &Server, body: &serde_json::Value) -> Answer {
    server.request("POST", "/api/v1/delete", &[JSON], body.to_string().as_bytes())
}

#[test]
fn what_a_filter_finds_is_deleted_and_does_not_come_back() {
    let folder = server::folder();
    let server = Server::on(folder.path(), &[SMALL_PARTS]);
    for at in 0..10 {
        server.ingest("web", lines(at * 90, at * 90 + 90));
    }
    server.wait_for_rows("web", "*", 900);
    until(
        "some rows are parts",
        || server.metric("girok_store_parts", "dataset=\"web\""),
        |parts| *parts > 1.0,
    );

    let counted = delete(&server, &json!({"dataset": "web", "query": "user:alice", "dry_run": true})).json();
    assert_eq!((counted["rows"].as_u64(), counted["dry_run"].as_bool()), (Some(300), Some(true)));
    assert_eq!(server.count("web", "*"), 900, "counting deletes nothing");
    let unsure = server.cli(&["delete", "--dataset", "web", "user:alice"]);
    assert!(!unsure.status.success());
    assert_eq!(
        delete(&server, &json!({"dataset": "web", "query": "user:alice"})).error("code"),
        "E_UNCONFIRMED"
    );
    assert_eq!(server.count("web", "*"), 900);

    let done = server.cli(&["delete", "--dataset", "web", "user:alice", "--yes"]);
    assert!(done.status.success(), "{done:?}");
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(said.starts_with("300 events deleted from `web`"), "{said}");
    assert_eq!(server.count("web", "user:alice"), 0);
    assert_eq!(server.count("web", "*"), 600);
    server.ingest("web", lines(900, 903));
    server.wait_for_rows("web", "*", 603);
    assert_eq!(server.count("web", "user:alice"), 1, "what comes later is another event");

    until("the trail is complete", || server.count("audit", "event.action:delete.end"), |rows| *rows == 1);
    let trail = server.query("audit", "event.action:delete.end");
    assert_eq!(trail[0]["deletion.rows"], 300);
    assert_eq!(trail[0]["deletion.filter"], "user:alice");
    assert_eq!(trail[0]["event.outcome"], "success");
    assert_eq!(server.count("audit", "event.action:delete.begin"), 1);

    server.kill();
    let server = Server::on(folder.path(), &[SMALL_PARTS]);
    server.wait_for_rows("web", "*", 603);
    assert_eq!(server.count("web", "user:alice"), 1, "the log is not read again behind the checkpoint");
}

#[test]
fn a_deletion_has_to_say_what_it_means() {
    let server = Server::new();
    server.ingest("web", lines(0, 3));
    server.wait_for_rows("web", "*", 3);
    let refused = [
        (json!({"dataset": "web", "query": "", "yes": true}), "E_PARAMETER"),
        (json!({"dataset": "web", "query": "* | head 1", "yes": true}), "E_PARAMETER"),
        (json!({"query": "*", "yes": true}), "E_PARAMETER"),
        (json!({"dataset": "web,logs", "query": "*", "yes": true}), "E_PARAMETER"),
        (json!({"dataset": "we*", "query": "*", "yes": true}), "E_PARAMETER"),
        (json!({"dataset": "audit", "query": "*", "yes": true}), "E_PARAMETER"),
        (json!({"dataset": "nobody", "query": "*", "dry_run": true}), "E_UNKNOWN_DATASET"),
    ];
    for (body, code) in refused {
        assert_eq!(delete(&server, &body).error("code"), code, "{body}");
    }
    let form = server.form("/api/v1/delete", &[("dataset", "web"), ("query", "*"), ("yes", "1")]);
    assert_eq!(form.status, 415, "a form could be sent by anybody's page");
    assert_eq!(server.count("web", "*"), 3);
    let all = delete(&server, &json!({"dataset": "web", "query": "*", "yes": true})).json();
    assert_eq!(all["rows"], 3);
    assert_eq!(server.count("web", "*"), 0);
}

#[test]
fn a_dataset_keeps_what_it_is_told_to() {
    let folder = server::folder();
    let server = Server::on(folder.path(), &[]);
    let show = |server: &Server| server.get("/api/v1/datasets/web").json();
    assert_eq!(show(&server), json!({"retention_ms": null, "retention_bytes": null}));
    let set = server.cli(&["datasets", "web", "--keep", "30d", "--keep-bytes", "forever"]);
    assert!(set.status.success(), "{set:?}");
    assert_eq!(show(&server), json!({"retention_ms": 2_592_000_000u64, "retention_bytes": -1}));
    let bad = server.request("PUT", "/api/v1/datasets/web", &[JSON], b"{\"retention_ms\":-2}");
    assert_eq!(bad.error("code"), "E_PARAMETER");
    server.kill();
    let server = Server::on(folder.path(), &[]);
    assert_eq!(show(&server), json!({"retention_ms": 2_592_000_000u64, "retention_bytes": -1}));
}
