//! `key=value` pairs: lines that consist of them (logfmt, firewalls), and pairs inside other text.

mod pairs;

#[cfg(test)]
mod tests;

use girok_event::{Event, Format, Value};

use crate::fields::{Fields, Key};
use crate::kv::pairs::{Pair, Pairs, Style};
use crate::text::joined;
use crate::{Context, time};

/// Fewer pairs may stand in any text by chance.
const PAIRS_MIN: usize = 2;

/// More pairs than these are not taken out of running text.
const PAIRS_IN_TEXT_MAX: usize = 64;

/// Names of a time, the first that can be read wins.
const TIMES: [&str; 5] = ["field._time", "@timestamp", "timestamp", "time", "ts"];

/// Reads `text` if it consists of pairs for at least three quarters; else says `false` and changes nothing.
pub(crate) fn read<'a>(text: &'a str, context: Context<'a, '_>, event: &mut Event<'a>) -> bool {
    if !has_equals_signs(text) || !consists_of_pairs(text) {
        return false;
    }
    event.format = Format::KeyValue;
    event.message = Some(text);
    set_pairs(Pairs::new(text, Style::Line), context, event);
    take_time(context, event);
    true
}

/// Adds the pairs that stand in `text`, if there are at least two.
pub(crate) fn add_pairs<'a>(text: &'a str, context: Context<'a, '_>, event: &mut Event<'a>) {
    if !has_equals_signs(text) {
        return;
    }
    let mut pairs = Pairs::new(text, Style::Inside);
    if let (Some(first), Some(second)) = (pairs.next(), pairs.next()) {
        set_pairs([first, second].into_iter().chain(pairs).take(PAIRS_IN_TEXT_MAX), context, event);
    }
}

/// Most lines are told at once by having no second `=`.
fn has_equals_signs(text: &str) -> bool {
    memchr::memchr_iter(b'=', text.as_bytes()).nth(PAIRS_MIN - 1).is_some()
}

fn consists_of_pairs(text: &str) -> bool {
    let mut pairs = Pairs::new(text, Style::Line);
    let (mut count, mut covered) = (0, 0);
    while let Some(pair) = pairs.next() {
        count += 1;
        // The space behind a pair belongs to it.
        covered += pair.length + 1;
        if pairs.position().saturating_sub(covered) * 4 > text.len() {
            return false;
        }
    }
    count >= PAIRS_MIN && covered * 4 >= text.len() * 3
}

/// Sets a field for each pair whose name is still free: the message holds the others too.
fn set_pairs<'a>(pairs: impl Iterator<Item = Pair<'a>>, context: Context<'a, '_>, event: &mut Event<'a>) {
    let mut fields = Fields::take(event);
    for pair in pairs {
        let name = match pair.key {
            "message" => "field.message",
            key => fields.name("", Key::Borrowed(key), context.arena),
        };
        fields.set_if_free(name, || pair.value(context.arena));
    }
    fields.finish(event, context.arena);
}

fn take_time<'a>(context: Context<'a, '_>, event: &mut Event<'a>) {
    let named = TIMES.iter().find_map(|name| time::from_value(event.get(name)?, context.hints));
    event.time = named.or_else(|| {
        let (Value::Str(date), Value::Str(clock)) = (event.get("date")?, event.get("time")?) else {
            return None;
        };
        let zone = match event.get("tz") {
            Some(Value::Str(zone)) => zone,
            _ => "",
        };
        time::read_whole(joined(&[date, " ", clock, zone], context.arena), context.hints)
    });
}
