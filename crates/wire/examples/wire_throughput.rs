//! How fast are batches made and read? `cargo run --release -p girok-wire --example wire_throughput`
//!
//! One thread, log lines of about 300 bytes, batches of 1 MiB; MB/s count the unpacked bytes.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use girok_wire::{BatchBuilder, BatchView, Compression};

const BATCH_BYTES: usize = 1 << 20;
const RUN: Duration = Duration::from_secs(1);

fn main() -> io::Result<()> {
    let lines = log_lines(20_000);
    let out = &mut io::stdout().lock();
    writeln!(out, "{:<8} {:>12} {:>12} {:>8}", "codec", "encode MB/s", "decode MB/s", "ratio")?;
    for codec in
        [Compression::None, Compression::Lz4, Compression::Snappy, Compression::Zstd, Compression::Gzip]
    {
        let (batches, encode) = measure_encode(codec, &lines);
        let decode = measure_decode(&batches);
        let packed: usize = batches.iter().map(Bytes::len).sum();
        let ratio = (batches.len() * BATCH_BYTES) as f64 / packed as f64;
        writeln!(out, "{:<8} {encode:>12.0} {decode:>12.0} {ratio:>8.1}", codec.as_str())?;
    }
    Ok(())
}

fn log_lines(count: usize) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(7);
    let paths = ["/api/v1/orders", "/index.html", "/static/app.js", "/api/v1/users/login", "/health"];
    (0..count)
        .map(|at| {
            format!(
                r#"{{"@timestamp":"2026-11-23T08:{:02}:{:02}.{:03}Z","level":"info","host":"web-{:02}","service":"checkout","trace_id":"{:016x}{:016x}","message":"request served","http":{{"method":"GET","path":"{}","status":{},"bytes":{},"duration_ms":{}}},"client":"10.{}.{}.{}"}}"#,
                at / 60 % 60, at % 60, random.u32(0..1000), random.u32(0..20), random.u64(..), random.u64(..),
                paths[random.usize(..paths.len())], [200, 200, 200, 304, 404, 500][random.usize(..6)],
                random.u32(100..90_000), random.u32(1..900), random.u8(..), random.u8(..), random.u8(..)
            )
        })
        .collect()
}

fn measure_encode(codec: Compression, lines: &[String]) -> (Vec<Bytes>, f64) {
    let mut builder = BatchBuilder::new(codec);
    let (mut kept, mut bytes) = (Vec::new(), 0);
    let start = Instant::now();
    let mut lines = lines.iter().cycle();
    while start.elapsed() < RUN {
        while builder.size_bytes() < BATCH_BYTES {
            let line = lines.next().map_or("", String::as_str);
            let headers: [(&str, &[u8]); 1] = [("girok.input", b"http")];
            builder.append(1_790_000_000_000, Some(b"10.0.0.1"), Some(line.as_bytes()), &headers);
        }
        bytes += builder.size_bytes();
        let batch = builder.finish().expect("a batch of 1 MiB fits");
        if kept.len() < 64 {
            kept.push(batch);
        }
    }
    (kept, bytes as f64 / 1e6 / start.elapsed().as_secs_f64())
}

fn measure_decode(batches: &[Bytes]) -> f64 {
    let (mut scratch, mut bytes) = (Vec::new(), 0);
    let start = Instant::now();
    for batch in batches.iter().cycle() {
        let view = BatchView::parse(batch).expect("it was just made");
        for record in view.records(&mut scratch, 2 * BATCH_BYTES).expect("it was just made") {
            let record = record.expect("it was just made");
            black_box((record.offset, record.timestamp_ms, record.value.map(<[u8]>::len)));
        }
        bytes += BATCH_BYTES;
        if start.elapsed() >= RUN {
            break;
        }
    }
    bytes as f64 / 1e6 / start.elapsed().as_secs_f64()
}
