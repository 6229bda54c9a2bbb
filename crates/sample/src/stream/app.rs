//! Four services of a shop: JSON.

use fastrand::Rng;

use super::Moment;
use crate::ink::{self, Calendar};
use crate::words::{self, PATHS, USERS, skewed_index};

const HOSTS: [&str; 3] = ["app-1.example.com", "app-2.example.com", "app-3.example.com"];
const SERVICES: [&str; 4] = ["cart", "checkout", "catalog", "identity"];

/// Level and beginning of a message that needs nothing but a word and a number behind it.
const NOTES: [(&str, &str); 8] = [
    ("info", "order placed"),
    ("info", "cart updated"),
    ("debug", "cache refreshed"),
    ("info", "stock reserved"),
    ("info", "주문이 접수되었습니다"),
    ("debug", "price rule applied"),
    ("warn", "coupon is no longer valid"),
    ("warn", "재고가 부족합니다"),
];

/// Writes one line: a request that went wrong, one that went well, or a note.
pub(super) fn write(random: &mut Rng, moment: &Moment) -> (&'static str, Vec<u8>) {
    let host = words::any(&HOSTS, random);
    let mut line = Vec::with_capacity(320);
    let outage = moment.outlook.outage;
    if random.f64() < 0.003 + 0.5 * outage {
        failed(&mut line, random, moment, host);
    } else if random.u8(0..3) == 0 {
        note(&mut line, random, moment, host);
    } else {
        let duration_micros = 3_000 + skewed_index(90_000, random) as u64;
        let slowness = 1 + (outage * 20.0) as u64;
        served(&mut line, random, moment, host, duration_micros * slowness);
    }
    (host, line)
}

fn served(line: &mut Vec<u8>, random: &mut Rng, moment: &Moment, host: &str, duration_micros: u64) {
    let is_slow = duration_micros > 400_000;
    begin(line, random, moment, host, if is_slow { "warn" } else { "info" });
    let path = words::skewed(&PATHS, random);
    ink::text(line, if is_slow { "slow request to " } else { "served " });
    ink::text(line, path);
    request(line, path, 200, duration_micros);
    ink::text(line, ",\"user\":\"");
    ink::text(line, words::skewed(&USERS, random));
    ink::text(line, "\"}");
}

fn failed(line: &mut Vec<u8>, random: &mut Rng, moment: &Moment, host: &str) {
    begin(line, random, moment, host, "error");
    let path = words::skewed(&PATHS, random);
    let duration_micros = 5_000_000 + random.u64(0..400_000);
    ink::text(line, "timeout waiting for database db-1 after ");
    ink::number(line, duration_micros / 1000);
    ink::text(line, " ms");
    request(line, path, [500, 503, 504][random.usize(0..3)], duration_micros);
    ink::text(line, ",\"error\":{\"kind\":\"DatabaseTimeout\",\"attempts\":");
    ink::number(line, random.u64(1..4));
    ink::text(line, "}}");
}

fn note(line: &mut Vec<u8>, random: &mut Rng, moment: &Moment, host: &str) {
    let (level, text) = NOTES[skewed_index(NOTES.len(), random)];
    begin(line, random, moment, host, level);
    ink::text(line, text);
    ink::text(line, "\",\"order_id\":");
    ink::number(line, random.u64(100_000..999_999));
    ink::text(line, ",\"items\":");
    ink::number(line, random.u64(1..9));
    line.push(b'}');
}

/// Everything before the message's text.
fn begin(line: &mut Vec<u8>, random: &mut Rng, moment: &Moment, host: &str, level: &str) {
    ink::text(line, "{\"@timestamp\":\"");
    Calendar::default().rfc3339(line, moment.time, 3);
    ink::text(line, "\",\"level\":\"");
    ink::text(line, level);
    ink::text(line, "\",\"service\":\"");
    ink::text(line, words::skewed(&SERVICES, random));
    ink::text(line, "\",\"host\":\"");
    ink::text(line, host);
    ink::text(line, "\",\"trace_id\":\"");
    ink::hex(line, random, 32);
    ink::text(line, "\",\"message\":\"");
}

/// The fields of a request, and the end of the message before them.
fn request(line: &mut Vec<u8>, path: &str, status: u64, duration_micros: u64) {
    ink::text(line, "\",\"http\":{\"path\":\"");
    ink::text(line, path);
    ink::text(line, "\",\"status\":");
    ink::number(line, status);
    ink::text(line, "},\"duration_ms\":");
    ink::thousandths(line, duration_micros);
}
