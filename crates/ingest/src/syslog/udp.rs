//! Syslog over UDP: a datagram is a message.
//!
//! One task does nothing but empty the socket; another one appends. Between them is a queue of a bounded number of
//! batches: while it is full, datagrams gather in the next batch, and when that is full too they are dropped and
//! counted, as UDP allows.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

use super::counters::Counters;
use super::delivery::{Delivery, Messages};

/// The receive buffer asked of the system, which may give less.
const SOCKET_BYTES: usize = 8 << 20;

/// The largest datagram.
const DATAGRAM_BYTES_MAX: usize = 64 << 10;

/// A batch takes no more datagrams once it holds so many bytes.
const BATCH_BYTES: usize = 256 << 10;

/// Batches between the socket and the log.
const QUEUE: usize = 32;

/// Datagrams that were read together, by place in one buffer.
#[derive(Debug, Default)]
struct Batch {
    buffer: Vec<u8>,
    frames: Vec<Range<usize>>,
    peers: Vec<IpAddr>,
}

/// A socket with a large receive buffer.
pub(super) fn bind(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::DGRAM, None)?;
    socket.set_recv_buffer_size(SOCKET_BYTES)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// Reads datagrams until girok stops.
pub(super) async fn listen(socket: UdpSocket, delivery: Delivery) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let (counters, stop) = (Arc::clone(&delivery.counters), delivery.stop.clone());
    let append = tokio::spawn(append(receiver, delivery));
    receive(&socket, sender, &counters, stop).await;
    if let Err(error) = append.await {
        tracing::error!(%error, "cannot append syslog datagrams");
    }
}

async fn receive(
    socket: &UdpSocket,
    queue: mpsc::Sender<Batch>,
    counters: &Counters,
    mut stop: watch::Receiver<bool>,
) {
    let mut space = vec![0; BATCH_BYTES + DATAGRAM_BYTES_MAX];
    // What the queue has no place for yet: it grows while the log is slow, however few datagrams come together.
    let mut batch = Batch::default();
    loop {
        let first = tokio::select! {
            first = socket.recv_from(&mut space[..DATAGRAM_BYTES_MAX]) => first,
            place = queue.reserve(), if !batch.frames.is_empty() => match place {
                Ok(place) => {
                    place.send(std::mem::take(&mut batch));
                    continue;
                }
                Err(_) => return,
            },
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (size, peer) = match first {
            Ok(first) => first,
            Err(error) => {
                tracing::warn!(%error, "cannot read a syslog datagram");
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        let more = gather(socket, &mut space, size, peer);
        counters.received(more.frames.len(), more.frames.iter().map(Range::len).sum());
        if batch.frames.is_empty() {
            batch = more;
        } else if batch.buffer.len() < BATCH_BYTES {
            batch.append(more);
        } else {
            counters.dropped.fetch_add(more.frames.len() as u64, Relaxed);
        }
    }
    if !batch.frames.is_empty() {
        // It fails only if nobody appends any more, which is reported there.
        let _ = queue.send(batch).await;
    }
}

/// The first datagram, which stands in `space` already, and those that are there without waiting.
fn gather(socket: &UdpSocket, space: &mut [u8], size: usize, peer: SocketAddr) -> Batch {
    let mut batch = Batch::default();
    let mut at = 0;
    let mut next = Some((size, peer));
    while let Some((size, peer)) = next {
        batch.add(space, at..at + size, peer.ip());
        at += size;
        let more = at < BATCH_BYTES;
        next = more.then(|| socket.try_recv_from(&mut space[at..at + DATAGRAM_BYTES_MAX]).ok()).flatten();
    }
    batch.buffer.extend_from_slice(&space[..at]);
    batch
}

async fn append(mut queue: mpsc::Receiver<Batch>, mut delivery: Delivery) {
    while let Some(batch) = queue.recv().await {
        let ready = delivery.prepare().await;
        let offer = |messages| ready.clone().and_then(|()| delivery.offer(messages));
        let offers: Vec<_> = batch.by_peer().map(|messages| (messages, offer(messages))).collect();
        for (messages, offered) in offers {
            delivery.settle(messages, offered).await;
        }
    }
}

impl Batch {
    fn add(&mut self, space: &[u8], mut frame: Range<usize>, peer: IpAddr) {
        while frame.end > frame.start && matches!(space[frame.end - 1], b'\n' | b'\r' | 0) {
            frame.end -= 1;
        }
        if !frame.is_empty() {
            self.frames.push(frame);
            self.peers.push(peer);
        }
    }

    fn append(&mut self, other: Batch) {
        let at = self.buffer.len();
        self.buffer.extend_from_slice(&other.buffer);
        self.frames.extend(other.frames.into_iter().map(|frame| frame.start + at..frame.end + at));
        self.peers.extend(other.peers);
    }

    /// The runs of datagrams that came from one peer.
    fn by_peer(&self) -> impl Iterator<Item = Messages<'_>> {
        let mut at = 0;
        self.peers.chunk_by(|a, b| a == b).map(move |run| {
            let frames = &self.frames[at..at + run.len()];
            at += run.len();
            Messages { peer: run[0], buffer: &self.buffer, frames }
        })
    }
}
