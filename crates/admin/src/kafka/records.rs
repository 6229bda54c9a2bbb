//! Offsets and times of records, asked of the brokers that lead them.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use girok_commitlog::TopicPartition;
use girok_wire::protocol::{
    Api, FetchPartition, FetchRequest, FetchResponse, FetchTopic, ListOffsetsPartition, ListOffsetsRequest,
    ListOffsetsResponse, ListOffsetsTopic, code,
};
use girok_wire::{BatchHeader, BatchView};

use super::fault::Fault;
use super::network::{Network, by_leader};

/// Asks for the first offset held.
pub(super) const START: i64 = -2;
/// Asks for the offset behind the last.
pub(super) const END: i64 = -1;

const LIST_OFFSETS_VERSIONS: RangeInclusive<i16> = 1..=7;
/// From 13 on topics have ids instead of names.
const FETCH_VERSIONS: RangeInclusive<i16> = 4..=11;
/// Enough for the beginning of a batch; a larger one is cut, and its header says enough.
const FETCH_BYTES: i32 = 64 << 10;
const FETCH_BYTES_MAX: i32 = 16 << 20;
const UNPACKED_BYTES_MAX: usize = 16 << 20;

/// The offsets that partitions have at `time`; those whose leader is not known or refuses are left out.
pub(super) fn offsets(
    network: &Network,
    partitions: &[TopicPartition],
    time: i64,
) -> Result<BTreeMap<TopicPartition, i64>, Fault> {
    let leaders = network.leaders()?;
    let wanted = partitions.iter().map(|of| (of.clone(), ()));
    let mut found = BTreeMap::new();
    for (broker, topics) in by_leader(&leaders, wanted) {
        let partition =
            |id: i32| ListOffsetsPartition { partition_index: id, current_leader_epoch: -1, timestamp: time };
        let topics = topics.iter().map(|(name, ids)| ListOffsetsTopic {
            name: name.to_string(),
            partitions: ids.iter().map(|(id, ())| partition(*id)).collect(),
        });
        let request =
            ListOffsetsRequest { replica_id: -1, topics: topics.collect(), ..ListOffsetsRequest::default() };
        let told: ListOffsetsResponse =
            network.ask(broker, Api::LIST_OFFSETS, LIST_OFFSETS_VERSIONS, &request)?;
        for topic in told.topics {
            let good = topic.partitions.iter().filter(|partition| partition.error_code == code::NONE);
            found.extend(good.map(|partition| {
                let id = u32::try_from(partition.partition_index).unwrap_or(0);
                (TopicPartition::new(topic.name.as_str(), id), partition.offset)
            }));
        }
    }
    Ok(found)
}

/// The time of the first record at or behind each place.
pub(super) fn times(network: &Network, places: &[(TopicPartition, i64)]) -> Result<Vec<Option<i64>>, Fault> {
    let leaders = network.leaders()?;
    let mut found: HashMap<(TopicPartition, i64), i64> = HashMap::new();
    // A fetch has a partition once, so places of one partition are asked for one after the other.
    let mut left: Vec<_> = places.to_vec();
    while !left.is_empty() {
        let mut once = BTreeMap::new();
        left.retain(|(of, offset)| {
            let is_first = !once.contains_key(of);
            if is_first {
                once.insert(of.clone(), *offset);
            }
            !is_first
        });
        for (broker, topics) in by_leader(&leaders, once) {
            let request = fetch(&topics);
            let told: FetchResponse = network.ask(broker, Api::FETCH, FETCH_VERSIONS, &request)?;
            for topic in told.topics {
                for partition in &topic.partitions {
                    let id = u32::try_from(partition.partition_index).unwrap_or(0);
                    let asked = topics.get(topic.topic.as_str()).and_then(|ids| {
                        ids.iter().find(|(id, _)| *id == partition.partition_index).map(|(_, offset)| *offset)
                    });
                    let Some(offset) = asked else { continue };
                    let bytes = partition.records.0.concat();
                    if let Some(time) = time_in(&bytes, offset) {
                        found.insert((TopicPartition::new(topic.topic.as_str(), id), offset), time);
                    }
                }
            }
        }
    }
    Ok(places.iter().map(|place| found.get(place).copied()).collect())
}

fn fetch(topics: &BTreeMap<std::sync::Arc<str>, Vec<(i32, i64)>>) -> FetchRequest {
    let partition = |(id, offset): &(i32, i64)| FetchPartition {
        partition: *id,
        current_leader_epoch: -1,
        fetch_offset: *offset,
        last_fetched_epoch: -1,
        log_start_offset: -1,
        partition_max_bytes: FETCH_BYTES,
    };
    let topics = topics.iter().map(|(name, ids)| FetchTopic {
        topic: name.to_string(),
        partitions: ids.iter().map(partition).collect(),
    });
    FetchRequest {
        replica_id: -1,
        max_wait_ms: 0,
        min_bytes: 0,
        max_bytes: FETCH_BYTES_MAX,
        topics: topics.collect(),
        ..FetchRequest::default()
    }
}

/// The time of the first record at or behind `offset` in what a fetch brought. A batch that was cut says only
/// when it began.
fn time_in(bytes: &[u8], offset: i64) -> Option<i64> {
    let mut rest = bytes;
    while let Ok(header) = BatchHeader::read(rest) {
        let Some((batch, behind)) = rest.split_at_checked(header.size_bytes()) else {
            return Some(header.base_timestamp);
        };
        if header.last_offset() >= offset && !header.is_control() {
            let mut scratch = Vec::new();
            let view = BatchView::parse(batch).ok()?;
            let mut records = view.records(&mut scratch, UNPACKED_BYTES_MAX).into_iter().flatten().flatten();
            let found = records.find(|record| record.offset >= offset);
            return Some(found.map_or(header.max_timestamp, |record| record.timestamp_ms));
        }
        rest = behind;
    }
    None
}
