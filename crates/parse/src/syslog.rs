//! Syslog: what does the header say, and where does the message begin?
//!
//! The header becomes fields and [`Event::head`], the rest the message, so that head and message are the
//! line. A JSON object as message is read too; then the event is a JSON event with the line in `raw`.

mod priority;
mod rfc3164;
mod rfc5424;
mod structured;

#[cfg(test)]
mod tests;

use girok_event::{Event, Format, Timestamp, Value, alias};

use crate::syslog::priority::Priority;
use crate::{Content, Context, json, kv, level};

/// Stands before JSON in a message by the convention of the Common Event Expression.
const CEE_COOKIE: &str = "@cee:";

/// What a header says.
#[derive(Default)]
struct Head<'a> {
    /// Its length in bytes, the space before the message included.
    length: usize,
    priority: Option<Priority>,
    time: Option<Timestamp>,
    host: Option<&'a str>,
    process: Option<&'a str>,
    process_id: Option<&'a str>,
    message_id: Option<&'a str>,
    /// Structured data as it stands in the header.
    structured: Option<&'a str>,
    /// Structured data that breaks off: where.
    broken_at: Option<usize>,
}

/// Reads `text` as syslog; says `false` and changes nothing where it is none.
pub(crate) fn read<'a>(text: &'a str, context: Context<'a, '_>, event: &mut Event<'a>) -> bool {
    if !may_begin_header(text) {
        return false;
    }
    let Some(head) = read_head(text, context) else { return false };
    let message = &text[head.length..];
    if !read_json(message, context, event) {
        event.format = Format::Syslog;
        event.message = Some(message);
    } else {
        event.raw = Some(text);
    }
    event.head = Some(&text[..head.length]);
    event.time = event.time.or(head.time);
    set_fields(&head, message, context, event);
    if event.format == Format::Syslog {
        kv::add_pairs(message, context, event);
    }
    true
}

/// A header begins with a priority, a month or a year.
fn may_begin_header(text: &str) -> bool {
    matches!(
        text.as_bytes(),
        [b'<', b'0'..=b'9', ..]
            | [b'A'..=b'Z', b'a'..=b'z', _, b' ', ..]
            | [b'1' | b'2', b'0'..=b'9', _, _, b'-', ..]
    )
}

fn read_head<'a>(text: &'a str, context: Context<'_, '_>) -> Option<Head<'a>> {
    let Some((priority, length)) = priority::read(text.as_bytes()) else {
        return rfc3164::read_without_priority(text, context);
    };
    let rest = &text[length..];
    let is_said = context.hints.content == Content::Syslog;
    let mut head = rfc5424::read(rest, context)
        .or_else(|| rfc3164::read(rest, context))
        .or_else(|| is_said.then(Head::default))?;
    head.length += length;
    head.broken_at = head.broken_at.map(|at| at + length);
    head.priority = Some(priority);
    Some(head)
}

fn read_json<'a>(message: &'a str, context: Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let candidate = message.strip_prefix(CEE_COOKIE).unwrap_or(message);
    if context.hints.content == Content::Text || !json::begins_like_object(candidate) {
        return false;
    }
    let is_json = json::read(candidate, context, event);
    if !is_json {
        // Text in braces is a good message; only a line that is meant to be JSON can be broken JSON.
        event.error = None;
    }
    is_json
}

/// Adds what the header says, except where the message itself says it.
fn set_fields<'a>(head: &Head<'a>, message: &'a str, context: Context<'a, '_>, event: &mut Event<'a>) {
    let own = event.fields.len();
    let mut add = |name: &'a str, value: Option<Value<'a>>| {
        let Some(value) = value else { return };
        if !event.fields[..own].iter().any(|(field, _)| *field == name) {
            event.fields.push((name, value));
        }
    };
    add("host.name", head.host.map(Value::Str));
    add("process.name", head.process.map(Value::Str));
    if let Some(id) = head.process_id {
        match id.parse() {
            Ok(number) => add("process.pid", Some(Value::Int(number))),
            Err(_) => add("log.syslog.procid", Some(Value::Str(id))),
        }
    }
    add("log.syslog.msgid", head.message_id.map(Value::Str));
    add("event.code", rfc3164::mnemonic(message).map(Value::Str));
    add("log.syslog.facility.name", head.priority.map(|priority| Value::Str(priority.facility())));
    add("log.syslog.severity.name", head.priority.map(|priority| Value::Str(priority.severity())));
    set_level(head, message, event);
    structured::set_fields(head, context, event);
}

/// The level is the message's own, else that of the priority, else the first word of the message.
fn set_level<'a>(head: &Head<'a>, message: &str, event: &mut Event<'a>) {
    let is_known = event.format == Format::Json
        && event.fields.iter().any(|(name, _)| alias::level_names().contains(name));
    if is_known {
        return;
    }
    let found = match head.priority {
        Some(priority) => level::normal(priority.severity().as_bytes()),
        None => level::at_start(message),
    };
    event.fields.extend(found.map(|level| ("log.level", Value::Str(level))));
}
