//! A member of a group in the cluster.
//!
//! `auto.offset.reset` is `error`: a position that the cluster does not hold is looked at here. Below the first
//! offset held, records were lost to the cluster's retention; they are counted, and reading goes on with the
//! first one. Above the last one, the topic is not the one that was stored (it was deleted and made again, or
//! lost its end): nothing is read, and an operator is told, until the positions fit again. Such a partition is handed out
//! anew at intervals, for the store may have dropped what it had of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use girok_event::DatasetName;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset};

use crate::cluster::ClusterError;
use crate::cluster::context::is_absent_topic;
use crate::cluster::membership::{Change, Membership, Place, list};
use crate::cluster::runs::Runs;
use crate::cluster::topics::Topics;
use crate::{ClusterConfig, LogConsumer, LogError, Polled, TopicPartition};

/// Bytes of one poll.
const POLL_BYTES: usize = 4 << 20;
/// How long one question to the cluster may take.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// How often positions that the cluster does not hold are looked at again.
const MISFIT_INTERVAL: Duration = Duration::from_secs(5);

/// The consumer with what it owns.
pub(crate) struct ClusterConsumer {
    client: BaseConsumer<Membership>,
    group: String,
    topics: Arc<Topics>,
    /// How many topics were made here when the client last looked.
    topics_seen: u64,
    owned: HashMap<TopicPartition, Owned>,
    /// The change that was handed out with the last poll and is to be answered with the next.
    unanswered: Option<Answer>,
    /// A position was found that the cluster does not hold.
    is_misfit: bool,
    /// When to look again at those above its end.
    look_again: Option<Instant>,
}

struct Owned {
    /// The offset that comes next; none if the group's own offset says where to begin.
    next: Option<i64>,
    is_paused: bool,
    /// Above the end of what the cluster holds: an operator was told.
    is_ahead: bool,
}

enum Answer {
    Begin(Vec<TopicPartition>),
    GiveUp(Vec<Place>),
}

impl ClusterConsumer {
    /// Joins `group`.
    pub(crate) fn join(config: &ClusterConfig, group: &str, topics: Arc<Topics>) -> Result<Self, LogError> {
        let failed = |source| ClusterError::Client { action: "join the group", source };
        let client = BaseConsumer::from_config_and_context(&config.consumer(group)?, Membership::default())
            .map_err(failed)?;
        client.subscribe(&[&pattern(&config.topics)]).map_err(failed)?;
        Ok(ClusterConsumer {
            client,
            group: group.to_owned(),
            topics_seen: topics.made(),
            topics,
            owned: HashMap::new(),
            unanswered: None,
            is_misfit: false,
            look_again: None,
        })
    }

    /// Tells librdkafka that the change which was handed out has been acted on.
    fn answer(&mut self) -> Result<(), LogError> {
        match self.unanswered.take() {
            None => Ok(()),
            Some(Answer::Begin(partitions)) => self.begin(&partitions),
            Some(Answer::GiveUp(places)) => {
                let places = list(places.into_iter().map(|place| (place, Offset::Invalid)));
                places
                    .and_then(|places| self.client.incremental_unassign(&places))
                    .map_err(failed("give up partitions"))
            }
        }
    }

    /// Begins to read partitions where they stand.
    fn begin(&mut self, partitions: &[TopicPartition]) -> Result<(), LogError> {
        let offset = |owned: &Owned| owned.next.map_or(Offset::Stored, Offset::Offset);
        let owned = partitions.iter().filter_map(|of| Some((of, self.owned.get(of)?)));
        let places = list(owned.map(|(of, owned)| (place(of), offset(owned))));
        places
            .and_then(|places| self.client.incremental_assign(&places))
            .map_err(failed("take partitions"))?;
        for partition in partitions {
            if self.owned.get(partition).is_some_and(|owned| owned.is_paused) {
                self.switch(partition, true)?;
            }
        }
        Ok(())
    }

    /// Reads from where the partition stands now, whatever state the client's fetcher is in.
    fn begin_again(&mut self, partition: &TopicPartition) -> Result<(), LogError> {
        let places = list([(place(partition), Offset::Invalid)]);
        places
            .and_then(|places| self.client.incremental_unassign(&places))
            .map_err(failed("move in a partition"))?;
        self.begin(std::slice::from_ref(partition))
    }

    fn switch(&self, partition: &TopicPartition, is_paused: bool) -> Result<(), LogError> {
        let places = list([(place(partition), Offset::Invalid)]);
        let switched = places.and_then(|places| match is_paused {
            true => self.client.pause(&places),
            false => self.client.resume(&places),
        });
        switched.map_err(failed("pause or resume a partition"))
    }

    /// Whether a partition is with the client, or is only about to be.
    fn is_begun(&self, partition: &TopicPartition) -> bool {
        !matches!(&self.unanswered, Some(Answer::Begin(partitions)) if partitions.contains(partition))
    }

    /// A topic that was made here is to be read at once, not when the client looks for topics again.
    fn look_for_topics(&mut self) {
        let made = self.topics.made();
        if made != self.topics_seen && self.client.fetch_metadata(None, ANSWER_MAX).is_ok() {
            self.topics_seen = made;
        }
    }

    /// Polls until something came and nothing more is there, or the time is over.
    fn gather(&mut self, timeout: Duration, polled: &mut Polled) -> Result<(), LogError> {
        let until = Instant::now() + timeout;
        let mut runs = Runs::default();
        while runs.size_bytes() < POLL_BYTES {
            let wait = if runs.is_empty() {
                until.saturating_duration_since(Instant::now())
            } else {
                Duration::ZERO
            };
            match self.client.poll(wait) {
                Some(Ok(message)) => take(&mut self.owned, &mut runs, &message)?,
                Some(Err(error)) => self.is_misfit |= note(&self.group, &error)?,
                None if runs.is_empty() && Instant::now() < until && !self.client.context().has_change() => {
                    continue;
                }
                None => break,
            }
            if self.client.context().has_change() {
                break;
            }
        }
        polled.batches = runs.finish()?;
        Ok(())
    }

    /// Takes up what the group decided.
    fn change(&mut self, polled: &mut Polled) {
        match self.client.context().take_change() {
            None => {}
            Some(Change::Assigned(places)) => {
                let partitions: Vec<_> = places.iter().filter_map(own).collect();
                for partition in &partitions {
                    let owned = Owned { next: None, is_paused: false, is_ahead: false };
                    self.owned.insert(partition.clone(), owned);
                }
                polled.assigned.extend(partitions.iter().cloned());
                self.unanswered = Some(Answer::Begin(partitions));
            }
            Some(Change::Revoked(places)) => {
                let partitions: Vec<_> = places.iter().filter_map(own).collect();
                for partition in &partitions {
                    self.owned.remove(partition);
                }
                polled.assigned.retain(|partition| !partitions.contains(partition));
                polled.revoked.extend(partitions);
                self.unanswered = Some(Answer::GiveUp(places));
            }
        }
    }

    /// Compares every position with what the cluster holds, and mends what does not fit.
    fn mend(&mut self, polled: &mut Polled) -> Result<(), LogError> {
        let is_wanted = self.look_again.map_or(self.is_misfit, |at| at <= Instant::now());
        if !is_wanted {
            return Ok(());
        }
        let is_misfit = std::mem::take(&mut self.is_misfit);
        let partitions: Vec<_> = self.owned.keys().cloned().collect();
        let mut is_ahead = false;
        for partition in partitions {
            let (topic, number) = place(&partition);
            let (low, high) = match self.client.fetch_watermarks(&topic, number, ANSWER_MAX) {
                Ok(held) => held,
                Err(error) => {
                    tracing::warn!(%partition, %error, "the cluster does not say what it holds");
                    self.is_misfit = is_misfit;
                    self.look_again = Some(Instant::now() + MISFIT_INTERVAL);
                    return Ok(());
                }
            };
            let Some(owned) = self.owned.get_mut(&partition) else { continue };
            let next = owned.next;
            match next {
                Some(next) if next > high => {
                    is_ahead = true;
                    owned.warn_ahead(&partition, next, high);
                    polled.revoked.push(partition.clone());
                    polled.assigned.push(partition);
                    continue;
                }
                Some(next) if next < low => polled.lost.push((partition.clone(), (low - next) as u64)),
                // The client does not say whose position it was: it stopped reading that one.
                Some(_) if !owned.is_ahead && !is_misfit => continue,
                _ => {}
            }
            owned.next = Some(next.unwrap_or(low).max(low));
            owned.is_ahead = false;
            self.begin_again(&partition)?;
        }
        self.look_again = is_ahead.then(|| Instant::now() + MISFIT_INTERVAL);
        Ok(())
    }
}

impl LogConsumer for ClusterConsumer {
    fn poll(&mut self, timeout: Duration) -> Result<Polled, LogError> {
        self.answer()?;
        self.look_for_topics();
        let mut polled = Polled::default();
        self.mend(&mut polled)?;
        let timeout = if polled.is_empty() { timeout } else { Duration::ZERO };
        self.gather(timeout, &mut polled)?;
        self.change(&mut polled);
        Ok(polled)
    }

    fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        let Some(owned) = self.owned.get_mut(partition) else { return Err(self.not_ours(partition)) };
        owned.is_ahead &= owned.next == Some(offset);
        owned.next = Some(offset);
        if self.is_begun(partition) { self.begin_again(partition) } else { Ok(()) }
    }

    fn pause(&mut self, partition: &TopicPartition) -> Result<(), LogError> {
        self.set_paused(partition, true)
    }

    fn resume(&mut self, partition: &TopicPartition) -> Result<(), LogError> {
        self.set_paused(partition, false)
    }

    fn commit(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), LogError> {
        let places = list([(place(partition), Offset::Offset(offset))]);
        places
            .and_then(|places| self.client.commit(&places, CommitMode::Async))
            .map_err(failed("commit offsets"))
    }

    fn lag(&self) -> Vec<(TopicPartition, u64)> {
        let Some(statistics) = self.client.context().statistics() else { return Vec::new() };
        let lag = |(partition, owned): (&TopicPartition, &Owned)| {
            let topic = statistics.topics.get(partition.dataset.as_str())?;
            let known = topic.partitions.get(&i32::try_from(partition.partition).ok()?)?;
            let behind = known.ls_offset.max(known.hi_offset) - owned.next?;
            Some((partition.clone(), u64::try_from(behind).unwrap_or(0)))
        };
        self.owned.iter().filter_map(lag).collect()
    }
}

impl ClusterConsumer {
    fn set_paused(&mut self, partition: &TopicPartition, is_paused: bool) -> Result<(), LogError> {
        let Some(owned) = self.owned.get_mut(partition) else { return Err(self.not_ours(partition)) };
        owned.is_paused = is_paused;
        if self.is_begun(partition) { self.switch(partition, is_paused) } else { Ok(()) }
    }

    fn not_ours(&self, partition: &TopicPartition) -> LogError {
        LogError::NotAssigned { group: self.group.clone(), partition: partition.clone() }
    }
}

impl Drop for ClusterConsumer {
    fn drop(&mut self) {
        // A change without an answer would keep the client from leaving its group.
        self.change(&mut Polled::default());
        if let Err(error) = self.answer() {
            tracing::debug!(group = self.group, %error, "consumer is closed");
        }
        self.client.context().close();
    }
}

impl Owned {
    fn warn_ahead(&mut self, partition: &TopicPartition, next: i64, end: i64) {
        if !std::mem::replace(&mut self.is_ahead, true) {
            tracing::error!(
                %partition, next, end,
                "the cluster holds less than the store has of this partition: it was made again or lost its end; \
                 nothing of it is read until the offsets fit"
            );
        }
    }
}

/// Adds a message to the runs, unless it was handed out before.
fn take(
    owned: &mut HashMap<TopicPartition, Owned>,
    runs: &mut Runs,
    message: &BorrowedMessage<'_>,
) -> Result<(), LogError> {
    let Some(partition) = runs.partition(message).or_else(|| of_message(message)) else { return Ok(()) };
    let Some(owned) = owned.get_mut(&partition) else { return Ok(()) };
    if owned.next.is_some_and(|next| message.offset() < next) {
        return Ok(());
    }
    runs.add(&partition, message)?;
    owned.next = Some(message.offset() + 1);
    Ok(())
}

/// Whether an error among the messages asks for a look at the positions; one that ends the consumer is returned.
fn note(group: &str, error: &KafkaError) -> Result<bool, LogError> {
    match error {
        KafkaError::MessageConsumptionFatal(_) => {
            Err(ClusterError::Client { action: "read from the cluster", source: error.clone() }.into())
        }
        KafkaError::MessageConsumption(RDKafkaErrorCode::LogTruncation) => {
            tracing::error!(
                group,
                "the cluster lost records that it had given out: an unclean leader was elected"
            );
            Ok(true)
        }
        KafkaError::MessageConsumption(
            RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange,
        ) => Ok(true),
        _ => {
            // A pattern may well fit no topic yet.
            if !is_absent_topic(error) {
                tracing::warn!(group, %error, "kafka cluster");
            }
            Ok(false)
        }
    }
}

/// A pattern for all wanted topics, as librdkafka takes it.
fn pattern(topics: &str) -> String {
    match topics {
        "" => "^.".to_owned(),
        topics => format!("^({topics})$"),
    }
}

fn failed(action: &'static str) -> impl FnOnce(KafkaError) -> LogError {
    move |source| ClusterError::Client { action, source }.into()
}

fn place(partition: &TopicPartition) -> Place {
    (partition.dataset.to_string(), i32::try_from(partition.partition).unwrap_or(i32::MAX))
}

fn own((topic, partition): &Place) -> Option<TopicPartition> {
    Some(TopicPartition {
        dataset: DatasetName::new(topic).ok()?,
        partition: u32::try_from(*partition).ok()?,
    })
}

fn of_message(message: &BorrowedMessage<'_>) -> Option<TopicPartition> {
    let partition = u32::try_from(message.partition()).ok()?;
    Some(TopicPartition { dataset: DatasetName::new(message.topic()).ok()?, partition })
}
