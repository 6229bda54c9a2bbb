//! Every key that can be set: what it is called, what it accepts, what it does to the configuration.
//!
//! Names below `log` are Kafka's.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use girok_broker::{Advertised, Mechanism, Passwords, TlsFiles};
use girok_commitlog::Durability;
use girok_event::DatasetName;
use girok_log::{SaslMechanism, SecurityProtocol};
use girok_wire::Compression;

use super::Config;

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    /// `section.key`, as in the file.
    pub(super) name: &'static str,
    /// What a value has to be, for errors.
    pub(super) expected: &'static str,
    /// Puts a value in force, if it is one.
    pub(super) set: fn(&mut Config, &str) -> Option<()>,
    /// The value in force.
    pub(super) show: fn(&Config) -> String,
}

impl Key {
    /// Whether its value must not be shown, not even in an error.
    pub(super) fn is_secret(&self) -> bool {
        self.name == "kafka.sasl.users"
    }

    /// The environment variable of this key.
    pub(super) fn variable(&self) -> String {
        format!("GIROK_{}", self.name.replace('.', "_").to_uppercase())
    }
}

const ADDRESS: &str = "an address such as `127.0.0.1:7400`";
const BYTES: &str = "a number of bytes such as `1073741824` or `1GiB`";

/// The table.
pub(super) static KEYS: [Key; 45] = [
    Key {
        name: "data.dir",
        expected: "a folder",
        set: |config, value| (!value.is_empty()).then(|| config.set_data_dir(value.into())),
        show: |config| config.data_dir.display().to_string(),
    },
    Key {
        name: "http.listen",
        expected: ADDRESS,
        set: |config, value| put(&mut config.http, value.parse().ok()),
        show: |config| config.http.to_string(),
    },
    Key {
        name: "syslog.listen",
        expected: "an address such as `127.0.0.1:5514`, or `off`",
        set: set_syslog,
        show: |config| if config.syslog_on { config.syslog.listen.to_string() } else { "off".into() },
    },
    Key {
        name: "syslog.dataset",
        expected: "a name of a-z, A-Z, 0-9, `.`, `_` and `-`",
        set: |config, value| put(&mut config.syslog.dataset, DatasetName::new(value).ok()),
        show: |config| config.syslog.dataset.to_string(),
    },
    Key {
        name: "kafka.listen",
        expected: "an address such as `127.0.0.1:9092`, or `off`",
        set: set_kafka,
        show: |config| if config.kafka_on { config.kafka.listen.to_string() } else { "off".into() },
    },
    Key {
        name: "kafka.advertised",
        expected: "`auto`, or the host and port that clients shall connect to, such as `logs.example.com:9092`",
        set: |config, value| put(&mut config.kafka.advertised, advertised(value)),
        show: |config| match &config.kafka.advertised {
            Advertised::Auto => "auto".into(),
            Advertised::Address(host, port) => format!("{host}:{port}"),
        },
    },
    Key {
        name: "kafka.accept.replication.factor",
        expected: "`true` or `false`",
        set: |config, value| put(&mut config.kafka.accept_replication, value.parse().ok()),
        show: |config| config.kafka.accept_replication.to_string(),
    },
    Key {
        name: "kafka.tls.certificate",
        expected: "a PEM file that is there: the port's certificate, and those between it and a root; or `off`",
        set: |config, value| tls_file(config, value, |files| &mut files.certificate),
        show: |config| show_tls_file(config, |files| Some(&files.certificate)),
    },
    Key {
        name: "kafka.tls.key",
        expected: "a PEM file that is there: the private key of `kafka.tls.certificate`; or `off`",
        set: |config, value| tls_file(config, value, |files| &mut files.key),
        show: |config| show_tls_file(config, |files| Some(&files.key)),
    },
    Key {
        name: "kafka.tls.client.ca",
        expected: "a PEM file that is there: who signs the certificates that clients must bring; or `off`",
        set: |config, value| tls_file(config, value, |files| files.client_ca.get_or_insert_default()),
        show: |config| show_tls_file(config, |files| files.client_ca.as_deref()),
    },
    Key {
        name: "kafka.sasl.mechanisms",
        expected: "`PLAIN`, `SCRAM-SHA-256` and `SCRAM-SHA-512`, separated by commas, or `off`",
        set: |config, value| put(&mut config.kafka.security.mechanisms, mechanisms(value)),
        show: |config| {
            let names: Vec<_> = config.kafka.security.mechanisms.iter().map(|one| one.name()).collect();
            if names.is_empty() { "off".into() } else { names.join(",") }
        },
    },
    Key {
        name: "kafka.sasl.users",
        expected: "`name:password`, several separated by commas, or `off`",
        set: |config, value| {
            let users = if value == "off" { Passwords::default() } else { Passwords::parse(value, ',')? };
            add_users(config, users)
        },
        show: |config| match config.kafka.security.passwords.len() {
            0 => "off".into(),
            count => format!("{count} users"),
        },
    },
    Key {
        name: "kafka.sasl.users.file",
        expected: "a file that can be read, with `name:password` on each line, or `off`",
        set: set_users_file,
        show: |config| show_path(config.kafka_users_file.as_deref()),
    },
    Key {
        name: "kafka.bootstrap.servers",
        expected: "brokers of a Kafka cluster such as `kafka1:9092,kafka2:9092`",
        set: |config, value| put(&mut config.cluster.bootstrap_servers, servers(value)),
        show: |config| config.cluster.bootstrap_servers.clone(),
    },
    Key {
        name: "kafka.topics",
        expected: "a regular expression for the cluster's topics that are read, such as `web|app-.*`",
        set: |config, value| put(&mut config.cluster.topics, pattern(value)),
        show: |config| match config.cluster.topics.as_str() {
            "" => ".*".into(),
            topics => topics.into(),
        },
    },
    Key {
        name: "kafka.group.prefix",
        expected: "what the names of girok's consumer groups in the cluster begin with",
        set: |config, value| put(&mut config.cluster.group_prefix, group_prefix(value)),
        show: |config| config.cluster.group_prefix.clone(),
    },
    Key {
        name: "kafka.security.protocol",
        expected: "`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`, as the cluster wants it; or `auto`",
        set: |config, value| {
            put(&mut config.cluster.security.protocol, auto_or(value, SecurityProtocol::find))
        },
        show: |config| config.cluster.security.protocol.map_or("auto", SecurityProtocol::name).into(),
    },
    Key {
        name: "kafka.sasl.mechanism",
        expected: "how girok logs in to the cluster: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`; or `auto`",
        set: |config, value| put(&mut config.cluster.security.mechanism, auto_or(value, SaslMechanism::find)),
        show: |config| config.cluster.security.mechanism.map_or("auto", SaslMechanism::name).into(),
    },
    Key {
        name: "kafka.sasl.username",
        expected: "a user of the cluster",
        set: |config, value| put(&mut config.cluster.security.username, Some(value.to_owned())),
        show: |config| config.cluster.security.username.clone(),
    },
    Key {
        name: "kafka.sasl.password",
        expected: "that user's password",
        set: |config, value| put(&mut config.cluster.security.password, Some(value.to_owned())),
        show: |config| if config.cluster.security.password.is_empty() { "" } else { "(hidden)" }.into(),
    },
    Key {
        name: "kafka.ssl.ca.location",
        expected: "a PEM file that is there: who signs the certificates of the cluster's brokers; or `auto` for whom the system trusts",
        set: |config, value| put(&mut config.cluster.security.ca, file_or("auto", value)),
        show: |config| {
            config.cluster.security.ca.as_deref().map_or("auto".into(), |path| path.display().to_string())
        },
    },
    Key {
        name: "kafka.ssl.certificate.location",
        expected: "a PEM file that is there: the certificate that girok shows to the cluster; or `off`",
        set: |config, value| put(&mut config.cluster.security.certificate, file_or("off", value)),
        show: |config| show_path(config.cluster.security.certificate.as_deref()),
    },
    Key {
        name: "kafka.ssl.key.location",
        expected: "a PEM file that is there: the private key of `kafka.ssl.certificate.location`, not encrypted; or `off`",
        set: |config, value| put(&mut config.cluster.security.key, file_or("off", value)),
        show: |config| show_path(config.cluster.security.key.as_deref()),
    },
    Key {
        name: "log.num.partitions",
        expected: "a number from 1 to 10000",
        set: |config, value| {
            let partitions = value.parse().ok().filter(|count| (1..=10_000).contains(count));
            config.cluster.partitions = partitions;
            put(&mut config.log.partitions, partitions)
        },
        show: |config| config.log.partitions.to_string(),
    },
    Key {
        name: "log.durability",
        expected: "`fsync`, `interval` or `none`",
        set: |config, value| put(&mut config.log.durability, durability(value)),
        show: |config| format!("{:?}", config.log.durability).to_lowercase(),
    },
    Key {
        name: "log.retention.ms",
        expected: "a number of milliseconds, or -1 for ever",
        set: |config, value| {
            put(&mut config.log.retention_ms, value.parse().ok().filter(|ms| *ms >= -1))?;
            of_topics("retention.ms", config.log.retention_ms.to_string(), config)
        },
        show: |config| config.log.retention_ms.to_string(),
    },
    Key {
        name: "log.retention.bytes",
        expected: "a number of bytes such as `5GiB`, or -1 for no bound",
        set: |config, value| {
            let size = retention_bytes(value)?;
            config.log.retention_bytes = Some(size);
            of_topics("retention.bytes", size.to_string(), config)
        },
        show: |config| config.log.retention_bytes.unwrap_or(-1).to_string(),
    },
    Key {
        name: "log.topic.bytes.max",
        expected: "bytes that a topic may have while nobody sets `retention.bytes`, such as `5GiB`, or -1 for no bound",
        set: |config, value| put(&mut config.log.topic_bytes_max, retention_bytes(value)),
        show: |config| config.log.topic_bytes_max.to_string(),
    },
    Key {
        name: "log.segment.bytes",
        expected: "a number of bytes such as `128MiB`, from 1KiB to 1GiB",
        set: |config, value| {
            put(
                &mut config.log.segment_bytes,
                bytes(value).filter(|size| (1 << 10..=1 << 30).contains(size)),
            )?;
            of_topics("segment.bytes", config.log.segment_bytes.to_string(), config)
        },
        show: |config| config.log.segment_bytes.to_string(),
    },
    Key {
        name: "log.batch.size",
        expected: "bytes of a batch of the doors, such as `512KiB`, from 1KiB to 8MiB",
        set: |config, value| {
            let size = bytes(value).filter(|size| (1 << 10..=8 << 20).contains(size));
            put(&mut config.batching.bytes, size.and_then(|size| usize::try_from(size).ok()))?;
            of_producer("batch.size", config.batching.bytes.to_string(), config)
        },
        show: |config| config.batching.bytes.to_string(),
    },
    Key {
        name: "log.linger.ms",
        expected: "milliseconds that a batch of the doors waits for more, up to 10000",
        set: |config, value| {
            let linger = value.parse().ok().filter(|ms| *ms <= 10_000).map(Duration::from_millis);
            put(&mut config.batching.linger, linger)?;
            of_producer("linger.ms", config.batching.linger.as_millis().to_string(), config)
        },
        show: |config| config.batching.linger.as_millis().to_string(),
    },
    Key {
        name: "log.compression.type",
        expected: "`none`, `gzip`, `snappy`, `lz4` or `zstd`",
        set: |config, value| {
            put(&mut config.compression, compression(value))?;
            of_producer("compression.type", value.to_owned(), config)
        },
        show: |config| format!("{:?}", config.compression).to_lowercase(),
    },
    Key {
        name: "log.fetch.min.bytes",
        expected: "bytes that a worker waits for before it reads, such as `1` or `64KiB`, up to 4MiB",
        set: |config, value| {
            let size = bytes(value).filter(|size| (1..=4 << 20).contains(size));
            put(&mut config.log.fetch_bytes_min, size.and_then(|size| usize::try_from(size).ok()))?;
            of_consumer("fetch.min.bytes", config.log.fetch_bytes_min.to_string(), config)
        },
        show: |config| config.log.fetch_bytes_min.to_string(),
    },
    Key {
        name: "log.fetch.max.wait.ms",
        expected: "milliseconds that it waits for them at most, up to 60000",
        set: |config, value| {
            put(&mut config.log.fetch_wait_ms_max, value.parse().ok().filter(|ms| *ms <= 60_000))?;
            of_consumer("fetch.wait.max.ms", config.log.fetch_wait_ms_max.to_string(), config)
        },
        show: |config| config.log.fetch_wait_ms_max.to_string(),
    },
    Key {
        name: "log.disk.reserve.bytes",
        expected: BYTES,
        set: |config, value| put(&mut config.log.disk_reserve_bytes, bytes(value)),
        show: |config| config.log.disk_reserve_bytes.to_string(),
    },
    Key {
        name: "store.part.bytes",
        expected: "bytes of records that make a part, such as `64MiB`, from 4KiB",
        set: |config, value| {
            put(&mut config.store.part_raw_bytes_max, bytes(value).filter(|size| *size >= 4 << 10))
        },
        show: |config| config.store.part_raw_bytes_max.to_string(),
    },
    Key {
        name: "store.part.ms",
        expected: "milliseconds after which rows become a part, from 100",
        set: |config, value| put(&mut config.store.part_age_max, milliseconds(value)),
        show: |config| config.store.part_age_max.as_millis().to_string(),
    },
    Key {
        name: "store.compact.parts",
        expected: "how many small parts become one, from 2, or 0 for never",
        set: |config, value| {
            let parts = value.parse().ok().filter(|parts| *parts != 1 && *parts <= 1000);
            put(&mut config.store.compaction.parts_min, parts)
        },
        show: |config| config.store.compaction.parts_min.to_string(),
    },
    Key {
        name: "store.compact.bytes",
        expected: "a number of bytes that a merged part is not to pass, such as `512MiB`",
        set: |config, value| put(&mut config.store.compaction.size_bytes_max, bytes(value)),
        show: |config| config.store.compaction.size_bytes_max.to_string(),
    },
    Key {
        name: "store.retention.ms",
        expected: "a number of milliseconds, or -1 for ever",
        set: |config, value| put(&mut config.store.retention.age_seconds_max, age_seconds(value)),
        show: |config| {
            config.store.retention.age_seconds_max.map_or("-1".into(), |age| (age * 1000).to_string())
        },
    },
    Key {
        name: "store.retention.bytes",
        expected: "a number of bytes a dataset, such as `500GiB`, or -1 for no bound",
        set: |config, value| put(&mut config.store.retention.size_bytes_max, size_limit(value)),
        show: |config| config.store.retention.size_bytes_max.map_or("-1".into(), |size| size.to_string()),
    },
    Key {
        name: "query.memory.bytes",
        expected: "a number of bytes such as `512MiB`, from 16MiB",
        set: |config, value| {
            let size = bytes(value).filter(|size| *size >= 16 << 20);
            put(&mut config.query.memory_bytes, size.and_then(|size| usize::try_from(size).ok()))
        },
        show: |config| config.query.memory_bytes.to_string(),
    },
    Key {
        name: "query.index.bytes",
        expected: "a number of bytes such as `512MiB`, or 0 for none",
        set: |config, value| put(&mut config.query.index_bytes, bytes(value)),
        show: |config| config.query.index_bytes.to_string(),
    },
    Key {
        name: "query.columns.bytes",
        expected: "a number of bytes such as `256MiB`, or 0 for none",
        set: |config, value| {
            let size = bytes(value).and_then(|size| usize::try_from(size).ok());
            put(&mut config.query.columns_bytes, size)
        },
        show: |config| config.query.columns_bytes.to_string(),
    },
    Key {
        name: "query.time.max.ms",
        expected: "a number of milliseconds, from 100",
        set: |config, value| put(&mut config.query.time_max, milliseconds(value)),
        show: |config| config.query.time_max.as_millis().to_string(),
    },
];

fn milliseconds(value: &str) -> Option<Duration> {
    value.parse().ok().filter(|ms| *ms >= 100).map(Duration::from_millis)
}

/// Seconds from milliseconds; -1 is without end.
fn age_seconds(value: &str) -> Option<Option<u64>> {
    if value == "-1" { Some(None) } else { value.parse::<u64>().ok().map(|ms| Some(ms.div_ceil(1000))) }
}

/// Bytes; -1 is without end.
fn size_limit(value: &str) -> Option<Option<u64>> {
    if value == "-1" { Some(None) } else { bytes(value).map(Some) }
}

fn put<T>(place: &mut T, value: Option<T>) -> Option<()> {
    *place = value?;
    Some(())
}

/// `host:port` with commas between; an empty value is no cluster.
fn servers(value: &str) -> Option<String> {
    let is_server = |server: &str| {
        let port = server.trim().rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
        port.is_some_and(|port| port.parse::<u16>().is_ok())
    };
    (value.is_empty() || value.split(',').all(is_server)).then(|| value.to_owned())
}

/// A regular expression over names of topics.
fn pattern(value: &str) -> Option<String> {
    let is_meant = |c: char| c.is_ascii_alphanumeric() || r"._-|*+?()[]{}^$\,".contains(c);
    (!value.is_empty() && value.chars().all(is_meant)).then(|| value.to_owned())
}

fn group_prefix(value: &str) -> Option<String> {
    let is_meant = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    value.chars().all(is_meant).then(|| value.to_owned())
}

/// What a name means; `auto` is what follows from the other keys.
fn auto_or<T>(value: &str, find: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    if value == "auto" { Some(None) } else { find(value).map(Some) }
}

/// A file that is there; `none` is no file.
fn file_or(none: &str, value: &str) -> Option<Option<PathBuf>> {
    if value == none { Some(None) } else { Path::new(value).is_file().then(|| Some(value.into())) }
}

/// The same setting for topics that girok makes in a cluster.
fn of_topics(name: &'static str, value: String, config: &mut Config) -> Option<()> {
    config.cluster.topic_settings.insert(name, value);
    Some(())
}

/// The same setting for what the doors send to a cluster.
fn of_producer(name: &'static str, value: String, config: &mut Config) -> Option<()> {
    config.cluster.producer_settings.insert(name, value);
    Some(())
}

/// The same setting for what the workers read from a cluster.
fn of_consumer(name: &'static str, value: String, config: &mut Config) -> Option<()> {
    config.cluster.consumer_settings.insert(name, value);
    Some(())
}

fn compression(value: &str) -> Option<Compression> {
    match value {
        "none" => Some(Compression::None),
        "gzip" => Some(Compression::Gzip),
        "snappy" => Some(Compression::Snappy),
        "lz4" => Some(Compression::Lz4),
        "zstd" => Some(Compression::Zstd),
        _ => None,
    }
}

fn set_syslog(config: &mut Config, value: &str) -> Option<()> {
    config.syslog_on = value != "off";
    if config.syslog_on { put(&mut config.syslog.listen, value.parse::<SocketAddr>().ok()) } else { Some(()) }
}

fn set_kafka(config: &mut Config, value: &str) -> Option<()> {
    config.kafka_on = value != "off";
    if config.kafka_on { put(&mut config.kafka.listen, value.parse::<SocketAddr>().ok()) } else { Some(()) }
}

fn advertised(value: &str) -> Option<Advertised> {
    if value == "auto" {
        return Some(Advertised::Auto);
    }
    let (host, port) = value.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    (!host.is_empty()).then(|| Some(Advertised::Address(host.to_owned(), port.parse().ok()?)))?
}

fn add_users(config: &mut Config, users: Passwords) -> Option<()> {
    config.kafka.security.passwords.extend(users);
    Some(())
}

fn mechanisms(value: &str) -> Option<Vec<Mechanism>> {
    if value == "off" {
        return Some(Vec::new());
    }
    value.split(',').map(|name| Mechanism::find(name.trim())).collect()
}

fn set_users_file(config: &mut Config, value: &str) -> Option<()> {
    if value == "off" {
        return Some(());
    }
    add_users(config, Passwords::parse(&std::fs::read_to_string(value).ok()?, '\n')?)?;
    put(&mut config.kafka_users_file, Some(Some(value.into())))
}

/// Sets one of the files that TLS needs; the others may follow.
fn tls_file(
    config: &mut Config,
    value: &str,
    file: impl FnOnce(&mut TlsFiles) -> &mut PathBuf,
) -> Option<()> {
    if value == "off" {
        return Some(());
    }
    let files = config.kafka.security.tls.get_or_insert_default();
    put(file(files), Path::new(value).is_file().then(|| value.into()))
}

fn show_tls_file(config: &Config, file: impl FnOnce(&TlsFiles) -> Option<&Path>) -> String {
    show_path(config.kafka.security.tls.as_ref().and_then(file).filter(|path| !path.as_os_str().is_empty()))
}

fn show_path(path: Option<&Path>) -> String {
    path.map_or_else(|| "off".into(), |path| path.display().to_string())
}

fn durability(value: &str) -> Option<Durability> {
    match value {
        "fsync" => Some(Durability::Fsync),
        "interval" => Some(Durability::Interval),
        "none" => Some(Durability::None),
        _ => None,
    }
}

/// A size: `1048576`, `512KiB`, `128MiB`, `5GiB`.
pub(crate) fn bytes(value: &str) -> Option<u64> {
    let digits = value.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match value[digits.len()..].trim_start() {
        "" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn retention_bytes(value: &str) -> Option<i64> {
    if value == "-1" { Some(-1) } else { bytes(value).and_then(|size| i64::try_from(size).ok()) }
}
