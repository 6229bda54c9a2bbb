//! How fast is the log? `cargo run --release -p girok-commitlog --example commitlog_throughput [DIR]`
//!
//! For each durability class, two threads append batches to a partition each, for two seconds, every batch
//! acknowledged before the next; then one consumer reads all of it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use girok_commitlog::{CommitLog, Durability, LogConfig, Result, Subscription, TopicConfig};
use girok_wire::{BatchBuilder, Compression};

const RUN: Duration = Duration::from_secs(2);
const THREADS: u32 = 2;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let dir =
        std::env::args().nth(1).map_or_else(|| std::env::temp_dir().join("girok-throughput"), PathBuf::from);
    let out = &mut io::stdout().lock();
    writeln!(
        out,
        "{:<10} {:>8} {:>12} {:>10} {:>10} {:>12}",
        "class", "batch", "append MB/s", "p50 ms", "p99 ms", "read MB/s"
    )?;
    for durability in [Durability::None, Durability::Interval, Durability::Fsync] {
        for batch_bytes in [16 << 10, 1 << 20] {
            let log = CommitLog::open(LogConfig { disk_reserve_bytes: 0, ..LogConfig::new(&dir) })?;
            let config = TopicConfig {
                partitions: Some(THREADS),
                durability: Some(durability),
                ..TopicConfig::default()
            };
            log.create_topic("bench", config)?;
            let (bytes, mut latencies, elapsed) = append(&log, batch_bytes)?;
            latencies.sort_unstable();
            let percentile = |of: usize| latencies[(latencies.len() - 1) * of / 100].as_secs_f64() * 1e3;
            let name = format!("{durability:?}");
            let append_rate = bytes as f64 / 1e6 / elapsed.as_secs_f64();
            let read_rate = read(&log, bytes)?;
            let (p50, p99) = (percentile(50), percentile(99));
            writeln!(
                out,
                "{name:<10} {batch_bytes:>8} {append_rate:>12.0} {p50:>10.3} {p99:>10.3} {read_rate:>12.0}"
            )?;
            log.close()?;
            std::fs::remove_dir_all(&dir)?;
        }
    }
    Ok(())
}

/// Bytes appended, the latency of every append, and the time it took.
fn append(log: &CommitLog, batch_bytes: usize) -> Result<(usize, Vec<Duration>, Duration)> {
    let batch = sample(batch_bytes);
    let start = Instant::now();
    let worker = |partition| {
        let (log, batch) = (log.clone(), batch.clone());
        std::thread::spawn(move || -> Result<(usize, Vec<Duration>)> {
            let (mut bytes, mut latencies) = (0, Vec::new());
            while start.elapsed() < RUN {
                // A producer brings every batch in memory of its own.
                let own = Bytes::from(batch.to_vec());
                let begin = Instant::now();
                log.append("bench", partition, own)?.durable.wait()?;
                latencies.push(begin.elapsed());
                bytes += batch.len();
            }
            Ok((bytes, latencies))
        })
    };
    let workers: Vec<_> = (0..THREADS).map(worker).collect();
    let (mut bytes, mut latencies) = (0, Vec::new());
    for worker in workers {
        let done = worker.join().expect("a worker does not panic")?;
        bytes += done.0;
        latencies.extend(done.1);
    }
    Ok((bytes, latencies, start.elapsed()))
}

/// A batch whose bytes no codec has packed, of lines that all differ.
fn sample(batch_bytes: usize) -> Bytes {
    let mut random = fastrand::Rng::with_seed(7);
    let mut builder = BatchBuilder::new(Compression::None);
    while builder.size_bytes() + 300 < batch_bytes {
        let value: Vec<u8> = std::iter::repeat_with(|| random.alphanumeric() as u8).take(280).collect();
        builder.append(1_790_000_000_000, None, Some(&value), &[]);
    }
    builder.finish().expect("it fits a batch")
}

/// MB/s of a consumer that reads everything from the start.
fn read(log: &CommitLog, bytes: usize) -> Result<f64> {
    let mut consumer = log.consumer("bench", Subscription::all());
    let (start, mut read) = (Instant::now(), 0);
    while read < bytes {
        let polled = consumer.poll(Duration::from_secs(5))?;
        read += polled.batches.iter().map(|(_, batch)| batch.len()).sum::<usize>();
    }
    Ok(bytes as f64 / 1e6 / start.elapsed().as_secs_f64())
}
