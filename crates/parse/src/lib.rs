//! Raw bytes to events: what does this line say, and in which format does it say it?
//!
//! [`parse`] takes the bytes of one record and fills one [`Event`]. It has no clock, no files and no state:
//! the same bytes and [`Hints`] always give the same event. It never fails and never drops: what is not
//! understood is kept as the message of a plain event, and [`Event::error`] says what was wrong.
//!
//! Formats are told apart by content, one file a format. Text is borrowed from the record; what must be
//! rewritten (escapes, dotted names) goes to the arena.

mod access;
mod cursor;
mod decode;
mod fields;
mod json;
mod kv;
mod level;
mod note;
mod plain;
mod syslog;
mod text;
mod time;

#[cfg(test)]
mod tests;

use bumpalo::Bump;
use girok_event::{Event, Timestamp, limits};

use crate::note::note;

/// What is known about the bytes besides the bytes themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints {
    /// What the sender said the bytes are.
    pub content: Content,
    /// When the record arrived: the yardstick for years that a line leaves out and for times in the future.
    pub received: Timestamp,
    /// Seconds east of UTC of the times that name no zone.
    pub zone_offset_seconds: i32,
}

/// What the sender said the bytes are. It narrows what is looked for and never causes a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Content {
    /// Nothing was said: every format is tried.
    #[default]
    Auto,
    /// A JSON object, else plain text.
    Json,
    /// Syslog first, where a priority alone is head enough; then as [`Content::Auto`].
    Syslog,
    /// Lines of text: every format but JSON.
    Text,
}

impl Content {
    /// The meaning of the record header [`girok_event::headers::CONTENT`]; unknown words say nothing.
    pub fn from_header(value: &[u8]) -> Self {
        match value {
            b"json" => Content::Json,
            b"syslog" => Content::Syslog,
            b"text" => Content::Text,
            _ => Content::Auto,
        }
    }
}

/// What every format's parser is given: where to put text, and the hints.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a, 'h> {
    pub(crate) arena: &'a Bump,
    pub(crate) hints: &'h Hints,
}

impl Context<'_, '_> {
    /// Whether an event that has just arrived may have happened at `time`.
    pub(crate) fn believes(&self, time: Timestamp) -> bool {
        time.0 <= self.hints.received.0.saturating_add(limits::FUTURE_TIME_MAX_NANOS)
    }
}

/// Reads one record into `event`, which is emptied first.
pub fn parse<'a>(raw: &'a [u8], hints: &Hints, arena: &'a Bump, event: &mut Event<'a>) {
    event.clear();
    let context = Context { arena, hints };
    let decoded = decode::decode(raw, arena);
    read_text(decoded.text, context, event);
    if let Some(position) = decoded.invalid_at {
        event.raw = decoded.escaped;
        note(event, arena, format_args!("invalid UTF-8 at byte {position}"));
    }
    drop_incredible_time(context, event);
}

/// Tries the formats from the most to the least certain; the last one takes everything.
fn read_text<'a>(text: &'a str, context: Context<'a, '_>, event: &mut Event<'a>) {
    let content = context.hints.content;
    let may_be_json = content != Content::Text && json::begins_like_object(text);
    if may_be_json && json::read(text, context, event) {
        return;
    }
    let known = !may_be_json
        && content != Content::Json
        && (syslog::read(text, context, event)
            || access::read(text, context, event)
            || kv::read(text, context, event));
    if !known {
        plain::read(text, context, event);
    }
}

/// An event from the far future would hide every later one behind it, so its time is not believed.
fn drop_incredible_time<'a>(context: Context<'a, '_>, event: &mut Event<'a>) {
    let Some(time) = event.time.filter(|time| !context.believes(*time)) else { return };
    event.time = None;
    note(event, context.arena, format_args!("time {time} is more than 24 hours ahead of its arrival"));
}
