//! What can go wrong, and whose fault it is.

use girok_commitlog::GroupError;

/// The result of asking or changing.
pub type Result<T, E = AdminError> = std::result::Result<T, E>;

/// Why the log does not tell or do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// No such topic.
    #[error("cannot find topic `{topic}`")]
    UnknownTopic {
        /// The name asked for.
        topic: String,
    },
    /// No such partition.
    #[error("cannot find partition {partition} of topic `{topic}`")]
    UnknownPartition {
        /// The topic.
        topic: String,
        /// The number asked for.
        partition: u32,
    },
    /// No such group.
    #[error("cannot find group `{group}`: it has no members and has committed nothing")]
    UnknownGroup {
        /// The name asked for.
        group: String,
    },
    /// A topic of that name exists.
    #[error("cannot create topic `{topic}`: it exists")]
    TopicExists {
        /// The name.
        topic: String,
    },
    /// The topic is not the operator's to change.
    #[error("cannot {verb} topic `{topic}`: it is the log's own")]
    InternalTopic {
        /// What was tried.
        verb: &'static str,
        /// The topic.
        topic: String,
    },
    /// The group has members.
    #[error("cannot {verb} group `{group}`: it has {}", counted(.members))]
    GroupInUse {
        /// What was tried.
        verb: &'static str,
        /// The group.
        group: String,
        /// How many.
        members: usize,
    },
    /// The group is girok's own.
    #[error(
        "cannot {verb} group `{group}`: it is girok's own, and how far it has come stands in the catalog, \
         in one transaction with its parts; the group's offsets are only a hint for lag tools"
    )]
    OwnGroup {
        /// What was tried.
        verb: &'static str,
        /// The group.
        group: String,
    },
    /// What was asked makes no sense.
    #[error("{what}")]
    Invalid {
        /// What is wrong, as a whole sentence.
        what: String,
    },
    /// The log refused, failed, or did not answer.
    #[error("cannot {verb}: {source}")]
    Failed {
        /// What was tried.
        verb: &'static str,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// `1 member`, `2 members`.
fn counted(members: &usize) -> String {
    format!("{members} member{}", if *members == 1 { "" } else { "s" })
}

/// Whose fault an error is; the doors have one table of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked for is not there.
    NotFound,
    /// The caller should ask for something else.
    BadInput,
    /// It cannot be done as things stand.
    Conflict,
    /// The log is in the way.
    Fault,
}

impl AdminError {
    /// Whose fault it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            AdminError::UnknownTopic { .. }
            | AdminError::UnknownPartition { .. }
            | AdminError::UnknownGroup { .. } => ErrorKind::NotFound,
            AdminError::Invalid { .. } => ErrorKind::BadInput,
            AdminError::TopicExists { .. }
            | AdminError::InternalTopic { .. }
            | AdminError::GroupInUse { .. }
            | AdminError::OwnGroup { .. } => ErrorKind::Conflict,
            AdminError::Failed { .. } => ErrorKind::Fault,
        }
    }

    /// A name that never changes its meaning.
    pub fn code(&self) -> &'static str {
        match self {
            AdminError::UnknownTopic { .. } => "E_UNKNOWN_TOPIC",
            AdminError::UnknownPartition { .. } => "E_UNKNOWN_PARTITION",
            AdminError::UnknownGroup { .. } => "E_UNKNOWN_GROUP",
            AdminError::TopicExists { .. } => "E_TOPIC_EXISTS",
            AdminError::InternalTopic { .. } => "E_INTERNAL_TOPIC",
            AdminError::GroupInUse { .. } => "E_GROUP_IN_USE",
            AdminError::OwnGroup { .. } => "E_OWN_GROUP",
            AdminError::Invalid { .. } => "E_INVALID",
            AdminError::Failed { .. } => "E_LOG",
        }
    }

    /// What the reader can do.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            AdminError::GroupInUse { .. } => {
                Some("stop its consumers first; a member that dies leaves when its session times out")
            }
            AdminError::OwnGroup { .. } => Some(
                "nothing has to be reset: girok reads on from the catalog; to store a topic's events anew, \
                 delete the topic with its dataset and send them again",
            ),
            _ => None,
        }
    }

    /// What the log said when `verb` was tried.
    pub fn failed<E>(verb: &'static str) -> impl FnOnce(E) -> AdminError
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| AdminError::Failed { verb, source: source.into() }
    }
}

/// What the embedded log says to changes.
impl From<girok_commitlog::Error> for AdminError {
    fn from(error: girok_commitlog::Error) -> Self {
        use girok_commitlog::Error;
        match error {
            Error::UnknownTopic { topic } => AdminError::UnknownTopic { topic },
            Error::TopicExists { topic } => AdminError::TopicExists { topic },
            Error::UnknownPartition { topic, partition, .. } => {
                AdminError::UnknownPartition { topic, partition }
            }
            Error::InvalidTopic(_) | Error::InvalidConfig { .. } | Error::UnknownConfig { .. } => {
                AdminError::Invalid { what: error.to_string() }
            }
            other => AdminError::Failed { verb: "use the commit log", source: other.into() },
        }
    }
}

/// What a group says to a change that was tried on it.
pub(crate) fn refused(verb: &'static str, group: &str, error: GroupError, members: usize) -> AdminError {
    match error {
        GroupError::NotFound => AdminError::UnknownGroup { group: group.to_owned() },
        GroupError::Log(error) => error.into(),
        _ => AdminError::GroupInUse { verb, group: group.to_owned(), members: members.max(1) },
    }
}
