//! sshd on two bastion hosts: syslog as of RFC 3164.

use fastrand::Rng;

use super::Moment;
use crate::ink;
use crate::words::{self, USERS};

const HOSTS: [&str; 2] = ["bastion-1", "bastion-2"];

/// Names that attackers try.
const GUESSES: [&str; 10] =
    ["root", "admin", "test", "oracle", "ubuntu", "postgres", "deploy", "guest", "backup", "git"];

/// The one whose password is weak.
const WEAK_USER: &str = "deploy";

/// Writes one line of the attack while it lasts, else one of every day.
pub(super) fn write(random: &mut Rng, moment: &Moment) -> (&'static str, Vec<u8>) {
    match moment.outlook.attacker {
        Some(attacker) => (HOSTS[0], attack(random, moment, attacker)),
        None => {
            let host = words::any(&HOSTS, random);
            (host, every_day(random, moment, host))
        }
    }
}

fn attack(random: &mut Rng, moment: &Moment, attacker: u8) -> Vec<u8> {
    let mut line = header(random, moment, HOSTS[0]);
    let user = words::any(&GUESSES, random);
    if moment.outlook.is_break_in {
        ink::text(&mut line, "Accepted password for ");
        ink::text(&mut line, WEAK_USER);
    } else {
        let is_known = matches!(user, "root" | WEAK_USER);
        ink::text(
            &mut line,
            if is_known { "Failed password for " } else { "Failed password for invalid user " },
        );
        ink::text(&mut line, user);
    }
    ink::text(&mut line, " from 203.0.113.");
    ink::number(&mut line, u64::from(attacker));
    port(&mut line, random);
    line
}

fn every_day(random: &mut Rng, moment: &Moment, host: &str) -> Vec<u8> {
    let mut line = header(random, moment, host);
    let user = words::skewed(&USERS, random);
    match random.u8(0..100) {
        0..45 => {
            ink::text(&mut line, "Accepted publickey for ");
            ink::text(&mut line, user);
            ink::text(&mut line, " from ");
            ink::inner_address(&mut line, random);
            port(&mut line, random);
        }
        45..75 => {
            ink::text(&mut line, "pam_unix(sshd:session): session closed for user ");
            ink::text(&mut line, user);
        }
        75..88 => {
            ink::text(&mut line, "Connection closed by ");
            ink::inner_address(&mut line, random);
            ink::text(&mut line, " [preauth]");
        }
        _ => {
            ink::text(&mut line, "Failed password for ");
            ink::text(&mut line, user);
            ink::text(&mut line, " from ");
            ink::inner_address(&mut line, random);
            port(&mut line, random);
        }
    }
    line
}

/// `<38>`: facility auth, severity informational.
fn header(random: &mut Rng, moment: &Moment, host: &str) -> Vec<u8> {
    let mut line = Vec::with_capacity(160);
    ink::text(&mut line, "<38>");
    ink::syslog_time(&mut line, moment.time);
    line.push(b' ');
    ink::text(&mut line, host);
    ink::text(&mut line, " sshd[");
    ink::number(&mut line, random.u64(1200..32_000));
    ink::text(&mut line, "]: ");
    line
}

fn port(line: &mut Vec<u8>, random: &mut Rng) {
    ink::text(line, " port ");
    ink::number(line, random.u64(32_768..61_000));
    ink::text(line, " ssh2");
}
