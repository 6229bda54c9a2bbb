//! What every handler works with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use girok_admin::Cluster;
use girok_commitlog::CommitLog;
use girok_exec::Engine;
use girok_ingest::Ingest;
use girok_ingest::syslog::ListenerCounters;
use girok_pipeline::{Control, Metrics};
use tokio::sync::watch;

/// The services behind the doors; cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) engine: Engine,
    pub(crate) ingest: Ingest,
    pub(crate) log: Option<CommitLog>,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) control: Control,
    pub(crate) stored: Arc<Metrics>,
    pub(crate) syslog: Option<ListenerCounters>,
    pub(crate) stopping: Stopping,
    pub(crate) started: Instant,
    ready: Arc<AtomicBool>,
}

impl Api {
    /// Doors to these services; they stop when `stopping` says so. `log` is none if the log is a Kafka cluster.
    #[expect(clippy::too_many_arguments, reason = "each service that doors open on, named once")]
    pub fn new(
        engine: Engine,
        ingest: Ingest,
        log: Option<CommitLog>,
        cluster: Arc<Cluster>,
        control: Control,
        stored: Arc<Metrics>,
        syslog: Option<ListenerCounters>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let ready = Arc::new(AtomicBool::new(true));
        let started = Instant::now();
        Api {
            engine,
            ingest,
            log,
            cluster,
            control,
            stored,
            syslog,
            stopping: Stopping(stopping),
            started,
            ready,
        }
    }

    /// Whether requests are welcome: started, and not stopping.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed) && !*self.stopping.0.borrow()
    }
}

/// Says when the server stops.
#[derive(Clone)]
pub(crate) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Returns once the server stops.
    pub(crate) async fn cancelled(&self) {
        let mut receiver = self.0.clone();
        // A sender that is gone means the same as one that said so.
        let _ = receiver.wait_for(|stopping| *stopping).await;
    }
}
