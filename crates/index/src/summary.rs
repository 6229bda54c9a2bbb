//! How many rows of which level fell into each minute?

use std::collections::{BTreeMap, HashMap};

use girok_event::Timestamp;

use crate::IndexError;
use crate::bytes::{Reader, put_text};

const NANOS_PER_MINUTE: i64 = 60_000_000_000;
const LEVELS_MAX: usize = 256;
const CELLS_MAX: usize = 1 << 16;
const CELL_BYTES: usize = 8 + 2 + 4;

/// Rows of one level in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinuteCount {
    /// Minutes since 1970-01-01 UTC.
    pub minute: i64,
    /// Position in [`Summary::levels`].
    pub level: u16,
    /// How many rows.
    pub rows: u32,
}

/// What a part holds, by minute and level.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Rows in the part.
    pub rows: u64,
    /// Earliest `_time`.
    pub time_min: Timestamp,
    /// Latest `_time`.
    pub time_max: Timestamp,
    /// The columns the level was taken from: of each row the first that has a value, in this order.
    pub level_columns: Vec<String>,
    /// The distinct levels in lower case; a row without one has the empty level.
    pub levels: Vec<String>,
    /// Counts ordered by minute and level; nothing where the part has too many levels or minutes.
    pub counts: Option<Vec<MinuteCount>>,
}

impl Summary {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.rows.to_le_bytes());
        out.extend_from_slice(&self.time_min.as_nanos().to_le_bytes());
        out.extend_from_slice(&self.time_max.as_nanos().to_le_bytes());
        put_texts(out, &self.level_columns);
        put_texts(out, &self.levels);
        out.push(u8::from(self.counts.is_some()));
        let counts = self.counts.as_deref().unwrap_or_default();
        out.extend_from_slice(&(counts.len() as u32).to_le_bytes());
        for MinuteCount { minute, level, rows } in counts {
            out.extend_from_slice(&minute.to_le_bytes());
            out.extend_from_slice(&level.to_le_bytes());
            out.extend_from_slice(&rows.to_le_bytes());
        }
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        let mut reader = Reader::new(bytes);
        let mut summary = Summary {
            rows: reader.u64()?,
            time_min: Timestamp(reader.i64()?),
            time_max: Timestamp(reader.i64()?),
            level_columns: take_texts(&mut reader)?,
            levels: take_texts(&mut reader)?,
            counts: None,
        };
        let is_counted = reader.u8()? == 1;
        let cells = reader.count(CELL_BYTES)?;
        let counts =
            (0..cells).map(|_| take_cell(&mut reader, summary.levels.len())).collect::<Result<_, _>>()?;
        summary.counts = is_counted.then_some(counts);
        Ok(summary)
    }
}

fn take_cell(reader: &mut Reader<'_>, levels: usize) -> Result<MinuteCount, IndexError> {
    let cell = MinuteCount { minute: reader.i64()?, level: reader.u16()?, rows: reader.u32()? };
    if usize::from(cell.level) >= levels {
        return Err(IndexError::Corrupt { what: "a count names a level that is not listed" });
    }
    Ok(cell)
}

fn put_texts(out: &mut Vec<u8>, texts: &[String]) {
    out.extend_from_slice(&(texts.len() as u32).to_le_bytes());
    texts.iter().for_each(|text| put_text(out, text));
}

fn take_texts(reader: &mut Reader<'_>) -> Result<Vec<String>, IndexError> {
    let count = reader.count(2)?;
    (0..count).map(|_| reader.text()).collect()
}

/// Counts rows one by one.
#[derive(Debug, Default)]
pub struct SummaryBuilder {
    rows: u64,
    time_min: Option<Timestamp>,
    time_max: Option<Timestamp>,
    levels: Vec<String>,
    /// Every spelling met, to the position of its level.
    spellings: HashMap<String, u16>,
    minute: i64,
    /// Counts of the current minute, by level.
    current: Vec<u32>,
    cells: BTreeMap<(i64, u16), u32>,
    is_over_limit: bool,
}

impl SummaryBuilder {
    /// Counts a row; `level` as it was spelled.
    pub fn row(&mut self, time: Timestamp, level: Option<&str>) {
        self.rows += 1;
        self.time_min = Some(self.time_min.map_or(time, |min| min.min(time)));
        self.time_max = Some(self.time_max.map_or(time, |max| max.max(time)));
        if self.is_over_limit {
            return;
        }
        let minute = time.as_nanos().div_euclid(NANOS_PER_MINUTE);
        if minute != self.minute {
            self.flush_minute();
            self.minute = minute;
        }
        if let Some(level) = self.level(level.unwrap_or_default()) {
            self.current[usize::from(level)] += 1;
        }
    }

    fn level(&mut self, spelling: &str) -> Option<u16> {
        if let Some(level) = self.spellings.get(spelling) {
            return Some(*level);
        }
        if self.spellings.len() == LEVELS_MAX {
            self.is_over_limit = true;
            return None;
        }
        let lower = spelling.to_lowercase();
        let known = self.levels.iter().position(|level| *level == lower);
        let level = known.unwrap_or(self.levels.len());
        if known.is_none() {
            self.levels.push(lower);
            self.current.push(0);
        }
        self.spellings.insert(spelling.to_owned(), level as u16);
        Some(level as u16)
    }

    fn flush_minute(&mut self) {
        for (level, rows) in self.current.iter_mut().enumerate().filter(|(_, rows)| **rows > 0) {
            *self.cells.entry((self.minute, level as u16)).or_default() += *rows;
            *rows = 0;
        }
        self.is_over_limit |= self.cells.len() > CELLS_MAX;
    }

    /// The summary; `level_columns` are the columns the levels came from.
    pub fn finish(mut self, level_columns: Vec<String>) -> Summary {
        self.flush_minute();
        let counts = self.cells.iter().map(|((minute, level), rows)| MinuteCount {
            minute: *minute,
            level: *level,
            rows: *rows,
        });
        Summary {
            rows: self.rows,
            time_min: self.time_min.unwrap_or_default(),
            time_max: self.time_max.unwrap_or_default(),
            level_columns,
            counts: (!self.is_over_limit).then(|| counts.collect()),
            levels: self.levels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(summary: &Summary) -> Summary {
        let mut bytes = Vec::new();
        summary.encode(&mut bytes);
        Summary::decode(&bytes).unwrap()
    }

    #[test]
    fn counts_by_minute_and_lower_case_level() {
        let mut builder = SummaryBuilder::default();
        for (second, level) in
            [(0, Some("ERROR")), (59, Some("error")), (60, Some("info")), (1, None), (-1, None)]
        {
            builder.row(Timestamp::from_seconds(second), level);
        }
        let summary = builder.finish(vec!["level".to_owned()]);
        assert_eq!(summary.levels, ["error", "info", ""]);
        let counts: Vec<_> = summary.counts.iter().flatten().map(|c| (c.minute, c.level, c.rows)).collect();
        assert_eq!(counts, [(-1, 2, 1), (0, 0, 2), (0, 2, 1), (1, 1, 1)]);
        assert_eq!((summary.rows, summary.time_min), (5, Timestamp::from_seconds(-1)));
        assert_eq!(round_trip(&summary), summary);
    }

    #[test]
    fn gives_up_counting_but_not_the_rest_beyond_the_limits() {
        let mut builder = SummaryBuilder::default();
        (0..1000).for_each(|n| builder.row(Timestamp(n), Some(&n.to_string())));
        let many_levels = builder.finish(Vec::new());
        assert_eq!((many_levels.rows, &many_levels.counts), (1000, &None));
        assert_eq!(round_trip(&many_levels), many_levels);

        let mut builder = SummaryBuilder::default();
        (0..100_000).for_each(|n| builder.row(Timestamp(n * NANOS_PER_MINUTE), None));
        assert_eq!(builder.finish(Vec::new()).counts, None);
    }
}
