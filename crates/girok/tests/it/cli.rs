//! Do the commands do against a real server what their help says?

use std::io::{BufRead, BufReader, Write};
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::support::{Server, server};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn with_lines(lines: usize) -> Server {
    let server = Server::new();
    let body: String =
        (0..lines).map(|n| format!("{{\"n\":{n},\"message\":\"line {n} of all\"}}\n")).collect();
    server.ingest("app", body);
    server.wait_for_rows("app", "*", lines as u64);
    server
}

#[track_caller]
fn check(output: &Output, code: i32, stderr: &str) {
    assert_eq!(text(&output.stderr), stderr);
    assert_eq!(output.status.code(), Some(code));
}

#[test]
fn query_prints_one_json_line_an_event() {
    let server = with_lines(3000);
    let all = server.cli(&["query"]);
    check(&all, 0, "");
    assert_eq!(text(&all.stdout).lines().count(), 3000, "no limit unless one is given");
    assert!(text(&all.stdout).lines().all(|line| serde_json::from_str::<Value>(line).unwrap().is_object()));
    let some =
        server.cli(&["query", "n:>=10 | fields n", "--limit", "5", "--dataset", "app", "--start", "now-1h"]);
    assert_eq!(text(&some.stdout).lines().count(), 5);
    let none = server.cli(&["query", "nowhere"]);
    check(&none, 0, "");
    assert!(none.stdout.is_empty());
}

#[test]
fn sql_prints_rows() {
    let server = with_lines(10);
    let output = server.cli(&["sql", "SELECT count(*) AS n, max(n) AS m FROM app"]);
    check(&output, 0, "");
    assert_eq!(text(&output.stdout), "{\"n\":10,\"m\":9}\n");
    let wrong = server.cli(&["sql", "SELEKT"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).starts_with("error: "), "{}", text(&wrong.stderr));
}

#[test]
fn a_bad_query_exits_with_2_and_a_caret() {
    let server = with_lines(1);
    for command in ["query", "tail"] {
        let output = server.cli(&[command, "level:error | statz count()"]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let stderr = text(&output.stderr);
        assert!(
            stderr.starts_with("error: unknown pipe `statz`\n  level:error | statz count()\n"),
            "{stderr}"
        );
        assert!(stderr.contains("\n                ^~~~~\n") && stderr.contains("hint: "), "{stderr}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let server = with_lines(20_000);
    let mut child = server
        .client(&["query"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    check(&child.wait_with_output().unwrap(), 0, "");
    assert!(first.starts_with("{\"_time\":"), "{first}");
}

#[test]
fn tail_prints_an_event_that_arrives() {
    let server = with_lines(10);
    let mut tail = server
        .client(&["tail", "fresh", "--dataset", "app"])
        .stdout(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let (done, found) = std::sync::mpsc::channel();
    let out = tail.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let line = BufReader::new(out).lines().next().unwrap().unwrap();
        done.send(()).unwrap();
        line
    });
    // Tail shows what arrives once it listens, and nothing says when that is: events come until one is seen.
    for n in 0.. {
        server.ingest("app", format!("fresh {n}\nstale {n}\n"));
        match found.recv_timeout(std::time::Duration::from_millis(100)) {
            Ok(()) => break,
            Err(_) => assert!(n < 600, "tail printed nothing"),
        }
    }
    let row: Value = serde_json::from_str(&reader.join().unwrap()).unwrap();
    assert!(row["message"].as_str().unwrap().starts_with("fresh "), "{row}");
    tail.kill().unwrap();
    tail.wait().unwrap();
}

#[test]
fn import_reads_standard_input_and_files() {
    let server = Server::new();
    let folder = server::folder();
    let array = folder.path().join("array.json");
    std::fs::write(&array, "[\n {\"a\": 1},\n {\"a\": 2}\n]\n").unwrap();
    let mut child = server
        .client(&["import", "-", array.to_str().unwrap(), "--dataset", "in"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"one\r\ntwo\n\nthree").unwrap();
    let output = child.wait_with_output().unwrap();
    check(&output, 0, "");
    assert!(text(&output.stdout).starts_with("5 accepted, 0 rejected; "), "{}", text(&output.stdout));
    server.wait_for_rows("in", "*", 5);
    assert_eq!(server.count("in", "a:2"), 1);
    let missing = server.cli(&["import", "/nowhere/at/all"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("/nowhere/at/all"), "{}", text(&missing.stderr));
}

#[test]
fn check_config_names_the_line_and_the_nearest_key() {
    let folder = server::folder();
    let file = folder.path().join("girok.toml");
    std::fs::write(&file, "[http]\nlisten = \"127.0.0.1:1\"\n\n[log]\ndurabilty = \"fsync\"\n").unwrap();
    let output = server::girok().args(["check-config", "--config"]).arg(&file).output().unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("girok.toml:5"), "{stderr}");
    assert!(stderr.contains("`log.durabilty`") && stderr.contains("`log.durability`"), "{stderr}");
    let serve = server::girok().args(["serve", "--config"]).arg(&file).output().unwrap();
    assert_eq!((serve.status.code(), text(&serve.stderr)), (Some(1), stderr), "`serve` refuses it as well");

    let good = server::girok().args(["check-config"]).env("GIROK_LOG_DURABILITY", "fsync").output().unwrap();
    let line =
        text(&good.stdout).lines().find(|line| line.starts_with("log.durability = fsync")).map(String::from);
    assert!(line.is_some_and(|line| line.ends_with("# GIROK_LOG_DURABILITY")), "{}", text(&good.stdout));
}
