//! A transaction, from its producer's id to what readers see of it.

use girok_event::DatasetName;
use girok_wire::ProducerStamp;
use girok_wire::protocol::*;

use crate::support::{Client, Fixture, batch};

const ID: &str = "mover";

/// A producer under the transactional id, and its next sequence.
struct Producer {
    id: i64,
    epoch: i16,
    sequence: i32,
}

async fn begin(client: &mut Client) -> Result<Producer, i16> {
    let request = InitProducerIdRequest {
        transactional_id: Some(ID.into()),
        transaction_timeout_ms: 60_000,
        ..InitProducerIdRequest::default()
    };
    let given: InitProducerIdResponse = client.ask(Api::INIT_PRODUCER_ID, 4, &request).await;
    match given.error_code {
        code::NONE => Ok(Producer { id: given.producer_id, epoch: given.producer_epoch, sequence: 0 }),
        error_code => Err(error_code),
    }
}

async fn add(client: &mut Client, producer: &Producer, topic: &str) -> i16 {
    let request = AddPartitionsToTxnRequest {
        transactional_id: ID.into(),
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        topics: vec![TxnTopic { name: topic.into(), partitions: vec![0] }],
    };
    let added: AddPartitionsToTxnResponse = client.ask(Api::ADD_PARTITIONS_TO_TXN, 3, &request).await;
    added.topics[0].partitions[0].error_code
}

async fn produce(client: &mut Client, producer: &mut Producer, value: &str) -> i16 {
    let stamp = ProducerStamp {
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        base_sequence: producer.sequence,
        transactional: true,
    };
    let partition = ProducePartition { index: 0, records: Some(stamp.stamp(batch(&[value]))) };
    let request = ProduceRequest {
        transactional_id: Some(ID.into()),
        acks: -1,
        timeout_ms: 5000,
        topics: vec![ProduceTopic { name: "web".into(), partitions: vec![partition] }],
    };
    let produced: ProduceResponse = client.ask(Api::PRODUCE, 9, &request).await;
    let error_code = produced.topics[0].partitions[0].error_code;
    producer.sequence += i32::from(error_code == code::NONE);
    error_code
}

async fn end(client: &mut Client, producer: &Producer, committed: bool) -> i16 {
    let request = EndTxnRequest {
        transactional_id: ID.into(),
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        committed,
    };
    let ended: EndTxnResponse = client.ask(Api::END_TXN, 3, &request).await;
    ended.error_code
}

async fn fetch(client: &mut Client, isolation_level: i8) -> FetchPartitionResponse {
    let of = FetchPartition { partition_max_bytes: 1 << 20, ..FetchPartition::default() };
    let topics = vec![FetchTopic { topic: "web".into(), partitions: vec![of] }];
    let request = FetchRequest { isolation_level, topics, ..FetchRequest::default() };
    let mut fetched: FetchResponse = client.ask(Api::FETCH, 12, &request).await;
    fetched.topics.remove(0).partitions.remove(0)
}

async fn end_offset(client: &mut Client, isolation_level: i8) -> i64 {
    let of = ListOffsetsPartition { timestamp: -1, ..ListOffsetsPartition::default() };
    let topics = vec![ListOffsetsTopic { name: "web".into(), partitions: vec![of] }];
    let request = ListOffsetsRequest { replica_id: -1, isolation_level, topics };
    let listed: ListOffsetsResponse = client.ask(Api::LIST_OFFSETS, 7, &request).await;
    listed.topics[0].partitions[0].offset
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_a_transaction_as_a_whole() {
    let fixture = Fixture::new().await;
    fixture.log.ensure_topic(&DatasetName::new("web").unwrap()).unwrap();
    let mut client = fixture.client().await;
    let request = FindCoordinatorRequest {
        key_type: 1,
        coordinator_keys: vec![ID.into()],
        ..FindCoordinatorRequest::default()
    };
    let found: FindCoordinatorResponse = client.ask(Api::FIND_COORDINATOR, 4, &request).await;
    assert_eq!(found.coordinators[0].error_code, code::NONE);

    let mut producer = begin(&mut client).await.unwrap();
    assert_eq!(produce(&mut client, &mut producer, "early").await, code::INVALID_TXN_STATE);
    assert_eq!(add(&mut client, &producer, "nowhere").await, code::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(add(&mut client, &producer, "web").await, code::NONE);
    assert_eq!(produce(&mut client, &mut producer, "a").await, code::NONE);

    let open = fetch(&mut client, 1).await;
    assert_eq!((open.records.0.concat().len(), open.last_stable_offset, open.high_watermark), (0, 0, 1));
    assert!(!fetch(&mut client, 0).await.records.0.concat().is_empty());
    assert_eq!((end_offset(&mut client, 1).await, end_offset(&mut client, 0).await), (0, 1));

    assert_eq!(end(&mut client, &producer, true).await, code::NONE);
    assert_eq!(end(&mut client, &producer, true).await, code::NONE, "asked again");
    let committed = fetch(&mut client, 1).await;
    assert_eq!((committed.last_stable_offset, committed.aborted_transactions), (2, Some(vec![])));

    assert_eq!(add(&mut client, &producer, "web").await, code::NONE);
    assert_eq!(produce(&mut client, &mut producer, "b").await, code::NONE);
    assert_eq!(end(&mut client, &producer, false).await, code::NONE);
    let aborted = AbortedTransaction { producer_id: producer.id, first_offset: 2 };
    assert_eq!(fetch(&mut client, 1).await.aborted_transactions, Some(vec![aborted]));
    assert_eq!(fetch(&mut client, 0).await.aborted_transactions, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_producer_fences_the_old_one() {
    let fixture = Fixture::new().await;
    fixture.log.ensure_topic(&DatasetName::new("web").unwrap()).unwrap();
    let mut client = fixture.client().await;
    let mut old = begin(&mut client).await.unwrap();
    assert_eq!(add(&mut client, &old, "web").await, code::NONE);
    assert_eq!(produce(&mut client, &mut old, "old").await, code::NONE);

    let request = DescribeTransactionsRequest { transactional_ids: vec![ID.into(), "nobody".into()] };
    let described: DescribeTransactionsResponse = client.ask(Api::DESCRIBE_TRANSACTIONS, 0, &request).await;
    let [own, nobody] = &described.transaction_states[..] else { panic!("{described:?}") };
    assert_eq!((own.transaction_state.as_str(), own.topics[0].name.as_str()), ("Ongoing", "web"));
    assert_eq!(nobody.error_code, code::TRANSACTIONAL_ID_NOT_FOUND);
    let request =
        DescribeProducersRequest { topics: vec![TxnTopic { name: "web".into(), partitions: vec![0] }] };
    let producers: DescribeProducersResponse = client.ask(Api::DESCRIBE_PRODUCERS, 0, &request).await;
    assert_eq!(producers.topics[0].partitions[0].active_producers[0].current_txn_start_offset, 0);

    let new = loop {
        match begin(&mut client).await {
            Ok(new) => break new,
            Err(error_code) => assert_eq!(error_code, code::CONCURRENT_TRANSACTIONS, "it is being aborted"),
        }
    };
    assert!(new.epoch > old.epoch);
    assert_eq!(produce(&mut client, &mut old, "zombie").await, code::INVALID_PRODUCER_EPOCH);
    assert_eq!(end(&mut client, &old, true).await, code::PRODUCER_FENCED);
    assert_eq!(fetch(&mut client, 1).await.last_stable_offset, 2, "the old transaction was aborted");
    let request =
        ListTransactionsRequest { state_filters: vec!["Empty".into(), "Odd".into()], ..Default::default() };
    let listed: ListTransactionsResponse = client.ask(Api::LIST_TRANSACTIONS, 1, &request).await;
    assert_eq!((listed.unknown_state_filters, listed.transaction_states.len()), (vec!["Odd".into()], 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offsets_wait_for_their_transaction() {
    let fixture = Fixture::new().await;
    fixture.log.ensure_topic(&DatasetName::new("web").unwrap()).unwrap();
    let mut client = fixture.client().await;
    let producer = begin(&mut client).await.unwrap();
    let request = AddOffsetsToTxnRequest {
        transactional_id: ID.into(),
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        group_id: "readers".into(),
    };
    let added: AddOffsetsToTxnResponse = client.ask(Api::ADD_OFFSETS_TO_TXN, 3, &request).await;
    assert_eq!(added.error_code, code::NONE);
    let of = TxnOffsetPartition { committed_offset: 42, ..TxnOffsetPartition::default() };
    let request = TxnOffsetCommitRequest {
        transactional_id: ID.into(),
        group_id: "readers".into(),
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        topics: vec![TxnOffsetTopic { name: "web".into(), partitions: vec![of] }],
        ..TxnOffsetCommitRequest::default()
    };
    let committed: TxnOffsetCommitResponse = client.ask(Api::TXN_OFFSET_COMMIT, 3, &request).await;
    assert_eq!(committed.topics[0].partitions[0].error_code, code::NONE);
    assert_eq!(committed_offset(&mut client).await, (code::UNSTABLE_OFFSET_COMMIT, -1));
    assert_eq!(end(&mut client, &producer, true).await, code::NONE);
    assert_eq!(committed_offset(&mut client).await, (code::NONE, 42));
}

async fn committed_offset(client: &mut Client) -> (i16, i64) {
    let topics = vec![OffsetFetchTopic { name: "web".into(), partition_indexes: vec![0] }];
    let group = OffsetFetchGroup { group_id: "readers".into(), topics: Some(topics), ..Default::default() };
    let request = OffsetFetchRequest { groups: vec![group], require_stable: true, ..Default::default() };
    let fetched: OffsetFetchResponse = client.ask(Api::OFFSET_FETCH, 8, &request).await;
    let of = &fetched.groups[0].topics[0].partitions[0];
    (of.error_code, of.committed_offset)
}
