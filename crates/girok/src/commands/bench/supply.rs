//! Where request bodies come from: a file, or lines that are of this moment.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::corpus;
use crate::commands::serve;

/// Bytes of a body; it is filled up to the end of a line.
const BODY_BYTES: usize = 1 << 20;

/// Lines of this moment follow each other so fast in their own time.
const EVENTS_PER_SECOND: f64 = 50_000.0;

/// Whole lines, a body at a time.
pub(super) trait Supply: Send {
    /// Fills `body` and says how many lines it holds; nothing once there is no more. May wait for its time.
    fn next(&mut self, body: &mut Vec<u8>) -> Result<Option<u64>>;
}

/// The lines of a file.
pub(super) struct FileSupply {
    reader: BufReader<File>,
}

impl FileSupply {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
        Ok(FileSupply { reader: BufReader::with_capacity(64 << 10, file) })
    }
}

impl Supply for FileSupply {
    fn next(&mut self, body: &mut Vec<u8>) -> Result<Option<u64>> {
        body.clear();
        let piece = (&mut self.reader).take(BODY_BYTES as u64).read_to_end(body);
        piece.and_then(|_| self.reader.read_until(b'\n', body)).context("cannot read the lines")?;
        Ok((!body.is_empty()).then(|| lines(body)))
    }
}

/// Lines of the corpus, written when they are needed: however many, none lies on disk.
pub(super) struct CorpusSupply {
    corpus: girok_sample::Corpus,
    left: u64,
}

impl CorpusSupply {
    pub(super) fn new(seed: u64, lines: u64) -> Self {
        CorpusSupply { corpus: corpus::lines(seed), left: lines }
    }
}

impl Supply for CorpusSupply {
    fn next(&mut self, body: &mut Vec<u8>) -> Result<Option<u64>> {
        body.clear();
        let before = self.left;
        while self.left > 0 && body.len() < BODY_BYTES {
            self.corpus.write_line(body);
            self.left -= 1;
        }
        Ok((before > self.left).then_some(before - self.left))
    }
}

/// Lines that carry the time at which they are sent, for so long and at most so fast.
pub(super) struct MomentSupply {
    seed: u64,
    begun: Instant,
    sent_bytes: u64,
    bytes_per_second: Option<f64>,
    duration: Duration,
}

impl MomentSupply {
    pub(super) fn new(seed: u64, duration: Duration, bytes_per_second: Option<f64>) -> Self {
        MomentSupply { seed, begun: Instant::now(), sent_bytes: 0, bytes_per_second, duration }
    }

    /// When the next body is due.
    fn due(&self) -> Duration {
        self.bytes_per_second
            .map_or(Duration::ZERO, |rate| Duration::from_secs_f64(self.sent_bytes as f64 / rate))
    }
}

impl Supply for MomentSupply {
    fn next(&mut self, body: &mut Vec<u8>) -> Result<Option<u64>> {
        std::thread::sleep(self.due().saturating_sub(self.begun.elapsed()));
        if self.begun.elapsed() >= self.duration {
            return Ok(None);
        }
        // Another seed for each body: no trace id comes twice.
        self.seed += 1;
        let mut corpus = girok_sample::corpus(self.seed, serve::now().0, EVENTS_PER_SECOND);
        let mut lines = 0;
        body.clear();
        while body.len() < BODY_BYTES {
            corpus.write_line(body);
            lines += 1;
        }
        self.sent_bytes += body.len() as u64;
        Ok(Some(lines))
    }
}

/// Lines that hold something.
fn lines(body: &[u8]) -> u64 {
    body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_whole_and_in_whole_lines() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let text = "{\"a\":1}\n".repeat(300_000) + "\n{\"last\":true}";
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        let mut supply = FileSupply::open(file.path()).unwrap();
        let (mut body, mut all, mut count, mut bodies) = (Vec::new(), Vec::new(), 0, 0);
        while let Some(lines) = supply.next(&mut body).unwrap() {
            assert!(body.ends_with(b"\n") || body.ends_with(b"}"));
            all.extend_from_slice(&body);
            (count, bodies) = (count + lines, bodies + 1);
        }
        assert!(all == text.as_bytes());
        assert_eq!((count, bodies), (300_001, 3));
    }

    #[test]
    fn a_rate_is_kept() {
        let mut supply = MomentSupply::new(1, Duration::from_millis(300), Some(10e6));
        let (mut body, mut bodies) = (Vec::new(), 0);
        while supply.next(&mut body).unwrap().is_some() {
            bodies += 1;
        }
        assert!((2..=3).contains(&bodies), "{bodies}");
    }
}
