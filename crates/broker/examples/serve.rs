//! Serves a commit log to Kafka clients and nothing else: `serve <address> <folder>`, until Ctrl-C.

use std::net::SocketAddr;

use girok_broker::BrokerConfig;
use girok_commitlog::{CommitLog, LogConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(dir)) = (arguments.next(), arguments.next()) else {
        return Err("usage: serve <address> <folder>".into());
    };
    let config = LogConfig { retention_group: None, disk_reserve_bytes: 64 << 20, ..LogConfig::new(dir) };
    let log = CommitLog::open(config)?;
    let broker = girok_broker::start(BrokerConfig::new(address.parse::<SocketAddr>()?), log.clone()).await?;
    tokio::signal::ctrl_c().await?;
    broker.stop().await;
    tokio::task::spawn_blocking(move || log.close()).await??;
    Ok(())
}
