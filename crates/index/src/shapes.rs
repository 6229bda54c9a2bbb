//! Which shapes do a part's messages have, how often, and of which pattern are they?

use crate::IndexError;
use crate::bytes::{Reader, put_text};

/// Bytes of a shape's entry beside its text.
const ENTRY_BYTES: usize = 2 + 8 + 8;
/// Shapes are many and alike: the fastest level makes a fifth of them.
const COMPRESSION_LEVEL: i32 = 1;
/// More than the largest section a writer makes.
const SECTION_BYTES_MAX: usize = 64 << 20;

/// One shape. Its number is its place in [`Shapes::all`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The message with its variable tokens replaced.
    pub text: String,
    /// Rows whose message has it.
    pub rows: u64,
    /// The pattern it belongs to.
    pub pattern: u64,
}

/// The shapes of a part's messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shapes {
    /// All of them, by number.
    pub all: Vec<Shape>,
    /// Rows that have a message, but one without a shape.
    pub shapeless: u64,
    /// Texts of the patterns that the shapes belong to, as they were when the part was written.
    pub patterns: Vec<(u64, String)>,
}

impl Shapes {
    /// The text of a pattern, as it was when the part was written.
    pub fn pattern(&self, id: u64) -> Option<&str> {
        self.patterns.iter().find(|(known, _)| *known == id).map(|(_, text)| text.as_str())
    }

    /// Bytes the texts take in memory.
    pub fn size_bytes(&self) -> usize {
        let texts =
            self.all.iter().map(|shape| &shape.text).chain(self.patterns.iter().map(|(_, text)| text));
        texts.map(|text| text.len() + 48).sum()
    }

    /// The length of what follows as it was, then zstd.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut plain = Vec::new();
        self.encode_plain(&mut plain);
        out.extend_from_slice(&(plain.len() as u32).to_le_bytes());
        let compressed = zstd::bulk::compress(&plain, COMPRESSION_LEVEL);
        out.extend(compressed.expect("compressing memory into memory that grows cannot fail"));
    }

    /// Reads the section; any bytes may be given.
    pub fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        const NOT_OURS: IndexError = IndexError::Corrupt { what: "the shapes cannot be decompressed" };
        let mut reader = Reader::new(bytes);
        let length = reader.u32()? as usize;
        if length > SECTION_BYTES_MAX {
            return Err(NOT_OURS);
        }
        let plain = zstd::bulk::decompress(reader.rest(), length).map_err(|_| NOT_OURS)?;
        if plain.len() != length {
            return Err(NOT_OURS);
        }
        Shapes::decode_plain(&plain)
    }

    fn encode_plain(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.shapeless.to_le_bytes());
        out.extend_from_slice(&(self.all.len() as u32).to_le_bytes());
        for shape in &self.all {
            out.extend_from_slice(&shape.rows.to_le_bytes());
            out.extend_from_slice(&shape.pattern.to_le_bytes());
            put_text(out, &shape.text);
        }
        out.extend_from_slice(&(self.patterns.len() as u32).to_le_bytes());
        for (id, text) in &self.patterns {
            out.extend_from_slice(&id.to_le_bytes());
            put_text(out, text);
        }
    }

    fn decode_plain(bytes: &[u8]) -> Result<Self, IndexError> {
        let mut reader = Reader::new(bytes);
        let shapeless = reader.u64()?;
        let count = reader.count(ENTRY_BYTES)?;
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            let (rows, pattern) = (reader.u64()?, reader.u64()?);
            all.push(Shape { text: reader.text()?, rows, pattern });
        }
        let count = reader.count(8 + 2)?;
        let patterns = (0..count).map(|_| Ok((reader.u64()?, reader.text()?))).collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Shapes { all, shapeless, patterns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_come_back() {
        let shapes = Shapes {
            all: vec![
                Shape { text: "took \u{1} ms".to_owned(), rows: 7, pattern: 9 },
                Shape { text: String::new(), rows: 1, pattern: 2 },
            ],
            shapeless: 3,
            patterns: vec![(9, "took <num> ms".to_owned())],
        };
        let mut bytes = Vec::new();
        shapes.encode(&mut bytes);
        assert_eq!(Shapes::decode(&bytes).unwrap(), shapes);
        assert_eq!(shapes.pattern(9), Some("took <num> ms"));
        assert!((0..bytes.len()).all(|length| Shapes::decode(&bytes[..length]).is_err()));
    }
}
