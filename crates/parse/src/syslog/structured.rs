//! Structured data of RFC 5424: `[id@1 name="value" …][other@1 …]`.

use bumpalo::Bump;
use bumpalo::collections::String;
use girok_event::{Event, Value};

use super::Head;
use crate::Context;
use crate::fields::{Fields, Key};
use crate::note::note;
use crate::text::{joined, quote_end};

/// How long the structured data is that `text` begins with; where it breaks off, the byte.
pub(super) fn length(text: &str) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    if bytes.first().is_none_or(|first| *first == b'-') {
        return Ok(bytes.len().min(1));
    }
    let mut at = 0;
    while bytes.get(at) == Some(&b'[') {
        at = element_end(bytes, at + 1)?;
    }
    if at > 0 { Ok(at) } else { Err(0) }
}

/// Where the element ends that begins at `at`: behind its bracket.
fn element_end(bytes: &[u8], mut at: usize) -> Result<usize, usize> {
    loop {
        let found = memchr::memchr2(b'"', b']', &bytes[at..]).ok_or(bytes.len())?;
        at += found + 1;
        if bytes[at - 1] == b']' {
            return Ok(at);
        }
        at += quote_end(&bytes[at..]).ok_or(bytes.len())? + 1;
    }
}

/// Sets `sd.<id>.<name>` for each parameter.
pub(super) fn set_fields<'a>(head: &Head<'a>, context: Context<'a, '_>, event: &mut Event<'a>) {
    if let Some(at) = head.broken_at {
        note(event, context.arena, format_args!("broken structured data at byte {at}"));
    }
    let Some(mut rest) = head.structured else { return };
    let mut fields = Fields::take(event);
    while let Some(element) = rest.strip_prefix('[') {
        let end = element_end(element.as_bytes(), 0).unwrap_or(element.len());
        set_element(&element[..end - 1], context.arena, &mut fields);
        rest = &element[end..];
    }
    fields.finish(event, context.arena);
}

fn set_element<'a>(element: &'a str, arena: &'a Bump, fields: &mut Fields<'a>) {
    let (id, mut rest) = element.split_once(' ').unwrap_or((element, ""));
    let prefix = joined(&["sd.", id], arena);
    while let Some((name, behind)) = rest.split_once("=\"") {
        let Some(end) = quote_end(behind.as_bytes()) else { return };
        let name = fields.name(prefix, Key::Borrowed(name.trim_ascii_start()), arena);
        fields.set(name, Value::Str(unescaped(&behind[..end], arena)));
        rest = &behind[end + 1..];
    }
}

/// A value with `\"`, `\\` and `\]` written out.
fn unescaped<'a>(value: &'a str, arena: &'a Bump) -> &'a str {
    if memchr::memchr(b'\\', value.as_bytes()).is_none() {
        return value;
    }
    let mut text = String::with_capacity_in(value.len(), arena);
    let mut chars = value.chars().peekable();
    while let Some(char) = chars.next() {
        let escaped = chars.next_if(|next| char == '\\' && matches!(next, '"' | '\\' | ']'));
        text.push(escaped.unwrap_or(char));
    }
    text.into_bump_str()
}
