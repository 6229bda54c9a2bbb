//! Random lines in every format: rare and common words, near misses, odd numbers, other scripts.

use fastrand::Rng;
use girok_event::Timestamp;

use crate::exactness::plain::{History, Sent};

/// Words that stand in many lines, and their near misses.
pub(crate) const WORDS: [&str; 24] = [
    "error",
    "Error",
    "ERROR",
    "errors",
    "terror",
    "my_error",
    "timeout",
    "Timeout",
    "time-out",
    "timeouts",
    "order",
    "reorder",
    "failed",
    "connection",
    "conn",
    "user",
    "a",
    "aba",
    "abab",
    "x1",
    "1x",
    "null",
    "true",
    "NaN",
];

/// Words of scripts with and without boundaries, and with letters beyond ASCII.
pub(crate) const FOREIGN: [&str; 14] = [
    "로그인",
    "재로그인",
    "실패했습니다",
    "실패",
    "서버가",
    "server가",
    "user로그인에",
    "日本語",
    "エラー",
    "접속error발생",
    "straße",
    "Éclair",
    "éclair",
    "ΣΊΣΥΦΟΣ",
];

/// Whole numbers around what a float can hold.
pub(crate) const BIG: [i64; 8] = [
    (1 << 53) - 1,
    1 << 53,
    (1 << 53) + 1,
    (1 << 53) + 2,
    1_234_567_890_123_456_789,
    1_234_567_890_123_456_788,
    i64::MAX,
    i64::MIN,
];

/// JSON values of a field whose type is never sure.
const ODD: [&str; 16] = [
    "5", "5.5", "5.0", "-3", "0", "\"5\"", "\"5.50\"", "\"abc\"", "\"NaN\"", "\"inf\"", "\"\"", "\"007\"",
    "true", "1e3", "\"1e3\"", "\"-0\"",
];

/// How much of an [`ODD`] field's variety a stretch of lines shows.
const STRETCHES: [&[usize]; 5] =
    [&[0, 3, 4], &[1, 2, 0], &[5, 6, 7, 8, 9], &[12], &[0, 1, 2, 5, 7, 10, 11, 13, 14, 15]];

/// Fields of a line that has more than a part has columns.
const WIDE_FIELDS: usize = 1100;

/// A needle's word stands within so many lines only.
pub(crate) const NEEDLE_LINES: usize = 2000;

/// 2024-05-01T10:00:00Z.
const START: i64 = 1_714_557_600_000_000_000;

/// Random lines of two partitions.
pub(crate) fn history(random: &mut Rng, count: usize) -> History {
    let is_wide = count < 1000 && random.u8(0..20) == 0;
    let mut offsets = [0, 0];
    let events = (0..count).map(|at| {
        let partition = random.usize(0..2);
        // Offsets have gaps where the log held no event.
        offsets[partition] += 1 + i64::from(random.u8(0..8) == 0);
        let wide = is_wide && random.usize(0..count) < 3;
        let line = match random.u16(0..1000) {
            _ if wide => wide_line(random),
            0 => format!("needle{} {}", at / NEEDLE_LINES, message(random)),
            _ => line(random, at * STRETCHES.len() / count),
        };
        Sent::read(partition as u32, offsets[partition], &line)
    });
    History::new(events.collect())
}

fn line(random: &mut Rng, stretch: usize) -> String {
    match random.u8(0..20) {
        0..11 => json(random, stretch),
        11 => format!(
            "<34>May  1 10:{:02}:00 web-{} sshd[{}]: {}",
            random.u8(0..60),
            random.u8(1..4),
            random.u16(..),
            message(random)
        ),
        12 => format!("<165>1 {} web-1 app 77 ID47 - {}", time(random), message(random)),
        13 | 14 => access(random),
        15 | 16 => format!(
            "time={} level={} user={} took={}ms msg=\"{}\"",
            time(random),
            level(random),
            word(random),
            random.u16(0..900),
            message(random)
        ),
        17 => format!(
            "<13>May  1 10:00:00 web-2 api: {{\"level\":\"{}\",\"msg\":\"{}\"}}",
            level(random),
            escaped(&message(random))
        ),
        _ => message(random),
    }
}

fn json(random: &mut Rng, stretch: usize) -> String {
    let mut fields =
        vec![(if random.bool() { "_time" } else { "@timestamp" }, format!("\"{}\"", time(random)))];
    if random.u8(0..10) > 0 {
        fields.push((if random.bool() { "message" } else { "msg" }, quoted(&message(random))));
    }
    let mut maybe = |name: &'static str, one_in: u8, value: &mut dyn FnMut(&mut Rng) -> String| {
        if random.u8(0..one_in) == 0 {
            fields.push((name, value(random)));
        }
    };
    maybe("level", 2, &mut |random| quoted(level(random)));
    maybe("severity", 6, &mut |random| quoted(level(random)));
    maybe("status", 2, &mut |random| random.choice([200, 404, 500, 503]).unwrap_or(0).to_string());
    maybe("http.status", 8, &mut |random| random.choice([200, 404, 500]).unwrap_or(0).to_string());
    maybe("duration_ms", 2, &mut |random| match random.bool() {
        true => random.u16(0..2000).to_string(),
        false => format!("{:.3}", random.f64() * 2000.0),
    });
    maybe("user", 3, &mut |random| quoted(word(random)));
    maybe("host", 3, &mut |random| {
        format!(
            "{{\"name\":\"web-{}\",\"ip\":\"10.0.{}.{}\"}}",
            random.u8(0..5),
            random.u8(0..3),
            random.u8(..)
        )
    });
    maybe("id", 4, &mut |random| random.choice(BIG).unwrap_or(0).to_string());
    maybe("trace_id", 3, &mut hex);
    maybe("flag", 5, &mut |random| random.bool().to_string());
    maybe("odd", 2, &mut |random| {
        ODD[random.choice(STRETCHES[stretch].iter().copied()).unwrap_or(0)].to_owned()
    });
    maybe("error_count", 6, &mut |random| random.u8(0..5).to_string());
    maybe("tags", 8, &mut |random| format!("[\"{}\",{}]", word(random), random.u8(..)));
    maybe("empty", 8, &mut |_| "\"\"".to_owned());
    maybe("none", 8, &mut |_| "null".to_owned());
    maybe("path", 4, &mut |random| quoted(&format!("/api/v{}/{}", random.u8(1..4), word(random))));
    let printed: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", printed.join(","))
}

/// More fields than a part has columns.
fn wide_line(random: &mut Rng) -> String {
    let fields: Vec<String> = (0..WIDE_FIELDS)
        .map(|at| format!("\"w{at}\":\"{}\"", if at % 50 == 0 { word(random) } else { "v" }))
        .collect();
    format!("{{\"_time\":\"{}\",\"level\":\"{}\",{}}}", time(random), level(random), fields.join(","))
}

fn access(random: &mut Rng) -> String {
    let (address, status) = (address(random), random.choice([200, 304, 404, 500]).unwrap_or(0));
    format!(
        "{address} - {} [01/May/2024:10:{:02}:{:02} +0000] \"GET /{}?q={} HTTP/1.1\" {status} {} \"-\" \"curl/{}.1\"",
        random.choice(["-", "alice", "bob"]).unwrap_or("-"),
        random.u8(0..60),
        random.u8(0..60),
        word(random),
        random.u8(..),
        random.u16(..),
        random.u8(1..9),
    )
}

/// Times are often equal and never in order.
fn time(random: &mut Rng) -> String {
    let nanos = match random.u8(0..4) {
        0 => 0,
        1 => random.i64(0..60) * 60_000_000_000,
        2 => random.i64(0..3600) * 1_000_000_000,
        _ => random.i64(0..3_600_000_000_000),
    };
    Timestamp(START + nanos).to_string()
}

fn level(random: &mut Rng) -> &'static str {
    random.choice(["info", "info", "INFO", "error", "Error", "warn", "debug"]).unwrap_or("info")
}

/// A sentence: free, or of a few patterns that differ in their values only.
fn message(random: &mut Rng) -> String {
    match random.u8(0..6) {
        0 => format!("order {} moved to state {}", random.u32(..), word(random)),
        1 => format!("timeout talking to {} at {}", word(random), address(random)),
        2 => format!("user {} signed in from {} session {}", word(random), address(random), bare_hex(random)),
        _ => {
            let separators = [" ", " ", " ", ": ", "=", "/", ", ", "-", "_", "", "\\t", "  "];
            let mut text = String::new();
            for _ in 0..random.u8(1..7) {
                text.push_str(&piece(random));
                text.push_str(random.choice(separators).unwrap_or(" "));
            }
            text.trim().to_owned()
        }
    }
}

fn piece(random: &mut Rng) -> String {
    match random.u8(0..12) {
        0 => bare_hex(random),
        1 => address(random),
        2 => random.u16(..).to_string(),
        3 => format!("{:.2}", random.f64() * 10.0),
        4 => random.choice(FOREIGN).unwrap_or_default().to_owned(),
        5 => format!("zebra{}", random.u16(..)),
        6 => format!("{}{}", word(random), random.choice(FOREIGN).unwrap_or_default()),
        _ => word(random).to_owned(),
    }
}

fn word(random: &mut Rng) -> &'static str {
    random.choice(WORDS).unwrap_or("error")
}

fn address(random: &mut Rng) -> String {
    format!("10.{}.{}.{}", random.u8(0..3), random.u8(0..3), random.u8(..))
}

fn bare_hex(random: &mut Rng) -> String {
    format!("{:08x}-{:04x}", random.u32(..), random.u16(..))
}

fn hex(random: &mut Rng) -> String {
    quoted(&format!("{:016x}", random.u64(..)))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
