//! Do patterns group lines as people do, and what do shapes cost?
//!
//! `cargo run --release -p girok-index --example pattern_accuracy [--show]`, with real logs in `$GIROK_DATA`.
//!
//! **Accuracy** is the grouping accuracy of LogPAI: a line counts if the lines that got its pattern are exactly
//! those that people gave the same event. It is measured on the message texts of the labelled sets of LogHub, each set
//! with a miner of its own, all with the same rules. **Speed** is lines a second of one thread's CPU time, for
//! reducing each line to its shape and numbering the shape; patterns cost nothing more per line.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use girok_index::{Miner, PatternId, ShapeScanner, ShapeTable};

/// CPU time that one measurement of speed takes at least.
const SECONDS_MIN: f64 = 2.0;

/// Lines of the bench corpus that speed is measured on.
const CORPUS_LINES: usize = 200_000;

/// Lines of which people said which event each is.
struct LabelledSet {
    name: String,
    messages: Vec<String>,
    events: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder =
        std::env::var_os("GIROK_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let sets = read_sets(&folder.join("loghub"))?;
    let show = std::env::args().any(|argument| argument == "--show");
    println!("set        lines  events  patterns  accuracy");
    let accuracies: Vec<f64> = sets.iter().map(|set| group(set, show)).collect();
    println!("mean {:>38.3}", accuracies.iter().sum::<f64>() / accuracies.len() as f64);
    println!("\nlines of        M lines/s    MB/s  shapes  without");
    let labelled: Vec<String> = sets.into_iter().flat_map(|set| set.messages).collect();
    measure("labelled sets", &labelled)?;
    measure("bench corpus", &corpus_messages()?)
}

/// Gives each message its pattern, and prints how well that agrees with what people said.
fn group(set: &LabelledSet, show: bool) -> f64 {
    let mut scanner = ShapeScanner::new();
    let mut miner = Miner::new();
    let mut found: HashMap<Option<PatternId>, Vec<usize>> = HashMap::new();
    let mut meant: HashMap<&str, Vec<usize>> = HashMap::new();
    for (line, (message, event)) in set.messages.iter().zip(&set.events).enumerate() {
        let pattern = scanner.scan(message, |_| {}).map(|shape| miner.assign(shape).id);
        found.entry(pattern).or_default().push(line);
        meant.entry(event).or_default().push(line);
    }
    let is_found = |lines: &Vec<usize>| found.values().any(|same| same == lines);
    let right: usize = meant.values().filter(|lines| is_found(lines)).map(Vec::len).sum();
    let accuracy = right as f64 / set.messages.len() as f64;
    println!(
        "{:<10} {:>5} {:>7} {:>9} {accuracy:>9.3}",
        set.name,
        set.messages.len(),
        meant.len(),
        found.len()
    );
    if show {
        let mut found: Vec<_> = found.iter().collect();
        found.sort_by_key(|(id, lines)| (usize::MAX - lines.len(), **id));
        for (id, lines) in found {
            println!("{:>16}  {}", lines.len(), id.and_then(|id| miner.text(id)).unwrap_or("(no shape)"));
        }
    }
    accuracy
}

/// Reduces the messages to shapes again and again, as one part after the other would.
fn measure(lines_of: &str, messages: &[String]) -> Result<(), Box<dyn Error>> {
    let bytes: usize = messages.iter().map(String::len).sum();
    let mut scanner = ShapeScanner::new();
    let (mut rounds, mut shapes, mut without) = (0, 0, 0);
    let begin = cpu_seconds()?;
    let mut seconds = 0.0;
    while seconds < SECONDS_MIN {
        let mut table = ShapeTable::new();
        let number_of = |message: &String| {
            let shape = scanner.scan(message, |variable| _ = black_box(variable));
            shape.and_then(|shape| table.insert(shape))
        };
        without = messages.iter().map(number_of).filter(Option::is_none).count();
        shapes = table.len();
        rounds += 1;
        seconds = cpu_seconds()? - begin;
    }
    let per_second = |one_round: usize| one_round as f64 * f64::from(rounds) / seconds / 1e6;
    let without = 100.0 * without as f64 / messages.len() as f64;
    let (lines, megabytes) = (per_second(messages.len()), per_second(bytes));
    println!("{lines_of:<16} {lines:>8.2} {megabytes:>7.0} {shapes:>7} {without:>6.1} %");
    Ok(())
}

/// CPU time of this thread, as Linux counts it.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos: u64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanos as f64 / 1e9)
}

/// The messages of the lines that `girok bench` sends.
fn corpus_messages() -> Result<Vec<String>, Box<dyn Error>> {
    let mut corpus = girok_sample::corpus(1, 1_735_689_600_000_000_000, 1000.0);
    let mut buffer = Vec::new();
    let mut messages = Vec::with_capacity(CORPUS_LINES);
    for _ in 0..CORPUS_LINES {
        buffer.clear();
        corpus.write_line(&mut buffer);
        let line = std::str::from_utf8(&buffer)?;
        let (_, rest) = line.split_once(r#""message":""#).ok_or("a line of the corpus has no message")?;
        messages.push(rest.split_once(r#"","#).map_or(rest, |(text, _)| text).replace(r"\n", "\n"));
    }
    Ok(messages)
}

/// The sets in a folder, by name: CSV files as LogHub has them.
fn read_sets(folder: &Path) -> Result<Vec<LabelledSet>, Box<dyn Error>> {
    let entries = fs::read_dir(folder).map_err(|error| {
        format!("cannot read `{}`: {error}; name the folder above it in GIROK_DATA", folder.display())
    })?;
    let mut sets = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Some(name) = entry.file_name().to_string_lossy().strip_suffix(".structured.csv") {
            let set = parse_set(name, &fs::read_to_string(entry.path())?);
            sets.push(set.ok_or_else(|| format!("cannot find `Content` and `EventId` in `{name}`"))?);
        }
    }
    sets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(sets)
}

fn parse_set(name: &str, text: &str) -> Option<LabelledSet> {
    let mut rows = parse_csv(text).into_iter();
    let head = rows.next()?;
    let place = |column: &str| head.iter().position(|name| name == column);
    let (content, event) = (place("Content")?, place("EventId")?);
    let mut set = LabelledSet { name: name.to_owned(), messages: Vec::new(), events: Vec::new() };
    for mut row in rows {
        set.messages.push(std::mem::take(row.get_mut(content)?));
        set.events.push(std::mem::take(row.get_mut(event)?));
    }
    Some(set)
}

/// The fields of each line. A field in quotes may hold commas, line feeds, and quotes written twice.
fn parse_csv(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    rows
}
