//! Syslog over TCP: one task a connection.
//!
//! A connection takes in no more while its last messages are on their way to the log: a slow log slows the
//! senders down, and no message is dropped. When all connections are taken, further senders wait to be
//! accepted.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::delivery::{Delivery, Messages};
use super::framing::{FRAME_BYTES_MAX, Framer};

/// Connections at a time.
pub const CONNECTIONS_MAX: usize = 1024;

/// A connection that has been silent for so long is closed.
const IDLE_MAX: Duration = Duration::from_secs(3600);

/// How long open connections may take to deliver what they hold when girok stops.
const STOP_MAX: Duration = Duration::from_secs(5);

/// How often the system asks a silent peer whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

const READ_BYTES: usize = 64 << 10;

/// Accepts connections until girok stops.
pub(super) async fn listen(listener: TcpListener, delivery: Delivery) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let mut stop = delivery.stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            Some(_) = connections.join_next() => continue,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, peer, permit)) = accepted else { continue };
        let delivery = delivery.clone();
        connections.spawn(async move {
            Connection::new(peer.ip(), delivery).run(stream).await;
            drop(permit);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(STOP_MAX, async { while connections.join_next().await.is_some() {} }).await;
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, permit)),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a syslog connection");
            // Out of file descriptors: accepting again at once would only spin.
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

/// One sender.
struct Connection {
    peer: IpAddr,
    delivery: Delivery,
    framer: Framer,
    buffer: BytesMut,
}

impl Connection {
    fn new(peer: IpAddr, delivery: Delivery) -> Self {
        delivery.counters.connections.fetch_add(1, Relaxed);
        Connection { peer, delivery, framer: Framer::new(), buffer: BytesMut::new() }
    }

    async fn run(mut self, mut stream: TcpStream) {
        let keepalive = socket2::TcpKeepalive::new().with_time(KEEPALIVE);
        if let Err(error) = socket2::SockRef::from(&stream).set_tcp_keepalive(&keepalive) {
            tracing::debug!(%error, "cannot set keepalive on a syslog connection");
        }
        let mut stop = self.delivery.stop.clone();
        while self.read(&mut stream, &mut stop).await {
            self.deliver(false).await;
        }
        self.deliver(true).await;
    }

    /// Reads on; false when the stream has ended, was silent for too long, or girok stops.
    async fn read(&mut self, stream: &mut TcpStream, stop: &mut watch::Receiver<bool>) -> bool {
        self.buffer.reserve(READ_BYTES);
        let mut space = bytes::BufMut::limit(&mut self.buffer, READ_BYTES);
        let read = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return false,
            read = tokio::time::timeout(IDLE_MAX, stream.read_buf(&mut space)) => read,
        };
        matches!(read, Ok(Ok(1..)))
    }

    async fn deliver(&mut self, ended: bool) {
        let mut frames = Vec::new();
        let done = self.framer.cut(&self.buffer, &mut frames);
        if ended {
            let from = frames.len();
            self.framer.finish(&self.buffer[done..], &mut frames);
            frames[from..].iter_mut().for_each(|frame| *frame = frame.start + done..frame.end + done);
        }
        self.count();
        if !frames.is_empty() {
            let messages = Messages { peer: self.peer, buffer: &self.buffer, frames: &frames };
            self.delivery.counters.received(frames.len(), messages.bytes());
            self.delivery.deliver(messages).await;
        }
        self.buffer.advance(done);
    }

    /// Moves what the framer counted to the listener.
    fn count(&mut self) {
        let truncated = std::mem::take(&mut self.framer.truncated);
        let framing_errors = std::mem::take(&mut self.framer.framing_errors);
        let counters = &self.delivery.counters;
        counters.truncated.fetch_add(truncated, Relaxed);
        counters.framing_errors.fetch_add(framing_errors, Relaxed);
        if truncated > 0 {
            tracing::warn!(peer = %self.peer, truncated, limit_bytes = FRAME_BYTES_MAX, "cut over-long syslog messages");
        }
        if framing_errors > 0 {
            tracing::warn!(peer = %self.peer, "lost the octet counts of a syslog stream, reading lines");
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.delivery.counters.connections.fetch_sub(1, Relaxed);
    }
}
