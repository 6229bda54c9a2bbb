//! Which records lie in a batch's unpacked bytes?

use crate::varint::Cursor;
use crate::{BatchHeader, Error, Result};

/// A record's header: a name and a value; names may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name.
    pub key: &'a str,
    /// The value, or null.
    pub value: Option<&'a [u8]>,
}

/// One record, borrowed from its batch.
#[derive(Debug, Clone)]
pub struct RecordView<'a> {
    /// Its offset in the partition.
    pub offset: i64,
    /// Its time, milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// Its key, or null.
    pub key: Option<&'a [u8]>,
    /// Its value, or null.
    pub value: Option<&'a [u8]>,
    headers: Headers<'a>,
}

impl<'a> RecordView<'a> {
    /// Its headers, in order.
    pub fn headers(&self) -> Headers<'a> {
        self.headers.clone()
    }

    /// The value of its first header called `key`.
    pub fn header(&self, key: &str) -> Option<&'a [u8]> {
        self.headers().find(|header| header.key == key)?.value
    }
}

/// Iterates over a record's headers; they were checked with the record.
#[derive(Debug, Clone)]
pub struct Headers<'a> {
    cursor: Cursor<'a>,
    left: i32,
}

impl<'a> Headers<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Option<Header<'a>> {
        let key = cursor.nullable_bytes()??;
        Some(Header { key: std::str::from_utf8(key).ok()?, value: cursor.nullable_bytes()? })
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        Headers::read(&mut self.cursor)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left as usize))
    }
}

/// Iterates over a batch's records. After an error it ends.
#[derive(Debug, Clone)]
pub struct RecordIter<'a> {
    cursor: Cursor<'a>,
    index: i32,
    count: i32,
    /// The least that the next record's offset may be, from the batch's first.
    next_delta: i32,
    last_delta: i32,
    base_offset: i64,
    base_timestamp: i64,
    append_time: Option<i64>,
}

impl<'a> RecordIter<'a> {
    pub(crate) fn new(header: &BatchHeader, records: &'a [u8]) -> Self {
        RecordIter {
            cursor: Cursor::new(records),
            index: 0,
            count: header.count,
            next_delta: 0,
            last_delta: header.last_offset_delta,
            base_offset: header.base_offset,
            base_timestamp: header.base_timestamp,
            append_time: header.is_log_append_time().then_some(header.max_timestamp),
        }
    }

    #[inline]
    fn read(&mut self) -> Result<RecordView<'a>, &'static str> {
        let length = self.cursor.varint().and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or("its length is no number")?;
        let body = self.cursor.take(length).ok_or("its length reaches past the end of the batch")?;
        self.read_body(Cursor::new(body))
    }

    #[inline]
    fn read_body(&mut self, mut body: Cursor<'a>) -> Result<RecordView<'a>, &'static str> {
        body.take(1).ok_or("it is empty")?;
        let timestamp_delta = body.varlong().ok_or("its timestamp is no number")?;
        let offset_delta = body.varint().ok_or("its offset is no number")?;
        // Compaction leaves gaps, but nothing turns offsets around.
        if !(self.next_delta..=self.last_delta).contains(&offset_delta) {
            return Err("its offset is out of sequence");
        }
        self.next_delta = offset_delta.saturating_add(1);
        let key = body.nullable_bytes().ok_or("its key reaches past its end")?;
        let value = body.nullable_bytes().ok_or("its value reaches past its end")?;
        let headers = read_headers(body)?;
        let timestamp_ms = self.base_timestamp.wrapping_add(timestamp_delta);
        Ok(RecordView {
            offset: self.base_offset.wrapping_add(i64::from(offset_delta)),
            timestamp_ms: self.append_time.unwrap_or(timestamp_ms),
            key,
            value,
            headers,
        })
    }
}

/// Checks that exactly the promised headers follow, so that walking over them later cannot fail.
#[inline]
fn read_headers(mut body: Cursor<'_>) -> Result<Headers<'_>, &'static str> {
    let left = body.varint().filter(|count| *count >= 0).ok_or("its header count is no number")?;
    let headers = Headers { cursor: body, left };
    for _ in 0..left {
        Headers::read(&mut body).ok_or("a header is cut or its name is not UTF-8")?;
    }
    if body.is_empty() { Ok(headers) } else { Err("bytes follow its last header") }
}

impl<'a> Iterator for RecordIter<'a> {
    type Item = Result<RecordView<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let index = self.index;
        if index == self.count {
            return self.finish();
        }
        let record = self.read();
        self.index = if record.is_ok() { index + 1 } else { self.fuse() };
        Some(record.map_err(|reason| Error::Record { index, reason }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some((self.count - self.index) as usize + 1))
    }
}

impl<'a> RecordIter<'a> {
    /// Ends the iteration, with an error if bytes are left over.
    fn finish(&mut self) -> Option<Result<RecordView<'a>>> {
        if self.cursor.rest().is_empty() {
            return None;
        }
        let index = self.fuse();
        Some(Err(Error::Record { index, reason: "bytes follow the last record" }))
    }

    fn fuse(&mut self) -> i32 {
        self.cursor = Cursor::new(&[]);
        self.count
    }
}
