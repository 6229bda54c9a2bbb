//! How does an answer become bytes? Writes Kafka's primitive types; large values are passed on uncopied.

use bytes::{BufMut, Bytes, BytesMut};

/// Values from this size on become a piece of their own instead of being copied.
const PIECE_BYTES: usize = 4096;

/// Writes one message of a known version.
#[derive(Debug)]
pub struct Encoder {
    out: BytesMut,
    pieces: Vec<Bytes>,
    version: i16,
    flexible: bool,
}

impl Encoder {
    /// A writer for `version`, with or without tagged fields and compact lengths.
    pub fn new(version: i16, flexible: bool) -> Self {
        Encoder { out: BytesMut::with_capacity(256), pieces: Vec::new(), version, flexible }
    }

    /// The version being written.
    pub fn version(&self) -> i16 {
        self.version
    }

    /// Writes bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) {
        self.out.put_slice(bytes);
    }

    /// Writes bytes as they are, without copying them if they are many.
    pub fn put_shared(&mut self, bytes: &Bytes) {
        if bytes.len() < PIECE_BYTES {
            return self.put(bytes);
        }
        self.cut();
        self.pieces.push(bytes.clone());
    }

    fn cut(&mut self) {
        if !self.out.is_empty() {
            self.pieces.push(self.out.split().freeze());
        }
    }

    /// Writes an unsigned number in groups of seven bits.
    pub fn uvarint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.out.put_u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.put_u8(value as u8);
    }

    fn length(&mut self, length: Option<usize>, wide: bool) {
        match (self.flexible, wide) {
            (true, _) => self.uvarint(length.map_or(0, |length| length as u32 + 1)),
            (false, true) => self.out.put_i32(length.map_or(-1, |length| length as i32)),
            (false, false) => self.out.put_i16(length.map_or(-1, |length| length as i16)),
        }
    }

    /// Writes a text, or null. One that is too long for its length field is cut.
    pub fn text(&mut self, text: Option<&str>) {
        let text = text.map(|text| &text[..text.floor_char_boundary(i16::MAX as usize)]);
        self.length(text.map(str::len), false);
        self.put(text.unwrap_or_default().as_bytes());
    }

    /// Writes the length of bytes that follow, or null.
    pub fn bytes_length(&mut self, length: Option<usize>) {
        self.length(length, true);
    }

    /// Writes how many items follow, or null.
    pub fn count(&mut self, count: Option<usize>) {
        self.length(count, true);
    }

    /// Ends a structure: no tagged fields.
    pub fn tags(&mut self) {
        if self.flexible {
            self.out.put_u8(0);
        }
    }

    /// The pieces, to be sent one behind the other.
    pub fn finish(mut self) -> Vec<Bytes> {
        self.cut();
        self.pieces
    }
}
