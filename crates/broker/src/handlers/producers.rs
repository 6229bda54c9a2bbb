//! Who produces? Ids for producers, and who has written to a partition.

use girok_commitlog::{ProducerRef, TransactionError};
use girok_wire::protocol::{
    ActiveProducer, DescribeProducersRequest, DescribeProducersResponse, InitProducerIdRequest,
    InitProducerIdResponse, ProducersOfPartition, ProducersOfTopic, ProtocolError, code,
};

use crate::fault::{code_of, code_of_transaction};
use crate::session::{Answer, Request};

fn failed(error_code: i16) -> InitProducerIdResponse {
    InitProducerIdResponse { error_code, ..InitProducerIdResponse::default() }
}

fn given(producer: ProducerRef) -> InitProducerIdResponse {
    let ProducerRef { id: producer_id, epoch: producer_epoch } = producer;
    InitProducerIdResponse { producer_id, producer_epoch, ..InitProducerIdResponse::default() }
}

/// `InitProducerId`: a new id, or for a producer that has one the next epoch. Under a transactional id the
/// answer waits until its predecessor is fenced for good.
pub(crate) fn init_producer_id(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: InitProducerIdRequest = request.take()?;
    let known = (asked.producer_id >= 0)
        .then_some(ProducerRef { id: asked.producer_id, epoch: asked.producer_epoch });
    let Some(id) = asked.transactional_id else { return idempotent(&request, known) };
    if id.is_empty() {
        return Ok(request.now(&failed(code::INVALID_REQUEST)));
    }
    let begin = || request.log().begin_producer(&id, asked.transaction_timeout_ms, known);
    let begun = tokio::task::block_in_place(begin);
    let version = request.version();
    Ok(request.later(async move {
        match begun {
            Ok((producer, durable)) => {
                durable.done().await.map_or_else(|error| failed(code_of(&error)), |()| given(producer))
            }
            Err(TransactionError::Fenced) if version < 4 => failed(code::INVALID_PRODUCER_EPOCH),
            Err(error) => failed(code_of_transaction(&error)),
        }
    }))
}

fn idempotent(request: &Request, known: Option<ProducerRef>) -> Result<Answer, ProtocolError> {
    if let Some(known) = known.filter(|known| (0..i16::MAX - 1).contains(&known.epoch)) {
        return Ok(request.now(&given(ProducerRef { epoch: known.epoch + 1, ..known })));
    }
    let taken = tokio::task::block_in_place(|| request.log().next_producer_id());
    let response =
        taken.map_or_else(|error| failed(code_of(&error)), |id| given(ProducerRef { id, epoch: 0 }));
    Ok(request.now(&response))
}

/// `DescribeProducers`.
pub(crate) fn describe_producers(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeProducersRequest = request.take()?;
    let topics = asked.topics.into_iter().map(|topic| ProducersOfTopic {
        partitions: topic
            .partitions
            .iter()
            .map(|index| producers_of(&request, &topic.name, *index))
            .collect(),
        name: topic.name,
    });
    let topics = topics.collect();
    Ok(request.now(&DescribeProducersResponse { throttle_time_ms: 0, topics }))
}

fn producers_of(request: &Request, topic: &str, partition_index: i32) -> ProducersOfPartition {
    let partition = u32::try_from(partition_index).unwrap_or(u32::MAX);
    match request.log().producers(topic, partition) {
        Ok(producers) => ProducersOfPartition {
            partition_index,
            active_producers: producers
                .into_iter()
                .map(|producer| ActiveProducer {
                    producer_id: producer.producer_id,
                    producer_epoch: producer.producer_epoch.into(),
                    last_sequence: producer.last_sequence,
                    last_timestamp: producer.last_ms,
                    coordinator_epoch: producer.coordinator_epoch,
                    current_txn_start_offset: producer.open_since.unwrap_or(-1),
                })
                .collect(),
            ..ProducersOfPartition::default()
        },
        Err(error) => ProducersOfPartition {
            partition_index,
            error_code: code_of(&error),
            error_message: Some(error.to_string()),
            ..ProducersOfPartition::default()
        },
    }
}
