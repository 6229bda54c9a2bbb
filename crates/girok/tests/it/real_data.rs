//! Does girok find in real logs exactly what `grep` finds, and count what an independent parser counts?
//!
//! Every file is imported whole; asked while its rows are live, and again after a restart, from parts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use fastrand::Rng;
use regex::bytes::Regex;
use serde_json::Value;

use crate::support::{Server, Table, chance, server, tools};

/// Words asked of each file; `GIROK_WORDS` asks more.
const WORDS: u64 = 20;

/// A file of real logs, and the dataset it goes to.
struct Log {
    path: PathBuf,
    dataset: String,
    text: Vec<u8>,
}

/// Words that a check asked for, and those whose count was another one.
#[derive(Default)]
struct Checked {
    words: usize,
    matches: u64,
    mismatches: Vec<String>,
}

#[test]
fn words_are_found_as_grep_finds_them() {
    let test = "real_data::words_are_found_as_grep_finds_them";
    let Some(logs) = logs(test) else { return };
    if !tools::has("grep", test) {
        return;
    }
    let folder = server::folder();
    let server = import(folder.path(), &logs);
    let mut rng = chance::rng("real_data");
    let words: Vec<_> = logs.iter().map(|log| words(log, &mut rng)).collect();
    let live: Vec<_> = logs.iter().zip(&words).map(|(log, words)| check(&server, log, words)).collect();
    assert!(server.stop().success());

    let server = Server::on(folder.path(), &[]);
    let parts = server.metric("girok_log_end_offset", "") as u64;
    let mut table =
        Table::new(&["file", "lines", "rows", "words", "matches", "live mismatches", "sealed mismatches"]);
    let mut wrong = Vec::new();
    for ((log, words), live) in logs.iter().zip(&words).zip(live) {
        let sealed = check(&server, log, words);
        let (lines, rows) = (lines(&log.text), server.count(&log.dataset, "*"));
        let file = log.path.file_name().unwrap().to_string_lossy();
        table.row(&[
            &file,
            &lines,
            &rows,
            &live.words,
            &live.matches,
            &live.mismatches.len(),
            &sealed.mismatches.len(),
        ]);
        assert_eq!(rows, lines, "rows of {file}");
        wrong.extend(live.mismatches);
        wrong.extend(sealed.mismatches);
    }
    table.print(&format!("words in real logs, {parts} records: girok query | wc -l against grep -ciw"));
    assert_eq!(wrong, Vec::<String>::new());
    check_sealed(&server, &logs);
}

#[test]
fn fields_are_counted_as_an_independent_parser_counts_them() {
    let test = "real_data::fields_are_counted_as_an_independent_parser_counts_them";
    let Some(logs) = logs(test) else { return };
    if !tools::has("python3", test) {
        return;
    }
    let script = tools::root().join("tests/real_data.py");
    let counted =
        Command::new("python3").arg(&script).args(logs.iter().map(|log| &log.path)).output().unwrap();
    assert!(counted.status.success(), "{}", String::from_utf8_lossy(&counted.stderr));
    let expected: BTreeMap<String, BTreeMap<String, BTreeMap<String, u64>>> =
        serde_json::from_slice(&counted.stdout).unwrap();

    let folder = server::folder();
    let server = import(folder.path(), &logs);
    let mut table = Table::new(&["file", "field", "values", "rows", "mismatches"]);
    let mut wrong = Vec::new();
    for (dataset, fields) in &expected {
        for (field, expected) in fields {
            let found = count_by(&server, dataset, field);
            let differ: Vec<_> = expected
                .keys()
                .chain(found.keys())
                .filter(|value| expected.get(*value) != found.get(*value))
                .map(|value| {
                    format!("{dataset} {field}={value}: {:?}, {:?}", expected.get(value), found.get(value))
                })
                .collect();
            table.row(&[dataset, field, &expected.len(), &expected.values().sum::<u64>(), &differ.len()]);
            wrong.extend(differ);
        }
    }
    table.print("counts by field: girok against tests/real_data.py");
    wrong.dedup();
    assert_eq!(wrong, Vec::<String>::new(), "expected, found");
}

fn logs(test: &str) -> Option<Vec<Log>> {
    let data = tools::data(test)?;
    let mut paths: Vec<_> =
        std::fs::read_dir(data.join("loghub")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    paths.sort();
    paths.extend(
        ["apache_access.log", "auth.log", "nginx_plus.ndjson"].map(|name| data.join("web").join(name)),
    );
    Some(paths.into_iter().map(Log::read).collect())
}

impl Log {
    fn read(path: PathBuf) -> Self {
        let text = std::fs::read(&path).unwrap();
        let dataset = path.file_stem().unwrap().to_str().unwrap().to_lowercase();
        Log { path, dataset, text }
    }
}

/// Imports with the real command, and waits until all is searchable.
fn import(folder: &Path, logs: &[Log]) -> Server {
    let server = Server::on(folder, &[]);
    for log in logs {
        let path = log.path.to_str().unwrap();
        let output = server.cli(&["import", path, "--dataset", &log.dataset]);
        assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for log in logs {
        server.wait_for_rows(&log.dataset, "*", lines(&log.text));
    }
    server
}

fn lines(text: &[u8]) -> u64 {
    let ends = text.iter().filter(|byte| **byte == b'\n').count() as u64;
    ends + u64::from(text.last().is_some_and(|byte| *byte != b'\n'))
}

/// Words of all frequencies: ranks from the most frequent to the last unique one, each about half as rare
/// again as the one before it, moved a little by chance.
fn words(log: &Log, rng: &mut Rng) -> Vec<String> {
    let word = Regex::new("[A-Za-z0-9_]+").unwrap();
    let mut count: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for found in word.find_iter(&log.text) {
        let text = String::from_utf8(found.as_bytes().to_vec()).unwrap();
        count.entry(text.to_lowercase()).or_insert((0, text)).0 += 1;
    }
    let mut ranked: Vec<_> = count.into_values().collect();
    ranked.sort_by(|a, b| b.cmp(a));
    let last = ranked.len() - 1;
    let words = (chance::number("GIROK_WORDS", WORDS) as usize).min(ranked.len());
    let mut ranks: Vec<usize> = Vec::new();
    for step in 0..words {
        let rank = (last as f64).powf(step as f64 / (words - 1) as f64) as usize - usize::from(step == 0);
        let jitter = if step == 0 || step == words - 1 { 0 } else { rng.usize(0..=rank / 4) };
        let mut rank = (rank + jitter).min(last);
        while ranks.contains(&rank) {
            rank = (rank + 1) % ranked.len();
        }
        ranks.push(rank);
    }
    ranks.into_iter().map(|rank| ranked[rank].1.clone()).collect()
}

/// Asks girok and grep for each word.
fn check(server: &Server, log: &Log, words: &[String]) -> Checked {
    let mut checked = Checked { words: words.len(), ..Checked::default() };
    for word in words {
        let query = format!("\"{word}\"");
        let output = server.cli(&["query", &query, "--dataset", &log.dataset]);
        assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
        let (found, expected) = (lines(&output.stdout), grep(word, &log.path));
        checked.matches += found;
        if found != expected {
            let file = log.path.file_name().unwrap().to_string_lossy();
            checked.mismatches.push(format!("{file} `{word}`: grep {expected}, girok {found}"));
        }
    }
    checked
}

fn grep(word: &str, path: &Path) -> u64 {
    let output =
        Command::new("grep").env("LC_ALL", "C.UTF-8").args(["-ciw", "--", word]).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// After a restart every row is in a part: nothing above was answered from memory.
fn check_sealed(server: &Server, logs: &[Log]) {
    let answer = server.get("/api/v1/datasets").json();
    let datasets = answer["datasets"].as_array().unwrap();
    assert_eq!(datasets.len(), logs.len());
    for dataset in datasets {
        assert!(dataset["parts"].as_u64() > Some(0), "{dataset}");
    }
    let stats = server.get("/api/v1/query?query=*&limit=1&stats=1&dataset=apache").rows();
    assert!(stats.last().unwrap()["_stats"]["parts_total"].as_u64() > Some(0), "{stats:?}");
}

fn count_by(server: &Server, dataset: &str, field: &str) -> BTreeMap<String, u64> {
    let rows = server.query(dataset, &format!("* | stats count() as n by `{field}`"));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), String::from);
    let counted = rows.iter().filter_map(|row| Some((text(row.get(field)?), row["n"].as_u64()?)));
    counted.collect()
}
