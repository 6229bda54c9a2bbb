//! Do Elasticsearch's own client and the shippers that speak its protocol get their documents in?
//!
//! The requests of Filebeat, Logstash and fluent-bit are replayed as those programs send them, with what each
//! of them looks for in the answer.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Answer, Server, tools};

#[test]
fn the_official_python_client_indexes_documents() {
    let test = "elasticsearch::the_official_python_client_indexes_documents";
    if !tools::has("python3", test) {
        return;
    }
    let folder = tools::root().join("tests/python");
    let setup = Command::new("sh").arg(folder.join("setup")).output().unwrap();
    if !setup.status.success() {
        return tools::skip(
            test,
            &format!("the client cannot be installed: {}", String::from_utf8_lossy(&setup.stderr)),
        );
    }
    let python = String::from_utf8(setup.stdout).unwrap();
    let server = Server::new();
    let output =
        Command::new(python.trim()).arg(folder.join("elastic_client.py")).arg(&server.url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("elasticsearch-py {}: {said}", said["client"]);
    assert_eq!(said["version"], "8.19.0");
    assert_eq!(json!([said["created"], said["indexed"], said["refused"]]), json!([1000, 500, 1]));
    server.wait_for_rows("py-create", "*", 1001);
    server.wait_for_rows("py-index", "*", 500);
    let found = server.query("py-create", "number:321");
    assert_eq!(found.len(), 1);
    assert_eq!(
        json!([found[0]["message"], found[0]["nested.deep"], found[0]["_input"]]),
        json!(["document 321 안녕", true, "bulk"])
    );
    assert_eq!(server.count("py-create", "\"single document\""), 1);
}

#[test]
fn filebeat_is_answered_as_it_expects() {
    let server = Server::new();
    let greeting = server.get("/").json();
    assert!(greeting["version"]["number"].as_str() >= Some("8.0.0"), "{greeting}");
    assert_eq!(server.get("/_license?human=false").json()["license"]["status"], "active");
    for (method, path) in [
        ("GET", "/_ilm/policy/filebeat"),
        ("PUT", "/_ilm/policy/filebeat"),
        ("HEAD", "/_index_template/filebeat-8.19.0"),
        ("PUT", "/_index_template/filebeat-8.19.0"),
        ("HEAD", "/_data_stream/filebeat-8.19.0"),
        ("PUT", "/_data_stream/filebeat-8.19.0"),
    ] {
        let answer = request(&server, method, path, "{}");
        assert!(matches!(answer.status, 200 | 404), "{method} {path}: {}", answer.status);
    }
    let body = "{\"create\":{\"_index\":\"filebeat-8.19.0\"}}\n{\"@timestamp\":\"2026-11-23T07:00:00.000Z\",\"message\":\"from filebeat\",\"host\":{\"name\":\"h1\"}}\n\
                {\"create\":{\"_index\":\"filebeat-8.19.0\"}}\n{\"@timestamp\":\"2026-11-23T07:00:01.000Z\",\"message\":\"second\",\"host\":{\"name\":\"h1\"}}\n";
    let path = "/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status";
    let answer = request(&server, "POST", path, body);
    assert_eq!((answer.status, answer.json()["errors"].as_bool()), (200, Some(false)));
    let statuses: Vec<_> =
        answer.json()["items"].as_array().unwrap().iter().map(|i| i["create"]["status"].clone()).collect();
    assert_eq!(statuses, [201, 201], "exactly one item an action");
    server.wait_for_rows("filebeat-8.19.0", "host.name:h1", 2);
    let row = server.query("filebeat-8.19.0", "\"from filebeat\"").remove(0);
    assert_eq!(row["_time"], "2026-11-23T07:00:00Z");
}

#[test]
fn logstash_is_answered_as_it_expects() {
    let server = Server::new();
    assert_eq!(request(&server, "HEAD", "/", "").status, 200);
    assert_eq!(server.get("/").header("x-elastic-product"), "Elasticsearch");
    assert_eq!(server.get("/_license").json()["license"]["status"], "active");
    for method in ["HEAD", "PUT"] {
        assert_eq!(request(&server, method, "/_index_template/ecs-logstash", "{}").status, 200);
    }
    let lines = "{\"index\":{\"_id\":null,\"_index\":\"logstash\",\"routing\":null}}\n{\"message\":\"from logstash\",\"@version\":\"1\"}\n";
    let body = zip(lines);
    let headers =
        [("content-encoding", "gzip"), ("content-type", "application/json"), ("x-elastic-event-count", "1")];
    let path = "/_bulk?filter_path=errors,items.*.error,items.*.status";
    let answer = server.request("POST", path, &headers, &body);
    assert_eq!((answer.status, answer.json()["errors"].as_bool()), (200, Some(false)), "{}", answer.text());
    server.wait_for_rows("logstash", "\"from logstash\"", 1);
}

#[test]
fn fluent_bit_finds_its_literal() {
    let server = Server::new();
    let body = "{\"create\":{\"_index\":\"fluent-bit\",\"_type\":\"_doc\"}}\n{\"@timestamp\":\"2026-11-23T07:00:00.000Z\",\"log\":\"from fluent-bit\"}\n";
    let good = request(&server, "POST", "/_bulk", body);
    assert_eq!(good.status, 200);
    assert!(good.text().contains(r#""errors":false,"items":["#), "{}", good.text());
    let bad = request(&server, "POST", "/_bulk", "{\"delete\":{\"_index\":\"x\",\"_id\":\"1\"}}\n");
    assert_eq!(bad.status, 200);
    assert!(bad.text().contains(r#""errors":true"#), "{}", bad.text());
    server.wait_for_rows("fluent-bit", "\"from fluent-bit\"", 1);
}

#[test]
fn every_kind_of_action_has_its_item() {
    let server = Server::new();
    let body = "{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"n\":1}\n{\"create\":{}}\n{\"n\":2}\n{\"update\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"doc\":{}}\n\
                {\"delete\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"index\":{\"_index\":\"A b\"}}\n{\"n\":3}\n{\"index\":{\"op_type\":\"create\",\"_index\":\"a\"}}\n{\"n\":4}\n";
    let answer = request(&server, "PUT", "/base/_bulk", body);
    let items: Vec<_> = answer.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let (op, result) = item.as_object().unwrap().iter().next().unwrap();
            format!("{op} {} {}", result["_index"].as_str().unwrap(), result["status"])
        })
        .collect();
    assert_eq!(
        items,
        ["index a 201", "create base 201", "update a 400", "delete a 400", "index A b 400", "create a 201"]
    );
    server.wait_for_rows("a", "*", 2);
    server.wait_for_rows("base", "n:2", 1);
    assert_eq!(request(&server, "GET", "/a/_refresh", "").status, 200);
    assert_eq!(request(&server, "HEAD", "/_index_template/template_logs", "").status, 200);
}

/// A request as shippers send it; every answer has to say that it is Elasticsearch's.
fn request(server: &Server, method: &str, path: &str, body: &str) -> Answer {
    let kind = ("content-type", "application/vnd.elasticsearch+x-ndjson; compatible-with=8");
    let answer = server.request(method, path, &[kind], body.as_bytes());
    assert_eq!(answer.header("x-elastic-product"), "Elasticsearch", "{method} {path}");
    answer
}

fn zip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
