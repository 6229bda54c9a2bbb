//! Does the parser understand logs that real systems wrote?
//!
//! The folder comes from `GIROK_DATA`; where there is none the test says so and passes.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "all of this file is a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bumpalo::Bump;
use girok_event::{Event, Format, Timestamp};
use girok_parse::{Content, Hints, parse};

/// A file, the format that most of its lines are, and how many percent of its lines must be of that
/// format, have a time and have a level.
struct Expected {
    file: &'static str,
    format: &'static str,
    format_percent: f64,
    time_percent: f64,
    level_percent: f64,
}

const fn expected(file: &'static str, format: &'static str, percents: [f64; 3]) -> Expected {
    let [format_percent, time_percent, level_percent] = percents;
    Expected { file, format, format_percent, time_percent, level_percent }
}

const FILES: [Expected; 19] = [
    expected("loghub/Android.log", "plain", [100.0, 100.0, 100.0]),
    expected("loghub/Apache.log", "plain", [100.0, 100.0, 100.0]),
    expected("loghub/BGL.log", "plain", [100.0, 100.0, 99.0]),
    expected("loghub/HDFS.log", "plain", [100.0, 100.0, 100.0]),
    // Its time is an epoch in the middle of the line, which no rule can tell from any other number.
    expected("loghub/HPC.log", "plain", [100.0, 0.0, 0.0]),
    expected("loghub/Hadoop.log", "plain", [100.0, 100.0, 100.0]),
    expected("loghub/HealthApp.log", "plain", [100.0, 100.0, 0.0]),
    expected("loghub/Linux.log", "syslog", [99.9, 100.0, 0.0]),
    expected("loghub/Mac.log", "syslog", [100.0, 100.0, 0.0]),
    expected("loghub/OpenSSH.log", "syslog", [100.0, 100.0, 0.0]),
    expected("loghub/OpenStack.log", "plain", [100.0, 100.0, 100.0]),
    expected("loghub/Proxifier.log", "plain", [100.0, 100.0, 0.0]),
    expected("loghub/Spark.log", "plain", [100.0, 100.0, 100.0]),
    expected("loghub/Thunderbird.log", "plain", [100.0, 100.0, 0.0]),
    expected("loghub/Windows.log", "plain", [100.0, 100.0, 100.0]),
    expected("loghub/Zookeeper.log", "plain", [100.0, 100.0, 100.0]),
    expected("web/apache_access.log", "access", [100.0, 100.0, 0.0]),
    expected("web/auth.log", "syslog", [100.0, 100.0, 0.0]),
    expected("web/nginx_plus.ndjson", "json", [100.0, 100.0, 0.0]),
];

/// What was found in one file.
#[derive(Default)]
struct Found {
    lines: usize,
    formats: BTreeMap<&'static str, usize>,
    with_time: usize,
    with_level: usize,
    with_error: usize,
    fields: usize,
}

#[test]
fn real_logs_are_understood() {
    let Some(folder) = data_folder() else { return };
    println!(
        "{:24} {:>6} {:>7} {:>7} {:>7} {:>7}  formats",
        "file", "lines", "time", "level", "errors", "fields"
    );
    for expected in &FILES {
        let found = read(&folder.join(expected.file));
        let percent = |count: usize| count as f64 * 100.0 / found.lines as f64;
        println!(
            "{:24} {:>6} {:>6.1}% {:>6.1}% {:>7} {:>7.1}  {:?}",
            expected.file,
            found.lines,
            percent(found.with_time),
            percent(found.with_level),
            found.with_error,
            found.fields as f64 / found.lines as f64,
            found.formats,
        );
        let of_format = found.formats.get(expected.format).copied().unwrap_or(0);
        assert!(percent(of_format) >= expected.format_percent, "{}: format", expected.file);
        assert!(percent(found.with_time) >= expected.time_percent, "{}: time", expected.file);
        assert!(percent(found.with_level) >= expected.level_percent, "{}: level", expected.file);
        assert_eq!(found.with_error, 0, "{}: errors", expected.file);
    }
}

fn data_folder() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("GIROK_DATA").map_or(default, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no folder with real logs; set GIROK_DATA to it");
        return None;
    }
    Some(folder)
}

fn read(path: &Path) -> Found {
    let bytes = fs::read(path).unwrap();
    let received = Timestamp::parse_rfc3339("2026-11-23T08:00:00Z").unwrap();
    let hints = Hints { content: Content::Auto, received, zone_offset_seconds: 0 };
    let mut found = Found::default();
    for line in bytes.strip_suffix(b"\n").unwrap_or(&bytes).split(|byte| *byte == b'\n') {
        let arena = Bump::new();
        let mut event = Event::default();
        parse(line, &hints, &arena, &mut event);
        check_nothing_is_lost(line, &event);
        *found.formats.entry(event.format.as_str()).or_default() += 1;
        found.lines += 1;
        found.with_time += usize::from(event.time.is_some());
        found.with_level += usize::from(event.get("log.level").is_some());
        found.with_error += usize::from(event.error.is_some());
        found.fields += event.fields.len();
    }
    found
}

fn check_nothing_is_lost(line: &[u8], event: &Event<'_>) {
    if event.format != Format::Json && event.raw.is_none() {
        let kept = [event.head.unwrap_or(""), event.message.unwrap_or("")].concat();
        assert_eq!(kept.as_bytes(), line);
    }
}
