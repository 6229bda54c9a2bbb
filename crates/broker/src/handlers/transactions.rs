//! What belongs to a transaction, and how does it end?

use girok_commitlog::{
    CommitLog, Ended, ProducerRef, TopicPartition, TransactionError, TransactionInfo, TransactionResult,
    TransactionState,
};
use girok_wire::protocol::{
    AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse,
    DescribeTransactionsRequest, DescribeTransactionsResponse, DescribedTransaction, EndTxnRequest,
    EndTxnResponse, ListTransactionsRequest, ListTransactionsResponse, ListedTransaction, PartitionError,
    PartitionErrors, ProtocolError, TxnTopic, code,
};

use super::commits::now_ms;
use crate::fault::{code_of, code_of_transaction};
use crate::session::{Answer, Request};

/// The code of a refusal. Clients from before Kafka 2.7 know one of them under another.
fn refusal(request: &Request, error: &TransactionError) -> i16 {
    match error {
        TransactionError::Fenced if request.version() < 2 => code::INVALID_PRODUCER_EPOCH,
        error => code_of_transaction(error),
    }
}

fn error_code(request: &Request, result: &TransactionResult<()>) -> i16 {
    result.as_ref().err().map_or(code::NONE, |error| refusal(request, error))
}

/// `AddPartitionsToTxn`: all of them or none.
pub(crate) fn add_partitions(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: AddPartitionsToTxnRequest = request.take()?;
    let producer = ProducerRef { id: asked.producer_id, epoch: asked.producer_epoch };
    let found =
        asked.topics.iter().flat_map(|topic| topic.partitions.iter().map(move |index| (topic, *index)));
    let found: Vec<_> =
        found.map(|(topic, index)| find_partition(request.log(), &topic.name, index)).collect();
    let error_code = if found.iter().all(Result::is_ok) {
        let partitions: Vec<_> = found.iter().flatten().cloned().collect();
        let add = || request.log().add_to_transaction(&asked.transactional_id, producer, partitions);
        error_code(&request, &tokio::task::block_in_place(add))
    } else {
        code::OPERATION_NOT_ATTEMPTED
    };
    let mut found = found.into_iter();
    let topics = asked.topics.into_iter().map(|topic| PartitionErrors {
        partitions: topic
            .partitions
            .into_iter()
            .zip(&mut found)
            .map(|(partition_index, found)| PartitionError {
                partition_index,
                error_code: found.err().unwrap_or(error_code),
            })
            .collect(),
        name: topic.name,
    });
    let topics = topics.collect();
    Ok(request.now(&AddPartitionsToTxnResponse { throttle_time_ms: 0, topics }))
}

fn find_partition(log: &CommitLog, topic: &str, index: i32) -> Result<TopicPartition, i16> {
    let partition = u32::try_from(index).map_err(|_| code::UNKNOWN_TOPIC_OR_PARTITION)?;
    log.offsets(topic, partition).map_err(|error| code_of(&error))?;
    Ok(TopicPartition::new(topic, partition))
}

/// `AddOffsetsToTxn`.
pub(crate) fn add_offsets(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: AddOffsetsToTxnRequest = request.take()?;
    let producer = ProducerRef { id: asked.producer_id, epoch: asked.producer_epoch };
    let add = || request.log().add_group_to_transaction(&asked.transactional_id, producer);
    let error_code = error_code(&request, &tokio::task::block_in_place(add));
    Ok(request.now(&AddOffsetsToTxnResponse { throttle_time_ms: 0, error_code }))
}

/// `EndTxn`: answered when every partition of the transaction knows how it ended.
pub(crate) fn end(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: EndTxnRequest = request.take()?;
    let producer = ProducerRef { id: asked.producer_id, epoch: asked.producer_epoch };
    let end = || request.log().end_transaction(&asked.transactional_id, producer, asked.committed);
    let ended: Ended = tokio::task::block_in_place(end);
    let version = request.version();
    Ok(request.later(async move {
        let error_code = match ended.await {
            Ok(Ok(())) => code::NONE,
            // It is decided and goes on: the client may ask again.
            Ok(Err(TransactionError::Log(_))) | Err(_) => code::COORDINATOR_NOT_AVAILABLE,
            Ok(Err(TransactionError::Fenced)) if version < 2 => code::INVALID_PRODUCER_EPOCH,
            Ok(Err(error)) => code_of_transaction(&error),
        };
        EndTxnResponse { throttle_time_ms: 0, error_code }
    }))
}

/// `DescribeTransactions`.
pub(crate) fn describe(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeTransactionsRequest = request.take()?;
    let described = asked.transactional_ids.into_iter().map(|transactional_id| {
        match request.log().transaction(&transactional_id) {
            Some(info) => described(info),
            None => DescribedTransaction {
                error_code: code::TRANSACTIONAL_ID_NOT_FOUND,
                transactional_id,
                ..DescribedTransaction::default()
            },
        }
    });
    let transaction_states = described.collect();
    Ok(request.now(&DescribeTransactionsResponse { throttle_time_ms: 0, transaction_states }))
}

fn described(info: TransactionInfo) -> DescribedTransaction {
    let mut topics: Vec<TxnTopic> = Vec::new();
    for of in info.partitions {
        if topics.last().is_none_or(|last| *last.name != *of.topic) {
            topics.push(TxnTopic { name: of.topic.to_string(), partitions: Vec::new() });
        }
        topics.last_mut().into_iter().for_each(|topic| topic.partitions.push(of.partition as i32));
    }
    DescribedTransaction {
        error_code: code::NONE,
        transactional_id: info.id,
        transaction_state: info.state.name().to_owned(),
        transaction_timeout_ms: info.timeout_ms,
        transaction_start_time_ms: info.start_ms,
        producer_id: info.producer.id,
        producer_epoch: info.producer.epoch,
        topics,
    }
}

/// `ListTransactions`: those that pass all filters.
pub(crate) fn list(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: ListTransactionsRequest = request.take()?;
    let is_known = |name: &String| TransactionState::ALL.iter().any(|state| state.name() == name);
    let unknown_state_filters = asked.state_filters.iter().filter(|name| !is_known(name)).cloned().collect();
    let now_ms = now_ms();
    let is_wanted = |info: &TransactionInfo| {
        let of_state = asked.state_filters.is_empty()
            || asked.state_filters.iter().any(|name| name == info.state.name());
        let of_producer =
            asked.producer_id_filters.is_empty() || asked.producer_id_filters.contains(&info.producer.id);
        let is_old = asked.duration_filter < 0
            || (info.start_ms >= 0 && now_ms.saturating_sub(info.start_ms) > asked.duration_filter);
        of_state && of_producer && is_old
    };
    let listed = request.log().transactions().into_iter().filter(is_wanted).map(|info| ListedTransaction {
        transactional_id: info.id,
        producer_id: info.producer.id,
        transaction_state: info.state.name().to_owned(),
    });
    let transaction_states = listed.collect();
    let response = ListTransactionsResponse {
        unknown_state_filters,
        transaction_states,
        ..ListTransactionsResponse::default()
    };
    Ok(request.now(&response))
}
