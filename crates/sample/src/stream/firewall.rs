//! A firewall: `key=value`.

use fastrand::Rng;

use super::Moment;
use crate::ink::{self, Calendar};
use crate::words::{self, skewed_index};

const HOST: &str = "fw-1.example.com";

const RULES: [&str; 5] = ["allow-web", "allow-dns", "allow-ssh-bastion", "deny-default", "deny-geo"];

/// Writes one connection; the attacker's are among them while the attack lasts.
pub(super) fn write(random: &mut Rng, moment: &Moment) -> (&'static str, Vec<u8>) {
    let mut line = Vec::with_capacity(240);
    let attacker = moment.outlook.attacker.filter(|_| random.u8(0..10) < 3);
    let rule = if attacker.is_some() { RULES[2] } else { words::skewed(&RULES, random) };
    let (protocol, port) = match rule {
        "allow-web" => ("tcp", 443),
        "allow-dns" => ("udp", 53),
        "allow-ssh-bastion" => ("tcp", 22),
        _ => ("tcp", random.u64(1..10_000)),
    };
    ink::text(&mut line, "time=");
    Calendar::default().rfc3339(&mut line, moment.time, 3);
    ink::text(&mut line, " device=fw-1 action=");
    ink::text(&mut line, if rule.starts_with("deny") { "deny" } else { "allow" });
    ink::text(&mut line, " rule=");
    ink::text(&mut line, rule);
    ink::text(&mut line, " proto=");
    ink::text(&mut line, protocol);
    write_ends(&mut line, random, attacker, port);
    ink::text(&mut line, " sent_bytes=");
    ink::number(&mut line, 60 + skewed_index(20_000, random) as u64);
    ink::text(&mut line, " received_bytes=");
    ink::number(
        &mut line,
        if rule.starts_with("deny") { 0 } else { 60 + skewed_index(90_000, random) as u64 },
    );
    (HOST, line)
}

fn write_ends(line: &mut Vec<u8>, random: &mut Rng, attacker: Option<u8>, port: u64) {
    ink::text(line, " src_ip=");
    match attacker {
        Some(last) => {
            ink::text(line, "203.0.113.");
            ink::number(line, u64::from(last));
        }
        None => ink::outer_address(line, random),
    }
    ink::text(line, " src_port=");
    ink::number(line, random.u64(32_768..61_000));
    ink::text(line, " dst_ip=");
    ink::inner_address(line, random);
    ink::text(line, " dst_port=");
    ink::number(line, port);
}
