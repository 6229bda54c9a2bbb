//! The header of RFC 5424: `1 2026-11-23T07:46:17Z host app 123 ID47 [sd@1 a="b"] `.

use super::{Head, structured};
use crate::Context;
use crate::decode::without_mark;
use crate::time::{self, Place};

/// Reads what stands behind the priority.
pub(super) fn read<'a>(rest: &'a str, context: Context<'_, '_>) -> Option<Head<'a>> {
    let behind_version = rest.strip_prefix("1 ")?;
    let mut words = Words { rest: behind_version };
    let time_word = words.next()?;
    let time = match time_word {
        "-" => None,
        word => {
            let stamp = time::read(word.as_bytes(), Place::Inside, context.hints)?;
            Some((stamp.length == word.len()).then_some(stamp.time)?)
        }
    };
    let [host, process, process_id, message_id] =
        [words.next()?, words.next()?, words.next()?, words.next()?];
    let data = words.rest;
    let (structured, broken_at) = match structured::length(data) {
        Ok(length) => (length, None),
        Err(at) => (0, Some(rest.len() - data.len() + at)),
    };
    let behind_data = &data[structured..];
    let message = without_mark(behind_data.strip_prefix(' ').unwrap_or(behind_data));
    Some(Head {
        length: rest.len() - message.len(),
        time,
        host: present(host),
        process: present(process),
        process_id: present(process_id),
        message_id: present(message_id),
        structured: present(&data[..structured]),
        broken_at,
        ..Head::default()
    })
}

/// A value, unless it is the `-` that stands for nothing.
fn present(word: &str) -> Option<&str> {
    (!word.is_empty() && word != "-").then_some(word)
}

/// The words of the header; each but the last is followed by one space.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let end = memchr::memchr(b' ', self.rest.as_bytes()).unwrap_or(self.rest.len());
        let (word, behind) = self.rest.split_at(end);
        self.rest = behind.strip_prefix(' ').unwrap_or(behind);
        (!word.is_empty()).then_some(word)
    }
}
