//! Does the server start at once, stop in good order, and keep others off its folder?

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Server, http, server, until};

/// The bound for release builds; a debug build is a multiple of a release build's size.
const IDLE_BYTES_MAX: u64 = 150 << 20;

#[test]
fn it_is_ready_at_once_on_an_empty_folder() {
    // Other tests run beside this one: the best of three says what the server needs.
    let starts: Vec<_> = (0..3).map(|_| Server::new()).collect();
    let times: Vec<_> = starts.iter().map(|server| server.ready_after.as_millis()).collect();
    let idle = starts.iter().map(|server| server.memory_bytes("VmRSS")).max().unwrap();
    println!("start on an empty folder: {times:?} ms; memory when idle: {} MB", idle >> 20);
    assert!(times.iter().min() < Some(&1000), "{times:?} ms");
    if cfg!(not(debug_assertions)) {
        assert!(idle <= IDLE_BYTES_MAX, "{idle}");
    }
    let server = &starts[0];
    assert_eq!((server.get("/healthz").status, server.get("/readyz").status), (200, 200));
    assert_eq!(server.get("/readyz").text(), "ready\n");
}

#[test]
fn sigterm_under_load_loses_nothing_and_seals_what_is_live() {
    let folder = server::folder();
    let mut server = Server::on(folder.path(), &[]);
    let url = format!("{}/api/v1/ingest/load", server.url);
    let (acknowledged, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let status = std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| send_until_refused(&url, &acknowledged, &stop));
        }
        until("events are acknowledged", || acknowledged.load(Ordering::Relaxed), |events| *events > 5000);
        let begun = Instant::now();
        server.terminate();
        let status = server.wait();
        stop.store(true, Ordering::Relaxed);
        println!("SIGTERM under load: ended with {status} after {} ms", begun.elapsed().as_millis());
        status
    });
    assert_eq!(status.code(), Some(0));

    let server = Server::on(folder.path(), &[]);
    let (rows, acknowledged) = (server.count("load", "*"), acknowledged.into_inner());
    println!("acknowledged {acknowledged}, found {rows}, all of them in parts");
    assert!(rows >= acknowledged, "{rows} of {acknowledged}");
    let end = server.metric("girok_log_end_offset", "topic=\"load\"") as u64;
    assert_eq!(rows, end, "each record is one row at once: no row had to be read from the log again");
    assert_eq!(server.metric("girok_store_rows_total", "dataset=\"load\""), 0.0);
}

#[test]
fn a_stop_and_a_start_change_no_answer() {
    let folder = server::folder();
    let server = Server::on(folder.path(), &[]);
    let body: String =
        (0..2000).map(|n| format!("{{\"n\":{n},\"level\":\"{}\"}}\n", ["info", "error"][n % 2])).collect();
    server.ingest("app", &body);
    server.post("/api/v1/ingest/text", "<13>Nov 23 07:46:17 host app[7]: hello\nplain \u{0} line\n");
    server.wait_for_rows("app", "*", 2000);
    server.wait_for_rows("text", "*", 2);
    let ask = |server: &Server| {
        let paths = [
            "/api/v1/query?dataset=app",
            "/api/v1/query?dataset=text",
            "/api/v1/query?query=*+%7C+stats+count()+by+level+%7C+sort+level",
            "/api/v1/fields",
            "/api/v1/values?field=level",
        ];
        paths.map(|path| {
            let mut lines: Vec<_> = server.get(path).text().lines().map(String::from).collect();
            lines.sort();
            lines
        })
    };
    let before = ask(&server);
    assert!(server.stop().success());
    let server = Server::on(folder.path(), &[]);
    assert_eq!(ask(&server), before);
    assert!(server.stop().success());
    assert_eq!(ask(&Server::on(folder.path(), &[])), before, "and once more with nothing new");
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let folder = server::folder();
    let mut first = Server::on(folder.path(), &[]);
    let second = server::command(folder.path(), &[]).stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: cannot ") && stderr.contains("another process"), "{stderr}");
    assert!(stderr.contains(folder.path().to_str().unwrap()), "the folder is named: {stderr}");
    first.check_alive("a second server");
    first.kill();
    // A lock dies with its process.
    Server::on(folder.path(), &[]);
}

#[test]
fn an_address_in_use_is_named() {
    let server = Server::new();
    let folder = server::folder();
    let taken = server.url.trim_start_matches("http://");
    let output = server::girok()
        .args(["serve", "--syslog", "off", "--kafka", "off", "--http", taken, "--data"])
        .arg(folder.path())
        .output();
    let output = output.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(taken) && stderr.contains("`--http`"), "{stderr}");
}

fn send_until_refused(url: &str, acknowledged: &AtomicU64, stop: &AtomicBool) {
    let agent = http::agent();
    let body = "{\"message\":\"an event of the load\"}\n".repeat(100);
    while !stop.load(Ordering::Relaxed) {
        match agent.post(url).send(&body) {
            Ok(answer) if answer.status() == 200 => drop(acknowledged.fetch_add(100, Ordering::Relaxed)),
            // Refused, or nobody is there: the server is stopping.
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
