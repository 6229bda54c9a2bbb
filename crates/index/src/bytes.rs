//! Little-endian reading that ends in an error, never in a panic, where bytes are missing.

use crate::IndexError;

const MISSING: IndexError = IndexError::Corrupt { what: "it ends too early" };

/// A position in a slice of bytes.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], IndexError> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(MISSING)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], IndexError> {
        self.take(N)?.try_into().map_err(|_| MISSING)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, IndexError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, IndexError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, IndexError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, IndexError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, IndexError> {
        self.array().map(i64::from_le_bytes)
    }

    /// A count of things of `size` bytes each, refused if that many cannot follow.
    pub(crate) fn count(&mut self, size: usize) -> Result<usize, IndexError> {
        let count = self.u32()? as usize;
        if count.checked_mul(size).is_none_or(|bytes| bytes > self.rest.len()) {
            return Err(IndexError::Corrupt { what: "a count is larger than the bytes that follow" });
        }
        Ok(count)
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Checks that nothing is left.
    pub(crate) fn finish(&self) -> Result<(), IndexError> {
        if self.rest.is_empty() { Ok(()) } else { Err(IndexError::Corrupt { what: "bytes are left over" }) }
    }

    /// Text with its length as `u16` before it.
    pub(crate) fn text(&mut self) -> Result<String, IndexError> {
        let length = usize::from(self.u16()?);
        let bytes = self.take(length)?;
        let text =
            std::str::from_utf8(bytes).map_err(|_| IndexError::Corrupt { what: "a name is not UTF-8" })?;
        Ok(text.to_owned())
    }
}

/// Appends `text` with its length as `u16`; a longer text is cut at a character.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
    out.extend_from_slice(&(text.len() as u16).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}
