//! The log's topics and groups, as they were seen last.
//!
//! Lag has the names and labels of kafka-lag-exporter, so that dashboards and alerts made for it work here.
//! Counters of throughput are girok's own: that exporter has none.

use girok_admin::watch::{Counts, Sample};
use girok_admin::{Group, PartitionLag, TopicPartition};

use super::{Labels, Page};
use crate::state::Api;

pub(super) fn cluster(page: &mut Page, api: &Api) {
    let Some(sample) = api.cluster.watch().last() else { return };
    let cluster = sample.brokers.cluster_id.clone().unwrap_or_default();
    partitions(page, &sample, &cluster);
    groups(page, &sample, &cluster);
    traffic(page, &sample);
}

fn partitions(page: &mut Page, sample: &Sample, cluster: &str) {
    let all = sample.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|one| (TopicPartition::new(topic.name.as_str(), one.id), one))
    });
    let all: Vec<_> = all.collect();
    let labels = |of: &TopicPartition| [vec![named(cluster)], place(of)].concat();
    page.gauge("kafka_partition_earliest_offset", "First offset held.")
        .all(&all, |(of, one)| (labels(of), one.start));
    page.gauge("kafka_partition_latest_offset", "End of what may be read.")
        .all(&all, |(of, one)| (labels(of), one.end));
    page.gauge("girok_partition_in_sync_replicas", "Brokers that hold the partition and are in step.")
        .all(&all, |(of, one)| (labels(of), one.in_sync.len()));
    page.gauge("girok_partition_replicas", "Brokers that are to hold the partition.")
        .all(&all, |(of, one)| (labels(of), one.replicas.len()));
}

fn groups(page: &mut Page, sample: &Sample, cluster: &str) {
    let all: Vec<_> = sample.groups.iter().flat_map(|group| partitions_of(sample, group)).collect();
    let labels = |(group, of, _): &(&Group, &TopicPartition, &PartitionLag)| {
        [group_labels(cluster, group), place(of), member(group, of)].concat()
    };
    let committed: Vec<_> = all.iter().filter(|one| one.2.committed.is_some()).copied().collect();
    page.gauge("kafka_consumergroup_group_offset", "Next offset that the group reads.")
        .all(&committed, |one| (labels(one), one.2.committed.unwrap_or_default()));
    page.gauge("kafka_consumergroup_group_lag", "Records not committed yet.")
        .all(&all, |one| (labels(one), one.2.records));
    page.gauge("kafka_consumergroup_group_lag_seconds", "Time from the first of them to the newest.")
        .all(&all, |one| (labels(one), one.2.seconds));
    let sums: Vec<_> =
        sample.groups.iter().filter_map(|group| Some((group, sample.lags.get(&group.name)?))).collect();
    page.gauge("kafka_consumergroup_group_sum_lag", "Records not committed yet, of all partitions.")
        .all(&sums, |(group, lag)| (group_labels(cluster, group), lag.records));
    page.gauge("kafka_consumergroup_group_max_lag_seconds", "The latest partition of the group.")
        .all(&sums, |(group, lag)| (group_labels(cluster, group), lag.seconds));
    page.gauge("girok_group_members", "Members of the group.")
        .all(&sums, |(group, _)| (group_labels(cluster, group), group.members.len()));
}

fn partitions_of<'s>(
    sample: &'s Sample,
    group: &'s Group,
) -> impl Iterator<Item = (&'s Group, &'s TopicPartition, &'s PartitionLag)> {
    let lag = sample.lags.get(&group.name);
    lag.into_iter().flat_map(|lag| &lag.partitions).map(move |(of, lag)| (group, of, lag))
}

fn traffic(page: &mut Page, sample: &Sample) {
    let all: Vec<_> = sample.traffic.iter().collect();
    let labels = |topic: &str| vec![("topic", topic.to_owned())];
    page.counter("girok_topic_records_in_total", "Records appended.")
        .all(&all, |(topic, counts)| (labels(topic), counts.records_in));
    page.counter("girok_topic_records_out_total", "Records read, by any reader.")
        .all(&all, |(topic, counts)| (labels(topic), counts.records_out));
    // Left out where the log does not count bytes.
    let bytes = |read: fn(&Counts) -> Option<u64>| {
        let counted = all.iter().filter_map(|(topic, counts)| Some((labels(topic), read(counts)?)));
        counted.collect::<Vec<_>>()
    };
    page.counter("girok_topic_bytes_in_total", "Bytes appended, as stored.")
        .all(&bytes(|counts| counts.bytes_in), Clone::clone);
    page.counter("girok_topic_bytes_out_total", "Bytes read, as stored.")
        .all(&bytes(|counts| counts.bytes_out), Clone::clone);
}

fn named(cluster: &str) -> (&'static str, String) {
    ("cluster_name", cluster.to_owned())
}

fn group_labels(cluster: &str, group: &Group) -> Labels {
    vec![named(cluster), ("group", group.name.clone())]
}

fn place(of: &TopicPartition) -> Labels {
    vec![("topic", of.topic.to_string()), ("partition", of.partition.to_string())]
}

/// Who has the partition; empty if nobody has.
fn member(group: &Group, of: &TopicPartition) -> Labels {
    let member = group.owner(of);
    let text = |read: fn(&girok_admin::Member) -> &String| member.map(read).cloned().unwrap_or_default();
    vec![
        ("member_host", text(|member| &member.host)),
        ("consumer_id", text(|member| &member.id)),
        ("client_id", text(|member| &member.client_id)),
    ]
}
