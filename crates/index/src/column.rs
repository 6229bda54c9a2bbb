//! Which values does a column hold? All of them with their counts where they are few, else what they are
//! made of.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

use crate::IndexError;
use crate::bytes::{Reader, put_text};

/// Most distinct values that are listed.
const VALUES_MAX: usize = 1024;
/// Most bytes of all listed values together.
const VALUES_BYTES_MAX: usize = 32 << 10;
/// The longest value that is listed.
const VALUE_BYTES_MAX: usize = 256;
/// Bytes of a listed value beside its text.
const ENTRY_BYTES: usize = 2 + 4;

/// The bytes that occur in a column's values, capital letters of ASCII as small ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// Adds every byte of `text`.
    #[inline]
    pub fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            let byte = byte.to_ascii_lowercase();
            self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }

    /// Whether `text` may occur, whatever the case of its letters. Letters beyond ASCII equal others that
    /// are written with other bytes, so they say nothing.
    pub fn may_hold(&self, text: &str) -> bool {
        let mut sought = ByteSet::default();
        sought.add(text);
        let is_ascii = self.0[2..] == [0, 0];
        !is_ascii || sought.0[..2].iter().zip(self.0).all(|(sought, known)| sought & !known == 0)
    }
}

/// What is known of one column of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnIndex {
    /// The column's name.
    pub name: String,
    /// Rows that have a value.
    pub present: u64,
    /// The bytes of its values as text; none if not collected.
    pub bytes: Option<ByteSet>,
    /// Every distinct value as text, with its rows, most frequent first; none where there are too many.
    pub values: Option<Vec<(String, u32)>>,
}

impl ColumnIndex {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_text(out, &self.name);
        out.extend_from_slice(&self.present.to_le_bytes());
        out.push(u8::from(self.bytes.is_some()) | u8::from(self.values.is_some()) << 1);
        if let Some(ByteSet(words)) = &self.bytes {
            words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
        }
        if let Some(values) = &self.values {
            out.extend_from_slice(&(values.len() as u32).to_le_bytes());
            for (value, rows) in values {
                out.extend_from_slice(&rows.to_le_bytes());
                put_text(out, value);
            }
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, IndexError> {
        let (name, present, flags) = (reader.text()?, reader.u64()?, reader.u8()?);
        let mut column = ColumnIndex { name, present, bytes: None, values: None };
        if flags & 1 == 1 {
            column.bytes = Some(ByteSet([reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?]));
        }
        if flags & 2 == 2 {
            let count = reader.count(ENTRY_BYTES)?;
            let value = |_| reader.u32().and_then(|rows| Ok((reader.text()?, rows)));
            column.values = Some((0..count).map(value).collect::<Result<_, _>>()?);
        }
        Ok(column)
    }

    /// What becomes of columns of the same name in parts that become one; `None` stands for a part that
    /// does not have the column.
    pub fn merge(columns: &[&ColumnIndex]) -> Option<ColumnIndex> {
        let first = columns.first()?;
        let bytes = columns.iter().map(|column| column.bytes).reduce(|left, right| {
            let (left, right) = (left?, right?);
            Some(ByteSet(std::array::from_fn(|word| left.0[word] | right.0[word])))
        });
        let mut counter = ValueCounter::default();
        for column in columns {
            match &column.values {
                Some(values) => values.iter().for_each(|(value, rows)| counter.add_rows(value, *rows)),
                None => counter.give_up(),
            }
        }
        Some(ColumnIndex {
            name: first.name.clone(),
            present: columns.iter().map(|column| column.present).sum(),
            bytes: bytes.flatten(),
            values: counter.finish(),
        })
    }
}

/// A hash is its own key.
#[derive(Debug, Default, Clone, Copy)]
struct Unhashed(u64);

impl Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// Counts the distinct values of one column until they are too many.
#[derive(Debug, Default)]
pub struct ValueCounter {
    values: Vec<(String, u32)>,
    /// By hash of the value, the position of the first with it; a second with the same hash ends the list.
    positions: HashMap<u64, u32, BuildHasherDefault<Unhashed>>,
    text_bytes: usize,
    /// The position of the latest value.
    latest: usize,
    is_over_limit: bool,
}

impl ValueCounter {
    /// Counts one row with this value. Says whether the values can still be listed.
    #[inline]
    pub fn add(&mut self, value: &str) -> bool {
        if let Some((text, rows)) = self.values.get_mut(self.latest)
            && text == value
        {
            *rows += 1;
            return !self.is_over_limit;
        }
        self.add_rows(value, 1);
        !self.is_over_limit
    }

    /// Counts several rows with this value.
    pub fn add_rows(&mut self, value: &str, rows: u32) {
        if self.is_over_limit {
            return;
        }
        let hash = xxh3_64(value.as_bytes());
        let at = *self.positions.entry(hash).or_insert(self.values.len() as u32) as usize;
        match self.values.get_mut(at) {
            Some((text, count)) if text == value => *count += rows,
            Some(_) => return self.give_up(),
            None => {
                self.text_bytes += value.len();
                if at == VALUES_MAX || value.len() > VALUE_BYTES_MAX || self.text_bytes > VALUES_BYTES_MAX {
                    return self.give_up();
                }
                self.values.push((value.to_owned(), rows));
            }
        }
        self.latest = at;
    }

    /// Lists nothing any more.
    pub fn give_up(&mut self) {
        *self = ValueCounter { is_over_limit: true, ..ValueCounter::default() };
    }

    /// The values, most frequent first; nothing if they were too many.
    pub fn finish(mut self) -> Option<Vec<(String, u32)>> {
        self.values.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        (!self.is_over_limit).then_some(self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(values: &[&str]) -> Option<Vec<(String, u32)>> {
        let mut counter = ValueCounter::default();
        values.iter().for_each(|value| {
            counter.add(value);
        });
        counter.finish()
    }

    #[test]
    fn counts_values_until_they_are_too_many() {
        let counted = count(&["b", "a", "b", "b", ""]).unwrap();
        assert_eq!(counted, [("b".to_owned(), 3), (String::new(), 1), ("a".to_owned(), 1)]);
        let many: Vec<String> = (0..VALUES_MAX).map(|n| n.to_string()).collect();
        let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(count(&many).unwrap().len(), VALUES_MAX);
        many.push("one more");
        assert_eq!(count(&many), None);
        assert_eq!(count(&["x".repeat(VALUE_BYTES_MAX + 1).as_str()]), None);
    }

    #[test]
    fn columns_come_back_and_merge() {
        let column = |values: &[&str]| ColumnIndex {
            name: "host".to_owned(),
            present: values.len() as u64,
            bytes: Some({
                let mut bytes = ByteSet::default();
                values.iter().for_each(|value| bytes.add(value));
                bytes
            }),
            values: count(values),
        };
        let (left, right) = (column(&["Web1", "web1"]), column(&["web1", "db"]));
        for column in [&left, &ColumnIndex { bytes: None, values: None, ..left.clone() }] {
            let mut bytes = Vec::new();
            column.encode(&mut bytes);
            assert_eq!(&ColumnIndex::decode(&mut Reader::new(&bytes)).unwrap(), column);
        }
        let merged = ColumnIndex::merge(&[&left, &right]).unwrap();
        let values = merged.values.unwrap();
        assert_eq!(values[0], ("web1".to_owned(), 2));
        assert_eq!((merged.present, values.len()), (4, 3));
        let bytes = merged.bytes.unwrap();
        assert!(bytes.may_hold("WEB1") && bytes.may_hold("db") && !bytes.may_hold("web2"));
    }
}
