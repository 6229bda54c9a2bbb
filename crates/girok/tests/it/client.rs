//! What a user of the command line notices: output, errors, exit codes; against a stub of a server that says
//! what the test wants it to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

const QUERY_OK: &str = "200 OK";

/// A request as the server got it.
struct Request {
    line: String,
    body: Vec<u8>,
}

/// A server that gives one answer after the other, and tells what it was asked.
fn server(answers: Vec<Option<(&'static str, String)>>) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            sender.send(read(&stream)).unwrap();
            let Some((status, body)) = answer else { continue };
            let size = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n");
            // A client that has seen enough goes away.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        }
    });
    (url, requests)
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length =
        lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    Request { line: lines.remove(0), body }
}

fn girok(server: &str, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_girok"))
        .args(args)
        .env("GIROK_SERVER", server)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn check(output: &Output, code: i32, stdout: &str, stderr: &str) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), stdout);
    assert_eq!(output.status.code(), Some(code));
}

#[test]
fn a_query_prints_one_line_an_event() {
    let rows = "{\"_time\":\"2026-11-23T07:46:17Z\",\"level\":\"warn\",\"message\":\"a\\nb\"}\n{\"_time\":\"2026-11-23T07:46:16Z\",\"n\":1}\n";
    let (url, requests) = server(vec![Some((QUERY_OK, rows.into())), Some((QUERY_OK, rows.into()))]);
    check(&girok(&url, &["query", "a b", "--start", "-15m", "--limit", "5"], ""), 0, rows, "");
    let request = requests.recv().unwrap();
    assert_eq!(request.line, "POST /api/v1/query HTTP/1.1");
    assert_eq!(String::from_utf8_lossy(&request.body), "query=a+b&start=-15m&limit=5");
    let text = "2026-11-23T07:46:17Z  WARN   a\\nb\n2026-11-23T07:46:16Z  n=1\n";
    check(&girok(&url, &["query", "--format", "text"], ""), 0, text, "");
}

#[test]
fn a_bad_query_shows_the_place_and_exits_with_2() {
    let error =
        r#"{"error":{"code":"E","message":"m","text":"error: expected a value\n  level:\n        ^\n"}}"#;
    let (url, _requests) = server(vec![Some(("400 Bad Request", error.into()))]);
    check(&girok(&url, &["query", "level:"], ""), 2, "", "error: expected a value\n  level:\n        ^\n");
}

#[test]
fn an_error_inside_the_answer_is_an_error() {
    let answer = "{\"n\":1}\n{\"error\":{\"code\":\"E_TIME\",\"message\":\"m\",\"text\":\"error: it took too long\"}}\n";
    let (url, _requests) = server(vec![Some((QUERY_OK, answer.into()))]);
    check(&girok(&url, &["sql", "SELECT 1"], ""), 1, "{\"n\":1}\n", "error: it took too long\n");
}

#[test]
fn a_server_that_is_not_there_is_named_with_a_way_out() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = girok(&format!("http://{free}"), &["query"], "");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with(&format!("error: cannot reach girok at `http://{free}`: ")), "{stderr}");
    assert!(stderr.contains("\nhint: start it with `girok serve`"), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let (url, _requests) = server(vec![Some((QUERY_OK, "{\"message\":\"x\"}\n".repeat(200_000)))]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_girok"))
        .args(["query", "--server", &url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(first, "{\"message\":\"x\"}\n");
    check(&output, 0, "", "");
}

#[test]
fn import_sends_lines_and_names_the_refused_one() {
    let answer = r#"{"accepted":2,"rejected":1,"errors":[{"index":1,"error":"it is too long"}]}"#;
    let (url, requests) = server(vec![Some((QUERY_OK, answer.into()))]);
    let output = girok(&url, &["import", "-", "--dataset", "web"], "one\ntwo\nthree\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "standard input:2: it is too long\n");
    assert!(
        String::from_utf8_lossy(&output.stdout).starts_with("2 accepted, 1 rejected; 14 B from 1 file in ")
    );
    assert_eq!(output.status.code(), Some(1));
    let request = requests.recv().unwrap();
    assert_eq!(request.line, "POST /api/v1/ingest/web HTTP/1.1");
    assert_eq!(request.body, b"one\ntwo\nthree\n");
}

#[test]
fn import_reads_compressed_files() {
    let dir = tempfile::tempdir().unwrap();
    let (gz, zst) = (dir.path().join("a.gz"), dir.path().join("b"));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"from gzip\n").unwrap();
    std::fs::write(&gz, encoder.finish().unwrap()).unwrap();
    std::fs::write(&zst, zstd::encode_all(&b"from zstd\n"[..], 3).unwrap()).unwrap();

    let answer = || Some((QUERY_OK, r#"{"accepted":1,"rejected":0,"errors":[]}"#.to_owned()));
    let (url, requests) = server(vec![answer(), answer()]);
    let output = girok(&url, &["import", gz.to_str().unwrap(), zst.to_str().unwrap()], "");
    assert!(
        String::from_utf8_lossy(&output.stdout).starts_with("2 accepted, 0 rejected; 20 B from 2 files in ")
    );
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(requests.recv().unwrap().body, b"from gzip\n");
    assert_eq!(requests.recv().unwrap().body, b"from zstd\n");
}

#[test]
fn import_sends_again_only_what_was_surely_not_taken() {
    let busy = || Some(("503 Service Unavailable", r#"{"error":{"text":"error: busy"}}"#.to_owned()));
    let (url, requests) = server(vec![busy(), Some((QUERY_OK, r#"{"accepted":1,"rejected":0}"#.into()))]);
    assert_eq!(girok(&url, &["import", "-"], "one\n").status.code(), Some(0));
    assert_eq!(requests.iter().map(|request| request.body).collect::<Vec<_>>(), [b"one\n", b"one\n"]);

    let (url, requests) = server(vec![None]);
    let output = girok(&url, &["import", "-"], "one\ntwo\n");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.starts_with("error: cannot tell whether `standard input` line 1 to 2 was taken: "),
        "{stderr}"
    );
    assert!(stderr.contains("`tail -n +3 FILE | girok import -`"), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(requests.iter().count(), 1);
}

#[test]
fn check_config_names_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("girok.toml");
    std::fs::write(&file, "[http]\nlisten = \"0.0.0.0:7400\"\n").unwrap();
    let good = girok("", &["check-config", "--config", file.to_str().unwrap()], "");
    let stdout = String::from_utf8_lossy(&good.stdout);
    let line = stdout.lines().find(|line| line.starts_with("http.listen = 0.0.0.0:7400 ")).unwrap();
    assert!(line.ends_with("girok.toml:2"), "{line}");

    std::fs::write(&file, "[http]\nlisten = \"0.0.0.0\"\n").unwrap();
    let bad = girok("", &["check-config", "--config", file.to_str().unwrap()], "");
    assert!(String::from_utf8_lossy(&bad.stderr).contains("girok.toml:2): expected an address"));
    assert_eq!(bad.status.code(), Some(1));
}
