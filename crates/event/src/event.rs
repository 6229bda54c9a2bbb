//! One log record after parsing.

use crate::Timestamp;

/// A typed value of a field. Arrays and values too deep to flatten are JSON text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(&'a str),
}

/// A field of an event; nested objects have dotted names.
pub type Field<'a> = (&'a str, Value<'a>);

/// How an event's bytes were understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Nothing recognised: the whole line is the message.
    #[default]
    Plain,
    /// A JSON object.
    Json,
    /// RFC 3164 or RFC 5424.
    Syslog,
    /// Combined or common access log.
    Access,
    /// `key=value` pairs (logfmt).
    KeyValue,
}

impl Format {
    /// The text that stands in the `_format` column.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Plain => "plain",
            Format::Json => "json",
            Format::Syslog => "syslog",
            Format::Access => "access",
            Format::KeyValue => "kv",
        }
    }
}

/// One parsed event. Text borrows from the record or from the parser's arena.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event<'a> {
    /// When it happened, if it says so.
    pub time: Option<Timestamp>,
    /// How it was understood.
    pub format: Format,
    /// The text that stood before `message` in the line, where a header was taken off.
    pub head: Option<&'a str>,
    /// The human part of the event.
    pub message: Option<&'a str>,
    /// The bytes as text, where the other parts cannot give them back.
    pub raw: Option<&'a str>,
    /// What went wrong or was changed.
    pub error: Option<&'a str>,
    /// All other fields, in the order in which they came; names are unique.
    pub fields: Vec<Field<'a>>,
}

impl<'a> Event<'a> {
    /// Empties the event and keeps its memory.
    pub fn clear(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        *self = Event { fields, ..Event::default() };
    }

    /// The value of the field called `name`.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value)
    }
}
