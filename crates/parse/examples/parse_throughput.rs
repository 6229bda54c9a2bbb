//! How fast is the parser on one core? Prints megabytes and lines per second for each format, of the best of
//! many rounds, so that other work on the machine does not count.
//!
//! `cargo run --release -p girok-parse --example parse_throughput [FILE…]`; without files it reads lines of its own.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::time::{Duration, Instant};

use bumpalo::Bump;
use girok_event::{Event, Timestamp};
use girok_parse::{Content, Hints, parse};

/// How long each set of lines is read again and again.
const DURATION: Duration = Duration::from_secs(2);

/// Records between two resets of the arena, as a worker does for each batch.
const BATCH_LINES: usize = 1024;

const SETS: [(&str, &str); 6] = [
    (
        "json, 10 fields",
        r#"{"@timestamp":"2026-11-22T07:46:17.123Z","level":"info","service":"checkout","host":"web-17.example.com","message":"payment of order 8813 accepted after 3 attempts by gateway eu-2","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","http.status":200,"http.path":"/api/v2/orders/8813/pay","duration_ms":48.21,"region":"eu-west-1"}"#,
    ),
    (
        "json, nested",
        r#"{"@timestamp":"2026-11-22T07:46:17.123456Z","log":{"level":"info"},"service":{"name":"checkout"},"host":{"name":"web-17.example.com","ip":["192.0.2.7","10.0.0.7"]},"message":"payment \"8813\" accepted","trace":{"id":"4bf92f3577b34da6a3ce929d0e0e4736"},"http":{"response":{"status_code":200}}}"#,
    ),
    (
        "syslog, rfc 3164",
        "<38>Nov 22 07:46:17 bastion-2 sshd[24200]: Failed password for invalid user admin from 203.0.113.9 port 52741 ssh2",
    ),
    (
        "syslog, rfc 5424",
        r#"<165>1 2026-11-22T07:46:17.003Z web-17.example.com checkout 8710 ID47 [origin@32473 ip="192.0.2.7" software="checkout"] payment of order 8813 accepted after 3 attempts by gateway eu-2"#,
    ),
    (
        "access, combined",
        r#"192.0.2.7 - - [22/Nov/2026:07:46:17 +0000] "GET /api/v2/orders/8813 HTTP/1.1" 200 5123 "https://shop.example.com/cart" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36""#,
    ),
    (
        "plain",
        "2026-11-22 07:46:17,123 INFO  [worker-3] com.example.shop.Checkout - payment of order 8813 accepted after 3 attempts by gateway eu-2",
    ),
];

fn main() {
    println!("{:24} {:>8} {:>10} {:>12}", "lines", "bytes", "MB/s", "lines/s");
    let files: Vec<String> = std::env::args().skip(1).collect();
    for file in &files {
        let text = std::fs::read(file).expect("the file can be read");
        measure(file, &text.split(|byte| *byte == b'\n').collect::<Vec<_>>());
    }
    if files.is_empty() {
        for (name, line) in SETS {
            measure(name, &vec![line.as_bytes(); BATCH_LINES]);
        }
    }
}

fn measure(name: &str, lines: &[&[u8]]) {
    let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    let mut arena = Bump::new();
    let mut best = Duration::MAX;
    let start = Instant::now();
    while start.elapsed() < DURATION {
        let round = Instant::now();
        read(lines, &mut arena);
        best = best.min(round.elapsed());
    }
    let (seconds, count) = (best.as_secs_f64(), lines.len());
    let megabytes = bytes as f64 / 1e6;
    println!("{name:24} {:>8} {:>10.0} {:>12.0}", bytes / count, megabytes / seconds, count as f64 / seconds);
}

fn read(lines: &[&[u8]], arena: &mut Bump) {
    let received = Timestamp::parse_rfc3339("2026-11-23T08:00:00Z").expect("this is a time");
    let hints = Hints { content: Content::Auto, received, zone_offset_seconds: 0 };
    for batch in lines.chunks(BATCH_LINES) {
        let mut event = Event::default();
        for line in batch {
            parse(line, &hints, arena, &mut event);
            std::hint::black_box(&event);
        }
        drop(event);
        arena.reset();
    }
}
