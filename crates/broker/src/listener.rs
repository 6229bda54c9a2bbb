//! The listener: one task a connection, and an orderly stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use girok_commitlog::CommitLog;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::BrokerConfig;
use crate::admin::Admin;
use crate::connection;
use crate::members::{Connections, Members};
use crate::security::{Gate, LOGINS_MAX, Security, SecurityError};
use crate::session::Session;

/// Connections at a time; further clients wait to be accepted.
const CONNECTIONS_MAX: usize = 2048;
/// How long connections may take to send their last answers when the broker stops.
const STOP_MAX: Duration = Duration::from_secs(5);
/// How often silent members of groups are looked for.
const EXPIRE_INTERVAL: Duration = Duration::from_millis(100);
/// How often the system asks a silent peer whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Why the broker cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be had.
    #[error(
        "cannot listen for Kafka clients on `{address}`: {source}\nhint: choose another address with `--kafka`, or `--kafka off`"
    )]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The port cannot be made as safe as it is meant to be.
    #[error("cannot secure the port for Kafka clients: {0}")]
    Security(#[from] SecurityError),
}

/// The running broker; it stops when this is dropped, and in good order by [`Broker::stop`].
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Opens the listener. Port 0 takes a free port.
///
/// # Errors
/// If the address cannot be bound, or the port not be secured.
pub async fn start(config: BrokerConfig, log: CommitLog) -> Result<Broker, ListenError> {
    let fail = |source| ListenError::Address { address: config.listen, source };
    let security = Arc::new(Security::new(&config.security)?);
    let admin = Admin::load(&log).map_err(|error| fail(std::io::Error::other(error)))?;
    let listener = TcpListener::bind(config.listen).await.map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    let (stop, stopped) = watch::channel(false);
    let door = Door {
        log,
        config: Arc::new(config),
        admin: Arc::new(admin),
        security,
        connections: Arc::default(),
        stop: stopped,
    };
    let task = tokio::spawn(door.listen(listener));
    Ok(Broker { address, stop, task })
}

impl Broker {
    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes in no more; waits until what was received is answered.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "kafka listener failed");
        }
    }
}

/// What connections are made from.
struct Door {
    log: CommitLog,
    config: Arc<BrokerConfig>,
    admin: Arc<Admin>,
    security: Arc<Security>,
    connections: Arc<Connections>,
    stop: watch::Receiver<bool>,
}

impl Door {
    async fn listen(mut self, listener: TcpListener) {
        let room = Room {
            all: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            logins: self.security.is_on().then(|| Arc::new(Semaphore::new(LOGINS_MAX))),
        };
        let mut connections = JoinSet::new();
        let mut expire = tokio::time::interval(EXPIRE_INTERVAL);
        expire.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let accepted = tokio::select! {
                accepted = accept(&listener, &room) => accepted,
                Some(_) = connections.join_next() => continue,
                _ = expire.tick() => {
                    self.log.expire_members();
                    continue;
                }
                _ = self.stop.wait_for(|stop| *stop) => break,
            };
            let Some(Accepted { stream, peer, permit, waiting }) = accepted else { continue };
            let Some(session) = self.session(&stream, peer, waiting) else { continue };
            connections.spawn(async move {
                connection::run(stream, session).await;
                drop(permit);
            });
        }
        drop(listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(STOP_MAX, drained).await;
    }

    fn session(
        &self,
        stream: &TcpStream,
        peer: SocketAddr,
        waiting: Option<OwnedSemaphorePermit>,
    ) -> Option<Arc<Session>> {
        let keepalive = socket2::TcpKeepalive::new().with_time(KEEPALIVE);
        let set = socket2::SockRef::from(stream).set_tcp_keepalive(&keepalive);
        if let Err(error) = set.and_then(|()| stream.set_nodelay(true)) {
            tracing::debug!(%error, "cannot set options of a kafka connection");
        }
        let local = stream.local_addr().ok()?;
        let (log, config, stop) = (self.log.clone(), self.config.clone(), self.stop.clone());
        let (admin, security) = (self.admin.clone(), self.security.clone());
        let gate = Gate::new(&security, waiting);
        let members = Members::new(self.connections.clone());
        Some(Arc::new(Session { log, config, admin, security, gate, local, peer, stop, members }))
    }
}

/// How many connections there may be.
struct Room {
    all: Arc<Semaphore>,
    /// Those that have not logged in yet, where they must.
    logins: Option<Arc<Semaphore>>,
}

/// A connection, and its place in the [`Room`].
struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    permit: OwnedSemaphorePermit,
    waiting: Option<OwnedSemaphorePermit>,
}

async fn accept(listener: &TcpListener, room: &Room) -> Option<Accepted> {
    let permit = Arc::clone(&room.all).acquire_owned().await.ok()?;
    let waiting = match &room.logins {
        Some(logins) => Some(Arc::clone(logins).acquire_owned().await.ok()?),
        None => None,
    };
    match listener.accept().await {
        Ok((stream, peer)) => Some(Accepted { stream, peer, permit, waiting }),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a kafka connection");
            // Out of file descriptors: accepting again at once would only spin.
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
