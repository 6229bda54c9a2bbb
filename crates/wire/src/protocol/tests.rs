//! Frames: read back, refused, and never a danger.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn joined(pieces: &[Bytes]) -> Bytes {
    pieces.concat().into()
}

/// Decodes `body` as every API's request in `version`; whether it is one matters to nobody.
fn decode_all(version: i16, body: &Bytes) {
    for api in Api::ALL {
        let _ = requests::check_body(*api, version, body.clone());
    }
}

#[test]
fn every_api_has_a_request() {
    for api in Api::ALL {
        let frame = default_request(*api, 0).expect(api.name);
        assert_eq!(check_request(frame), Ok(()), "{}", api.name);
    }
}

#[test]
fn eight_bytes_that_claim_gigabytes_are_refused() {
    // Metadata 0: an array of 2^31 - 1 topics, and four bytes of them.
    let body = Bytes::from_static(b"\x7f\xff\xff\xff\0\0\0\0");
    assert_eq!(decode::<MetadataRequest>(Api::METADATA, 0, body), Err(ProtocolError::Truncated));
    // The same in a flexible version.
    let body = Bytes::from_static(b"\xff\xff\xff\xff\x0f\0\0\0");
    assert_eq!(decode::<MetadataRequest>(Api::METADATA, 9, body), Err(ProtocolError::Truncated));
}

#[test]
fn a_frame_of_empty_items_is_bounded() {
    let mut body = (ITEMS_MAX as i32 + 1).to_be_bytes().to_vec();
    body.resize(4 + 2 * ITEMS_MAX + 2, 0);
    let refused = decode::<DescribeGroupsRequest>(Api::DESCRIBE_GROUPS, 0, body.into());
    assert_eq!(refused, Err(ProtocolError::TooManyItems));
}

#[test]
fn a_request_is_read_back_in_every_version() {
    for api_version in 3..=11 {
        let header =
            RequestHeader { api: Api::PRODUCE, api_version, correlation_id: 9, client_id: Some("me".into()) };
        let records = Some(Bytes::from(vec![7; 5000]));
        let partitions = vec![ProducePartition { index: 1, records }];
        let request = ProduceRequest {
            acks: -1,
            timeout_ms: 30,
            topics: vec![ProduceTopic { name: "web".into(), partitions }],
            ..ProduceRequest::default()
        };
        let (read, body) = RequestHeader::decode(joined(&header.encode(&request))).unwrap();
        assert_eq!(read, header);
        assert_eq!(
            decode::<ProduceRequest>(read.api, api_version, body),
            Ok(request),
            "version {api_version}"
        );
    }
}

#[test]
fn known_bytes_of_a_flexible_version() {
    let header = RequestHeader { api: Api::HEARTBEAT, api_version: 4, correlation_id: 1, client_id: None };
    let body = HeartbeatRequest { group_id: "g".into(), generation_id: 2, ..HeartbeatRequest::default() };
    let frame = joined(&header.encode(&body));
    // key, version, correlation, null client, no tags | "g", 2, "", null, no tags
    assert_eq!(&frame[..], b"\0\x0c\0\x04\0\0\0\x01\xff\xff\0\x02g\0\0\0\x02\x01\0\0");
    let answer = joined(&header.answer(&HeartbeatResponse { throttle_time_ms: 0, error_code: 27 }));
    assert_eq!(&answer[..], b"\0\0\0\x01\0\0\0\0\0\0\x1b\0");
}

#[test]
fn the_header_of_api_versions_is_never_flexible() {
    let header = RequestHeader { api: Api::API_VERSIONS, api_version: 3, correlation_id: 1, client_id: None };
    let answer = joined(&header.answer(&ApiVersionsResponse::default()));
    assert_eq!(&answer[..], b"\0\0\0\x01\0\0\x01\0\0\0\0\0");
}

#[test]
fn bytes_behind_the_body_are_passed_over() {
    let body = Bytes::from_static(b"\0\0\0\0\0\0\0\0!");
    let read = decode::<HeartbeatRequest>(Api::HEARTBEAT, 0, body);
    assert_eq!(read, Ok(HeartbeatRequest::default()));
}

#[test]
fn features_are_tagged_fields_from_version_3_on() {
    let feature = Feature { name: "group.version", level_max: 1, level: 1 };
    let response = ApiVersionsResponse { features: Features(vec![feature]), ..Default::default() };
    let answer = |api_version| {
        let header =
            RequestHeader { api: Api::API_VERSIONS, api_version, correlation_id: 1, client_id: None };
        joined(&header.answer(&response))
    };
    assert_eq!(&answer(2)[..], b"\0\0\0\x01\0\0\0\0\0\0\0\0\0\0");
    let list = b"\x02\x0egroup.version\0\x01\0\x01\0";
    let tags = [&b"\x03\0\x14"[..], list, b"\x01\x08\0\0\0\0\0\0\0\x01\x02\x14", list].concat();
    assert_eq!(answer(3)[..], [&b"\0\0\0\x01\0\0\x01\0\0\0\0"[..], &tags].concat());
}

#[test]
fn an_assignment_may_be_null() {
    let body = ConsumerGroupHeartbeatResponse { member_epoch: 1, ..Default::default() };
    for assignment in [None, Some(ConsumerAssignment::default())] {
        let body = ConsumerGroupHeartbeatResponse { assignment, ..body.clone() };
        let mut out = Encoder::new(0, true);
        body.encode(&mut out);
        let read = decode(Api::CONSUMER_GROUP_HEARTBEAT, 0, joined(&out.finish()));
        assert_eq!(read, Ok(body));
    }
}

proptest! {
    #[test]
    fn any_bytes_may_be_a_frame(frame in prop::collection::vec(any::<u8>(), 0..200), version in -1i16..14) {
        let frame = Bytes::from(frame);
        decode_all(version, &frame);
        let _ = RequestHeader::decode(frame);
    }

    #[test]
    fn a_damaged_frame_is_no_danger(at in 0usize..64, byte: u8, api_version in 4i16..=12) {
        let partitions = vec![FetchPartition { partition: 3, fetch_offset: 5, ..FetchPartition::default() }];
        let topics = vec![FetchTopic { topic: "web".into(), partitions }];
        let request = FetchRequest { topics, ..FetchRequest::default() };
        let header = RequestHeader { api: Api::FETCH, api_version, correlation_id: 1, client_id: None };
        let mut frame = header.encode(&request).concat();
        let at = at % frame.len();
        frame[at] = byte;
        if let Ok((header, body)) = RequestHeader::decode(frame.into()) {
            decode_all(header.api_version, &body);
        }
    }
}
