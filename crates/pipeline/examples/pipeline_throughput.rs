//! What does each stage between the commit log and a part cost? Prints seconds of one thread per gigabyte of raw
//! lines; on an idle machine that is CPU time.
//!
//! `cargo run --release -p girok-pipeline --example pipeline_throughput [LINES]`
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bumpalo::Bump;
use girok_event::{DatasetName, Event, Timestamp};
use girok_parse::{Content, Hints};
use girok_store::{Chunk, Covers, PartId, PartSpec, Patterns, RowOrigin, RowsBuilder, write_part};

const ROWS_PER_CHUNK: usize = 8192;
const START_SECONDS: i64 = 1_780_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(1).map_or(Ok(200_000), |text| text.parse())?;
    let lines = generate(count);
    let bytes: usize = lines.iter().map(String::len).sum();
    println!("{count} lines, {bytes} bytes, {} bytes a line", bytes / count.max(1));
    let per_gb = |spent: Duration| spent.as_secs_f64() / (bytes as f64 / 1e9);

    let started = Instant::now();
    let parsed = parse_only(&lines);
    println!("parse        {:6.2} s/GB  ({parsed} fields)", per_gb(started.elapsed()));

    let started = Instant::now();
    let (chunks, pushing) = parse_and_push(&lines)?;
    println!("parse + push {:6.2} s/GB", per_gb(started.elapsed()));
    println!("push + cut   {:6.2} s/GB", per_gb(pushing));

    let started = Instant::now();
    let covers = Covers { from: 0, until: count as i64 };
    let part = write_part(&chunks, PartSpec { id: PartId(1), covers }, &Patterns::default())?;
    println!("seal         {:6.2} s/GB", per_gb(started.elapsed()));
    let share = |size: usize| 100.0 * size as f64 / bytes as f64;
    println!(
        "part {} bytes, {:.2} % of raw; index {} bytes",
        part.bytes.len(),
        share(part.bytes.len()),
        part.meta.index.length
    );

    let started = Instant::now();
    let squeezed = zstd_size(&lines)?;
    println!("zstd -3      {:6.2} s/GB, {:.2} % of raw", per_gb(started.elapsed()), share(squeezed));
    Ok(())
}

fn parse_only(lines: &[String]) -> usize {
    let mut fields = 0;
    each_event(lines, |_, event| fields += event.fields.len());
    fields
}

fn parse_and_push(lines: &[String]) -> Result<(Vec<Arc<Chunk>>, Duration), girok_store::StoreError> {
    let mut rows = RowsBuilder::new(DatasetName::default_dataset(), 0);
    let mut chunks = Vec::new();
    let mut pushing = Duration::ZERO;
    for (at, batch) in lines.chunks(ROWS_PER_CHUNK).enumerate() {
        let arena = Bump::new();
        let mut events = Vec::with_capacity(batch.len());
        for line in batch {
            let mut event = Event::default();
            girok_parse::parse(line.as_bytes(), &hints(), &arena, &mut event);
            events.push((event, line.len()));
        }
        let started = Instant::now();
        for (row, (event, raw_bytes)) in events.iter().enumerate() {
            let offset = (at * ROWS_PER_CHUNK + row) as i64;
            let received = Timestamp::from_seconds(START_SECONDS);
            rows.push(
                event,
                RowOrigin { offset, received, source: "10.0.0.1", input: "http", raw_bytes: *raw_bytes },
            );
        }
        chunks.extend(rows.cut()?.map(Arc::new));
        pushing += started.elapsed();
    }
    Ok((chunks, pushing))
}

fn each_event(lines: &[String], mut each: impl FnMut(usize, &Event<'_>)) {
    let mut arena = Bump::new();
    for batch in lines.chunks(256) {
        arena.reset();
        let mut event = Event::default();
        for (row, line) in batch.iter().enumerate() {
            girok_parse::parse(line.as_bytes(), &hints(), &arena, &mut event);
            each(row, &event);
        }
    }
}

fn hints() -> Hints {
    let received = Timestamp::from_seconds(START_SECONDS + 86_400);
    Hints { content: Content::Auto, received, zone_offset_seconds: 0 }
}

fn zstd_size(lines: &[String]) -> std::io::Result<usize> {
    let text = lines.join("\n");
    Ok(zstd::encode_all(text.as_bytes(), 3)?.len())
}

/// Lines of an application's JSON log: some fields with few values, some with many, one with no repeats.
fn generate(count: usize) -> Vec<String> {
    let mut random = Random(42);
    (0..count).map(|n| line(n, &mut random)).collect()
}

fn line(n: usize, random: &mut Random) -> String {
    let levels = ["info", "info", "info", "info", "debug", "warn", "error"];
    let services = ["checkout", "catalog", "auth", "payments", "search"];
    let verbs = ["GET", "GET", "GET", "POST", "PUT"];
    let time = Timestamp::from_millis(START_SECONDS * 1000 + n as i64 / 3);
    let (order, user) = (random.below(1_000_000), random.below(20_000));
    let status = if random.below(30) == 0 { 500 + random.below(4) } else { 200 };
    let message = match random.below(4) {
        0 => format!("request completed for order {order} after {} retries", random.below(3)),
        1 => format!("cache miss for key user:{user}:profile, loading from database"),
        2 => format!("payment {order} accepted for customer {user}"),
        _ => format!(
            "connection from 10.{}.{}.{} closed by peer",
            random.below(4),
            random.below(256),
            random.below(256)
        ),
    };
    let mut line = String::with_capacity(360);
    write!(
        line,
        r#"{{"@timestamp":"{time}","level":"{}","service":"{}","host":"web-{:02}","message":"{message}","trace_id":"{:016x}{:016x}","user_id":{user},"method":"{}","path":"/api/v1/orders/{}","status":{status},"duration_ms":{}.{:03}}}"#,
        levels[random.below(levels.len())],
        services[random.below(services.len())],
        random.below(12),
        random.next(),
        random.next(),
        verbs[random.below(verbs.len())],
        order / 1000,
        random.below(200),
        random.below(1000),
    )
    .expect("a string takes any text");
    line
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}
