//! The syslog listeners: UDP and TCP, RFC 3164 and RFC 5424, both framings of RFC 6587.
//!
//! A listener only finds where messages end; what they say is read behind the log.

use std::net::SocketAddr;
use std::sync::Arc;

use girok_event::DatasetName;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Ingest;
use delivery::Delivery;

pub use counters::Counted;
pub use framing::FRAME_BYTES_MAX;
pub use tcp::CONNECTIONS_MAX;

mod counters;
mod delivery;
mod framing;
mod tcp;
mod udp;

#[cfg(test)]
mod tests;

/// Where syslog comes in and where it goes.
#[derive(Debug, Clone)]
pub struct SyslogConfig {
    /// The address for UDP and TCP.
    pub listen: SocketAddr,
    /// The dataset that takes all messages.
    pub dataset: DatasetName,
}

/// Why a listener cannot start.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen for syslog on `{protocol}://{address}`: {source}\nhint: choose another address with `--syslog`"
)]
pub struct ListenError {
    /// `udp` or `tcp`.
    pub protocol: &'static str,
    /// The address.
    pub address: SocketAddr,
    /// What the system said.
    pub source: std::io::Error,
}

/// The running listeners; they stop when this is dropped, and in good order by [`Listeners::stop`].
#[derive(Debug)]
pub struct Listeners {
    udp: Listener,
    tcp: Listener,
    stop: watch::Sender<bool>,
}

/// The counters of the running listeners; cheap to clone.
#[derive(Debug, Clone)]
pub struct ListenerCounters {
    udp: Arc<counters::Counters>,
    tcp: Arc<counters::Counters>,
}

impl ListenerCounters {
    /// What each listener counted, by its protocol.
    pub fn snapshot(&self) -> [(&'static str, Counted); 2] {
        [("udp", self.udp.snapshot()), ("tcp", self.tcp.snapshot())]
    }
}

#[derive(Debug)]
struct Listener {
    address: SocketAddr,
    counters: Arc<counters::Counters>,
    task: JoinHandle<()>,
}

/// Opens the listeners. Port 0 takes a free port, the same one for both if it can.
///
/// # Errors
/// If an address cannot be bound.
pub async fn start(config: SyslogConfig, ingest: Ingest) -> Result<Listeners, ListenError> {
    let fail = |protocol, address| move |source| ListenError { protocol, address, source };
    let tcp = TcpListener::bind(config.listen).await.map_err(fail("tcp", config.listen))?;
    let tcp_address = tcp.local_addr().map_err(fail("tcp", config.listen))?;
    let udp = udp::bind(tcp_address).map_err(fail("udp", tcp_address))?;
    let (stop, stopped) = watch::channel(false);
    let delivery = |input| Delivery {
        ingest: ingest.clone(),
        dataset: config.dataset.clone(),
        input,
        counters: Arc::default(),
        stop: stopped.clone(),
    };
    let (for_udp, for_tcp) = (delivery("syslog-udp"), delivery("syslog-tcp"));
    let listener =
        |counters: &Arc<_>, task| Listener { address: tcp_address, counters: Arc::clone(counters), task };
    Ok(Listeners {
        udp: listener(&Arc::clone(&for_udp.counters), tokio::spawn(udp::listen(udp, for_udp))),
        tcp: listener(&Arc::clone(&for_tcp.counters), tokio::spawn(tcp::listen(tcp, for_tcp))),
        stop,
    })
}

impl Listeners {
    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.tcp.address
    }

    /// The counters of both, for whoever shows them while the listeners run.
    pub fn counters(&self) -> ListenerCounters {
        ListenerCounters { udp: Arc::clone(&self.udp.counters), tcp: Arc::clone(&self.tcp.counters) }
    }

    /// What the UDP listener counted.
    pub fn udp(&self) -> Counted {
        self.udp.counters.snapshot()
    }

    /// What the TCP listener counted.
    pub fn tcp(&self) -> Counted {
        self.tcp.counters.snapshot()
    }

    /// Takes in no more, waits until what was received is in the log.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for (protocol, listener) in [("udp", self.udp), ("tcp", self.tcp)] {
            if let Err(error) = listener.task.await {
                tracing::error!(protocol, %error, "syslog listener failed");
            }
        }
    }
}
