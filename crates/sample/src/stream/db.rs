//! A database server: a time, a session and a level before each message.

use fastrand::Rng;

use super::Moment;
use crate::ink;
use crate::words::{self, skewed_index};

const HOST: &str = "db-1.example.com";

const STATEMENTS: [&str; 6] = [
    "SELECT id, state FROM orders WHERE user_id = $1",
    "SELECT * FROM items WHERE sku = $1",
    "UPDATE stock SET free = free - $1 WHERE sku = $2",
    "INSERT INTO orders (user_id, total) VALUES ($1, $2)",
    "SELECT sum(total) FROM orders WHERE day = $1",
    "DELETE FROM sessions WHERE ends < now()",
];

/// Writes one line.
pub(super) fn write(random: &mut Rng, moment: &Moment) -> (&'static str, Vec<u8>) {
    let mut line = Vec::with_capacity(200);
    ink::date_and_clock(&mut line, moment.time, ' ');
    line.push(b'.');
    ink::padded(&mut line, moment.time.rem_euclid(1_000_000_000) as u64 / 1_000_000, 3);
    ink::text(&mut line, " UTC [");
    ink::number(&mut line, random.u64(300..4000));
    ink::text(&mut line, "] shop@shop ");
    if random.f64() < moment.outlook.outage * 0.7 {
        trouble(&mut line, random);
    } else {
        every_day(&mut line, random, moment.outlook.outage);
    }
    (HOST, line)
}

fn every_day(line: &mut Vec<u8>, random: &mut Rng, outage: f64) {
    match random.u8(0..100) {
        0..80 => {
            ink::text(line, "LOG:  statement took ");
            let slowness = 1 + (outage * 200.0) as u64;
            ink::thousandths(line, (150 + skewed_index(25_000, random) as u64) * slowness);
            ink::text(line, " ms: ");
            ink::text(line, words::skewed(&STATEMENTS, random));
        }
        80..92 => {
            ink::text(line, "LOG:  session opened from ");
            ink::inner_address(line, random);
        }
        92..98 => {
            ink::text(line, "LOG:  checkpoint wrote ");
            ink::number(line, random.u64(20..9000));
            ink::text(line, " buffers");
        }
        _ => {
            ink::text(line, "WARNING:  transaction open for ");
            ink::number(line, random.u64(30..300));
            ink::text(line, " seconds");
        }
    }
}

fn trouble(line: &mut Vec<u8>, random: &mut Rng) {
    match random.u8(0..3) {
        0 => {
            ink::text(line, "ERROR:  statement stopped at its time limit of 5000 ms: ");
            ink::text(line, words::skewed(&STATEMENTS, random));
        }
        1 => ink::text(line, "FATAL:  no session left, all 200 are in use"),
        _ => {
            ink::text(line, "LOG:  still waiting for a lock on orders after ");
            ink::number(line, random.u64(1000..5000));
            ink::text(line, " ms");
        }
    }
}
