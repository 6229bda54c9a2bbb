//! Does the server answer what its description promises, and refuse other methods?

use serde_json::{Value, json};

use crate::support::Server;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Doors of shippers that take whatever method they are asked with.
fn takes_any(item: &Value) -> bool {
    item["get"]["tags"] == json!(["elasticsearch"])
}

#[test]
fn the_description_and_the_routes_agree_on_methods() {
    let server = Server::new();
    let answer = server.get("/api/openapi.json");
    assert_eq!(answer.header("content-type"), "application/json");
    let mut checked = 0;
    for (path, item) in answer.json()["paths"].as_object().unwrap() {
        // A tail does not end, and a name that is not there changes nothing.
        if path == "/api/v1/tail" {
            continue;
        }
        let url = path.replace("{dataset}", "app").replace("{index}", "app").replace(['{', '}'], "");
        for method in METHODS {
            let is_described = item.get(method.to_lowercase()).is_some();
            if !is_described && takes_any(item) {
                continue;
            }
            let got = server.request(method, &url, &[("content-type", "application/json")], b"{}");
            let is_routed = got.status != 405 && got.error_code() != "E_NOT_FOUND";
            assert_eq!(is_routed, is_described, "{method} {url}: {} {}", got.status, got.text());
            checked += 1;
        }
    }
    assert!(checked > 80, "{checked}");
}
