use std::io::Write;

use super::*;
use crate::testing::Door;

fn request(body: impl Into<Bytes>) -> Request {
    Request {
        dataset: DatasetName::new("web").unwrap(),
        input: "http",
        peer: Some([10, 0, 0, 1].into()),
        content_type: None,
        content_encoding: None,
        body: body.into(),
    }
}

#[tokio::test]
async fn a_body_of_any_shape_reaches_the_log() {
    let door = Door::open();
    for body in ["{\"n\":1}\n\n{\"n\":2}", "[{\"n\":3},{\"n\":4}]", "text\r\n", "{\n\"n\":5}\n"] {
        let receipt = door.ingest.receive(request(body)).await.unwrap();
        assert_eq!((receipt.rejected, receipt.errors), (0, vec![]));
    }
    assert_eq!(
        door.values("web"),
        ["{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\":4}", "text", "{\n\"n\":5}"]
    );
    let headers = door.headers("web");
    assert_eq!(headers[0], "girok.input=http girok.peer=10.0.0.1");
    assert_eq!(headers[2], "girok.input=http girok.peer=10.0.0.1 girok.content=json");
}

#[tokio::test]
async fn an_over_long_line_is_refused_by_itself() {
    let door = Door::open();
    let body = format!("first\n{}\nlast\n", "x".repeat(RECORD_BYTES_MAX + 1));
    let receipt = door.ingest.receive(request(body)).await.unwrap();
    assert_eq!((receipt.accepted, receipt.rejected, receipt.errors[0].index), (2, 1, 1));
    assert_eq!(
        receipt.errors[0].error.to_string(),
        "cannot accept an event of 10485761 bytes: the limit is 10485760 bytes (RECORD_BYTES_MAX)"
    );
    assert_eq!(door.values("web"), ["first", "last"]);
    let counted = &door.ingest.metrics()[0];
    assert_eq!((counted.input, counted.events, counted.bytes, counted.rejected), ("http", 2, 9, 1));
}

#[tokio::test]
async fn the_longest_event_is_taken() {
    let door = Door::open();
    let body = "y".repeat(RECORD_BYTES_MAX);
    door.ingest.receive(request(body.clone())).await.unwrap();
    assert!(door.values("web") == [body]);
}

#[tokio::test]
async fn nothing_of_a_broken_array_is_taken() {
    let door = Door::open();
    let error = door.ingest.receive(request("[{\"n\":1},{\"n\":")).await.unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::BadInput);
    assert!(door.ingest.metrics().is_empty());
}

#[tokio::test]
async fn random_bytes_are_taken_as_lines_or_refused() {
    let door = Door::open();
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let requests = (0..10_000).map(|_| {
        let body: Vec<u8> = (0..random() % 64).map(|_| random() as u8).collect();
        let lines = body.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
        let ingest = door.ingest.clone();
        (lines as u64, tokio::spawn(async move { ingest.receive(request(body)).await }))
    });
    let mut accepted = 0;
    for (lines, request) in requests.collect::<Vec<_>>() {
        match request.await.unwrap() {
            Ok(receipt) => {
                assert_eq!(receipt.accepted, lines);
                accepted += receipt.accepted;
            }
            Err(error) => assert_eq!(error.kind(), crate::ErrorKind::BadInput, "{error}"),
        }
    }
    assert_eq!(door.records("web", |_| ()).len() as u64, accepted);
}

#[tokio::test]
async fn a_full_disk_is_overload_and_nothing_counts_as_taken() {
    let door = Door::on_full_disk();
    for body in ["small".to_owned(), "large\n".repeat(50_000)] {
        let error = door.ingest.receive(request(body)).await.unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Overloaded);
        assert!(error.to_string().starts_with("cannot append to the log now: "), "{error}");
    }
    assert!(door.ingest.metrics().is_empty());
    assert!(door.values("web").is_empty());
}

#[tokio::test]
async fn an_empty_body_is_no_event() {
    let door = Door::open();
    for body in ["", "\n\n", "[]"] {
        assert_eq!(door.ingest.receive(request(body)).await.unwrap(), Receipt::default());
    }
}

#[tokio::test]
async fn a_large_body_is_spread_and_none_of_it_is_lost() {
    let door = Door::with_partitions(4);
    let lines: Vec<_> =
        (0..400_000).map(|n| format!("{{\"number\":{n},\"text\":\"a line of text\"}}")).collect();
    let mut body = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    body.write_all(lines.join("\n").as_bytes()).unwrap();
    let receipt = door.ingest.receive(request(body.finish().unwrap())).await.unwrap();
    assert_eq!(receipt.accepted, 400_000);
    let (mut found, mut expected) = (door.values("web"), lines);
    found.sort_unstable();
    expected.sort_unstable();
    assert!(found == expected, "every line once");
    assert_eq!(door.partitions_used("web"), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_requests_under_load_share_batches() {
    let door = Door::open();
    let requests = (0..1000).map(|n| {
        let ingest = door.ingest.clone();
        tokio::spawn(async move { ingest.receive(request(format!("line {n}"))).await })
    });
    for request in requests.collect::<Vec<_>>() {
        assert_eq!(request.await.unwrap().unwrap().accepted, 1);
    }
    let mut values = door.values("web");
    values.sort_unstable();
    let mut expected: Vec<_> = (0..1000).map(|n| format!("line {n}")).collect();
    expected.sort_unstable();
    assert_eq!(values, expected);
    assert!(door.batch_count("web") < 500, "{} batches for 1000 requests", door.batch_count("web"));
}

#[tokio::test]
async fn requests_that_linger_share_a_batch() {
    let batching = crate::Batching { bytes: 1 << 20, linger: std::time::Duration::from_millis(200) };
    let door = Door::open().with_batching(batching);
    door.ingest.receive(request("first")).await.unwrap();
    let before = door.batch_count("web");
    let (one, two) = tokio::join!(door.ingest.receive(request("one")), door.ingest.receive(request("two")));
    assert_eq!((one.unwrap().accepted, two.unwrap().accepted), (1, 1));
    assert_eq!(door.batch_count("web"), before + 1);
    assert_eq!(door.values("web"), ["first", "one", "two"]);
}

#[tokio::test]
async fn a_full_batch_does_not_linger() {
    let batching = crate::Batching { bytes: 1 << 10, linger: std::time::Duration::from_secs(3600) };
    let door = Door::open().with_batching(batching);
    let receipt = door.ingest.receive(request("x".repeat(1 << 10))).await;
    assert_eq!(receipt.unwrap().accepted, 1);
    let receipt = door.ingest.receive(request("y".repeat(1 << 10))).await;
    assert_eq!(receipt.unwrap().accepted, 1);
}
