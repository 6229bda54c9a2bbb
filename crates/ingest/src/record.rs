//! What one event carries into the log besides its bytes.

use std::net::IpAddr;

use girok_event::{Timestamp, headers};
use girok_wire::BatchBuilder;

/// What the sender said an event's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A JSON value.
    Json,
    /// A syslog message.
    Syslog,
    /// Text.
    Text,
}

impl Content {
    /// The text of the record header.
    pub fn as_str(self) -> &'static str {
        match self {
            Content::Json => "json",
            Content::Syslog => "syslog",
            Content::Text => "text",
        }
    }
}

/// What is known of events besides their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope {
    /// The door they came through: `http`, `bulk`, `syslog-udp`, …
    pub input: &'static str,
    /// Who sent them.
    pub peer: Option<IpAddr>,
    /// What the sender said they are.
    pub content: Option<Content>,
}

/// One framed event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its bytes as sent.
    pub value: &'a [u8],
    /// The id its sender gave it, kept as record header [`crate::bulk::ID_HEADER`].
    pub id: Option<&'a str>,
}

impl<'a> From<&'a [u8]> for Record<'a> {
    fn from(value: &'a [u8]) -> Self {
        Record { value, id: None }
    }
}

/// What every record of a request carries.
pub(crate) struct Stamp {
    received_ms: i64,
    envelope: Envelope,
    peer: String,
}

impl Stamp {
    pub(crate) fn new(envelope: Envelope, received: Timestamp) -> Self {
        let peer = envelope.peer.map(|peer| peer.to_canonical().to_string()).unwrap_or_default();
        Stamp { received_ms: received.as_millis(), envelope, peer }
    }

    pub(crate) fn append(&self, batch: &mut BatchBuilder, record: Record<'_>) {
        let mut all = [("", &b""[..]); 4];
        let mut count = 0;
        let mut add = |name, value| {
            all[count] = (name, value);
            count += 1;
        };
        add(headers::INPUT, self.envelope.input.as_bytes());
        if self.envelope.peer.is_some() {
            add(headers::PEER, self.peer.as_bytes());
        }
        if let Some(content) = self.envelope.content {
            add(headers::CONTENT, content.as_str().as_bytes());
        }
        if let Some(id) = record.id {
            add(crate::bulk::ID_HEADER, id.as_bytes());
        }
        let key = self.envelope.peer.map(|_| self.peer.as_bytes());
        batch.append(self.received_ms, key, Some(record.value), &all[..count]);
    }
}
