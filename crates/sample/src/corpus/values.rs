//! Values that a line's message and its fields must agree on, and stacks.

use fastrand::Rng;

use super::template::Level;
use crate::ink;
use crate::words::{self, PATHS, WORDS};

/// The request that a line tells of.
pub(super) struct Request {
    pub(super) status: u16,
    pub(super) path: &'static str,
    pub(super) bytes: u64,
    pub(super) duration_micros: u64,
    pub(super) user_id: u64,
}

impl Request {
    /// A request that went as well as `level` says.
    pub(super) fn draw(level: Level, random: &mut Rng) -> Self {
        let statuses: &[u16] = match level {
            Level::Debug | Level::Info => &[200, 200, 200, 200, 200, 201, 204, 304],
            Level::Warn => &[400, 401, 403, 404, 404, 409, 422, 429],
            Level::Error => &[500, 500, 502, 503, 503, 504],
        };
        let slowness = if level == Level::Error { 6 } else { 1 };
        let bits = random.u64(..);
        // Products of two draws: most requests are quick and small, a few are neither.
        let quick = (bits & 0x3ff) * (bits >> 10 & 0x1ff);
        let small = (bits >> 20 & 0xff) * (bits >> 28 & 0x1ff);
        Request {
            status: statuses[random.usize(..statuses.len())],
            path: words::skewed(&PATHS, random),
            bytes: 180 + small,
            duration_micros: 400 + quick * slowness,
            user_id: 10_000 + (bits >> 40) % 50_000,
        }
    }
}

/// Appends some frames of a stack to the message.
pub(super) fn write_stack(line: &mut Vec<u8>, service: &str, random: &mut Rng) {
    for _ in 0..random.usize(4..12) {
        ink::text(line, "\\n    at com.example.");
        ink::text(line, service);
        line.push(b'.');
        ink::text(line, words::any(&WORDS, random));
        ink::text(line, ".Handler.");
        ink::text(line, words::any(&WORDS, random));
        ink::text(line, "(Handler.java:");
        ink::number(line, random.u64(12..900));
        line.push(b')');
    }
}
