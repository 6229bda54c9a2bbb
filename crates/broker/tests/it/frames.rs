//! Frames that are none, and versions that are not served.

use std::time::Duration;

use girok_wire::protocol::{Api, ApiVersionsRequest, ApiVersionsResponse, RequestHeader, code};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Client, Fixture};

async fn is_closed(client: &mut Client) -> bool {
    let read = tokio::time::timeout(Duration::from_secs(5), client.stream.read_u8()).await;
    read.is_ok_and(|read| read.is_err())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_api_versions_is_answered_in_version_0() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client().await;
    let header = client.send(Api::API_VERSIONS, 99, &ApiVersionsRequest::default()).await;
    let old = RequestHeader { api_version: 0, ..header };
    let response: ApiVersionsResponse = client.receive(&old).await;
    assert_eq!(response.error_code, code::UNSUPPORTED_VERSION);
    assert_eq!((response.api_keys[0].api_key, response.api_keys[0].max_version), (18, 4));
    // The connection goes on in a version that is served.
    let response: ApiVersionsResponse =
        client.ask(Api::API_VERSIONS, 4, &ApiVersionsRequest::default()).await;
    assert_eq!(response.api_keys.len(), girok_broker::served().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_closes_its_connection_only() {
    let fixture = Fixture::new().await;
    let mut bystander = fixture.client().await;
    for length in [-1, 0, 7, i32::MAX] {
        let mut client = fixture.client().await;
        client.stream.write_i32(length).await.unwrap();
        client.stream.write_all(&[0; 16]).await.unwrap();
        assert!(is_closed(&mut client).await, "a frame of {length} bytes");
    }
    let mut client = fixture.client().await;
    // Metadata 0 that claims two thousand million topics.
    client.send_frame(b"\0\x03\0\0\0\0\0\x01\xff\xff\x7f\xff\xff\xff").await;
    assert!(is_closed(&mut client).await);
    let _: ApiVersionsResponse = bystander.ask(Api::API_VERSIONS, 0, &ApiVersionsRequest::default()).await;
}

#[test]
fn random_frames_never_stop_the_broker() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let fixture = runtime.block_on(Fixture::new());
    let body = prop::collection::vec(any::<u8>(), 0..80);
    proptest!(ProptestConfig::with_cases(200), |(at in 0usize..64, version in 0i16..13, body in body)| {
        runtime.block_on(async {
            let api = girok_broker::served()[at % girok_broker::served().len()].api;
            let mut frame = api.key.to_be_bytes().to_vec();
            frame.extend_from_slice(&version.to_be_bytes());
            frame.extend_from_slice(&[0, 0, 0, 1, 0xff, 0xff]);
            frame.extend_from_slice(&body);
            fixture.client().await.send_frame(&frame).await;
            let mut bystander = fixture.client().await;
            let _: ApiVersionsResponse =
                bystander.ask(Api::API_VERSIONS, 0, &ApiVersionsRequest::default()).await;
        });
    });
}
