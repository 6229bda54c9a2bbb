//! Who serves the log?

/// Which log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogKind {
    /// The one in this process.
    #[default]
    Embedded,
    /// An Apache Kafka cluster, or what speaks like one.
    Kafka,
}

impl LogKind {
    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            LogKind::Embedded => "embedded",
            LogKind::Kafka => "kafka",
        }
    }
}

/// All brokers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brokers {
    /// Which log they serve.
    pub kind: LogKind,
    /// The cluster's own id, if it has one.
    pub cluster_id: Option<String>,
    /// The broker that decides, if it is known.
    pub controller: Option<i32>,
    /// By id.
    pub brokers: Vec<Broker>,
}

/// One broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Its number.
    pub id: i32,
    /// Where clients reach it; nothing if no port is open.
    pub address: Option<(String, u16)>,
}
