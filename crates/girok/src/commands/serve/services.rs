//! The services and their wiring: each starts on what stands before it, and stops before it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use girok_admin::{Cluster, ClusterAdmin, EmbeddedAdmin, KafkaAdmin};
use girok_api::Api;
use girok_broker::{Advertised, Broker};
use girok_commitlog::{CommitLog, SystemClock};
use girok_event::Timestamp;
use girok_exec::Engine;
use girok_ingest::{Ingest, syslog};
use girok_log::{EmbeddedLog, LogClient};
use girok_pipeline::{Pipeline, PipelineConfig};
use girok_store::{Catalog, EMBEDDED_LOG, Live, Occupancy, PartStore, Patterns, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;

/// Requests under way have this long to finish once the server stops.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// How soon a process sees what others that share its folder did.
const REFRESH_INTERVAL: Duration = Duration::from_millis(100);

/// Everything that runs.
pub(crate) struct Services {
    /// Where HTTP is answered.
    pub(crate) http: SocketAddr,
    /// The syslog listeners, unless they are off.
    pub(crate) syslog: Option<syslog::Listeners>,
    /// The Kafka port, unless it is off.
    pub(crate) kafka: Option<Broker>,
    /// The way into the log.
    pub(crate) ingest: Ingest,
    log: Option<CommitLog>,
    /// Held for as long as this process works in the folder.
    _occupancy: Occupancy,
    pipeline: Pipeline,
    doors: JoinHandle<std::io::Result<()>>,
    stopping: watch::Sender<bool>,
}

impl Services {
    pub(crate) async fn start(config: &Config) -> Result<Self> {
        let http = bind_http(config.http).await?;
        let Log { client, embedded: log, id } = start_log(config)?;
        let (store, mut occupancy) = start_store(&config.data_dir, &id)?;
        let pipeline = start_pipeline(config, client.clone(), &store, &occupancy)?;
        if log.is_none() {
            occupancy.let_others_in()?;
        }
        let engine = Engine::new(store, config.query.clone()).context("cannot start the query engine")?;
        engine.open_newest();
        let ingest = Ingest::with_batching(client, now, config.batching);
        let syslog = start_syslog(config, &ingest).await?;
        let kafka = start_kafka(config, log.as_ref()).await?;
        let (stopping, stop) = watch::channel(false);
        let counters = syslog.as_ref().map(syslog::Listeners::counters);
        let address = http.local_addr().context("cannot read the address of HTTP")?;
        let cluster = start_cluster(config, log.as_ref(), kafka.as_ref())?;
        let api = Api::new(
            engine,
            ingest.clone(),
            log.clone(),
            cluster,
            pipeline.control(),
            pipeline.metrics(),
            counters,
            stop,
        );
        let doors = tokio::spawn(girok_api::serve(http, api));
        let _occupancy = occupancy;
        Ok(Services { http: address, syslog, kafka, ingest, log, _occupancy, pipeline, doors, stopping })
    }

    /// Takes no more, lets what is under way finish, publishes what is live, closes the log.
    pub(crate) async fn stop(self) -> Result<()> {
        // Doors that are gone already need no word.
        let _ = self.stopping.send(true);
        if let Some(syslog) = self.syslog {
            syslog.stop().await;
        }
        if let Some(kafka) = self.kafka {
            kafka.stop().await;
        }
        if let Ok(ended) = tokio::time::timeout(DRAIN_MAX, self.doors).await {
            ended.context("the HTTP task failed")?.context("cannot serve HTTP")?;
        }
        let (pipeline, log) = (self.pipeline, self.log);
        let closed = tokio::task::spawn_blocking(move || {
            pipeline.stop();
            log.map_or(Ok(()), |log| log.close())
        });
        closed.await.context("the stopping task failed")?.context("cannot close the commit log")
    }
}

async fn bind_http(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen for HTTP on `{address}`; choose another address with `--http`")
    })
}

/// The commit log, whichever it is.
struct Log {
    client: Arc<dyn LogClient>,
    embedded: Option<CommitLog>,
    /// Whose offsets they are.
    id: String,
}

fn start_log(config: &Config) -> Result<Log> {
    if config.is_clustered() {
        let (client, id) = girok_log::open_cluster(config.cluster.clone())?;
        return Ok(Log { client, embedded: None, id: format!("kafka:{id}") });
    }
    let log = CommitLog::open(config.log.clone())
        .with_context(|| format!("cannot open the commit log in `{}`", config.log.dir.display()))?;
    let client = EmbeddedLog::new(log.clone()).with_compression(config.compression);
    Ok(Log { client: Arc::new(client), embedded: Some(log), id: EMBEDDED_LOG.to_owned() })
}

/// Opens the store for the offsets of the log `log_id`.
fn start_store(data: &Path, log_id: &str) -> Result<(Store, Occupancy)> {
    std::fs::create_dir_all(data).with_context(|| format!("cannot create `{}`", data.display()))?;
    let occupancy = Occupancy::enter(data)?;
    let catalog = Catalog::open(&data.join("catalog.sqlite")).context("cannot open the catalog")?;
    if occupancy.is_alone() {
        catalog.use_log(log_id)?;
    }
    let in_use = catalog.log_in_use()?;
    if in_use != log_id {
        return Err(StoreError::OtherLog { wanted: log_id.to_owned(), in_use }.into());
    }
    let patterns = Patterns::open(&catalog).context("cannot read the patterns in the catalog")?;
    let store = Store {
        catalog: Arc::new(catalog),
        live: Arc::new(Live::default()),
        parts: PartStore::local(&data.join("parts")).context("cannot open the folder of parts")?,
        patterns: Arc::new(patterns),
    };
    Ok((store, occupancy))
}

fn start_pipeline(
    config: &Config,
    log: Arc<dyn LogClient>,
    store: &Store,
    occupancy: &Occupancy,
) -> Result<Pipeline> {
    let config = PipelineConfig {
        clean_up: occupancy.is_alone(),
        refresh_interval: config.is_clustered().then_some(REFRESH_INTERVAL),
        shared_dir: config.is_clustered().then(|| config.data_dir.clone()),
        ..config.store.clone()
    };
    girok_pipeline::start(config, log, store.clone(), Arc::new(now)).context("cannot start the store workers")
}

async fn start_syslog(config: &Config, ingest: &Ingest) -> Result<Option<syslog::Listeners>> {
    if !config.syslog_on {
        return Ok(None);
    }
    Ok(Some(syslog::start(config.syslog.clone(), ingest.clone()).await?))
}

async fn start_kafka(config: &Config, log: Option<&CommitLog>) -> Result<Option<Broker>> {
    let Some(log) = log.filter(|_| config.kafka_on) else { return Ok(None) };
    Ok(Some(girok_broker::start(config.kafka.clone(), log.clone()).await?))
}

/// Watches the log for operators, under the names by which Kafka clients know this process.
fn start_cluster(config: &Config, log: Option<&CommitLog>, kafka: Option<&Broker>) -> Result<Arc<Cluster>> {
    let admin: Arc<dyn ClusterAdmin> = match log {
        Some(log) => Arc::new(embedded_admin(config, log, kafka)),
        None => Arc::new(kafka_admin(config)?),
    };
    // The prefix is empty unless the log is a cluster.
    let own_group = format!("{}{}", config.cluster.group_prefix, girok_pipeline::GROUP);
    Ok(Arc::new(Cluster::new(admin, &own_group, Arc::new(SystemClock))))
}

fn embedded_admin(config: &Config, log: &CommitLog, kafka: Option<&Broker>) -> EmbeddedAdmin {
    let address = kafka.map(|kafka| match &config.kafka.advertised {
        Advertised::Auto => (kafka.address().ip().to_string(), kafka.address().port()),
        Advertised::Address(host, port) => (host.clone(), *port),
    });
    let node = girok_admin::Broker { id: girok_broker::NODE_ID, address };
    EmbeddedAdmin::new(log.clone(), girok_broker::CLUSTER_ID, node)
}

fn kafka_admin(config: &Config) -> Result<KafkaAdmin> {
    Ok(KafkaAdmin::new(&config.cluster.bootstrap_servers, config.cluster.security.access()?)?)
}

/// The wall clock, handed to everything below.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
