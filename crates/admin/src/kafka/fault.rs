//! What a cluster refuses, and why it does not answer.

use std::io;

use girok_wire::protocol::{ProtocolError, code};

use crate::AdminError;

/// Why a question to the cluster was not answered as wanted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("no broker of the cluster answers")]
    NoBroker(#[source] Option<io::Error>),
    #[error("broker `{address}` does not answer: {source}")]
    Io { address: String, source: io::Error },
    #[error("broker `{address}` sent what cannot be understood: {source}")]
    Protocol { address: String, source: ProtocolError },
    #[error("the broker does not serve {api} in a version that is known here")]
    Version { api: &'static str },
    #[error("the broker refuses the user or password")]
    Credentials,
    #[error("the broker does not prove that it knows our password")]
    Impostor,
    #[error("the system gives no random bytes")]
    NoRandomness,
    #[error("{}", describe(.code, .message))]
    Refused { code: i16, message: Option<String> },
}

/// Kafka's code, and what the broker said to it.
fn describe(code: &i16, message: &Option<String>) -> String {
    match message {
        Some(message) => format!("the cluster refuses: {message} (error {code})"),
        None => format!("the cluster refuses with error {code}"),
    }
}

/// Passes if `code` is none.
pub(super) fn check(code: i16, message: Option<String>) -> Result<(), Fault> {
    if code == code::NONE { Ok(()) } else { Err(Fault::Refused { code, message }) }
}

/// The fault of asking for `verb`.
pub(super) fn failed(verb: &'static str) -> impl FnOnce(Fault) -> AdminError {
    AdminError::failed(verb)
}

/// The fault of a change of a topic.
pub(super) fn refused_topic(verb: &'static str, topic: &str) -> impl FnOnce(Fault) -> AdminError {
    let topic = topic.to_owned();
    move |fault| match fault {
        Fault::Refused { code: code::UNKNOWN_TOPIC_OR_PARTITION, .. } => AdminError::UnknownTopic { topic },
        Fault::Refused { code: code::TOPIC_ALREADY_EXISTS, .. } => AdminError::TopicExists { topic },
        Fault::Refused { code, message } if is_bad_input(code) => {
            AdminError::Invalid { what: format!("cannot {verb} `{topic}`: {}", describe(&code, &message)) }
        }
        fault => AdminError::failed(verb)(fault),
    }
}

/// The fault of a change of a group.
pub(super) fn refused_group(verb: &'static str, group: &str) -> impl FnOnce(Fault) -> AdminError {
    let group = group.to_owned();
    move |fault| match fault {
        Fault::Refused { code: code::GROUP_ID_NOT_FOUND, .. } => AdminError::UnknownGroup { group },
        // A member joined after we looked.
        Fault::Refused { code, .. } if IN_USE.contains(&code) => {
            AdminError::GroupInUse { verb, group, members: 1 }
        }
        fault => AdminError::failed(verb)(fault),
    }
}

/// What a group with members says to an offset that comes from none of them.
const IN_USE: [i16; 5] = [
    code::NON_EMPTY_GROUP,
    code::UNKNOWN_MEMBER_ID,
    code::ILLEGAL_GENERATION,
    code::REBALANCE_IN_PROGRESS,
    STALE_MEMBER_EPOCH,
];

const STALE_MEMBER_EPOCH: i16 = 113;
const INVALID_REPLICATION_FACTOR: i16 = 38;
const INVALID_REQUEST: i16 = 42;
const POLICY_VIOLATION: i16 = 44;

fn is_bad_input(code: i16) -> bool {
    matches!(
        code,
        code::INVALID_TOPIC_EXCEPTION
            | code::INVALID_PARTITIONS
            | code::INVALID_CONFIG
            | INVALID_REPLICATION_FACTOR
            | INVALID_REQUEST
            | POLICY_VIOLATION
    )
}
