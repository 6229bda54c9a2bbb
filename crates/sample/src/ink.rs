//! How are numbers, times and addresses written into a line, quickly?

use std::io::Write;

use fastrand::Rng;
use girok_event::Timestamp;

const HEX: &[u8; 16] = b"0123456789abcdef";

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Appends text.
pub(crate) fn text(line: &mut Vec<u8>, text: &str) {
    line.extend_from_slice(text.as_bytes());
}

/// Appends a whole number.
pub(crate) fn number(line: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    line.extend_from_slice(&digits[start..]);
}

/// Appends a number with zeros before it.
pub(crate) fn padded(line: &mut Vec<u8>, number: u64, width: usize) {
    let start = line.len();
    line.resize(start + width, b'0');
    let mut rest = number;
    for place in line[start..].iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

/// Appends thousandths as a decimal: 48210 is `48.21`.
pub(crate) fn thousandths(line: &mut Vec<u8>, value: u64) {
    number(line, value / 1000);
    line.push(b'.');
    padded(line, value % 1000 / 10, 2);
}

/// Appends random hexadecimal digits.
pub(crate) fn hex(line: &mut Vec<u8>, random: &mut Rng, count: usize) {
    let mut bits = random.u64(..);
    for place in 0..count {
        if place % 16 == 0 && place > 0 {
            bits = random.u64(..);
        }
        line.push(HEX[(bits & 15) as usize]);
        bits >>= 4;
    }
}

/// Appends an address of 10.0.0.0/8.
pub(crate) fn inner_address(line: &mut Vec<u8>, random: &mut Rng) {
    let bits = random.u32(..);
    text(line, "10.");
    number(line, u64::from(bits & 7));
    line.push(b'.');
    number(line, u64::from(bits >> 8 & 31));
    line.push(b'.');
    number(line, u64::from(bits >> 16 & 255));
}

/// Appends an address of the three ranges for documentation.
pub(crate) fn outer_address(line: &mut Vec<u8>, random: &mut Rng) {
    const NETS: [&str; 3] = ["192.0.2.", "198.51.100.", "203.0.113."];
    text(line, NETS[random.usize(..NETS.len())]);
    number(line, random.u64(1..255));
}

/// Writes times; the part down to the second is kept from one line to the next.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    second: Option<i64>,
    written: Vec<u8>,
}

impl Calendar {
    /// Appends RFC 3339 in UTC with `digits` digits of the second: 0, 3 or 6.
    pub(crate) fn rfc3339(&mut self, line: &mut Vec<u8>, nanos: i64, digits: usize) {
        let second = nanos.div_euclid(1_000_000_000);
        if self.second != Some(second) {
            self.second = Some(second);
            self.written.clear();
            date_and_clock(&mut self.written, nanos, 'T');
        }
        line.extend_from_slice(&self.written);
        if digits > 0 {
            line.push(b'.');
            padded(line, nanos.rem_euclid(1_000_000_000) as u64 / 10u64.pow(9 - digits as u32), digits);
        }
        line.push(b'Z');
    }
}

/// Appends `2026-11-23 07:46:17` with `between` date and clock.
pub(crate) fn date_and_clock(line: &mut Vec<u8>, nanos: i64, between: char) {
    let civil = Timestamp(nanos).to_civil();
    let (year, month, day) = (civil.year, civil.month, civil.day);
    write!(line, "{year:04}-{month:02}-{day:02}{between}").expect("writing to memory does not fail");
    clock(line, nanos);
}

/// Appends `23/Nov/2026:07:46:17 +0000`.
pub(crate) fn access_time(line: &mut Vec<u8>, nanos: i64) {
    let civil = Timestamp(nanos).to_civil();
    let (day, month, year) = (civil.day, MONTHS[usize::from(civil.month - 1)], civil.year);
    write!(line, "{day:02}/{month}/{year:04}:").expect("writing to memory does not fail");
    clock(line, nanos);
    text(line, " +0000");
}

/// Appends `Nov 23 07:46:17`.
pub(crate) fn syslog_time(line: &mut Vec<u8>, nanos: i64) {
    let civil = Timestamp(nanos).to_civil();
    let (month, day) = (MONTHS[usize::from(civil.month - 1)], civil.day);
    write!(line, "{month} {day:2} ").expect("writing to memory does not fail");
    clock(line, nanos);
}

fn clock(line: &mut Vec<u8>, nanos: i64) {
    let civil = Timestamp(nanos).to_civil();
    let (hour, minute, second) = (civil.hour, civil.minute, civil.second);
    write!(line, "{hour:02}:{minute:02}:{second:02}").expect("writing to memory does not fail");
}
