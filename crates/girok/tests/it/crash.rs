//! Is every acknowledged event there exactly once, whenever the process is killed, and parts are merged under it?
//!
//! `GIROK_CRASH_ROUNDS` gives the number of rounds for each durability. The log is never cut here, so each of
//! its records has to be one row: also an event that was never acknowledged is there at most once.
//! A few rounds share a folder, and all of its events are compared after each of them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use tempfile::TempDir;

use crate::support::{PATIENCE, Server, Table, chance, http, server, until};

/// The dataset that is written to.
const DATASET: &str = "crash";

/// Events of the largest body.
const LARGE_BODY: usize = 4000;

/// Comparing all ids after every round would take ever longer.
const ROUNDS_A_FOLDER: u64 = 8;

/// Parts are published during a round, not only after it, …
const PART_BYTES: (&str, &str) = ("GIROK_STORE_PART_BYTES", "131072");
/// … and merged.
const COMPACT_PARTS: (&str, &str) = ("GIROK_STORE_COMPACT_PARTS", "3");

/// One client's ids.
#[derive(Default)]
struct Sent {
    acknowledged: Vec<u64>,
    unanswered: Vec<u64>,
}

/// Everything that was sent to the server on one folder, over all its lives.
struct Trial {
    durability: &'static str,
    folder: TempDir,
    next_id: AtomicU64,
    acknowledged: HashSet<u64>,
    unanswered: HashSet<u64>,
}

/// What was found after a kill.
struct Found {
    records: usize,
    rows: usize,
    unanswered: usize,
    missing: usize,
    twice: usize,
    unknown: usize,
    parts: u64,
    merges: u64,
    /// Files that were not written to their end and are still there after a start.
    strays: usize,
    back_after: Duration,
}

#[test]
fn interval_durability_survives_kill_9() {
    rounds("interval");
}

#[test]
fn fsync_durability_survives_kill_9() {
    rounds("fsync");
}

fn rounds(durability: &'static str) {
    let mut rng = chance::rng(&format!("crash {durability}"));
    let heading = [
        "round",
        "killed after ms",
        "and again",
        "acknowledged",
        "unanswered",
        "of these found",
        "records",
        "rows",
        "missing",
        "twice",
        "unknown",
        "back after ms",
        "parts",
        "merges",
        "stray files",
    ];
    let mut table = Table::new(&heading);
    let (mut trial, mut acknowledged, mut faults, mut merges) = (Trial::new(durability), 0, 0, 0);
    for round in 0..chance::number("GIROK_CRASH_ROUNDS", 4) {
        if round % ROUNDS_A_FOLDER == 0 {
            acknowledged += trial.acknowledged.len();
            trial = Trial::new(durability);
        }
        let delay = Duration::from_millis(rng.u64(100..1500));
        trial.ingest_until_killed(delay, &mut rng);
        let again = if rng.bool() { trial.kill_in_recovery(&mut rng) } else { "-".into() };
        let found = trial.compare();
        faults +=
            found.missing + found.twice + found.unknown + found.records.abs_diff(found.rows) + found.strays;
        merges += found.merges;
        table.row(&[
            &(round + 1),
            &delay.as_millis(),
            &again,
            &trial.acknowledged.len(),
            &trial.unanswered.len(),
            &found.unanswered,
            &found.records,
            &found.rows,
            &found.missing,
            &found.twice,
            &found.unknown,
            &found.back_after.as_millis(),
            &found.parts,
            &found.merges,
            &found.strays,
        ]);
    }
    acknowledged += trial.acknowledged.len();
    table.print(&format!(
        "kill -9 during ingest, durability `{durability}`: counts add up over {ROUNDS_A_FOLDER} rounds"
    ));
    println!(
        "durability `{durability}`: {acknowledged} events acknowledged in all, {faults} lost, doubled or unknown"
    );
    assert_eq!(faults, 0);
    assert!(merges > 0, "no parts were merged, so nothing was tried");
    assert!(acknowledged > 1000, "the clients were slowed down to nothing");
}

impl Trial {
    fn new(durability: &'static str) -> Self {
        let (acknowledged, unanswered) = (HashSet::new(), HashSet::new());
        Trial { durability, folder: server::folder(), next_id: AtomicU64::new(0), acknowledged, unanswered }
    }

    fn start(&self) -> Server {
        Server::on(
            self.folder.path(),
            &[("GIROK_LOG_DURABILITY", self.durability), PART_BYTES, COMPACT_PARTS],
        )
    }

    /// Three clients send until the server is killed: single events, middling bodies, large ones.
    fn ingest_until_killed(&mut self, delay: Duration, rng: &mut Rng) {
        let server = self.start();
        let url = format!("{}/api/v1/ingest/{DATASET}", server.url);
        let (url, next_id) = (&url, &self.next_id);
        let sent: Vec<Sent> = std::thread::scope(|scope| {
            let clients = [1, 200, LARGE_BODY].map(|events| {
                let rng = rng.fork();
                scope.spawn(move || client(url, events, next_id, rng))
            });
            std::thread::sleep(delay);
            server.kill();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        for sent in sent {
            self.acknowledged.extend(sent.acknowledged);
            self.unanswered.extend(sent.unanswered);
        }
    }

    /// Kills the server while it takes up again what the last kill left.
    fn kill_in_recovery(&self, rng: &mut Rng) -> String {
        let server = self.start();
        let delay = rng.u64(0..400);
        std::thread::sleep(Duration::from_millis(delay));
        server.kill();
        delay.to_string()
    }

    /// Starts the server, compares every id, and kills it.
    fn compare(&self) -> Found {
        let begun = Instant::now();
        let server = self.start();
        let strays = self.strays();
        let (records, ids) = all_ids(&server);
        let back_after = begun.elapsed();
        let distinct: HashSet<u64> = ids.iter().copied().collect();
        let is_known = |id: &&u64| self.acknowledged.contains(id) || self.unanswered.contains(id);
        let found = Found {
            records,
            rows: ids.len(),
            unanswered: self.unanswered.intersection(&distinct).count(),
            missing: self.acknowledged.difference(&distinct).count(),
            twice: ids.len() - distinct.len(),
            unknown: distinct.len() - distinct.iter().filter(is_known).count(),
            parts: server.get("/api/v1/datasets").json()["datasets"][0]["parts"].as_u64().unwrap_or(0),
            merges: server.metric("girok_store_compactions_total", "") as u64,
            strays,
            back_after,
        };
        server.kill();
        found
    }

    /// A server that has just started has deleted what its last life left half done; only files that are
    /// named like finished parts may be there.
    fn strays(&self) -> usize {
        let mut folders = vec![self.folder.path().join("data/parts")];
        let mut strays = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => strays += usize::from(path.extension().is_none_or(|ending| ending != "parquet")),
                }
            }
        }
        strays
    }
}

#[test]
fn rows_once_seen_do_not_vanish_while_workers_come_and_go() {
    let folder = server::folder();
    let server = Server::on(folder.path(), &[]);
    let mut rng = chance::rng("crash vanish");
    for part in 0..20 {
        server.ingest(DATASET, body(part * 3000..(part + 1) * 3000, &mut rng));
    }
    server.kill();

    let server = Server::on(folder.path(), &[]);
    let begun = Instant::now();
    let (mut seen, mut most, mut fell) = (Vec::new(), 0, Vec::new());
    for turn in 0.. {
        let rows = server.count(DATASET, "*");
        if rows < most {
            fell.push(format!("{most} to {rows} after {} ms", begun.elapsed().as_millis()));
        }
        seen.push(rows);
        most = most.max(rows);
        // A new dataset makes the workers share the partitions out again.
        if most == 60_000 {
            match seen.iter().filter(|rows| **rows == most).count() {
                1..20 => drop(server.ingest(&format!("other{turn}"), "x\n")),
                _ => break,
            }
        }
        assert!(begun.elapsed() < PATIENCE, "{seen:?}");
    }
    println!(
        "60,000 rows of the log after a kill -9: asked {} times, fell {} times: {fell:?}",
        seen.len(),
        fell.len()
    );
    assert_eq!(fell, Vec::<String>::new());
}

/// Sends bodies of up to `events_max` events until there is nobody to send them to.
fn client(url: &str, events_max: usize, next_id: &AtomicU64, mut rng: Rng) -> Sent {
    let agent = http::agent();
    let mut sent = Sent::default();
    loop {
        let events = rng.usize(1..=events_max);
        let first = next_id.fetch_add(events as u64, Ordering::Relaxed);
        let ids = first..first + events as u64;
        match agent.post(url).send(body(ids.clone(), &mut rng)) {
            Ok(mut answer) if answer.status() == 200 => match answer.body_mut().read_to_string() {
                Ok(receipt) => {
                    assert_eq!(receipt, format!("{{\"accepted\":{events},\"rejected\":0}}"));
                    sent.acknowledged.extend(ids);
                }
                Err(_) => sent.unanswered.extend(ids),
            },
            Ok(answer) => panic!("events were refused: {answer:?}"),
            Err(_) => {
                sent.unanswered.extend(ids);
                return sent;
            }
        }
    }
}

fn body(ids: std::ops::Range<u64>, rng: &mut Rng) -> String {
    let line =
        |id| format!("{{\"id\":{id},\"message\":\"event {id} {:x} {:x}\"}}\n", rng.u128(..), rng.u128(..));
    ids.map(line).collect()
}

/// How many records the log holds, and the id of every row once there are as many rows.
fn all_ids(server: &Server) -> (usize, Vec<u64>) {
    let records = server.metric("girok_log_end_offset", &format!("topic=\"{DATASET}\"")) as u64;
    until("each record is a row", || server.count(DATASET, "*"), |rows| *rows >= records);
    let rows = server.query(DATASET, "* | fields id");
    (records as usize, rows.iter().map(|row| row["id"].as_u64().unwrap()).collect())
}
