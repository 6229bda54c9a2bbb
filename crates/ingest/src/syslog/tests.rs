use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UdpSocket};

use super::*;
use crate::testing::Door;

async fn listeners(door: &Door) -> Listeners {
    let config =
        SyslogConfig { listen: ([127, 0, 0, 1], 0).into(), dataset: DatasetName::new("syslog").unwrap() };
    start(config, door.ingest.clone()).await.unwrap()
}

async fn send_tcp(address: SocketAddr, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// Waits until `done`; the tests' only clock.
async fn until(done: impl Fn() -> bool) {
    tokio::time::timeout(Duration::from_secs(10), async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .expect("it takes less than ten seconds");
}

#[tokio::test]
async fn both_framings_reach_the_log_on_one_port() {
    let door = Door::open();
    let listeners = listeners(&door).await;
    send_tcp(listeners.address(), b"<1>one\n<1>two").await;
    send_tcp(listeners.address(), b"8 <2>thre\n7 <2>four").await;
    until(|| listeners.tcp().received == 4).await;
    listeners.stop().await;
    let mut values = door.values("syslog");
    values.sort();
    assert_eq!(values, ["<1>one", "<1>two", "<2>four", "<2>thre"]);
    assert_eq!(door.headers("syslog")[0], "girok.input=syslog-tcp girok.peer=127.0.0.1 girok.content=syslog");
}

#[tokio::test]
async fn a_datagram_is_a_message() {
    let door = Door::open();
    let listeners = listeners(&door).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for datagram in ["<1>a\n", "<1>two\nlines", "", "\n"] {
        socket.send_to(datagram.as_bytes(), listeners.address()).await.unwrap();
    }
    until(|| listeners.udp().received == 2).await;
    assert_eq!(listeners.udp().bytes, 4 + 12);
    listeners.stop().await;
    assert_eq!(door.values("syslog"), ["<1>a", "<1>two\nlines"]);
}

#[tokio::test]
async fn datagrams_that_come_one_by_one_wait_for_a_slow_log() {
    let door = Door::on_full_disk();
    let listeners = listeners(&door).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for sent in 1..=200 {
        socket.send_to(b"<1>a", listeners.address()).await.unwrap();
        until(|| listeners.udp().received == sent).await;
    }
    assert_eq!(listeners.udp().dropped, 0);
    let counters = Arc::clone(&listeners.udp.counters);
    listeners.stop().await;
    assert_eq!(counters.snapshot().dropped, 200);
}

#[tokio::test]
async fn datagrams_without_a_message_take_no_room() {
    let door = Door::open();
    let listeners = listeners(&door).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for _ in 0..8 {
        socket.send_to(&[b'\n'; 60_000], listeners.address()).await.unwrap();
    }
    socket.send_to(b"<1>a", listeners.address()).await.unwrap();
    until(|| listeners.udp().received == 1).await;
    listeners.stop().await;
    assert_eq!(door.values("syslog"), ["<1>a"]);
}

#[tokio::test]
async fn one_connection_keeps_its_order() {
    let door = Door::with_partitions(4);
    let listeners = listeners(&door).await;
    let sent: Vec<_> = (0..20_000).map(|n| format!("<13>message number {n}")).collect();
    send_tcp(listeners.address(), sent.join("\n").as_bytes()).await;
    until(|| listeners.tcp().received == 20_000).await;
    listeners.stop().await;
    assert_eq!(door.values("syslog"), sent);
    assert_eq!(door.partitions_used("syslog"), 1);
}

#[tokio::test]
async fn an_over_long_message_is_cut_and_the_next_one_is_whole() {
    let door = Door::open();
    let listeners = listeners(&door).await;
    let long = "x".repeat(FRAME_BYTES_MAX + 100);
    send_tcp(listeners.address(), format!("<1>{long}\n<2>next\n").as_bytes()).await;
    until(|| listeners.tcp().received == 2).await;
    assert_eq!(listeners.tcp().truncated, 1);
    listeners.stop().await;
    let values = door.values("syslog");
    assert_eq!((values[0].len(), values[1].as_str()), (FRAME_BYTES_MAX, "<2>next"));
}

#[tokio::test]
async fn closed_connections_are_not_counted_as_open() {
    let door = Door::open();
    let listeners = listeners(&door).await;
    let stream = TcpStream::connect(listeners.address()).await.unwrap();
    until(|| listeners.tcp().connections == 1).await;
    drop(stream);
    until(|| listeners.tcp().connections == 0).await;
    listeners.stop().await;
}

#[tokio::test]
async fn while_the_log_takes_nothing_a_connection_waits_and_what_is_lost_at_the_end_is_counted() {
    let door = Door::on_full_disk();
    let listeners = listeners(&door).await;
    let mut stream = TcpStream::connect(listeners.address()).await.unwrap();
    stream.write_all(b"<1>one\n<1>two\n").await.unwrap();
    until(|| listeners.tcp().received == 2).await;
    stream.write_all(b"<1>three\n").await.unwrap();
    assert_eq!((listeners.tcp().received, listeners.tcp().dropped), (2, 0));
    let counters = Arc::clone(&listeners.tcp.counters);
    listeners.stop().await;
    assert_eq!(counters.snapshot().dropped, 2);
}
