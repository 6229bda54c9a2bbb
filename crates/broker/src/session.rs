//! What does a request need to know about the broker, and about the connection it came by?

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use girok_commitlog::CommitLog;
use girok_wire::protocol::{Field, ProtocolError, RequestHeader, decode};
use tokio::sync::watch;

use crate::admin::Admin;
use crate::members::Members;
use crate::security::{Gate, Security, SecurityConfig};

/// The one broker's number.
pub const NODE_ID: i32 = 1;
/// The cluster's name.
pub const CLUSTER_ID: &str = "girok";

/// What clients are told to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advertised {
    /// The address they connected to.
    Auto,
    /// A host and a port.
    Address(String, u16),
}

/// Where Kafka clients come in.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// What clients are told to connect to.
    pub advertised: Advertised,
    /// Whether a topic that a client asks for is created.
    pub auto_create: bool,
    /// Whether a client may ask for more replicas than there are brokers, and get one.
    pub accept_replication: bool,
    /// What clients must bring to be served.
    pub security: SecurityConfig,
}

impl BrokerConfig {
    /// Listens on `listen`, serves everybody, and creates topics.
    pub fn new(listen: SocketAddr) -> Self {
        BrokerConfig {
            listen,
            advertised: Advertised::Auto,
            auto_create: true,
            accept_replication: false,
            security: SecurityConfig::default(),
        }
    }
}

/// One connection, as its requests see it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) log: CommitLog,
    pub(crate) config: Arc<BrokerConfig>,
    pub(crate) admin: Arc<Admin>,
    pub(crate) security: Arc<Security>,
    /// How far the client has come with saying who it is.
    pub(crate) gate: Gate,
    /// The address that the client connected to.
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    /// Becomes true when the broker stops.
    pub(crate) stop: watch::Receiver<bool>,
    /// The members of groups that speak over this connection.
    pub(crate) members: Members,
}

impl Session {
    /// Host and port that the client is told to connect to.
    pub(crate) fn advertised(&self) -> (String, i32) {
        match &self.config.advertised {
            Advertised::Auto => (self.local.ip().to_canonical().to_string(), self.local.port().into()),
            Advertised::Address(host, port) => (host.clone(), (*port).into()),
        }
    }
}

/// A request on its way through a handler.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) header: RequestHeader,
    pub(crate) body: Bytes,
    pub(crate) session: Arc<Session>,
}

/// What a handler has to say.
pub(crate) enum Answer {
    /// Nothing at all.
    None,
    /// These bytes.
    Now(Vec<Bytes>),
    /// These bytes, once they are known.
    Later(BoxFuture<'static, Vec<Bytes>>),
    /// These bytes, once they are known, and then the connection's end.
    Last(BoxFuture<'static, Vec<Bytes>>),
}

impl Request {
    pub(crate) fn version(&self) -> i16 {
        self.header.api_version
    }

    pub(crate) fn log(&self) -> &CommitLog {
        &self.session.log
    }

    /// The body; its bytes are let go, so that batches in it can be patched where they are.
    pub(crate) fn take<T: Field>(&mut self) -> Result<T, ProtocolError> {
        decode(self.header.api, self.header.api_version, std::mem::take(&mut self.body))
    }

    /// An answer that is known now.
    pub(crate) fn now(&self, response: &impl Field) -> Answer {
        Answer::Now(self.header.answer(response))
    }

    /// An answer that will be known.
    pub(crate) fn later<T: Field>(self, response: impl Future<Output = T> + Send + 'static) -> Answer {
        Answer::Later(Box::pin(async move { self.header.answer(&response.await) }))
    }

    /// The last answer of the connection, after a while.
    pub(crate) fn last<T: Field + Send + 'static>(self, delay: Duration, response: T) -> Answer {
        Answer::Last(Box::pin(async move {
            tokio::time::sleep(delay).await;
            self.header.answer(&response)
        }))
    }
}
