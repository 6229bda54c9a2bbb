//! Random queries about given events: of words that stand in them, nearly stand in them, or do not.

use fastrand::Rng;
use girok_event::Timestamp;
use girok_exec::TimeRange;

use crate::exactness::events::{BIG, FOREIGN, NEEDLE_LINES, WORDS};
use crate::exactness::oracle::is_word;
use crate::exactness::plain::{History, Plain};

/// A query, its time and how many rows are wanted.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) range: TimeRange,
    pub(crate) limit: Option<usize>,
}

/// A random question.
pub(crate) fn question(random: &mut Rng, history: &History) -> Question {
    let depth = random.u8(0..3);
    let filter = filter(random, history, depth);
    let pipes = if random.bool() { String::new() } else { pipes(random, history) };
    Question {
        text: filter + &pipes,
        range: range(random, history),
        limit: (pipes_keep_order(&pipes) && random.u8(0..3) == 0).then(|| random.usize(1..20)),
    }
}

/// The filter of a question alone.
pub(crate) fn filter(random: &mut Rng, history: &History, depth: u8) -> String {
    let part = |random: &mut Rng| filter(random, history, depth - 1);
    if depth == 0 {
        return condition(random, history);
    }
    match random.u8(0..7) {
        0 => format!("{} {}", part(random), part(random)),
        1 => format!("({} OR {})", part(random), part(random)),
        2 => format!("{} AND NOT {}", part(random), condition(random, history)),
        3 => format!("-{}", condition(random, history)),
        4 => format!("({}) ({})", part(random), part(random)),
        5 => "*".to_owned(),
        _ => part(random),
    }
}

fn condition(random: &mut Rng, history: &History) -> String {
    if random.bool() { text_condition(random, history) } else { field_condition(random, history) }
}

/// A condition on the whole text, or the value of a condition on a field.
fn text_condition(random: &mut Rng, history: &History) -> String {
    match random.u8(0..12) {
        0..4 => bare_or_quoted(&word(random, history)),
        4 | 5 => quoted(&stretch(random, history, true)),
        6 | 7 => format!("~{}", quoted(&stretch(random, history, false))),
        8 => prefix(random, history),
        9 => wildcard(random, history),
        10 => regex(random, history),
        _ => quoted(&miss(&word(random, history), random)),
    }
}

fn field_condition(random: &mut Rng, history: &History) -> String {
    let name = field(random, history);
    let value = value_of(random, history, &name);
    let number = number(random);
    match random.u8(0..16) {
        0..3 => format!("{name}:{}", quoted_or_star(&value)),
        3 | 4 => format!("{name}={}", quoted_or_number(&value)),
        5 => format!("{name}!={}", quoted_or_number(&value)),
        6 => format!("{name}:*"),
        7 => format!("{name}:{}{number}", random.choice([">", ">=", "<", "<="]).unwrap_or(">")),
        8 => format!("{name}:[{number} TO {}]", self::number(random)),
        9 => random
            .choice(["[* TO *]", "[500..*]", "{5 TO 600}", "[404..503}"])
            .map_or(String::new(), |range| format!("{name}:{range}")),
        10 => format!(
            "{name}:({} OR {})",
            quoted_or_star(&value),
            quoted_or_star(&value_of(random, history, &name))
        ),
        11 => format!("{name}~{}", quoted(&cut(&value, false, random))),
        12 => format!("{name}:{}", pattern(random, history)),
        13 => random
            .choice([
                "host.ip:10.0.1.0/24",
                "src_ip:10.0.0.0/8",
                "duration_ms:>1s",
                "_format:json",
                "user:\"\"",
                "empty:\"\"",
            ])
            .unwrap_or_default()
            .to_owned(),
        14 => format!("{name}:>{}", quoted(&value)),
        _ => format!("_time:>={}", Timestamp(history.events[random.usize(0..history.events.len())].time)),
    }
}

/// A field that events have, an alias, or one that none has.
fn field(random: &mut Rng, history: &History) -> String {
    let aliases = [
        "level",
        "status",
        "host",
        "user",
        "message",
        "odd",
        "id",
        "duration_ms",
        "src_ip",
        "severity",
        "nofield",
        "flag",
    ];
    let names = history.names();
    match random.bool() && !names.is_empty() {
        true => names[random.usize(0..names.len())].to_owned(),
        false => random.choice(aliases).unwrap_or("level").to_owned(),
    }
}

/// A value that the field has somewhere, or nearly.
fn value_of(random: &mut Rng, history: &History, name: &str) -> String {
    let from = random.usize(0..history.events.len());
    let events = history.events[from..].iter().chain(&history.events[..from]);
    let value = events.filter_map(|event| event.get(name)).next();
    let text = match value {
        Some(Plain::Text(text)) => text,
        Some(Plain::Int(number)) => number.to_string(),
        Some(Plain::Float(number)) => format!("{number:?}"),
        Some(Plain::Bool(flag)) => flag.to_string(),
        None => word(random, history),
    };
    if random.u8(0..5) == 0 { miss(&text, random) } else { text }
}

fn number(random: &mut Rng) -> String {
    match random.u8(0..6) {
        0 => random.choice(BIG).unwrap_or(0).to_string(),
        1 => format!("{:.1}", random.f64() * 2000.0),
        2 => random.choice(["5", "0", "500", "200", "-3"]).unwrap_or("5").to_owned(),
        _ => random.u16(0..2000).to_string(),
    }
}

/// A word that stands in an event, or one of those that events are made of.
fn word(random: &mut Rng, history: &History) -> String {
    let line = &history.events[random.usize(0..history.events.len())].line;
    let words: Vec<&str> = line.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
    let needle = format!("needle{}", random.usize(0..=history.events.len() / NEEDLE_LINES));
    let word = match random.u8(0..10) {
        0 | 1 => random.choice(WORDS).unwrap_or("error"),
        2 => random.choice(FOREIGN).unwrap_or("로그인"),
        3 => random.choice(["nowhere", &needle]).unwrap_or("nowhere"),
        _ => random.choice(words).unwrap_or("error"),
    };
    match random.u8(0..8) {
        0 => word.to_uppercase(),
        1 => word.to_lowercase(),
        2 => word.chars().take(1 + random.usize(0..4)).collect(),
        _ => word.to_owned(),
    }
}

/// A stretch of a line, from word to word or from anywhere to anywhere.
fn stretch(random: &mut Rng, history: &History, is_whole: bool) -> String {
    let event = &history.events[random.usize(0..history.events.len())];
    let text = match random.bool() {
        true => event.line.as_str(),
        false => event.message.as_deref().unwrap_or("error"),
    };
    cut(text, is_whole, random)
}

fn cut(text: &str, is_whole: bool, random: &mut Rng) -> String {
    let chars: Vec<char> = text.chars().take(200).collect();
    let is_edge = |at: usize| at == 0 || at == chars.len() || is_word(chars[at]) != is_word(chars[at - 1]);
    let edges: Vec<usize> = (0..=chars.len()).filter(|at| !is_whole || is_edge(*at)).collect();
    let from = random.usize(0..edges.len());
    let to = (from + random.usize(1..6)).min(edges.len() - 1);
    let cut: String = chars[edges[from]..edges[to]].iter().collect();
    if cut.trim().is_empty() { "error".to_owned() } else { cut }
}

/// One character more, less or other.
fn miss(text: &str, random: &mut Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = random.usize(0..=chars.len());
    match random.u8(0..3) {
        0 if at < chars.len() => drop(chars.remove(at)),
        1 if at < chars.len() => chars[at] = 'q',
        _ => chars.insert(at, 's'),
    }
    if chars.is_empty() { "q".to_owned() } else { chars.into_iter().collect() }
}

fn plain_word(random: &mut Rng, history: &History) -> Vec<char> {
    let chars: Vec<char> = word(random, history).chars().filter(|c| is_word(*c)).collect();
    if chars.is_empty() { vec!['e', 'r'] } else { chars }
}

fn prefix(random: &mut Rng, history: &History) -> String {
    let word = plain_word(random, history);
    format!("{}*", word[..random.usize(1..=word.len())].iter().collect::<String>())
}

fn wildcard(random: &mut Rng, history: &History) -> String {
    let mut word = plain_word(random, history);
    for _ in 0..random.u8(1..3) {
        let at = random.usize(0..word.len());
        match random.u8(0..4) {
            0 => word[at] = '?',
            1 => word[at] = '*',
            2 => word.insert(at, '*'),
            _ => word = [vec!['*'], word, vec!['*']].concat(),
        }
    }
    let is_plain = word.iter().all(|c| *c == '*');
    if is_plain { "er?or".to_owned() } else { word.into_iter().collect() }
}

fn regex(random: &mut Rng, history: &History) -> String {
    let escaped = |text: &str| regex::escape(text).replace('/', "\\/");
    let (one, two) = (word(random, history), word(random, history));
    match random.u8(0..5) {
        0 => format!("/{}/", escaped(&one)),
        1 => format!("/{}.*{}/", escaped(&one), escaped(&two)),
        2 => r"/timeout talking to \w+ at 10\.1\.\d+/".to_owned(),
        3 => format!("/(?i){}|{}/", escaped(&one), escaped(&two)),
        _ => format!("/{}\\d+/", escaped(&one.chars().take(3).collect::<String>())),
    }
}

fn pattern(random: &mut Rng, history: &History) -> String {
    match random.u8(0..3) {
        0 => wildcard(random, history),
        1 => prefix(random, history),
        _ => regex(random, history),
    }
}

fn range(random: &mut Rng, history: &History) -> TimeRange {
    let mut moment = || Timestamp(history.events[random.usize(0..history.events.len())].time);
    let (a, b) = (moment(), moment());
    match random.u8(0..6) {
        0 => TimeRange { start: Some(a.min(b)), end: Some(a.max(b)) },
        1 => TimeRange { start: Some(a), end: None },
        2 => TimeRange { start: None, end: Some(a) },
        _ => TimeRange::default(),
    }
}

/// Whether the rows after these pipes stand in one order that the query decides.
fn pipes_keep_order(pipes: &str) -> bool {
    !pipes.contains("sort odd")
}

fn pipes(random: &mut Rng, history: &History) -> String {
    let (field, key) = (back_ticked(&field(random, history)), group_key(random));
    match random.u8(0..14) {
        0 => " | stats count()".to_owned(),
        1 => format!(" | stats count() by {key}"),
        2 => format!(" | stats count(), count({field}), dc({field}), min({field}), max({field}) by {key}"),
        3 => format!(" | stats sum(status), avg(duration_ms), max(duration_ms), count() by {key}"),
        4 => format!(
            " | stats values({field}), any(status >= 500), countif(level == \"error\") as bad by {key}"
        ),
        5 => " | timechart span=1m count() by level".to_owned(),
        6 => format!(" | timechart span=5m count(), max({field})"),
        7 => format!(" | top {} {field}", random.u8(1..6)),
        8 => format!(" | top 2 {field} by {key}"),
        9 => format!(" | where {} | stats count() by {key}", expression(random, history)),
        10 => format!(" | where {}", expression(random, history)),
        11 => format!(" | head {} | fields _time, {field}, message", random.u8(1..20)),
        12 => {
            format!(" | sort {}{field}, _partition, _offset | head 7", random.choice(["", "-"]).unwrap_or(""))
        }
        _ => format!(" | stats count() as n by {key} | where n > 1 | sort -n, {key} | head 5"),
    }
}

fn group_key(random: &mut Rng) -> &'static str {
    random
        .choice(["level", "status", "host.name", "user", "odd", "bin(_time, 10m)", "flag", "nofield"])
        .unwrap_or("level")
}

fn expression(random: &mut Rng, history: &History) -> String {
    let name = field(random, history);
    let value = quoted(&value_of(random, history, &name));
    let field = back_ticked(&name);
    match random.u8(0..14) {
        0 => format!("{field} == {value}"),
        1 => format!("{field} != {value}"),
        2 => format!("{field} >= {}", number(random)),
        3 => format!("{field} < {}", number(random)),
        4 => format!("{field} in ({value}, 500, \"error\")"),
        5 => format!("{field} not in ({value}, \"x\")"),
        6 => format!("{field} is null"),
        7 => format!("{field} has {value}"),
        8 => format!("message contains {}", quoted(&stretch(random, history, false))),
        9 => format!("{field} startswith {}", quoted(&cut(&value_of(random, history, &name), false, random))),
        10 => format!("{field} like \"%{}%\"", random.choice(["err", "o_d", "5", "web"]).unwrap_or("err")),
        11 => format!("message =~ \"{}.*\\\\d\"", regex::escape(random.choice(WORDS).unwrap_or("error"))),
        12 => format!("length(message) > {} and lower(level) == \"error\"", random.u8(5..60)),
        _ => format!("not ({field} == {value}) or status > {}", number(random)),
    }
}

fn back_ticked(name: &str) -> String {
    if name.chars().all(|c| is_word(c) || c == '.') { name.to_owned() } else { format!("`{name}`") }
}

/// Text in quotes, as the manual says how.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn bare_or_quoted(text: &str) -> String {
    let is_keyword = ["and", "or", "not", "to", "where", "in"].contains(&text.to_lowercase().as_str());
    if !is_keyword && !text.is_empty() && text.chars().all(is_word) { text.to_owned() } else { quoted(text) }
}

fn quoted_or_star(text: &str) -> String {
    if text.is_empty() { "*".to_owned() } else { bare_or_quoted(text) }
}

fn quoted_or_number(text: &str) -> String {
    if text.parse::<f64>().is_ok() && !text.starts_with('+') { text.to_owned() } else { quoted(text) }
}
