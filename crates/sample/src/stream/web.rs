//! Two web servers: combined access log.

use fastrand::Rng;

use super::Moment;
use crate::ink;
use crate::words::{self, AGENTS, PATHS, USERS, skewed_index};

const HOSTS: [&str; 2] = ["web-1.example.com", "web-2.example.com"];

/// Paths that a scanner asks for.
const PROBES: [&str; 5] = ["/admin.php", "/.env", "/old/backup.zip", "/cgi-bin/status", "/setup/install"];

/// Writes one request.
pub(super) fn write(random: &mut Rng, moment: &Moment) -> (&'static str, Vec<u8>) {
    let mut line = Vec::with_capacity(256);
    let is_probe = random.u8(0..100) < 2;
    let path = if is_probe { words::any(&PROBES, random) } else { words::skewed(&PATHS, random) };
    let status = if is_probe { 404 } else { status(random, moment.outlook.outage, path) };
    ink::outer_address(&mut line, random);
    ink::text(&mut line, " - ");
    ink::text(&mut line, if random.u8(0..10) == 0 { words::skewed(&USERS, random) } else { "-" });
    ink::text(&mut line, " [");
    ink::access_time(&mut line, moment.time);
    ink::text(&mut line, "] \"");
    ink::text(&mut line, if path.contains("orders") && random.bool() { "POST " } else { "GET " });
    ink::text(&mut line, path);
    ink::text(&mut line, " HTTP/1.1\" ");
    ink::number(&mut line, status);
    line.push(b' ');
    ink::number(&mut line, if status == 304 { 0 } else { 150 + skewed_index(60_000, random) as u64 });
    ink::text(
        &mut line,
        if path.starts_with("/a") { " \"https://shop.example.com/\" \"" } else { " \"-\" \"" },
    );
    ink::text(&mut line, words::skewed(&AGENTS, random));
    line.push(b'"');
    (words::any(&HOSTS, random), line)
}

/// Only what needs the database suffers from its outage.
fn status(random: &mut Rng, outage: f64, path: &str) -> u64 {
    if path.starts_with("/api") && random.f64() < 0.004 + 0.6 * outage {
        return [500, 502, 503, 504, 504][random.usize(0..5)];
    }
    match random.u8(0..100) {
        0..84 => 200,
        84..90 => 304,
        90..94 => 302,
        94..98 => 404,
        98 => 403,
        _ => 401,
    }
}
