//! The brokers of a cluster, and who of them is to be asked.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use girok_commitlog::TopicPartition;
use girok_wire::protocol::{
    Api, DescribeQuorumRequest, DescribeQuorumResponse, Field, FindCoordinatorRequest,
    FindCoordinatorResponse, MetadataRequest, MetadataResponse, QuorumPartitionRequest, QuorumTopicRequest,
    code,
};
use parking_lot::Mutex;

use super::connection::{Access, Connection};
use super::fault::{Fault, check};

/// Nobody coordinates the group yet, or its coordinator is not ready.
const NOT_YET: [i16; 3] =
    [code::COORDINATOR_LOAD_IN_PROGRESS, code::COORDINATOR_NOT_AVAILABLE, code::NOT_COORDINATOR];
/// How long that may last.
const COORDINATOR_PATIENCE: Duration = Duration::from_secs(5);
const COORDINATOR_WATCH_INTERVAL: Duration = Duration::from_millis(100);
const METADATA_VERSIONS: RangeInclusive<i16> = 1..=12;
/// Where a cluster of today keeps its own records.
const QUORUM_TOPIC: &str = "__cluster_metadata";

/// A place for a connection that may be open.
type Slot = Arc<Mutex<Option<Connection>>>;

/// The ways to all brokers.
#[derive(Debug)]
pub(super) struct Network {
    servers: Vec<String>,
    access: Access,
    connections: Mutex<HashMap<String, Slot>>,
    addresses: Mutex<HashMap<i32, String>>,
}

impl Network {
    pub(super) fn new(servers: &str, access: Access) -> Self {
        Network {
            servers: servers.split(',').map(|server| server.trim().to_owned()).collect(),
            access,
            connections: Mutex::default(),
            addresses: Mutex::default(),
        }
    }

    /// Brokers, topics, leaders; from whichever broker answers first.
    pub(super) fn metadata(&self) -> Result<MetadataResponse, Fault> {
        let request =
            MetadataRequest { topics: None, allow_auto_topic_creation: false, ..MetadataRequest::default() };
        let metadata: MetadataResponse = self.ask_any(Api::METADATA, METADATA_VERSIONS, &request)?;
        let addresses = metadata
            .brokers
            .iter()
            .map(|broker| (broker.node_id, format!("{}:{}", broker.host, broker.port)));
        *self.addresses.lock() = addresses.collect();
        Ok(metadata)
    }

    /// The broker that leads each partition; those without a leader are left out.
    pub(super) fn leaders(&self) -> Result<BTreeMap<TopicPartition, i32>, Fault> {
        Ok(leaders_of(&self.metadata()?))
    }

    /// The broker that decides, where the cluster elects it among its own.
    pub(super) fn quorum_leader(&self) -> Option<i32> {
        let partitions = vec![QuorumPartitionRequest { partition_index: 0 }];
        let topics = vec![QuorumTopicRequest { topic_name: QUORUM_TOPIC.to_owned(), partitions }];
        let request = DescribeQuorumRequest { topics };
        let quorum: DescribeQuorumResponse = self.ask_any(Api::DESCRIBE_QUORUM, 0..=1, &request).ok()?;
        let leader = quorum.topics.first()?.partitions.first()?.leader_id;
        Some(leader).filter(|id| *id >= 0)
    }

    /// The ids of all brokers.
    pub(super) fn ids(&self) -> Result<Vec<i32>, Fault> {
        Ok(self.metadata()?.brokers.iter().map(|broker| broker.node_id).collect())
    }

    /// The broker that takes changes of topics.
    pub(super) fn controller(&self) -> Result<i32, Fault> {
        Ok(self.metadata()?.controller_id)
    }

    /// Asks the broker that coordinates `group`. A cluster makes its topic of offsets when it is first asked, and
    /// moves it when a broker fails: for a moment nobody coordinates, and then the one who does has yet to load.
    pub(super) fn ask_coordinator<T>(
        &self,
        group: &str,
        work: impl Fn(i32) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let until = Instant::now() + COORDINATOR_PATIENCE;
        loop {
            match self.coordinator(group).and_then(&work) {
                Err(Fault::Refused { code, .. }) if NOT_YET.contains(&code) && Instant::now() < until => {
                    std::thread::sleep(COORDINATOR_WATCH_INTERVAL);
                }
                done => return done,
            }
        }
    }

    fn coordinator(&self, group: &str) -> Result<i32, Fault> {
        self.ids()?;
        let request = FindCoordinatorRequest { key: group.to_owned(), ..FindCoordinatorRequest::default() };
        let found: FindCoordinatorResponse = self.ask_any(Api::FIND_COORDINATOR, 0..=3, &request)?;
        check(found.error_code, found.error_message)?;
        Ok(found.node_id)
    }

    /// Asks one broker.
    pub(super) fn ask<T: Field>(
        &self,
        broker: i32,
        api: Api,
        versions: RangeInclusive<i16>,
        request: &impl Field,
    ) -> Result<T, Fault> {
        let address = self.addresses.lock().get(&broker).cloned();
        let address = address.ok_or(Fault::NoBroker(None))?;
        self.ask_at(&address, api, versions, request)
    }

    /// Asks whoever answers: first the brokers that are known, then those that were named.
    fn ask_any<T: Field>(
        &self,
        api: Api,
        versions: RangeInclusive<i16>,
        request: &impl Field,
    ) -> Result<T, Fault> {
        let known: Vec<_> = self.addresses.lock().values().cloned().collect();
        let mut last = Fault::NoBroker(None);
        for address in known.iter().chain(&self.servers) {
            match self.ask_at(address, api, versions.clone(), request) {
                Err(fault @ Fault::Io { .. }) => last = fault,
                other => return other,
            }
        }
        Err(last)
    }

    fn ask_at<T: Field>(
        &self,
        address: &str,
        api: Api,
        versions: RangeInclusive<i16>,
        request: &impl Field,
    ) -> Result<T, Fault> {
        self.connected(address, |connection| connection.ask(api, versions.clone(), request))
    }

    /// Works on the connection to `address`, which is opened if it is not, and once more if it turns out to be
    /// broken: brokers close those that were silent for long.
    fn connected<T>(
        &self,
        address: &str,
        mut work: impl FnMut(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let slot = self.connections.lock().entry(address.to_owned()).or_default().clone();
        let mut slot = slot.lock();
        if let Some(connection) = slot.as_mut() {
            match work(connection) {
                Err(Fault::Io { .. } | Fault::Protocol { .. }) => *slot = None,
                other => return other,
            }
        }
        let mut connection = Connection::open(address, &self.access)?;
        let done = work(&mut connection);
        if !matches!(done, Err(Fault::Io { .. } | Fault::Protocol { .. })) {
            *slot = Some(connection);
        }
        done
    }
}

/// The broker that leads each partition.
pub(super) fn leaders_of(metadata: &MetadataResponse) -> BTreeMap<TopicPartition, i32> {
    let partitions = metadata.topics.iter().flat_map(|topic| {
        let name: Arc<str> = topic.name.as_deref().unwrap_or_default().into();
        topic.partitions.iter().filter_map(move |partition| {
            let id = u32::try_from(partition.partition_index).ok()?;
            (partition.leader_id >= 0).then(|| (TopicPartition::new(name.clone(), id), partition.leader_id))
        })
    });
    partitions.collect()
}

/// By topic, something for each of some partitions.
type ByTopic<V> = BTreeMap<Arc<str>, Vec<(i32, V)>>;

/// Partitions by the broker that leads them, and then by topic.
pub(super) fn by_leader<V: Clone>(
    leaders: &BTreeMap<TopicPartition, i32>,
    wanted: impl IntoIterator<Item = (TopicPartition, V)>,
) -> BTreeMap<i32, ByTopic<V>> {
    let mut brokers: BTreeMap<i32, ByTopic<V>> = BTreeMap::new();
    for (of, value) in wanted {
        let Some(leader) = leaders.get(&of) else { continue };
        let topics = brokers.entry(*leader).or_default();
        topics.entry(of.topic.clone()).or_default().push((of.partition as i32, value));
    }
    brokers
}
