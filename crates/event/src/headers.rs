//! Record headers: the envelope that a listener puts around an event's bytes.
//!
//! The time of arrival is the record's own timestamp. A record without these headers (from any Kafka
//! producer) is parsed by its content alone.

/// The door the bytes came through: `http`, `bulk`, `syslog-udp`, `syslog-tcp`, `import`, …
pub const INPUT: &str = "girok.input";

/// The address of the sender, without a port.
pub const PEER: &str = "girok.peer";

/// What the sender said the bytes are: `json`, `syslog` or `text`; absent when it said nothing.
pub const CONTENT: &str = "girok.content";
