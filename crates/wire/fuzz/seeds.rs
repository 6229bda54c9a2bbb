//! Writes the seed corpus: `seeds <folder>` makes `request/` and `batch/` in it.

use std::path::Path;

use bytes::Bytes;
use girok_wire::protocol::{
    Api, FetchPartition, FetchRequest, FetchTopic, Field, JoinGroupProtocol, JoinGroupRequest,
    ProducePartition, ProduceRequest, ProduceTopic, RequestHeader, default_request,
};
use girok_wire::{BatchBuilder, Compression};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).expect("usage: seeds <folder>");
    let [requests, batches] = ["request", "batch"].map(|name| Path::new(&folder).join(name));
    std::fs::create_dir_all(&requests)?;
    std::fs::create_dir_all(&batches)?;
    for api in Api::ALL {
        for version in 0..14 {
            if let Some(frame) = default_request(*api, version) {
                std::fs::write(requests.join(format!("{}-{version}", api.name)), frame)?;
            }
        }
    }
    for version in 3..12 {
        std::fs::write(
            requests.join(format!("full-produce-{version}")),
            frame(Api::PRODUCE, version, &produce()),
        )?;
        std::fs::write(requests.join(format!("full-fetch-{version}")), frame(Api::FETCH, version, &fetch()))?;
        std::fs::write(
            requests.join(format!("full-join-{version}")),
            frame(Api::JOIN_GROUP, version, &join()),
        )?;
    }
    // The eight bytes that ask for gigabytes.
    std::fs::write(requests.join("gigabytes"), b"\0\x03\0\0\0\0\0\x01\xff\xff\x7f\xff\xff\xff\0\0\0\0")?;
    for codec in
        [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd]
    {
        std::fs::write(batches.join(format!("{codec:?}")), batch(codec))?;
    }
    Ok(())
}

fn frame(api: Api, api_version: i16, body: &impl Field) -> Vec<u8> {
    let header = RequestHeader { api, api_version, correlation_id: 7, client_id: Some("client".into()) };
    header.encode(body).concat()
}

fn batch(codec: Compression) -> Bytes {
    let mut builder = BatchBuilder::new(codec);
    for at in 0..20 {
        let value = format!("line {at} of a batch that says the same again and again and again");
        builder.append(1_700_000_000_000 + at, Some(b"key"), Some(value.as_bytes()), &[("name", b"value")]);
    }
    builder.finish().expect("a batch of twenty records can be made")
}

fn produce() -> ProduceRequest {
    let partitions = vec![ProducePartition { index: 1, records: Some(batch(Compression::None)) }];
    let topics = vec![ProduceTopic { name: "web".into(), partitions }];
    ProduceRequest { acks: -1, timeout_ms: 1000, topics, ..ProduceRequest::default() }
}

fn fetch() -> FetchRequest {
    let partitions = vec![FetchPartition { fetch_offset: 5, ..FetchPartition::default() }; 3];
    let topics = vec![FetchTopic { topic: "web".into(), partitions }];
    FetchRequest { max_wait_ms: 500, min_bytes: 1, topics, ..FetchRequest::default() }
}

fn join() -> JoinGroupRequest {
    let protocols = vec![JoinGroupProtocol { name: "range".into(), metadata: Bytes::from_static(b"\0\x01") }];
    JoinGroupRequest { group_id: "group".into(), protocols, ..JoinGroupRequest::default() }
}
