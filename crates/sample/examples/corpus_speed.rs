//! How fast is the corpus written on one core?

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::time::Instant;

fn main() {
    const LINES: usize = 2_000_000;
    let mut corpus = girok_sample::corpus(1, 1_795_392_000_000_000_000, 10_000.0);
    let mut buffer = Vec::with_capacity(1 << 20);
    let mut bytes = 0;
    let start = Instant::now();
    for _ in 0..LINES {
        corpus.write_line(&mut buffer);
        if buffer.len() > 900_000 {
            bytes += buffer.len();
            buffer.clear();
        }
    }
    bytes += buffer.len();
    let seconds = start.elapsed().as_secs_f64();
    println!("{LINES} lines of {} bytes: {:.0} MB/s", bytes / LINES, bytes as f64 / 1e6 / seconds);
}
