//! One JSON line after another: the corpus that girok is measured on.

mod template;
mod texts;
mod values;

#[cfg(test)]
mod tests;

use fastrand::Rng;

use crate::corpus::template::{Kind, Level, Templates};
use crate::corpus::values::Request;
use crate::ink::{self, Calendar};
use crate::words::{self, REGIONS, SERVICES, skewed_index};

/// How many hosts there are.
const HOSTS: usize = 50;

/// One line in so many begins a trace that more lines share.
const SHARED_TRACE_ONE_IN: u32 = 24;

/// One error in so many carries a stack.
const STACK_ONE_IN_ERRORS: u32 = 4;

/// One other line in so many carries a stack.
const STACK_ONE_IN_OTHERS: u32 = 200;

/// A generator of JSON lines, each about 300 bytes. The same arguments give the same bytes on any machine.
///
/// `start` is in nanoseconds since the epoch, UTC; lines follow each other at `events_per_second`.
pub fn corpus(seed: u64, start: i64, events_per_second: f64) -> Corpus {
    let rate = events_per_second.clamp(0.001, 1e9);
    Corpus {
        random: Rng::with_seed(seed),
        templates: Templates::compile(),
        calendar: Calendar::default(),
        time: start,
        nanos_per_event: (1e9 / rate) as u64,
        trace: SharedTrace { id: Vec::with_capacity(32), lines_left: 0 },
    }
}

/// See [`corpus()`].
#[derive(Debug)]
pub struct Corpus {
    random: Rng,
    templates: Templates,
    calendar: Calendar,
    time: i64,
    nanos_per_event: u64,
    trace: SharedTrace,
}

/// A trace id that several lines carry.
#[derive(Debug)]
struct SharedTrace {
    id: Vec<u8>,
    lines_left: u8,
}

impl Corpus {
    /// The time of the next line, nanoseconds since the epoch.
    pub fn time(&self) -> i64 {
        self.time
    }

    /// Appends the next line to `buffer`, a line feed at its end.
    pub fn write_line(&mut self, buffer: &mut Vec<u8>) {
        let level = Level::draw(&mut self.random);
        let template = self.templates.draw(level, &mut self.random);
        let (kind, index) = (template.kind, template.index);
        let service = skewed_index(SERVICES.len(), &mut self.random);
        let request = Request::draw(level, &mut self.random);
        self.write_origin(buffer, level, service);
        ink::text(buffer, "\",\"message\":\"");
        self.templates.write(index, &request, buffer, &mut self.random);
        if self.carries_stack(level) {
            values::write_stack(buffer, SERVICES[service], &mut self.random);
        }
        ink::text(buffer, "\",\"trace_id\":\"");
        self.write_trace(buffer);
        buffer.push(b'"');
        self.write_extras(buffer, kind, &request);
        ink::text(buffer, "}\n");
        self.advance();
    }

    fn carries_stack(&mut self, level: Level) -> bool {
        let one_in = if level == Level::Error { STACK_ONE_IN_ERRORS } else { STACK_ONE_IN_OTHERS };
        self.random.u32(0..one_in) == 0
    }

    fn write_origin(&mut self, buffer: &mut Vec<u8>, level: Level, service: usize) {
        ink::text(buffer, "{\"@timestamp\":\"");
        let digits = if service.is_multiple_of(3) { 6 } else { 3 };
        self.calendar.rfc3339(buffer, self.time, digits);
        ink::text(buffer, "\",\"level\":\"");
        ink::text(buffer, level.as_str());
        ink::text(buffer, "\",\"service\":\"");
        ink::text(buffer, SERVICES[service]);
        ink::text(buffer, "\",\"host\":\"node-");
        ink::padded(buffer, skewed_index(HOSTS, &mut self.random) as u64 + 1, 2);
        ink::text(buffer, ".example.com\",\"version\":\"2.");
        ink::number(buffer, service as u64 * 7 % 31);
        ink::text(buffer, ".1\",\"thread\":\"worker-");
        ink::number(buffer, self.random.u64(1..17));
    }

    fn write_trace(&mut self, buffer: &mut Vec<u8>) {
        let bits = self.random.u32(..);
        if self.trace.lines_left > 0 && bits & 1 == 0 {
            self.trace.lines_left -= 1;
            buffer.extend_from_slice(&self.trace.id);
            return;
        }
        let start = buffer.len();
        ink::hex(buffer, &mut self.random, 32);
        if self.trace.lines_left == 0 && (bits >> 1).is_multiple_of(SHARED_TRACE_ONE_IN) {
            self.trace.id.clear();
            self.trace.id.extend_from_slice(&buffer[start..]);
            self.trace.lines_left = self.random.u8(2..10);
        }
    }

    fn write_extras(&mut self, buffer: &mut Vec<u8>, kind: Kind, request: &Request) {
        if kind == Kind::Http {
            ink::text(buffer, ",\"http.status\":");
            ink::number(buffer, u64::from(request.status));
            ink::text(buffer, ",\"http.path\":\"");
            ink::text(buffer, request.path);
            ink::text(buffer, "\",\"bytes\":");
            ink::number(buffer, request.bytes);
        }
        if kind != Kind::Other {
            ink::text(buffer, ",\"duration_ms\":");
            ink::thousandths(buffer, request.duration_micros);
        }
        if kind == Kind::Http || kind == Kind::Account {
            ink::text(buffer, ",\"user_id\":");
            ink::number(buffer, request.user_id);
        }
        ink::text(buffer, ",\"region\":\"");
        ink::text(buffer, words::skewed(&REGIONS, &mut self.random));
        buffer.push(b'"');
    }

    /// Half to one and a half of the mean distance, so that the rate holds without a beat.
    fn advance(&mut self) {
        let mean = self.nanos_per_event;
        self.time += (mean / 2 + self.random.u64(0..=mean)) as i64;
    }
}
