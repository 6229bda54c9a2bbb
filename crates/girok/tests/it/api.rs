//! Do the answers of the API have the shapes that the page, the commands and scripts rely on?

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, until};

const EVENTS: &str = r#"{"@timestamp":"2026-11-01T00:00:00Z","level":"error","status":500,"took":1.5,"ok":false,"message":"disk full"}
{"@timestamp":"2026-11-01T00:01:00Z","level":"info","status":200,"took":2,"ok":true,"message":"all good"}
{"@timestamp":"2026-11-01T00:01:30Z","level":"info","status":200,"message":"all good again","nothing":null}
{"@timestamp":"2026-11-01T00:03:00Z","status":404,"message":"로그를 찾을 수 없습니다"}
"#;

fn server() -> Server {
    let server = Server::new();
    assert_eq!(server.ingest("app", EVENTS).0, 4);
    server.ingest("web", "{\"@timestamp\":\"2026-11-02T00:00:00Z\",\"message\":\"other\"}\n");
    server.wait_for_rows("app", "*", 4);
    server.wait_for_rows("web", "*", 1);
    server
}

#[test]
fn query_answers_rows_newest_first() {
    let server = server();
    let answer = server.form("/api/v1/query", &[("dataset", "app")]);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let rows = answer.rows();
    let times: Vec<_> = rows.iter().map(|row| row["_time"].as_str().unwrap()).collect();
    assert_eq!(
        times,
        ["2026-11-01T00:03:00Z", "2026-11-01T00:01:30Z", "2026-11-01T00:01:00Z", "2026-11-01T00:00:00Z"]
    );
    let last = &rows[3];
    let system = ["_time", "_dataset", "_partition", "_offset", "_received", "_format", "_source", "_input"];
    for name in system {
        assert!(!last[name].is_null(), "{name} in {last}");
    }
    assert_eq!(last["_dataset"], "app");
    let own = json!([last["level"], last["status"], last["took"], last["ok"], last["message"]]);
    assert_eq!(own, json!(["error", 500, 1.5, false, "disk full"]));
    assert!(
        rows.iter().all(|row| row.as_object().unwrap().values().all(|value| !value.is_null())),
        "no nulls"
    );
}

#[test]
fn query_takes_its_parameters_in_every_way() {
    let server = server();
    let parameters = [("query", "status:>=200 good"), ("dataset", "app,we*"), ("limit", "1")];
    let query = "/api/v1/query?query=status:%3E%3D200+good&dataset=app,we*&limit=1";
    let body = json!({"query": "status:>=200 good", "dataset": ["app", "we*"], "limit": 1}).to_string();
    let answers =
        [server.get(query), server.form("/api/v1/query", &parameters), server.post("/api/v1/query", body)];
    for answer in &answers {
        assert_eq!(answer.rows().len(), 1);
        assert_eq!(answer.body, answers[0].body);
    }
    assert_eq!(server.get("/api/v1/query").rows().len(), 5, "every dataset, every event");
    assert_eq!(server.get("/api/v1/query?dataset=*b").rows().len(), 1);
    assert_eq!(server.get("/api/v1/query?limit=0").rows().len(), 0);
}

#[test]
fn times_are_understood_in_every_form() {
    let server = server();
    let rows = |start: &str, end: &str| {
        let parameters = [("dataset", "app"), ("start", start), ("end", end)];
        server.form("/api/v1/query", &parameters).rows().len()
    };
    let forms = [
        ("2026-11-01T00:01:00Z", "2026-11-01T00:03:00Z"),
        ("2026-11-01T09:01:00+09:00", "2026-11-01T09:03:00+09:00"),
        ("1793491260", "1793491380"),
        ("1793491260000", "1793491380000"),
        ("1793491260000000", "1793491380000000"),
        ("1793491260000000000", "1793491380000000000"),
    ];
    for (start, end) in forms {
        assert_eq!(rows(start, end), 2, "{start} to {end}: the start belongs to it, the end does not");
    }
    assert_eq!((rows("now-10y", "now"), rows("now-1m", "now"), rows("now", "now-1h")), (4, 0, 0));
    for bad in ["yesterday", "now-", "2026-13-01", "1e300"] {
        let answer = server.form("/api/v1/query", &[("start", bad)]);
        assert_eq!((answer.status, answer.error("code")), (400, "E_PARAMETER".into()), "{bad}");
        assert!(answer.error("message").contains(&format!("`{bad}` as `start`")), "{}", answer.text());
    }
}

#[test]
fn aggregates_and_sql_answer_rows() {
    let server = server();
    let by_status = server.query("app", "* | stats count() as n by status | sort status");
    assert_eq!(
        by_status,
        [json!({"status":200,"n":2}), json!({"status":404,"n":1}), json!({"status":500,"n":1})]
    );
    let sql = "SELECT status, count(*) AS n FROM app GROUP BY status ORDER BY status";
    assert_eq!(server.form("/api/v1/sql", &[("sql", sql)]).rows(), by_status);
    let wrong = server.form("/api/v1/sql", &[("sql", "SELECT nope FROM app")]);
    assert_eq!((wrong.status, wrong.error("code")), (400, "E_SQL".into()));
    assert_eq!(server.form("/api/v1/sql", &[]).error("code"), "E_PARAMETER");
}

#[test]
fn statistics_are_the_last_line() {
    let server = server();
    let rows = server.get("/api/v1/query?dataset=app&stats=1&query=good").rows();
    assert_eq!(rows.len(), 3);
    let stats = &rows[2]["_stats"];
    for name in ["rows", "rows_scanned", "bytes_scanned", "parts_total", "parts_pruned", "elapsed_ms"] {
        assert!(stats[name].is_u64(), "{name} in {stats}");
    }
    assert_eq!(stats["rows"], 2);
}

#[test]
fn hits_fill_every_bucket() {
    let server = server();
    let query = "/api/v1/hits?dataset=app&start=2026-11-01T00:00:00Z&end=2026-11-01T00:05:00Z&step=1m";
    let hits = server.get(query).json();
    assert_eq!((hits["step_ms"].as_f64(), hits["total"].as_u64()), (Some(60_000.0), Some(4)));
    assert_eq!(json!([hits["start"], hits["end"]]), json!(["2026-11-01T00:00:00Z", "2026-11-01T00:05:00Z"]));
    let counts: Vec<_> =
        hits["buckets"].as_array().unwrap().iter().map(|bucket| bucket["counts"].clone()).collect();
    assert_eq!(counts, [json!({"error":1}), json!({"info":2}), json!({}), json!({"":1}), json!({})]);
    let by = server.get(&format!("{query}&by=status&query=good")).json();
    assert_eq!((&by["total"], &by["buckets"][1]["counts"]), (&json!(2), &json!({"200":2})));
    let few = server.get("/api/v1/hits?dataset=app&buckets=2").json();
    assert!(few["buckets"].as_array().unwrap().len() <= 3, "{few}");
}

#[test]
fn facets_fields_values_and_datasets_have_their_shapes() {
    let server = server();
    let facets = server.get("/api/v1/facets?dataset=app&fields=level,status&limit=1").json();
    assert_eq!(facets["total"], 4);
    let level = &facets["fields"][0];
    assert_eq!(json!([level["name"], level["count"], level["distinct"]]), json!(["level", 3, 2]));
    assert_eq!(level["values"], json!([{"value":"info","count":2}]));
    let every = server.get("/api/v1/facets?dataset=app").json();
    assert!(every["fields"].as_array().unwrap().iter().any(|field| field["name"] == "status"), "{every}");

    let fields = server.get("/api/v1/fields?dataset=app").json();
    let field = |name: &str| {
        fields["fields"].as_array().unwrap().iter().find(|f| f["name"] == name).cloned().unwrap()
    };
    let kinds = ["level", "status", "took", "ok", "_time"]
        .map(|name| field(name)["type"].as_str().unwrap().to_owned());
    assert_eq!(kinds, ["string", "int", "float", "bool", "time"]);
    assert_eq!(json!([field("_time")["system"], field("level")["system"]]), json!([true, false]));

    let values = server.get("/api/v1/values?dataset=app&field=level&prefix=inf").json();
    assert_eq!(values, json!({"values":[{"value":"info","count":2}]}));
    assert_eq!(server.get("/api/v1/values?dataset=app").error("code"), "E_PARAMETER");

    let datasets = server.get("/api/v1/datasets").json();
    let app = &datasets["datasets"][0];
    assert_eq!(json!([app["name"], app["rows"]]), json!(["app", 4]));
    assert_eq!(
        json!([app["time_min"], app["time_max"]]),
        json!(["2026-11-01T00:00:00Z", "2026-11-01T00:03:00Z"])
    );
}

#[test]
fn a_bad_query_is_shown_with_its_place() {
    let server = server();
    for path in ["query", "hits", "facets", "tail", "values"] {
        let answer = server.form(&format!("/api/v1/{path}"), &[("query", "한글 level:"), ("field", "level")]);
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
        let error = &answer.json()["error"];
        assert_eq!(error["code"], "E_EXPECTED_VALUE", "{path}");
        let span = json!([error["span"]["start"], error["span"]["start16"]]);
        assert_eq!(span, json!([13, 9]), "{path}: bytes and UTF-16");
        assert!(
            error["expected"].as_array().is_some_and(|all| !all.is_empty()) && error["hint"].is_string(),
            "{error}"
        );
        let text = error["text"].as_str().unwrap();
        assert!(text.contains("\n  한글 level:\n") && text.contains('^'), "{text}");
    }
    let parsed = server.post("/api/v1/query/parse", json!({"query":"level:error  AND x"}).to_string());
    assert_eq!((parsed.status, parsed.json()), (200, json!({"ok":true,"canonical":"level:error x"})));
    let refused = server.post("/api/v1/query/parse", json!({"query":"level:"}).to_string());
    assert_eq!((refused.status, refused.error("code")), (200, "E_EXPECTED_VALUE".into()));
}

#[test]
fn what_does_not_exist_is_named() {
    let server = server();
    let unknown = server.get("/api/v1/query?dataset=nope");
    assert_eq!((unknown.status, unknown.error("code")), (404, "E_UNKNOWN_DATASET".into()));
    assert!(unknown.error("hint").contains("app, web"), "{}", unknown.text());
    let route = server.get("/api/v1/nope");
    assert_eq!((route.status, route.error("code")), (404, "E_NOT_FOUND".into()));
    let name = server.post("/api/v1/ingest/a%20b", "x");
    assert_eq!((name.status, name.error("code")), (400, "E_BODY".into()));
    let long = server.form("/api/v1/query", &[("query", &"x ".repeat(40_000))]);
    assert_eq!(long.status, 400, "{}", long.text());
    assert!(long.error("message").contains("65536"), "the limit is named: {}", long.error("message"));
}

#[test]
fn tail_gives_new_events_and_no_old_ones() {
    let server = server();
    let mut tail = connect(&server, "GET /api/v1/tail?dataset=app&query=level:error HTTP/1.1");
    wait_for(&mut tail, "200 OK");
    wait_for(&mut tail, "\n\n");
    server.ingest("web", "{\"level\":\"error\",\"message\":\"elsewhere\"}\n");
    server.ingest(
        "app",
        "{\"level\":\"info\",\"message\":\"unasked\"}\n{\"level\":\"error\",\"message\":\"fresh\"}\n",
    );
    let text = wait_for(&mut tail, "fresh");
    for other in ["elsewhere", "unasked", "disk full"] {
        assert!(!text.contains(other), "{text}");
    }
    let row = text.lines().find(|line| line.contains("fresh")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(row).unwrap()["_dataset"], "app");
}

#[test]
fn a_query_ends_with_its_client() {
    let server = Server::new();
    let body = "sql=SELECT+sum(value)+FROM+generate_series(1,1000000000000)";
    let mut client =
        connect(&server, &format!("POST /api/v1/sql HTTP/1.1\r\ncontent-length: {}", body.len()));
    client.write_all(body.as_bytes()).unwrap();
    let begun = server.cpu_ticks();
    until("the query is at work", || server.cpu_ticks() - begun, |ticks| *ticks > 60);
    drop(client);
    let idle = until("the processor is idle again", || busy(&server), |share| *share < 0.2);
    println!("a client left a heavy query: its server then uses {:.0} % of a core", idle * 100.0);
}

/// The share of a core that the server uses for half a second.
fn busy(server: &Server) -> f64 {
    let (begun, ticks) = (Instant::now(), server.cpu_ticks());
    std::thread::sleep(Duration::from_millis(500));
    (server.cpu_ticks() - ticks) as f64 / 100.0 / begun.elapsed().as_secs_f64()
}

/// A request on a connection of its own, its answer not read yet.
fn connect(server: &Server, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(format!("{head}\r\nhost: girok\r\n\r\n").as_bytes()).unwrap();
    stream
}

/// Reads until `wanted` has come; all that came.
fn wait_for(stream: &mut TcpStream, wanted: &str) -> String {
    let mut text = Vec::new();
    let mut block = [0; 4096];
    while !String::from_utf8_lossy(&text).contains(wanted) {
        let read = stream.read(&mut block).unwrap();
        assert!(read > 0, "the answer ended: {}", String::from_utf8_lossy(&text));
        text.extend(&block[..read]);
    }
    String::from_utf8_lossy(&text).into_owned()
}
