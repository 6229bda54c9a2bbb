//! The system columns of a part. Their names begin with `_`, and full-text search passes over them.

/// When the event happened, nanoseconds UTC.
pub const TIME: &str = "_time";
/// Partition of the commit log; with [`OFFSET`] the event's permanent id.
pub const PARTITION: &str = "_partition";
/// Offset in the partition.
pub const OFFSET: &str = "_offset";
/// When the event arrived, nanoseconds UTC.
pub const RECEIVED: &str = "_received";
/// How the event was parsed, see [`crate::Format`].
pub const FORMAT: &str = "_format";
/// Who sent it: the address of the peer.
pub const SOURCE: &str = "_source";
/// The door it came through.
pub const INPUT: &str = "_input";
/// The text of the line that stood before `message` (a syslog header); the line is `_head` + `message`.
pub const HEAD: &str = "_head";
/// The bytes as they came, kept only where `_head`, `message` and the columns cannot give them back. Bytes that
/// are not UTF-8 are written `\xNN`, and then a backslash is written `\\`.
pub const RAW: &str = "_raw";
/// Why the event could not be parsed as what it looked like, or what was changed in it.
pub const PARSE_ERROR: &str = "_parse_error";
/// Fields beyond [`crate::limits::COLUMNS_PER_PART_MAX`]: a map from name to text.
pub const OVERFLOW: &str = "_overflow";
/// Number of the shape of `message` in its part's index; only in parts, never in an answer.
pub const SHAPE: &str = "_shape";
/// The pattern of `message`: what many messages have in common, as text. It is not stored: the shape says it.
pub const PATTERN: &str = "_pattern";
/// The text of the event. Not a system column: full-text search begins here.
pub const MESSAGE: &str = "message";

/// All system columns, in the order in which a part holds them.
pub const SYSTEM: [&str; 13] = [
    TIME,
    PARTITION,
    OFFSET,
    RECEIVED,
    FORMAT,
    SOURCE,
    INPUT,
    HEAD,
    RAW,
    PARSE_ERROR,
    OVERFLOW,
    SHAPE,
    PATTERN,
];

/// Whether `name` is a system column.
pub fn is_system(name: &str) -> bool {
    SYSTEM.contains(&name)
}
