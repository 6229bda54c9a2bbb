//! What does a frame say? Reads Kafka's primitive types, never past the end and never trusting a count.

use bytes::{Buf, Bytes};

use super::ProtocolError;

type Result<T> = std::result::Result<T, ProtocolError>;

/// Most items of all arrays of one frame together: what a frame decodes to is bounded by it.
pub const ITEMS_MAX: usize = 100_000;

/// Reads one message of a known version.
#[derive(Debug)]
pub struct Decoder {
    rest: Bytes,
    version: i16,
    flexible: bool,
    items_left: usize,
}

impl Decoder {
    /// A reader over `bytes` for `version`, with or without tagged fields and compact lengths.
    pub fn new(bytes: Bytes, version: i16, flexible: bool) -> Self {
        Decoder { rest: bytes, version, flexible, items_left: ITEMS_MAX }
    }

    /// The version being read.
    pub fn version(&self) -> i16 {
        self.version
    }

    /// Reads `N` bytes.
    pub fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = *self.rest.first_chunk::<N>().ok_or(ProtocolError::Truncated)?;
        self.rest.advance(N);
        Ok(taken)
    }

    /// Reads `length` bytes without copying them.
    pub fn slice(&mut self, length: usize) -> Result<Bytes> {
        if length > self.rest.len() {
            return Err(ProtocolError::Truncated);
        }
        Ok(self.rest.split_to(length))
    }

    /// Reads an unsigned number of at most 32 bits in groups of seven.
    pub fn uvarint(&mut self) -> Result<u32> {
        let mut value = 0u32;
        for shift in (0..35).step_by(7) {
            let [byte] = self.take()?;
            if shift == 28 && byte > 0x0f {
                break;
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(ProtocolError::Length)
    }

    /// Reads a length: compact (one more, 0 for null) in flexible versions, else with the given width.
    fn length(&mut self, wide: bool) -> Result<Option<usize>> {
        if self.flexible {
            return Ok(self.uvarint()?.checked_sub(1).map(|length| length as usize));
        }
        let length =
            if wide { i32::from_be_bytes(self.take()?) } else { i16::from_be_bytes(self.take()?).into() };
        if length == -1 {
            Ok(None)
        } else {
            usize::try_from(length).map_err(|_| ProtocolError::Length).map(Some)
        }
    }

    /// Reads a text, or null.
    pub fn text(&mut self) -> Result<Option<String>> {
        let Some(length) = self.length(false)? else { return Ok(None) };
        let bytes = self.slice(length)?;
        std::str::from_utf8(&bytes).map(|text| Some(text.to_owned())).map_err(|_| ProtocolError::Text)
    }

    /// Reads bytes, or null.
    pub fn bytes(&mut self) -> Result<Option<Bytes>> {
        self.length(true)?.map(|length| self.slice(length)).transpose()
    }

    /// Reads how many items follow, or null. An item has at least one byte, so no count is larger than
    /// what is left of the frame; and all arrays together may have [`ITEMS_MAX`].
    pub fn count(&mut self) -> Result<Option<usize>> {
        let Some(count) = self.length(true)? else { return Ok(None) };
        if count > self.rest.len() {
            return Err(ProtocolError::Truncated);
        }
        self.items_left = self.items_left.checked_sub(count).ok_or(ProtocolError::TooManyItems)?;
        Ok(Some(count))
    }

    /// Passes over the tagged fields that end a structure of a flexible version.
    pub fn tags(&mut self) -> Result<()> {
        if !self.flexible {
            return Ok(());
        }
        for _ in 0..self.uvarint()? {
            let _tag = self.uvarint()?;
            let length = self.uvarint()?;
            self.slice(length as usize)?;
        }
        Ok(())
    }

    /// What is left, for the caller to go on with.
    pub fn into_rest(self) -> Bytes {
        self.rest
    }
}
