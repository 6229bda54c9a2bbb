//! Messages with places for values: compiled once, written a million times.

use fastrand::Rng;

use super::texts;
use super::values::Request;
use crate::ink;
use crate::words::{self, SERVICES, USERS, WORDS, skewed_index};

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    /// 20 % debug, 70 % info, 8 % warn, 2 % error.
    pub(super) fn draw(random: &mut Rng) -> Self {
        match random.u8(0..100) {
            0..20 => Level::Debug,
            20..90 => Level::Info,
            90..98 => Level::Warn,
            _ => Level::Error,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// Which further fields fit a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A request: status, path, duration, bytes, user.
    Http,
    /// Something that took time.
    Timed,
    /// Something about a user.
    Account,
    /// None.
    Other,
}

/// A message and its place among all.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) kind: Kind,
    pub(super) index: usize,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy)]
enum Piece {
    Text(&'static str),
    Value(Value),
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Identifier,
    Count,
    Millis,
    Percent,
    Bytes,
    InnerAddress,
    OuterAddress,
    Path,
    Status,
    User,
    Word,
    Service,
    Hex,
    Uuid,
}

/// All templates, with a range for each level.
#[derive(Debug)]
pub(super) struct Templates {
    all: Vec<Template>,
    ends: [usize; 4],
}

impl Templates {
    pub(super) fn compile() -> Self {
        let mut all = Vec::new();
        let mut ends = [0; 4];
        for (level, group) in [texts::DEBUG, texts::INFO, texts::WARN, texts::ERROR].into_iter().enumerate() {
            for (kind, text) in group {
                all.push(Template { kind: *kind, index: all.len(), pieces: pieces(text) });
            }
            ends[level] = all.len();
        }
        Templates { all, ends }
    }

    /// A template of `level`, the first ones more often.
    pub(super) fn draw(&self, level: Level, random: &mut Rng) -> &Template {
        let start = if level == Level::Debug { 0 } else { self.ends[level as usize - 1] };
        let count = self.ends[level as usize] - start;
        &self.all[start + skewed_index(count, random)]
    }

    /// Appends the message of the template at `index`.
    pub(super) fn write(&self, index: usize, request: &Request, line: &mut Vec<u8>, random: &mut Rng) {
        for piece in &self.all[index].pieces {
            match piece {
                Piece::Text(text) => ink::text(line, text),
                Piece::Value(value) => value.write(request, line, random),
            }
        }
    }
}

impl Value {
    fn of_name(name: &str) -> Self {
        match name {
            "id" => Value::Identifier,
            "n" => Value::Count,
            "ms" => Value::Millis,
            "pct" => Value::Percent,
            "bytes" => Value::Bytes,
            "ip" => Value::InnerAddress,
            "client" => Value::OuterAddress,
            "path" => Value::Path,
            "status" => Value::Status,
            "user" => Value::User,
            "word" => Value::Word,
            "service" => Value::Service,
            "hex" => Value::Hex,
            "uuid" => Value::Uuid,
            other => unreachable!("`{{{other}}}` in a template is no value"),
        }
    }

    fn write(self, request: &Request, line: &mut Vec<u8>, random: &mut Rng) {
        match self {
            Value::Identifier => ink::number(line, random.u64(100_000..10_000_000)),
            Value::Count => ink::number(line, random.u64(1..240)),
            Value::Millis => ink::number(line, request.duration_micros / 1000),
            Value::Percent => ink::number(line, random.u64(1..100)),
            Value::Bytes => ink::number(line, request.bytes),
            Value::InnerAddress => ink::inner_address(line, random),
            Value::OuterAddress => ink::outer_address(line, random),
            Value::Path => ink::text(line, request.path),
            Value::Status => ink::number(line, u64::from(request.status)),
            Value::User => ink::text(line, words::skewed(&USERS, random)),
            Value::Word => ink::text(line, words::any(&WORDS, random)),
            Value::Service => ink::text(line, words::skewed(&SERVICES, random)),
            Value::Hex => ink::hex(line, random, 12),
            Value::Uuid => write_uuid(line, random),
        }
    }
}

fn write_uuid(line: &mut Vec<u8>, random: &mut Rng) {
    for (place, count) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if place > 0 {
            line.push(b'-');
        }
        ink::hex(line, random, count);
    }
}

/// Splits `loaded {n} rows` into text and values.
fn pieces(text: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').expect("each `{` of a template is closed");
        pieces.extend([Piece::Text(before), Piece::Value(Value::of_name(name))]);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}
