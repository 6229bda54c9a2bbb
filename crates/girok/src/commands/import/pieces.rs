//! How a stream of bytes is cut into requests of whole lines.
//!
//! A thread of its own reads ahead. A piece is what has been read so far, up to [`PIECE_BYTES`]: large while
//! a file is read, small when lines trickle in, so nothing waits for more to come.

use std::io::Read;
use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::{Context, Result, bail};
use girok_event::limits::{BODY_BYTES_MAX, RECORD_BYTES_MAX};

/// About the largest piece.
const PIECE_BYTES: usize = 4 << 20;

/// Bytes read at a time, and how many times ahead.
const BLOCK_BYTES: usize = 64 << 10;
const BLOCKS_AHEAD: usize = PIECE_BYTES / BLOCK_BYTES;

/// A part of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Events to send.
    Events(Events),
    /// A line that no server would take.
    TooLong {
        /// Its number, from 1.
        line: u64,
        /// Its size.
        size_bytes: usize,
    },
}

/// Whole lines, or one whole JSON document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Events {
    /// Their bytes.
    pub(super) bytes: Vec<u8>,
    /// The number of the first line, from 1; none for a document.
    pub(super) first_line: Option<u64>,
}

impl Events {
    /// Where the event at `index` of these stands.
    pub(super) fn place(&self, file: &str, index: u64) -> String {
        match self.first_line {
            Some(first) => format!("{file}:{}", first + index),
            None => format!("{file}: element {index}"),
        }
    }

    /// The number of the line after these.
    pub(super) fn next_line(&self) -> u64 {
        self.first_line.unwrap_or(1) + count_lines(&self.bytes)
    }
}

/// What is said of a line that is over the limit.
pub(super) fn too_long(size_bytes: usize) -> String {
    format!(
        "cannot send an event of {size_bytes} bytes: the limit is {RECORD_BYTES_MAX} bytes (RECORD_BYTES_MAX)"
    )
}

/// The pieces of one file.
pub(super) struct Pieces {
    blocks: Receiver<std::io::Result<Vec<u8>>>,
    buffer: Vec<u8>,
    line: u64,
    begun: bool,
    ended: bool,
}

impl Pieces {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        let (sender, blocks) = sync_channel(BLOCKS_AHEAD);
        // The thread ends with the file, or when nobody wants its blocks any more.
        std::thread::spawn(move || read_ahead(reader, |block| sender.send(block).is_ok()));
        Pieces { blocks, buffer: Vec::new(), line: 1, begun: false, ended: false }
    }

    fn piece(&mut self) -> Result<Option<Piece>> {
        self.fill()?;
        if !std::mem::replace(&mut self.begun, true) && is_document(&self.buffer) {
            return self.document();
        }
        let mut searched = 0;
        loop {
            if let Some(end) = self.buffer[searched..].iter().rposition(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(searched + end + 1);
                return Ok(Some(self.events(rest)));
            }
            searched = self.buffer.len();
            if self.ended {
                return Ok((!self.buffer.is_empty()).then(|| self.events(Vec::new())));
            }
            if self.buffer.len() > RECORD_BYTES_MAX + 1 {
                return self.too_long();
            }
            self.fill()?;
        }
    }

    /// Waits for one block, then takes those that are there.
    fn fill(&mut self) -> Result<()> {
        let mut next = self.blocks.recv().ok();
        loop {
            match next {
                None => self.ended = true,
                Some(block) => self.buffer.extend_from_slice(&block.context("cannot read on")?),
            }
            if self.ended || self.buffer.len() >= PIECE_BYTES {
                return Ok(());
            }
            match self.blocks.try_recv() {
                Ok(block) => next = Some(block),
                Err(_) => return Ok(()),
            }
        }
    }

    fn events(&mut self, rest: Vec<u8>) -> Piece {
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let events = Events { bytes, first_line: Some(self.line) };
        self.line = events.next_line();
        Piece::Events(events)
    }

    /// Steps over the line that the buffer begins with.
    fn too_long(&mut self) -> Result<Option<Piece>> {
        let (line, mut size_bytes) = (self.line, 0);
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                self.buffer.drain(..=end);
                size_bytes += end;
                break;
            }
            size_bytes += self.buffer.len();
            self.buffer.clear();
            if self.ended {
                break;
            }
            self.fill()?;
        }
        self.line += 1;
        Ok(Some(Piece::TooLong { line, size_bytes }))
    }

    fn document(&mut self) -> Result<Option<Piece>> {
        while !self.ended {
            if self.buffer.len() > BODY_BYTES_MAX {
                bail!(
                    "cannot send a JSON document of over {BODY_BYTES_MAX} bytes (BODY_BYTES_MAX)\nhint: send one object a line, for example with `jq -c '.[]'`"
                );
            }
            let block = self.blocks.recv().ok();
            self.ended = block.is_none();
            self.buffer.extend_from_slice(&block.transpose().context("cannot read on")?.unwrap_or_default());
        }
        let bytes = std::mem::take(&mut self.buffer);
        Ok(Some(Piece::Events(Events { bytes, first_line: None })))
    }
}

impl Iterator for Pieces {
    type Item = Result<Piece>;

    fn next(&mut self) -> Option<Result<Piece>> {
        if self.ended && self.buffer.is_empty() {
            return None;
        }
        self.piece().inspect_err(|_| self.ended = true).transpose()
    }
}

fn read_ahead(mut reader: Box<dyn Read + Send>, mut give: impl FnMut(std::io::Result<Vec<u8>>) -> bool) {
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match reader.read(&mut block) {
            Ok(0) => return,
            Ok(size) if give(Ok(block[..size].to_vec())) => {}
            Ok(_) => return,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                give(Err(error));
                return;
            }
        }
    }
}

/// Whether a file looks like one JSON array of objects, or one object over several lines.
fn is_document(begin: &[u8]) -> bool {
    let text = begin.trim_ascii_start();
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let opens_array = text.first() == Some(&b'[') && text[1..].trim_ascii_start().first() == Some(&b'{');
    opens_array || first_line == b"{"
}

fn count_lines(bytes: &[u8]) -> u64 {
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    ends + u64::from(bytes.last().is_some_and(|byte| *byte != b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &[u8]) -> Vec<Piece> {
        Pieces::new(Box::new(std::io::Cursor::new(text.to_vec()))).collect::<Result<_>>().unwrap()
    }

    #[test]
    fn pieces_are_whole_lines_and_nothing_is_lost() {
        let text: String =
            (0..400_000).map(|n| format!("this is line number {n}\n")).collect::<String>() + "last";
        let (mut all, mut line) = (Vec::new(), 1);
        for piece in pieces(text.as_bytes()) {
            let Piece::Events(events) = piece else { panic!("{piece:?}") };
            assert_eq!(events.first_line, Some(line));
            assert!(events.bytes.len() <= PIECE_BYTES + BLOCK_BYTES);
            line = events.next_line();
            all.extend(events.bytes);
        }
        assert!(all == text.as_bytes());
        assert_eq!(line, 400_002);
    }

    #[test]
    fn an_over_long_line_is_named_and_passed_over() {
        let text =
            [b"one\n".to_vec(), vec![b'x'; RECORD_BYTES_MAX + (1 << 20)], b"\nthree\n".to_vec()].concat();
        let pieces = pieces(&text);
        let long = Piece::TooLong { line: 2, size_bytes: RECORD_BYTES_MAX + (1 << 20) };
        assert!(pieces.contains(&long));
        let last = Piece::Events(Events { bytes: b"three\n".to_vec(), first_line: Some(3) });
        assert_eq!(pieces.last(), Some(&last));
    }

    #[test]
    fn a_json_document_stays_whole() {
        for document in ["[\n{\"a\":1},\n{\"b\":2}\n]\n", " {\n \"a\": 1\n}"] {
            let whole = Events { bytes: document.into(), first_line: None };
            assert_eq!(pieces(document.as_bytes()), [Piece::Events(whole)]);
        }
        for lines in ["{\"a\":1}\n{\"b\":2}\n", "[12:00] started\n"] {
            let events = Events { bytes: lines.into(), first_line: Some(1) };
            assert_eq!(pieces(lines.as_bytes()), [Piece::Events(events)]);
        }
        assert_eq!(pieces(b""), []);
    }
}
