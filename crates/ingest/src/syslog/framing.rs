//! Where one syslog message ends and the next begins in a TCP stream.
//!
//! RFC 6587 knows two framings and does not say which one a sender uses. A stream that begins with a
//! number, a space and `<` counts octets; any other one ends its messages with LF or NUL, whichever comes
//! first. A stream whose counts stop making sense is read as lines from there on. What is found does not
//! depend on how the network cut the stream, and nothing is dropped but what is over [`FRAME_BYTES_MAX`].

use std::ops::Range;

use memchr::{memchr, memchr2};

/// The longest message; the rest of a longer one is dropped and counted.
pub const FRAME_BYTES_MAX: usize = 256 << 10;

/// A count with more digits than this is no count.
const COUNT_DIGITS_MAX: usize = 7;

/// How messages end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Not known yet: the stream has just begun.
    Unknown,
    /// A count stands before each.
    Counted,
    /// LF or NUL; not known yet which.
    Ended,
    /// This byte.
    EndedBy(u8),
}

/// What is still to be dropped of a message that was too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Skip {
    Nothing,
    Octets(usize),
    ToEnd,
}

/// Cuts one stream into messages.
#[derive(Debug)]
pub(crate) struct Framer {
    mode: Mode,
    skip: Skip,
    /// Bytes at the front of the buffer that are known to hold no end.
    scanned: usize,
    frame_bytes_max: usize,
    /// Messages that were cut to the limit.
    pub(crate) truncated: u64,
    /// Streams whose counts stopped making sense.
    pub(crate) framing_errors: u64,
}

/// What a look at the front of the buffer found; both numbers are lengths from there.
enum Step {
    /// A message, and where the next one begins.
    Frame(Range<usize>, usize),
    /// Bytes to step over.
    Skip(usize),
    /// Nothing before more bytes come.
    More,
}

impl Framer {
    pub(crate) fn new() -> Self {
        Self::with_limit(FRAME_BYTES_MAX)
    }

    fn with_limit(frame_bytes_max: usize) -> Self {
        let (mode, skip) = (Mode::Unknown, Skip::Nothing);
        Framer { mode, skip, scanned: 0, frame_bytes_max, truncated: 0, framing_errors: 0 }
    }

    /// Adds the whole messages in `buffer` to `frames`; returns how many of its bytes are done with.
    pub(crate) fn cut(&mut self, buffer: &[u8], frames: &mut Vec<Range<usize>>) -> usize {
        let mut at = 0;
        loop {
            match self.step(&buffer[at..]) {
                Step::Frame(range, length) => {
                    push(buffer, at + range.start..at + range.end, frames);
                    at += length;
                }
                Step::Skip(length) => at += length,
                Step::More => return at,
            }
        }
    }

    /// Adds what is left in `buffer` when the stream ends.
    pub(crate) fn finish(&mut self, buffer: &[u8], frames: &mut Vec<Range<usize>>) {
        let start = match self.mode {
            _ if self.skip != Skip::Nothing => return,
            Mode::Counted => count(buffer).map_or(0, |(_, digits)| digits),
            _ => 0,
        };
        push(buffer, start..buffer.len().min(start + self.frame_bytes_max), frames);
    }

    fn step(&mut self, rest: &[u8]) -> Step {
        if rest.is_empty() {
            return Step::More;
        }
        match (self.skip, self.mode) {
            (Skip::Octets(left), _) => self.skip_octets(left, rest.len()),
            (Skip::ToEnd, _) => self.skip_to_end(rest),
            (Skip::Nothing, Mode::Unknown | Mode::Counted) if is_filler(rest[0]) => Step::Skip(1),
            (Skip::Nothing, Mode::Unknown) => self.detect(rest),
            (Skip::Nothing, Mode::Counted) => self.counted(rest),
            (Skip::Nothing, Mode::Ended | Mode::EndedBy(_)) => self.ended(rest),
        }
    }

    fn detect(&mut self, rest: &[u8]) -> Step {
        match count(rest) {
            Some((_, digits)) if digits == rest.len() => return Step::More,
            Some((_, digits)) if rest[digits] == b'<' => self.mode = Mode::Counted,
            None if may_become_count(rest) => return Step::More,
            _ => self.mode = Mode::Ended,
        }
        Step::Skip(0)
    }

    fn counted(&mut self, rest: &[u8]) -> Step {
        let Some((length, digits)) = count(rest) else {
            if may_become_count(rest) {
                return Step::More;
            }
            self.framing_errors += 1;
            self.mode = Mode::Ended;
            return Step::Skip(0);
        };
        let kept = length.min(self.frame_bytes_max);
        if rest.len() < digits + kept {
            return Step::More;
        }
        if length > kept {
            self.truncated += 1;
            self.skip = Skip::Octets(length - kept);
        }
        Step::Frame(digits..digits + kept, digits + kept)
    }

    fn ended(&mut self, rest: &[u8]) -> Step {
        if let Some(end) = self.find_end(rest) {
            let length = end - usize::from(end > 0 && rest[end - 1] == b'\r');
            self.truncated += u64::from(length > self.frame_bytes_max);
            return Step::Frame(0..length.min(self.frame_bytes_max), end + 1);
        }
        // One byte over the limit may be the CR of an end that has not come yet.
        if rest.len() > self.frame_bytes_max + 1 {
            self.truncated += 1;
            self.scanned = 0;
            self.skip = Skip::ToEnd;
            return Step::Frame(0..self.frame_bytes_max, rest.len());
        }
        Step::More
    }

    fn skip_octets(&mut self, left: usize, available: usize) -> Step {
        let skipped = left.min(available);
        self.skip = if skipped == left { Skip::Nothing } else { Skip::Octets(left - skipped) };
        Step::Skip(skipped)
    }

    fn skip_to_end(&mut self, rest: &[u8]) -> Step {
        match self.find_end(rest) {
            Some(end) => {
                self.skip = Skip::Nothing;
                Step::Skip(end + 1)
            }
            None => {
                self.scanned = 0;
                Step::Skip(rest.len())
            }
        }
    }

    fn find_end(&mut self, rest: &[u8]) -> Option<usize> {
        let unseen = &rest[self.scanned..];
        let found = match self.mode {
            Mode::EndedBy(end) => memchr(end, unseen),
            _ => memchr2(b'\n', 0, unseen),
        };
        let Some(found) = found else {
            self.scanned = rest.len();
            return None;
        };
        let end = self.scanned + found;
        self.mode = Mode::EndedBy(rest[end]);
        self.scanned = 0;
        Some(end)
    }
}

/// Adds a message without the ends that some senders put inside it; an empty one is none.
fn push(buffer: &[u8], mut range: Range<usize>, frames: &mut Vec<Range<usize>>) {
    while range.end > range.start && is_filler(buffer[range.end - 1]) {
        range.end -= 1;
    }
    while range.end > range.start && is_filler(buffer[range.start]) {
        range.start += 1;
    }
    if !range.is_empty() {
        frames.push(range);
    }
}

/// Bytes that end messages, and that some senders also put between counted ones.
fn is_filler(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | 0)
}

/// The count that `rest` begins with, and the length of its digits and space.
fn count(rest: &[u8]) -> Option<(usize, usize)> {
    let digits = rest.iter().take(COUNT_DIGITS_MAX + 1).take_while(|b| b.is_ascii_digit()).count();
    let is_count =
        (1..=COUNT_DIGITS_MAX).contains(&digits) && rest[0] != b'0' && rest.get(digits) == Some(&b' ');
    let value = || rest[..digits].iter().fold(0, |sum, b| sum * 10 + usize::from(b - b'0'));
    is_count.then(|| (value(), digits + 1))
}

/// Whether more bytes can make a count of `rest`.
fn may_become_count(rest: &[u8]) -> bool {
    rest.len() <= COUNT_DIGITS_MAX && rest.iter().all(u8::is_ascii_digit) && rest.first() != Some(&b'0')
}

#[cfg(test)]
#[path = "framing_tests.rs"]
mod tests;
