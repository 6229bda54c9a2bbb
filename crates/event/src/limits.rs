//! Every limit that two crates share, on one page.

/// The longest line or document that is taken as one event; a longer one is refused by name.
pub const RECORD_BYTES_MAX: usize = 10 << 20;

/// The largest request body after decompression.
pub const BODY_BYTES_MAX: usize = 256 << 20;

/// Columns one part holds; further field names of its rows go to the overflow map column.
pub const COLUMNS_PER_PART_MAX: usize = 1000;

/// Levels of JSON objects that are flattened to dotted names; what lies deeper stays JSON text.
pub const FLATTEN_DEPTH_MAX: usize = 16;

/// The longest field name in bytes; a longer one is cut and noted.
pub const FIELD_NAME_BYTES_MAX: usize = 256;

/// How far ahead of its arrival an event's own time may lie before the arrival time is used instead.
pub const FUTURE_TIME_MAX_NANOS: i64 = 24 * 3600 * 1_000_000_000;
