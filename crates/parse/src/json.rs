//! JSON objects: which fields does this document hold?
//!
//! The document is read once, straight into the event. Nested objects become dotted names; arrays and
//! objects below [`limits::FLATTEN_DEPTH_MAX`] stay JSON text without spaces; `null` is no field.

mod roles;
mod visit;

#[cfg(test)]
mod tests;

use bumpalo::Bump;
use girok_event::{Event, Format, Value};

use crate::fields::Fields;
use crate::json::roles::Roles;
use crate::note::note;
use crate::text::printed;
use crate::{Context, time};

/// Whether `text` looks like a JSON object at its first byte that is not a space.
pub(crate) fn begins_like_object(text: &str) -> bool {
    text.as_bytes().iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// Reads `text` as one JSON object. Where it is none, notes why and leaves the event without fields.
pub(crate) fn read<'a>(text: &'a str, context: Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let mut roles = Roles::default();
    let mut fields = Fields::take(event);
    match visit::object(text, context.arena, &mut fields, &mut roles) {
        Ok(()) => {
            event.format = Format::Json;
            let complete = fields.finish(event, context.arena);
            take_roles(&roles, context, event);
            if !complete {
                event.raw = Some(text);
            }
            true
        }
        Err(error) => {
            fields.abandon(event);
            note_broken(text, &error, context.arena, event);
            false
        }
    }
}

/// Moves the fields that are the event's time and message to their places.
fn take_roles<'a>(roles: &Roles, context: Context<'a, '_>, event: &mut Event<'a>) {
    let time = roles.times().find_map(|position| {
        let value = event.fields[position].1;
        time::from_value(value, context.hints).map(|time| (position, time, value))
    });
    let mut spent = None;
    if let Some((position, time, value)) = time {
        event.time = Some(time);
        let restorable = matches!(value, Value::Str(text) if time::is_canonical(text));
        spent = (restorable && context.believes(time)).then_some(position);
    }
    let message = roles.messages().next();
    event.message = message.map(|position| value_text(event.fields[position].1, context.arena));
    let (first, second) = (spent.max(message), spent.min(message));
    for position in [first, second].into_iter().flatten() {
        event.fields.remove(position);
    }
}

/// A message is text whatever its type was.
fn value_text<'a>(value: Value<'a>, arena: &'a Bump) -> &'a str {
    match value {
        Value::Str(text) => text,
        Value::Bool(flag) => printed(format_args!("{flag}"), arena),
        Value::Int(number) => printed(format_args!("{number}"), arena),
        Value::Float(number) => printed(format_args!("{number}"), arena),
    }
}

/// Says what is wrong with the JSON and at which byte.
fn note_broken<'a>(text: &str, error: &serde_json::Error, arena: &'a Bump, event: &mut Event<'a>) {
    let lines_before = error.line().saturating_sub(1);
    let line_start: usize = text.split_inclusive('\n').take(lines_before).map(str::len).sum();
    let position = line_start + error.column();
    let full = error.to_string();
    let reason = full.split(" at line ").next().unwrap_or(&full);
    note(event, arena, format_args!("broken JSON at byte {position}: {reason}"));
}
