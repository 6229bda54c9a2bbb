//! Records in and out: offsets, waiting, order, refusals.

use std::time::{Duration, Instant};

use bytes::Bytes;
use girok_wire::protocol::{
    Api, ApiVersionsRequest, ApiVersionsResponse, FetchPartition, FetchRequest, FetchResponse, FetchTopic,
    InitProducerIdRequest, InitProducerIdResponse, ListOffsetsPartition, ListOffsetsRequest,
    ListOffsetsResponse, ListOffsetsTopic, MetadataRequest, MetadataRequestTopic, MetadataResponse,
    ProducePartition, ProducePartitionResponse, ProduceRequest, ProduceResponse, ProduceTopic, code,
};

use crate::support::{Client, Fixture, batch};

fn produce(acks: i16, records: Bytes) -> ProduceRequest {
    let partitions = vec![ProducePartition { index: 0, records: Some(records) }];
    let topics = vec![ProduceTopic { name: "web".into(), partitions }];
    ProduceRequest { acks, timeout_ms: 1000, topics, ..ProduceRequest::default() }
}

fn only(response: ProduceResponse) -> ProducePartitionResponse {
    response.topics.into_iter().next().unwrap().partitions.into_iter().next().unwrap()
}

fn fetch(fetch_offset: i64, min_bytes: i32, max_wait_ms: i32) -> FetchRequest {
    let of = FetchPartition { fetch_offset, partition_max_bytes: 1 << 20, ..FetchPartition::default() };
    let topics = vec![FetchTopic { topic: "web".into(), partitions: vec![of] }];
    FetchRequest { max_wait_ms, min_bytes, max_bytes: 1 << 20, topics, ..FetchRequest::default() }
}

async fn create(client: &mut Client) {
    let topic = MetadataRequestTopic { name: Some("web".into()), ..MetadataRequestTopic::default() };
    let request = MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() };
    let response: MetadataResponse = client.ask(Api::METADATA, 12, &request).await;
    assert_eq!((response.topics[0].error_code, response.topics[0].partitions.len()), (0, 1));
    assert_ne!(response.topics[0].topic_id, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_produced_is_fetched_byte_for_byte() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    create(&mut client).await;
    for (version, base_offset) in [(3, 0), (8, 2), (11, 4)] {
        let response = client.ask(Api::PRODUCE, version, &produce(-1, batch(&["a", "b"]))).await;
        let done = only(response);
        assert_eq!((done.error_code, done.base_offset), (0, base_offset), "version {version}");
    }
    for version in 4..=12 {
        let response: FetchResponse = client.ask(Api::FETCH, version, &fetch(2, 1, 0)).await;
        let found = &response.topics[0].partitions[0];
        let sent = batch(&["a", "b"]);
        let got = found.records.0.concat();
        assert_eq!((found.error_code, found.high_watermark, got.len()), (0, 6, 2 * sent.len()));
        assert_eq!(got[16..sent.len()], sent[16..], "stored as sent, version {version}");
        assert_eq!(got[..8], 2i64.to_be_bytes(), "but for the offset");
    }
    fixture.broker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fetch_wakes_when_data_comes() {
    let fixture = Fixture::new().await;
    let mut reader = fixture.client().await;
    create(&mut reader).await;
    let begun = Instant::now();
    let waiting = reader.send(Api::FETCH, 11, &fetch(0, 1, 20_000)).await;
    // What is behind the fetch on the same connection waits for it.
    let behind = reader.send(Api::METADATA, 1, &MetadataRequest::default()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut writer = fixture.client().await;
    let _: ProduceResponse = writer.ask(Api::PRODUCE, 9, &produce(1, batch(&["x"]))).await;
    let response: FetchResponse = reader.receive(&waiting).await;
    assert!(!response.topics[0].partitions[0].records.0.concat().is_empty());
    assert!(begun.elapsed() < Duration::from_secs(10), "woken, not timed out");
    let _: MetadataResponse = reader.receive(&behind).await;

    let nothing: FetchResponse = reader.ask(Api::FETCH, 11, &fetch(1, 1, 30)).await;
    assert!(nothing.topics[0].partitions[0].records.0.concat().is_empty(), "the wait ends");
    let beyond: FetchResponse = reader.ask(Api::FETCH, 11, &fetch(99, 1, 30_000)).await;
    assert_eq!(beyond.topics[0].partitions[0].error_code, code::OFFSET_OUT_OF_RANGE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_acks_there_is_no_answer() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    create(&mut client).await;
    client.send(Api::PRODUCE, 7, &produce(0, batch(&["x"]))).await;
    // The next answer is the next request's.
    let response = client.ask(Api::PRODUCE, 7, &produce(1, batch(&["y"]))).await;
    assert_eq!(only(response).base_offset, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_batches_and_old_versions_are_refused() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    create(&mut client).await;
    let mut damaged = batch(&["x"]).to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let response = client.ask(Api::PRODUCE, 9, &produce(1, damaged.into())).await;
    assert_eq!(only(response).error_code, code::CORRUPT_MESSAGE);
    let response = client.ask(Api::PRODUCE, 2, &produce(1, batch(&["x"]))).await;
    assert_eq!(only(response).error_code, code::UNSUPPORTED_VERSION);
    assert_eq!(fixture.log.offsets("web", 0).unwrap().log_end, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_sent_twice_is_stored_once() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    create(&mut client).await;
    let given: InitProducerIdResponse =
        client.ask(Api::INIT_PRODUCER_ID, 4, &InitProducerIdRequest::default()).await;
    let of = |sequence: i32| with_producer(&batch(&["x"]), given.producer_id, sequence);
    for (sequence, wanted) in [(0, (0, 0)), (0, (0, 0)), (1, (0, 1)), (3, (45, -1)), (1, (0, 1))] {
        let response = client.ask(Api::PRODUCE, 9, &produce(-1, of(sequence))).await;
        let done = only(response);
        assert_eq!((done.error_code, done.base_offset), wanted, "sequence {sequence}");
    }
    assert_eq!(fixture.log.offsets("web", 0).unwrap().log_end, 2);
}

/// The batch as an idempotent producer sends it.
fn with_producer(batch: &Bytes, producer_id: i64, sequence: i32) -> Bytes {
    let mut batch = batch.to_vec();
    batch[43..51].copy_from_slice(&producer_id.to_be_bytes());
    batch[51..53].copy_from_slice(&0i16.to_be_bytes());
    batch[53..57].copy_from_slice(&sequence.to_be_bytes());
    let crc = crc32c::crc32c(&batch[21..]);
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
    batch.into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offsets_are_found_by_time() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    create(&mut client).await;
    let _: ProduceResponse = client.ask(Api::PRODUCE, 9, &produce(1, batch(&["a", "b", "c"]))).await;
    for (timestamp, offset) in [(-1, 3), (-2, 0), (-3, 0), (1000, 0), (1001, -1)] {
        let of = ListOffsetsPartition { timestamp, ..ListOffsetsPartition::default() };
        let topics = vec![ListOffsetsTopic { name: "web".into(), partitions: vec![of] }];
        let request = ListOffsetsRequest { topics, ..ListOffsetsRequest::default() };
        let response: ListOffsetsResponse = client.ask(Api::LIST_OFFSETS, 8, &request).await;
        assert_eq!(response.topics[0].partitions[0].offset, offset, "time {timestamp}");
    }
}

/// A client may send on while an answer takes its time; what it sends beyond the broker's bound is read later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_come_in_order_however_many_wait() {
    const REQUESTS: usize = 200;
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    create(&mut client).await;
    for wait_ms in [300, 0] {
        let waiting = client.send(Api::FETCH, 12, &fetch(0, 1, wait_ms)).await;
        let mut sent = Vec::new();
        for _ in 0..REQUESTS {
            sent.push(client.send(Api::API_VERSIONS, 4, &ApiVersionsRequest::default()).await);
        }
        let fetched: FetchResponse = client.receive(&waiting).await;
        assert_eq!(fetched.topics[0].partitions[0].error_code, code::NONE);
        for header in &sent {
            let _: ApiVersionsResponse = client.receive(header).await;
        }
    }
}
