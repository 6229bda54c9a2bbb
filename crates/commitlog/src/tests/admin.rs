//! Topics grown, records deleted, settings obeyed.

use super::*;

#[test]
fn a_topic_grows_and_keeps_what_it_has() {
    let mut fixture = Fixture::new(1, |_| {});
    let id = fixture.log.create_topic("web", TopicConfig::default()).unwrap().id();
    fixture.append("web", &["kept"]).unwrap();
    for bad in [0, 1, 10_001] {
        assert!(
            matches!(fixture.log.create_partitions("web", bad), Err(Error::InvalidConfig { .. })),
            "{bad}"
        );
    }
    fixture.log.create_partitions("web", 3).unwrap();
    for _ in 0..2 {
        let web = fixture.log.topic("web").unwrap();
        assert_eq!((web.partition_count(), web.id()), (3, id));
        assert_eq!(fixture.values("web", 0), ["kept"]);
        fixture.log.append("web", 2, batch(1, Compression::None, &["new"])).unwrap();
        fixture.log.sync();
        fixture.crash();
    }
    assert_eq!(fixture.log.offsets("web", 2).unwrap().log_end, 2);
}

#[test]
fn deleted_records_stay_deleted() {
    let mut fixture = Fixture::new(1, |config| config.segment_bytes = 300);
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    for at in 0..10 {
        fixture.append("web", &[&format!("{at} {}", "x".repeat(100))]).unwrap();
    }
    assert_eq!(fixture.log.delete_records("web", 0, Some(5)).unwrap(), 5);
    assert_eq!(fixture.log.delete_records("web", 0, Some(3)).unwrap(), 5, "nothing comes back");
    let beyond = fixture.log.delete_records("web", 0, Some(11));
    assert!(matches!(beyond, Err(Error::OffsetOutOfRange { log_end: 10, .. })));
    let size_bytes = fixture.log.metrics().partitions[0].size_bytes;
    assert!(size_bytes < 1200, "whole segments are gone: {size_bytes}");
    for _ in 0..2 {
        assert!(matches!(
            fixture.log.read("web", 0, 4, 1),
            Err(Error::OffsetOutOfRange { log_start: 5, .. })
        ));
        assert_eq!(fixture.values("web", 5).len(), 5);
        fixture.crash();
    }
    assert_eq!(fixture.log.delete_records("web", 0, None).unwrap(), 10);
    assert_eq!(fixture.log.metrics().partitions[0].size_bytes, 0);
    fixture.crash();
    assert_eq!(fixture.append("web", &["next"]).unwrap().base_offset, 10);
}

#[test]
fn records_that_were_not_taken_are_counted_when_a_client_deletes_them() {
    let fixture = Fixture::new(1, |config| config.retention_group = Some("store".to_owned()));
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    fixture.append("web", &["a", "b", "c", "d"]).unwrap();
    fixture.log.commit_offsets("store", &[(TopicPartition::new("web", 0), 1)]).unwrap();
    fixture.log.delete_records("web", 0, Some(3)).unwrap();
    assert_eq!(fixture.log.metrics().records_lost, 2);
}

#[test]
fn a_topic_may_want_the_time_of_arrival() {
    let fixture = Fixture::new(1, |_| {});
    let config = TopicConfig { timestamp_type: Some(TimestampType::LogAppendTime), ..TopicConfig::default() };
    fixture.log.create_topic("web", config).unwrap();
    let sent = batch(7, Compression::Zstd, &["a", "b"]);
    let appended = fixture.log.append("web", 0, sent).unwrap();
    assert_eq!(appended.append_time_ms, Some(START_MS));
    let read = fixture.log.read("web", 0, 0, 1000).unwrap().batches;
    let (view, mut scratch) = (BatchView::parse(&read[0]).unwrap(), Vec::new());
    let records = view.records(&mut scratch, 1000).unwrap().map(Result::unwrap);
    assert!(view.is_log_append_time());
    assert_eq!(records.map(|record| record.timestamp_ms).collect::<Vec<_>>(), [START_MS; 2]);
    assert_eq!(fixture.log.offset_for_time("web", 0, START_MS).unwrap(), Some((0, START_MS)));
}

#[test]
fn a_topic_may_bound_its_batches() {
    let fixture = Fixture::new(1, |_| {});
    let config = TopicConfig { message_bytes_max: Some(100), ..TopicConfig::default() };
    fixture.log.create_topic("web", config).unwrap();
    assert!(fixture.append("web", &["short"]).is_ok());
    let refused = fixture.append("web", &[&"x".repeat(100)]).unwrap_err();
    assert!(matches!(refused, Error::TooLarge { bytes_max: 100, .. }), "{refused}");
}

#[test]
fn documents_are_kept_whole() {
    let mut fixture = Fixture::new(1, |_| {});
    assert_eq!(fixture.log.read_document("acls").unwrap(), None);
    fixture.log.write_document("acls", b"first").unwrap();
    fixture.log.write_document("acls", b"two\nlines").unwrap();
    fixture.crash();
    assert_eq!(fixture.log.read_document("acls").unwrap().unwrap(), b"two\nlines");
    fixture.disk.damage(std::path::Path::new("log/acls.document"), 30);
    assert_eq!(fixture.log.read_document("acls").unwrap(), None, "set aside");
    fixture.log.write_document("acls", b"again").unwrap();
    assert_eq!(fixture.log.read_document("acls").unwrap().unwrap(), b"again");
}
