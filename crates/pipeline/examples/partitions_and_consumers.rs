//! How does storing scale with partitions and consumers? For each pair: a log is filled, then workers turn it into
//! rows and parts, and the time until all rows are there is taken.
//!
//! `cargo run --release -p girok-pipeline --example partitions_and_consumers [LINES] [BOOTSTRAP-SERVERS]`
//! With servers, and `--features cluster`, the log is that Kafka cluster, or else the embedded one.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use girok_commitlog::{CommitLog, LogConfig};
use girok_event::{DatasetName, Timestamp};
use girok_log::{ClusterConfig, open_cluster};
use girok_pipeline::{Clock, EmbeddedLog, LogClient, PipelineConfig, TopicPartition, start};
use girok_store::{Catalog, Live, PartStore, Store};
use girok_wire::BatchBuilder;

const PARTITIONS: [u32; 4] = [1, 2, 4, 8];
const CONSUMERS: [usize; 3] = [1, 2, 4];
const LINES_PER_BATCH: usize = 2000;

fn main() -> Result<(), Box<dyn Error>> {
    let lines: usize = std::env::args().nth(1).map_or(Ok(400_000), |text| text.parse())?;
    let servers = std::env::args().nth(2);
    println!("{lines} lines, {} log", servers.as_deref().unwrap_or("embedded"));
    println!("partitions  consumers  MB/s  thousand rows/s");
    for partitions in PARTITIONS {
        for consumers in CONSUMERS {
            let (bytes, time) = measure(lines, partitions, consumers, servers.as_deref())?;
            let (megabytes, seconds) = (bytes as f64 / 1e6, time.as_secs_f64());
            println!(
                "{partitions:>10}  {consumers:>9}  {:>4.0}  {:>15.0}",
                megabytes / seconds,
                lines as f64 / 1e3 / seconds
            );
        }
    }
    Ok(())
}

/// Bytes of the lines, and how long it took until all were rows.
fn measure(
    lines: usize,
    partitions: u32,
    consumers: usize,
    servers: Option<&str>,
) -> Result<(usize, Duration), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let name = format!("scale-{:x}", std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0));
    let dataset = DatasetName::new(&name)?;
    let client: Arc<dyn LogClient> = match servers {
        Some(servers) => {
            let bootstrap_servers = servers.to_owned();
            let (topics, group_prefix, partitions) = (name.clone(), name, Some(partitions));
            let config = ClusterConfig {
                bootstrap_servers,
                topics,
                group_prefix,
                partitions,
                ..ClusterConfig::default()
            };
            open_cluster(config)?.0
        }
        None => {
            let config =
                LogConfig { partitions, disk_reserve_bytes: 0, ..LogConfig::new(dir.path().join("log")) };
            Arc::new(EmbeddedLog::new(CommitLog::open(config)?))
        }
    };
    let bytes = fill(client.as_ref(), &dataset, partitions, lines)?;
    let store = Store {
        catalog: Arc::new(Catalog::open(&dir.path().join("catalog.sqlite"))?),
        live: Arc::new(Live::default()),
        parts: PartStore::local(&dir.path().join("parts"))?,
        patterns: Arc::default(),
    };
    let config = PipelineConfig { threads: consumers, ..PipelineConfig::default() };
    let pipeline = start(config, client, store, clock())?;
    let metrics = pipeline.metrics();
    let rows = || metrics.snapshot().datasets.get(&dataset).map_or(0, |counts| counts.rows);
    // Joining the group is not what is measured.
    while rows() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let (begun, first) = (Instant::now(), rows());
    while rows() < lines as u64 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let time = begun.elapsed();
    pipeline.stop();
    let measured = bytes as u64 * (lines as u64 - first) / lines as u64;
    Ok((usize::try_from(measured)?, time))
}

/// Appends the lines, batch by batch to the next partition; their bytes.
fn fill(
    client: &dyn LogClient,
    dataset: &DatasetName,
    partitions: u32,
    lines: usize,
) -> Result<usize, Box<dyn Error>> {
    client.ensure_topic(dataset)?;
    let (mut bytes, mut waiting) = (0, Vec::new());
    for (number, first) in (0..lines).step_by(LINES_PER_BATCH).enumerate() {
        let mut batch = BatchBuilder::new(client.compression());
        for n in first..lines.min(first + LINES_PER_BATCH) {
            let line = line(n);
            bytes += line.len();
            batch.append(clock()().as_millis(), None, Some(line.as_bytes()), &[]);
        }
        let partition = TopicPartition { dataset: dataset.clone(), partition: number as u32 % partitions };
        waiting.push(client.append(&partition, batch.finish()?)?);
    }
    waiting.into_iter().try_for_each(girok_log::Durable::wait)?;
    Ok(bytes)
}

fn line(n: usize) -> String {
    let (level, service) = (["info", "info", "warn", "error"][n % 4], ["cart", "auth", "search"][n % 3]);
    let mixed = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        r#"{{"level":"{level}","service":"{service}","message":"request {n} for order {} took {} ms","trace_id":"{mixed:016x}","status":{}}}"#,
        mixed % 100_000,
        mixed % 997,
        200 + n % 7
    )
}

fn clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    })
}
