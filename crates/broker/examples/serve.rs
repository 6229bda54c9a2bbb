//! Serves a commit log to Kafka clients and nothing else, until it is interrupted.
//!
//!     serve <address> <folder> [key=value …]
//!
//! Settings: `num.partitions`, `auto.create.topics.enable`, `durability` (`fsync`, `interval`, `none`), and as in
//! girok's configuration `accept.replication.factor`, `tls.certificate`, `tls.key`, `tls.client.ca`, `sasl.mechanisms`,
//! `sasl.users`.

use std::error::Error;
use std::net::SocketAddr;

use girok_broker::{BrokerConfig, Mechanism, Passwords};
use girok_commitlog::{CommitLog, Durability, LogConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(dir)) = (arguments.next(), arguments.next()) else {
        return Err("usage: serve <address> <folder> [key=value …]".into());
    };
    let mut log = LogConfig { retention_group: None, disk_reserve_bytes: 64 << 20, ..LogConfig::new(dir) };
    let mut broker = BrokerConfig::new(address.parse::<SocketAddr>()?);
    for setting in arguments {
        let (key, value) = setting.split_once('=').ok_or("expected key=value")?;
        set(&mut log, &mut broker, key, value).ok_or_else(|| format!("cannot set `{key}` to `{value}`"))?;
    }
    let log = CommitLog::open(log)?;
    let broker = girok_broker::start(broker, log.clone()).await?;
    tokio::signal::ctrl_c().await?;
    broker.stop().await;
    tokio::task::spawn_blocking(move || log.close()).await??;
    Ok(())
}

fn set(log: &mut LogConfig, broker: &mut BrokerConfig, key: &str, value: &str) -> Option<()> {
    let security = &mut broker.security;
    match key {
        "num.partitions" => log.partitions = value.parse().ok()?,
        "auto.create.topics.enable" => broker.auto_create = value.parse().ok()?,
        "accept.replication.factor" => broker.accept_replication = value.parse().ok()?,
        "durability" => log.durability = durability(value)?,
        "tls.certificate" => security.tls.get_or_insert_default().certificate = value.into(),
        "tls.key" => security.tls.get_or_insert_default().key = value.into(),
        "tls.client.ca" => security.tls.get_or_insert_default().client_ca = Some(value.into()),
        "sasl.mechanisms" => {
            security.mechanisms = value.split(',').map(Mechanism::find).collect::<Option<_>>()?;
        }
        "sasl.users" => security.passwords = Passwords::parse(value, ',')?,
        _ => return None,
    }
    Some(())
}

fn durability(value: &str) -> Option<Durability> {
    match value {
        "fsync" => Some(Durability::Fsync),
        "interval" => Some(Durability::Interval),
        "none" => Some(Durability::None),
        _ => None,
    }
}
