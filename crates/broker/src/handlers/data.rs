//! Record batches in, record batches out.

use std::time::Duration;

use bytes::Bytes;
use girok_commitlog::{Appended, Error, is_internal};
use girok_wire::BatchHeader;
use girok_wire::protocol::{
    FetchRequest, ProducePartitionResponse, ProduceRequest, ProduceResponse, ProduceTopicResponse,
    ProtocolError, RecordError, code,
};

use super::fetching::Fetching;
use crate::fault::code_of;
use crate::session::{Answer, Request};

/// Batches from this size on are checked and written outside the runtime's threads.
const BLOCKING_BYTES: usize = 64 << 10;

/// What became of one partition's batches.
type Outcome = Result<Appended, Refused>;

/// Why batches are refused.
#[derive(Default)]
struct Refused {
    error_code: i16,
    message: Option<String>,
    /// The records at fault, if not all are.
    records: Vec<i32>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let (error_code, message) = (code_of(&error), Some(error.to_string()));
        let records = if let Error::MissingKey { records, .. } = error { records } else { Vec::new() };
        Refused { error_code, message, records }
    }
}

impl From<i16> for Refused {
    fn from(error_code: i16) -> Self {
        Refused { error_code, ..Refused::default() }
    }
}

/// One topic's name and what became of its partitions.
type Outcomes = Vec<(String, Vec<(i32, i64, Outcome)>)>;

/// `Produce`: appends; answers when the append is written (`acks=1`) or as durable as its topic asks for
/// (`acks=-1`), and not at all for `acks=0`.
pub(crate) fn produce(mut request: Request) -> Result<Answer, ProtocolError> {
    let brought: ProduceRequest = request.take()?;
    let (acks, timeout_ms) = (brought.acks, brought.timeout_ms);
    let refused = refuse_all(&request, &brought);
    let append = |name: &str, index: i32, records: Option<Bytes>| match refused {
        Some(error_code) => Err(error_code.into()),
        None => append(&request, name, index, records),
    };
    let outcomes: Outcomes = brought
        .topics
        .into_iter()
        .map(|topic| {
            let name = topic.name;
            let partitions = topic.partitions.into_iter().map(|partition| {
                let outcome = append(&name, partition.index, partition.records);
                (partition.index, log_start(&request, &name, partition.index), outcome)
            });
            let partitions = partitions.collect();
            (name, partitions)
        })
        .collect();
    if acks == 0 {
        return Ok(Answer::None);
    }
    if acks == 1 || is_durable(&outcomes) {
        return Ok(request.now(&respond(outcomes)));
    }
    let timeout = Duration::from_millis(timeout_ms.max(0) as u64);
    Ok(request.later(async move { respond(wait_durable(outcomes, timeout).await) }))
}

/// Why nothing of the request is taken.
fn refuse_all(request: &Request, brought: &ProduceRequest) -> Option<i16> {
    if request.version() < 3 {
        return Some(code::UNSUPPORTED_VERSION);
    }
    (!(-1..=1).contains(&brought.acks)).then_some(code::INVALID_REQUIRED_ACKS)
}

fn append(request: &Request, name: &str, index: i32, records: Option<Bytes>) -> Outcome {
    if is_internal(name) {
        return Err(code::INVALID_TOPIC_EXCEPTION.into());
    }
    let partition = u32::try_from(index).map_err(|_| code::UNKNOWN_TOPIC_OR_PARTITION)?;
    let records = records.ok_or(code::INVALID_RECORD)?;
    let first = BatchHeader::read(&records).map_err(|error| Refused {
        error_code: code::CORRUPT_MESSAGE,
        message: Some(error.to_string()),
        ..Refused::default()
    })?;
    let is_unnumbered = first.producer_id >= 0 && first.base_sequence < 0;
    if first.is_control() || is_unnumbered || (first.is_transactional() && first.producer_id < 0) {
        return Err(code::INVALID_RECORD.into());
    }
    let append = || request.log().append(name, partition, records);
    let is_large = first.size_bytes() >= BLOCKING_BYTES;
    Ok(if is_large { tokio::task::block_in_place(append)? } else { append()? })
}

fn log_start(request: &Request, name: &str, index: i32) -> i64 {
    let offsets = u32::try_from(index).ok().and_then(|index| request.log().offsets(name, index).ok());
    offsets.map_or(-1, |offsets| offsets.log_start)
}

fn is_durable(outcomes: &Outcomes) -> bool {
    let all = outcomes.iter().flat_map(|(_, partitions)| partitions);
    all.filter_map(|(_, _, outcome)| outcome.as_ref().ok())
        .all(|done| matches!(done.durable.now(), Some(Ok(()))))
}

/// Waits for what was appended; what is not durable in time is an error, although it may become so.
async fn wait_durable(mut outcomes: Outcomes, timeout: Duration) -> Outcomes {
    let deadline = tokio::time::Instant::now() + timeout;
    for (_, _, outcome) in outcomes.iter_mut().flat_map(|(_, partitions)| partitions) {
        let Ok(appended) = outcome else { continue };
        match tokio::time::timeout_at(deadline, appended.durable.done()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => *outcome = Err(error.into()),
            Err(_) => *outcome = Err(code::REQUEST_TIMED_OUT.into()),
        }
    }
    outcomes
}

fn respond(outcomes: Outcomes) -> ProduceResponse {
    let partition = |(index, log_start_offset, outcome): (i32, i64, Outcome)| match outcome {
        Ok(appended) => ProducePartitionResponse {
            index,
            base_offset: appended.base_offset,
            log_append_time_ms: appended.append_time_ms.unwrap_or(-1),
            log_start_offset,
            ..ProducePartitionResponse::default()
        },
        Err(refused) => ProducePartitionResponse {
            index,
            error_code: refused.error_code,
            record_errors: refused
                .records
                .into_iter()
                .map(|batch_index| RecordError { batch_index, message: refused.message.clone() })
                .collect(),
            error_message: refused.message,
            ..ProducePartitionResponse::default()
        },
    };
    let topics = outcomes.into_iter().map(|(name, partitions)| ProduceTopicResponse {
        name,
        partitions: partitions.into_iter().map(partition).collect(),
    });
    ProduceResponse { topics: topics.collect(), throttle_time_ms: 0 }
}

/// `Fetch`: batches from the offsets asked for, waiting for them if there are too few.
pub(crate) fn fetch(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: FetchRequest = request.take()?;
    let fetching = Fetching::new(request.session.clone(), asked);
    Ok(request.later(fetching.run()))
}
