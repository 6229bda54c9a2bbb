//! Where a JSON value ends: a scanner that respects strings and nesting and builds no values.
//!
//! It proves structure only, closed strings and matching brackets; what stands inside a value is the
//! parser's business.

use memchr::memchr2;

/// How deep a value may be nested; deeper ones are refused.
const DEPTH_MAX: usize = 512;

/// Which bytes mean something between the values of an object or array.
const STRUCTURAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 5 {
        table[b"\"{}[]"[at] as usize] = true;
        at += 1;
    }
    table
};

/// What stands where something else was needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Byte position in the scanned bytes.
    pub(crate) position: usize,
    /// What was expected or found there.
    pub(crate) reason: &'static str,
}

/// A place in bytes that hold JSON.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The closing brackets that are due, kept for its memory.
    due: Vec<u8>,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Scanner { bytes, at: 0, due: Vec::new() }
    }

    /// The byte at the current place, if any is left.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Steps over one byte.
    pub(crate) fn bump(&mut self) {
        self.at += 1;
    }

    /// Steps over white space, then peeks.
    pub(crate) fn peek_after_space(&mut self) -> Option<u8> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.peek()
    }

    /// An error at the current place.
    pub(crate) fn broken(&self, reason: &'static str) -> Broken {
        Broken { position: self.at, reason }
    }

    /// Steps over one value and returns its bytes.
    pub(crate) fn value(&mut self) -> Result<&'a [u8], Broken> {
        let start = self.at;
        match self.peek() {
            Some(b'{' | b'[') => self.container()?,
            Some(b'"') => self.string()?,
            Some(b) if is_scalar(b) => {
                self.at += self.bytes[start..].iter().take_while(|b| is_scalar(**b)).count();
            }
            Some(_) => return Err(self.broken("expected a value")),
            None => return Err(self.broken("expected a value, found the end")),
        }
        Ok(&self.bytes[start..self.at])
    }

    fn container(&mut self) -> Result<(), Broken> {
        let opened_at = self.at;
        self.due.clear();
        while let Some(found) = self.bytes[self.at..].iter().position(|byte| STRUCTURAL[*byte as usize]) {
            self.at += found;
            match self.bytes[self.at] {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' if self.due.len() == DEPTH_MAX => {
                    return Err(self.broken("nested over 512 levels deep"));
                }
                // In ASCII a closing bracket is the opening one plus two.
                open @ (b'{' | b'[') => self.due.push(open + 2),
                close if self.due.pop() != Some(close) => return Err(self.broken("wrong closing bracket")),
                _ => {}
            }
            self.at += 1;
            if self.due.is_empty() {
                return Ok(());
            }
        }
        Err(Broken { position: opened_at, reason: "found no end of the value that begins" })
    }

    fn string(&mut self) -> Result<(), Broken> {
        let opened_at = self.at;
        let mut at = self.at + 1;
        while let Some(found) = self.bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            at += found;
            if self.bytes[at] == b'"' {
                self.at = at + 1;
                return Ok(());
            }
            at += 2;
        }
        Err(Broken { position: opened_at, reason: "found no end of the string that begins" })
    }
}

/// Whether a byte may stand in a number, `true`, `false` or `null`.
fn is_scalar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}
