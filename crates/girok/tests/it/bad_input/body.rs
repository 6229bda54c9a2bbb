//! Bodies that are not what they say, are cut, are empty, or are far larger than they look.

use std::io::Write;

use girok_event::limits::BODY_BYTES_MAX;

use super::doors;
use crate::support::Server;

const LINES: &[u8] = b"{\"n\":1}\n{\"n\":2}\nthree\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

#[test]
fn whatever_is_declared_the_bytes_decide() {
    let mut server = Server::new();
    let types = [
        "application/json",
        "application/x-www-form-urlencoded",
        "application/vnd.elasticsearch+x-ndjson; compatible-with=8",
        "image/png",
        "nonsense",
        "",
    ];
    let encodings = ["gzip", "zstd", "deflate", "identity", "nonsense", "gzip,deflate"];
    let mut sent = 0;
    for content_type in types {
        for encoding in encodings {
            for body in [LINES.to_vec(), gzip(LINES), zstd(LINES)] {
                let headers = [("content-type", content_type), ("content-encoding", encoding)];
                let answer = server.request("POST", "/api/v1/ingest/declared", &headers, &body);
                assert_eq!(answer.text(), r#"{"accepted":3,"rejected":0}"#, "{content_type:?} {encoding:?}");
                sent += 3;
            }
        }
    }
    server.wait_for_rows("declared", "*", sent);
    assert_eq!(server.count("declared", "n:2"), sent / 3);
    server.check_alive("wrong declarations");
    println!("{} combinations of type, encoding and bytes: {sent} events", sent / 3);
}

#[test]
fn cut_streams_are_refused_whole() {
    let mut server = Server::new();
    let lines = "a line that is there\n".repeat(1000);
    for (codec, whole) in [("gzip", gzip(lines.as_bytes())), ("zstd", zstd(lines.as_bytes()))] {
        for left in [whole.len() / 2, whole.len() - 1, 5] {
            let (accepted, _, answer) = server.ingest("cut", &whole[..left]);
            assert_eq!((answer.status, accepted), (400, 0), "{codec} {left}: {}", answer.text());
            assert!(answer.error("message").contains(codec), "{}", answer.text());
        }
    }
    assert_eq!(server.count("cut", "*"), 0);
    server.check_alive("cut streams");
}

#[test]
fn a_body_over_the_limit_is_refused_by_name() {
    let mut server = Server::new();
    // Members of a gzip stream follow each other, so a bomb is quickly made.
    let member = gzip(&vec![b'\n'; 1 << 20]);
    let bombs = [
        ("gzip bomb", member.repeat((BODY_BYTES_MAX >> 20) + 1)),
        ("zstd bomb", zstd(&vec![b'\n'; BODY_BYTES_MAX + 1])),
        ("plain", vec![b'\n'; BODY_BYTES_MAX + 1]),
    ];
    for (name, body) in bombs {
        for path in ["/api/v1/ingest/bomb", "/_bulk"] {
            let answer = server.post(path, &body);
            assert_eq!(answer.status, 413, "{name} at {path}: {}", answer.text());
            assert!(answer.text().contains("BODY_BYTES_MAX"), "{name} at {path}: {}", answer.text());
            assert_eq!(answer.header("content-type"), "application/json", "{name} at {path}");
        }
        println!(
            "{name} of {} bytes: refused by name; peak memory {} MB",
            body.len(),
            server.memory_bytes("VmHWM") >> 20
        );
        server.check_alive(name);
    }
    assert_eq!(server.count("bomb", "*"), 0);
}

#[test]
fn empty_and_blank_bodies_hold_no_event() {
    let mut server = Server::new();
    for body in ["", "\n", " \r\n\t\n", "[]", "\u{feff}"] {
        let (accepted, rejected, answer) = server.ingest("empty", body);
        assert_eq!((answer.status, accepted, rejected), (200, 0, 0), "{body:?}: {}", answer.text());
    }
    let answer = server.post("/_bulk", "");
    assert_eq!((answer.status, answer.json()["errors"].as_bool()), (200, Some(false)), "{}", answer.text());
    server.check_alive("empty bodies");
}

#[test]
fn a_broken_array_is_refused_with_its_place() {
    let server = Server::new();
    for body in [r#"[{"a":1},{"b":"#, r#"[{"a":1},}"#, r#"[{"a":1} {"b":2}]"#, "[1,", "[}"] {
        let declared = [("content-type", "application/json")];
        let answer = server.request("POST", "/api/v1/ingest/array", &declared, body.as_bytes());
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert!(answer.error("message").contains("byte "), "{}", answer.text());
    }
    assert_eq!(server.count("array", "*"), 0);
    // Nobody said that this is JSON: it is a line like any other.
    assert_eq!(server.ingest("array", r#"[{"thread"} started]"#).0, 1);
    server.wait_for_rows("array", "started", 1);
}

#[test]
fn a_bulk_body_that_is_none_is_refused_with_its_line() {
    let server = Server::new();
    let broken = [
        "not json\n{}\n",
        "{\"create\":{}}\n{\"a\":1}\n{\"oops\":{}}\n{}\n",
        "[1]\n",
        "{\"create\":1}\n{}\n",
    ];
    for body in broken {
        let answer = server.post("/_bulk", body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        let reason = answer.json()["error"]["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains("line "), "{reason}");
    }
    assert_eq!(server.count("logs", "*"), 0);
    let fate = doors::bulk(&server, "logs", &[b"{\"a\":", b"{}"]);
    assert_eq!((fate.accepted, fate.rejected), (2, 0), "{}", fate.said);
    server.wait_for_rows("logs", "_parse_error:*", 1);
}
