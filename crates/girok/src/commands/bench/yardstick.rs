//! What does `zstd -3` take for the same bytes? A measure that goes along from machine to machine.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;
use zstd::stream::write::Encoder;

use super::{cpu, report};

const LEVEL: i32 = 3;

/// Bytes read at a time.
const READ_BYTES: usize = 4 << 20;

/// What it took.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Yardstick {
    pub(super) cpu_seconds: f64,
    pub(super) wall_seconds: f64,
    pub(super) bytes: u64,
}

/// Compresses a file as `zstd -3 -T1` would, with its checksum, on a thread of its own, and throws it away.
pub(super) fn zstd(path: &Path) -> Result<Yardstick> {
    std::thread::scope(|scope| scope.spawn(|| compress(path)).join().expect("compression does not panic"))
}

fn compress(path: &Path) -> Result<Yardstick> {
    let context = || format!("cannot compress `{}`", path.display());
    let mut file = File::open(path).with_context(context)?;
    let size = file.metadata().with_context(context)?.len();
    let bar = report::byte_bar("zstd -3, for comparison", size);
    let mut encoder = Encoder::new(Counter(0), LEVEL).with_context(context)?;
    encoder
        .set_pledged_src_size(Some(size))
        .and_then(|()| encoder.include_checksum(true))
        .with_context(context)?;
    let (begun, mut buffer) = (Instant::now(), vec![0; READ_BYTES]);
    let cpu_before = cpu::seconds_of_this_thread()?;
    loop {
        let count = file.read(&mut buffer).with_context(context)?;
        if count == 0 {
            break;
        }
        encoder.write_all(&buffer[..count]).with_context(context)?;
        bar.inc(count as u64);
    }
    let bytes = encoder.finish().with_context(context)?.0;
    let cpu_seconds = cpu::seconds_of_this_thread()? - cpu_before;
    bar.finish_and_clear();
    Ok(Yardstick { cpu_seconds, wall_seconds: begun.elapsed().as_secs_f64(), bytes })
}

/// Counts what is written.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
