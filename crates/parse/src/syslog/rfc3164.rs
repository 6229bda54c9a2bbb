//! The old syslog header as it is found in the wild: `Jun 14 15:16:01 host app[123]: `.
//!
//! Each part may be absent: the year and the host, the process and its number. Routers add a sequence
//! number before the time and a colon behind it; rsyslog may write the time as RFC 3339.

use super::Head;
use crate::cursor::digit_count;
use crate::time::{self, Place, Stamp};
use crate::{Content, Context, level};

/// Longer words are no name of a process.
const PROCESS_BYTES_MAX: usize = 64;

/// Messages that syslog daemons write without naming a process.
const DAEMON_MESSAGES: [&str; 3] = ["last message repeated", "--- last message repeated", "-- MARK --"];

/// Reads what stands behind a priority: a time or a process must follow.
pub(super) fn read<'a>(rest: &'a str, context: Context<'_, '_>) -> Option<Head<'a>> {
    let before_time = sequence_number_length(rest.as_bytes());
    match time::read(&rest.as_bytes()[before_time..], Place::Inside, context.hints) {
        Some(Stamp { time, length }) => {
            let mut head = Head { time: Some(time), ..Head::default() };
            read_behind_time(rest, before_time + length, &mut head)?;
            Some(head)
        }
        None => {
            let (process, length) = process(rest)?;
            Some(Head { length, ..process })
        }
    }
}

/// Reads a line of a log file. Only with a host and a process is it certain that it is syslog.
pub(super) fn read_without_priority<'a>(text: &'a str, context: Context<'_, '_>) -> Option<Head<'a>> {
    let Stamp { time, length } = time::read(text.as_bytes(), Place::Inside, context.hints)?;
    let is_iso = text.as_bytes()[0].is_ascii_digit();
    if is_iso && text.as_bytes()[10] != b'T' {
        return None;
    }
    let mut head = Head { time: Some(time), ..Head::default() };
    read_behind_time(text, length, &mut head)?;
    let message = &text[head.length..];
    let has_host = head.host.is_some_and(|host| level::normal(host.as_bytes()).is_none());
    let is_certain = head.process.is_some()
        || mnemonic(message).is_some()
        || DAEMON_MESSAGES.iter().any(|known| message.starts_with(known))
        || context.hints.content == Content::Syslog;
    (has_host && is_certain || mnemonic(message).is_some()).then_some(head)
}

/// The code of a router's message: `SYS-5-CONFIG_I` in `%SYS-5-CONFIG_I: Configured from console`.
pub(super) fn mnemonic(message: &str) -> Option<&str> {
    let code = message.strip_prefix('%')?;
    let end = memchr::memchr2(b':', b' ', code.as_bytes()).filter(|end| code.as_bytes()[*end] == b':')?;
    code[..end].contains('-').then(|| &code[..end])
}

/// Reads host and process behind the time that ends at `at`.
fn read_behind_time<'a>(text: &'a str, at: usize, head: &mut Head<'a>) -> Option<()> {
    let bytes = text.as_bytes();
    let at = at + usize::from(bytes.get(at) == Some(&b':'));
    if at == bytes.len() {
        head.length = at;
        return Some(());
    }
    if bytes[at] != b' ' {
        return None;
    }
    head.length = at + 1;
    if let Some(host) = host(&text[at + 1..]) {
        head.host = Some(host);
        head.length += host.len();
        head.length += separator_length(&text[head.length..]);
    }
    let behind_host = &text[head.length..];
    if mnemonic(behind_host).is_some() {
        return Some(());
    }
    if let Some((found, length)) = process(behind_host) {
        head.length += length;
        head.process = found.process;
        head.process_id = found.process_id;
    }
    Some(())
}

/// The space behind a host, or the ` : ` of firewalls.
fn separator_length(rest: &str) -> usize {
    [" : ", " "].iter().find(|separator| rest.starts_with(**separator)).map_or(0, |separator| separator.len())
}

/// The first word, if it is a name or an address and not already a process (`app:`, `app[1]:`).
fn host(rest: &str) -> Option<&str> {
    let end = memchr::memchr(b' ', rest.as_bytes()).unwrap_or(rest.len());
    let host = &rest[..end];
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/@%".contains(&byte) || !byte.is_ascii();
    let is_host = !host.is_empty() && !host.ends_with(':') && host.bytes().all(allowed);
    is_host.then_some(host)
}

/// Reads `app[123]: `, `app: `, `sshd(pam_unix)[123]: ` or `syslogd 1.4.1: ` and says how long it is.
fn process(rest: &str) -> Option<(Head<'_>, usize)> {
    let bytes = rest.as_bytes();
    let beginning = &bytes[..bytes.len().min(PROCESS_BYTES_MAX)];
    let end = beginning.iter().position(|byte| matches!(byte, b'[' | b':' | b' '))?;
    let name = rest[..end].split('(').next().filter(|name| !name.is_empty())?;
    let (process_id, colon) = match bytes[end] {
        b'[' => {
            let inside = memchr::memchr(b']', &beginning[end..])?;
            let behind = end + inside + 1;
            (Some(&rest[end + 1..end + inside]), behind + detail_length(&bytes[behind..]))
        }
        b':' => (None, end),
        _ => return spaced_process(rest, end),
    };
    let length = colon_length(bytes, colon)?;
    Some((Head { process: Some(name), process_id, ..Head::default() }, length))
}

/// The length of ` (com.example.service)`, which launchd writes between the number and the colon.
fn detail_length(behind: &[u8]) -> usize {
    let Some(inside) = behind.strip_prefix(b" (") else { return 0 };
    match memchr::memchr2(b')', b' ', inside) {
        Some(end) if inside[end] == b')' => end + 3,
        _ => 0,
    }
}

/// Names with a space: a version behind it (`syslogd 1.4.1:`), or a number in brackets (`Some App[12]:`).
fn spaced_process(rest: &str, first_end: usize) -> Option<(Head<'_>, usize)> {
    let bytes = rest.as_bytes();
    let beginning = &bytes[..bytes.len().min(PROCESS_BYTES_MAX)];
    let end =
        first_end + 1 + beginning[first_end + 1..].iter().position(|byte| matches!(byte, b'[' | b':'))?;
    if bytes[end] == b':' {
        let second = &bytes[first_end + 1..end];
        let is_version = second.first().is_some_and(u8::is_ascii_digit) && !second.contains(&b' ');
        let length = is_version.then(|| colon_length(bytes, end)).flatten()?;
        return Some((Head { process: Some(&rest[..first_end]), ..Head::default() }, length));
    }
    let digits = digit_count(&bytes[end + 1..]);
    let is_name = bytes[..end].iter().all(|byte| byte.is_ascii_alphanumeric() || b" .-_".contains(byte));
    if digits == 0 || !is_name || bytes.get(end + 1 + digits) != Some(&b']') {
        return None;
    }
    let length = colon_length(bytes, end + digits + 2)?;
    let process_id = Some(&rest[end + 1..end + 1 + digits]);
    Some((Head { process: Some(&rest[..end]), process_id, ..Head::default() }, length))
}

/// Where the message begins, given the place of the colon before it; the colon must end a word.
fn colon_length(bytes: &[u8], colon: usize) -> Option<usize> {
    match bytes.get(colon..)? {
        [b':', b' ', ..] => Some(colon + 2),
        [b':'] => Some(colon + 1),
        _ => None,
    }
}

/// The length of `45: ` and of the mark of an unsure clock before a router's time.
fn sequence_number_length(bytes: &[u8]) -> usize {
    let count = digit_count(bytes);
    let number = if count > 0 && bytes[count..].starts_with(b": ") { count + 2 } else { 0 };
    number + usize::from(matches!(bytes.get(number), Some(b'*' | b'.')))
}
