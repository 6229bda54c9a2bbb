//! An event as anybody would write it down: the line as it was sent, and what it says.

use std::collections::{HashMap, HashSet};

use bumpalo::Bump;
use girok_event::{Event, Format, Timestamp, Value, columns};

/// When every line arrives: 2024-05-01T12:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_714_564_800_000_000_000);

/// Who sends every line, and through which door.
pub(crate) const SOURCE: &str = "192.0.2.1";
pub(crate) const INPUT: &str = "test";

/// The value of a field in one event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plain {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

/// What all values of a field are together. Int and float meet as float if no int loses digits; everything
/// else meets as text (`docs/format/part.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Float,
    Text,
    Time,
}

impl Kind {
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Kind::Int | Kind::Float)
    }
}

/// One event.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) partition: u32,
    pub(crate) offset: i64,
    pub(crate) line: String,
    pub(crate) time: i64,
    pub(crate) format: Format,
    pub(crate) head: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) raw: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) fields: Vec<(String, Plain)>,
}

/// All events, and what kind each field is over all of them.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) events: Vec<Sent>,
    kinds: HashMap<String, Kind>,
}

impl Sent {
    /// The event that `line` is, in the parser's reading.
    pub(crate) fn read(partition: u32, offset: i64, line: &str) -> Self {
        let (arena, mut event) = (Bump::new(), Event::default());
        girok_parse::parse(line.as_bytes(), &hints(), &arena, &mut event);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Sent {
            partition,
            offset,
            line: line.to_owned(),
            time: event.time.unwrap_or(NOW).0,
            format: event.format,
            head: owned(event.head),
            message: owned(event.message),
            raw: owned(event.raw),
            error: owned(event.error),
            fields: event.fields.iter().map(|(name, value)| ((*name).to_owned(), plain(*value))).collect(),
        }
    }

    /// The value of a field of its own, of the message, or of a system column.
    pub(crate) fn get(&self, name: &str) -> Option<Plain> {
        let text = |text: &Option<String>| text.clone().map(Plain::Text);
        match name {
            columns::MESSAGE => text(&self.message),
            columns::HEAD => text(&self.head),
            columns::RAW => text(&self.raw),
            columns::PARSE_ERROR => text(&self.error),
            columns::FORMAT => Some(Plain::Text(self.format.as_str().into())),
            columns::SOURCE => Some(Plain::Text(SOURCE.into())),
            columns::INPUT => Some(Plain::Text(INPUT.into())),
            columns::PARTITION => Some(Plain::Int(self.partition.into())),
            columns::OFFSET => Some(Plain::Int(self.offset)),
            _ => self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()),
        }
    }
}

/// What the parser is told about every line.
pub(crate) fn hints() -> girok_parse::Hints {
    girok_parse::Hints { content: girok_parse::Content::Auto, received: NOW, zone_offset_seconds: 0 }
}

fn plain(value: Value<'_>) -> Plain {
    match value {
        Value::Bool(flag) => Plain::Bool(flag),
        Value::Int(number) => Plain::Int(number),
        Value::Float(number) => Plain::Float(number),
        Value::Str(text) => Plain::Text(text.to_owned()),
    }
}

impl History {
    pub(crate) fn new(events: Vec<Sent>) -> Self {
        let mut values: HashMap<String, Vec<&Plain>> = HashMap::new();
        for (name, value) in events.iter().flat_map(|event| &event.fields) {
            values.entry(name.clone()).or_default().push(value);
        }
        let kinds = values.into_iter().map(|(name, values)| (name, kind_of_all(&values))).collect();
        History { events, kinds }
    }

    /// The kind of a column; none where no event has it.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        match name {
            columns::TIME | columns::RECEIVED => Some(Kind::Time),
            columns::PARTITION | columns::OFFSET => Some(Kind::Int),
            columns::MESSAGE | columns::FORMAT | columns::SOURCE | columns::INPUT => Some(Kind::Text),
            _ if columns::is_system(name) => None,
            _ => self.kinds.get(name).copied(),
        }
    }

    /// The same where only these fields have a column: the others are text (`docs/query.md`). Nothing if they all have one,
    /// or are text anyway.
    pub(crate) fn with_columns(&self, columns: &HashSet<String>) -> Option<History> {
        let kind = |(name, kind): (&String, &Kind)| {
            (name.clone(), if columns.contains(name) { *kind } else { Kind::Text })
        };
        let kinds: HashMap<String, Kind> = self.kinds.iter().map(kind).collect();
        (kinds != self.kinds).then(|| History { events: self.events.clone(), kinds })
    }

    /// Names of all fields that some event has.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.kinds.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

fn kind_of_all(values: &[&Plain]) -> Kind {
    const EXACT_MAX: u64 = 1 << 53;
    let all = |test: fn(&Plain) -> bool| values.iter().all(|value| test(value));
    let is_number = |value: &Plain| matches!(value, Plain::Int(_) | Plain::Float(_));
    let is_exact = |value: &Plain| !matches!(value, Plain::Int(n) if n.unsigned_abs() > EXACT_MAX);
    match () {
        () if all(|value| matches!(value, Plain::Bool(_))) => Kind::Bool,
        () if all(|value| matches!(value, Plain::Int(_))) => Kind::Int,
        () if all(is_number) && all(is_exact) => Kind::Float,
        () => Kind::Text,
    }
}
