//! Access logs of web servers: the common and the combined format, with or without a virtual host.
//!
//! `192.0.2.1 - alice [23/Nov/2026:07:46:17 +0000] "GET / HTTP/1.1" 200 512 "https://example.com/" "curl/8"`
//!
//! The whole line is the message. What stands behind the known parts stays in the message only.

#[cfg(test)]
mod tests;

use bumpalo::Bump;
use bumpalo::collections::String;
use girok_event::{Event, Format, Value};

use crate::time::{self, Place, Stamp};
use crate::{Context, text};

/// How far into the line the time may begin.
const TIME_WITHIN: usize = 512;

/// Reads `text` as one access record; says `false` and changes nothing where it is none.
pub(crate) fn read<'a>(text: &'a str, context: Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let Some(record) = split(text, context) else { return false };
    event.format = Format::Access;
    event.message = Some(text);
    event.time = Some(record.stamp.time);
    set_caller(record.caller, event);
    set_request(unescaped(record.request, context.arena), event);
    set(event, "http.response.status_code", record.status.parse().ok().map(Value::Int));
    set(event, "http.response.body.bytes", record.size.parse().ok().map(Value::Int));
    for (name, quoted) in [("http.request.referrer", record.referrer), ("user_agent.original", record.agent)]
    {
        set(event, name, present(unescaped(quoted, context.arena)).map(Value::Str));
    }
    true
}

/// The parts of the line as they stand there.
struct Record<'a> {
    caller: &'a str,
    stamp: Stamp,
    request: &'a str,
    status: &'a str,
    size: &'a str,
    referrer: &'a str,
    agent: &'a str,
}

fn split<'a>(text: &'a str, context: Context<'_, '_>) -> Option<Record<'a>> {
    let (caller_end, stamp) = find_time(text.as_bytes(), context)?;
    let behind_time = caller_end + 2 + stamp.length;
    let rest = text.get(behind_time..)?.strip_prefix("] ")?;
    let (request, rest) = quoted(rest)?;
    let (status, rest) = word(rest.strip_prefix(' ')?);
    let is_status = status == "-" || status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    let (size, rest) = word(rest.trim_start_matches(' '));
    let (referrer, rest) = quoted(rest.trim_start_matches(' ')).unwrap_or(("", ""));
    let (agent, _) = quoted(rest.trim_start_matches(' ')).unwrap_or(("", ""));
    let caller = &text[..caller_end];
    is_status.then_some(Record { caller, stamp, request, status, size, referrer, agent })
}

/// Finds ` [23/Nov/2026:07:46:17 +0000` and says where the space is.
fn find_time(bytes: &[u8], context: Context<'_, '_>) -> Option<(usize, Stamp)> {
    let beginning = &bytes[..bytes.len().min(TIME_WITHIN)];
    let bracket = memchr::memchr_iter(b'[', beginning)
        .find(|at| bytes.get(at + 3) == Some(&b'/') && bytes.get(at + 7) == Some(&b'/'))?;
    let space = bracket.checked_sub(1).filter(|before| bytes[*before] == b' ')?;
    let stamp = time::read(&bytes[bracket + 1..], Place::Inside, context.hints)?;
    Some((space, stamp))
}

/// Client, identity and user, with a virtual host before them where there are four words.
fn set_caller<'a>(caller: &'a str, event: &mut Event<'a>) {
    let (first, rest) = word(caller);
    let (second, behind_second) = word(rest.trim_start());
    let is_client_second =
        memchr::memchr(b' ', behind_second.trim_start().as_bytes()).is_some() && is_ip(second);
    let (client, user) = if is_client_second {
        set(event, "url.domain", present(without_port(first)).map(Value::Str));
        (second, word(behind_second.trim_start()).1)
    } else {
        (first, behind_second)
    };
    let client_name = if is_ip(client) { "source.ip" } else { "source.domain" };
    set(event, client_name, present(client).map(Value::Str));
    set(event, "user.name", present(user.trim()).map(Value::Str));
}

/// Method, target and version. What a scanner sent instead of a request stays in the message only.
fn set_request<'a>(request: &'a str, event: &mut Event<'a>) {
    let (method, rest) = word(request);
    let target = rest.trim_start();
    let is_method = (3..=20).contains(&method.len()) && method.bytes().all(|b| b.is_ascii_uppercase());
    if !is_method || target.is_empty() {
        return;
    }
    let (target, version) = match target.rsplit_once(" HTTP/") {
        Some((target, version)) => (target, Some(version)),
        None => (target, None),
    };
    set(event, "http.request.method", Some(Value::Str(method)));
    set(event, "url.original", Some(Value::Str(target)));
    set(event, "http.version", version.map(Value::Str));
}

fn set<'a>(event: &mut Event<'a>, name: &'a str, value: Option<Value<'a>>) {
    event.fields.extend(value.map(|value| (name, value)));
}

/// A value, unless it is empty or the `-` that stands for nothing.
fn present(value: &str) -> Option<&str> {
    (!value.is_empty() && value != "-").then_some(value)
}

fn without_port(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn is_ip(word: &str) -> bool {
    let may_be = word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'.' || byte == b':');
    may_be && word.parse::<std::net::IpAddr>().is_ok()
}

/// The first word and what follows it, the space included.
fn word(text: &str) -> (&str, &str) {
    text.split_at(memchr::memchr(b' ', text.as_bytes()).unwrap_or(text.len()))
}

/// The inside of the quotes that `text` begins with, and what follows them. `\"` does not end them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('"')?;
    let end = text::quote_end(inside.as_bytes())?;
    Some((&inside[..end], &inside[end + 1..]))
}

/// `inside` with `\"` and `\\` written out; other escapes mean bytes that are no text and stay.
fn unescaped<'a>(inside: &'a str, arena: &'a Bump) -> &'a str {
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return inside;
    }
    let mut text = String::with_capacity_in(inside.len(), arena);
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let skipped = usize::from(rest[at + 1..].starts_with(['"', '\\']));
        let end = (at + 1 + skipped).min(rest.len());
        text.push_str(&rest[at + skipped..end]);
        rest = &rest[end..];
    }
    text.push_str(rest);
    text.into_bump_str()
}
