//! What is deleted, and what is not.

use super::*;
use crate::retention;

const HOUR_MS: i64 = 3_600_000;

fn filled(change: impl FnOnce(&mut LogConfig)) -> Fixture {
    let fixture = Fixture::new(1, |config| {
        config.segment_bytes = 1024;
        change(config);
    });
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    for at in 0..40 {
        fixture.append("web", &[&format!("{at:03} {}", "x".repeat(200))]).unwrap();
        fixture.advance(1000);
    }
    fixture
}

fn start_and_end(fixture: &Fixture) -> (i64, i64) {
    let metrics = fixture.log.metrics();
    let web = metrics.partitions.iter().find(|metrics| *metrics.partition.topic == *"web").unwrap();
    (web.log_start, web.log_end)
}

#[test]
fn old_segments_go_by_age() {
    let mut fixture = filled(|config| config.retention_ms = HOUR_MS);
    retention::apply(&fixture.log).unwrap();
    assert_eq!(start_and_end(&fixture), (0, 40), "nothing is old yet");
    fixture.advance(HOUR_MS - 20_000);
    retention::apply(&fixture.log).unwrap();
    let (start, end) = start_and_end(&fixture);
    assert!((10..25).contains(&start), "{start}");
    assert_eq!(end, 40);
    assert!(matches!(fixture.log.read("web", 0, 0, 1), Err(Error::OffsetOutOfRange { log_end: 40, .. })));
    fixture.crash();
    assert_eq!(start_and_end(&fixture).0, start, "it stays deleted");
    fixture.advance(2 * HOUR_MS);
    retention::apply(&fixture.log).unwrap();
    let (start, end) = start_and_end(&fixture);
    assert_eq!(start, end, "an old open segment is sealed and goes too");
    assert_eq!(fixture.append("web", &["more"]).unwrap().base_offset, end, "offsets go on");
}

#[test]
fn a_record_from_the_future_does_not_pin_its_segment() {
    for restart in [false, true] {
        let mut fixture = filled(|config| config.retention_ms = HOUR_MS);
        let future = batch(START_MS + 365 * 24 * HOUR_MS, Compression::None, &["from the future"]);
        fixture.log.append("web", 0, future).unwrap();
        fixture.advance(HOUR_MS);
        retention::apply(&fixture.log).unwrap();
        if restart {
            fixture.reopen();
        }
        fixture.advance(HOUR_MS + 1);
        retention::apply(&fixture.log).unwrap();
        assert_eq!(start_and_end(&fixture), (41, 41), "after a restart: {restart}");
    }
}

#[test]
fn segments_go_beyond_the_size_of_the_topic() {
    let fixture = filled(|config| config.retention_bytes = Some(4000));
    retention::apply(&fixture.log).unwrap();
    assert!((2000..=4000).contains(&size_bytes(&fixture)), "{}", size_bytes(&fixture));
}

fn size_bytes(fixture: &Fixture) -> u64 {
    fixture.log.metrics().partitions[0].size_bytes
}

#[test]
fn the_log_bounds_topics_that_nobody_bounds() {
    let fixture = filled(|config| config.topic_bytes_max = 4000);
    let own = TopicConfig { retention_bytes: Some(-1), ..TopicConfig::default() };
    fixture.log.configure_topic("web", &own).unwrap();
    let all = size_bytes(&fixture);
    retention::apply(&fixture.log).unwrap();
    assert_eq!(size_bytes(&fixture), all, "who says that there is no bound has none");
    fixture.log.configure_topic("web", &TopicConfig::default()).unwrap();
    retention::apply(&fixture.log).unwrap();
    assert!((2000..=4000).contains(&size_bytes(&fixture)), "{}", size_bytes(&fixture));
}

#[test]
fn what_the_store_has_not_taken_stays() {
    let fixture = filled(|config| {
        config.retention_bytes = Some(1);
        config.retention_group = Some("store".to_owned());
    });
    retention::apply(&fixture.log).unwrap();
    assert_eq!(start_and_end(&fixture).0, 0);
    fixture.log.commit_offsets("store", &[(TopicPartition::new("web", 0), 20)]).unwrap();
    retention::apply(&fixture.log).unwrap();
    let start = start_and_end(&fixture).0;
    assert!((16..=20).contains(&start), "{start}");
    assert_eq!(fixture.log.metrics().records_lost, 0);
}

#[test]
fn a_full_disk_refuses_appends_and_forces_retention() {
    let fixture = filled(|config| {
        config.retention_group = Some("store".to_owned());
        config.disk_reserve_bytes = 1 << 20;
    });
    fixture.disk.set_free_bytes((1 << 20) - 1);
    fixture.log.inner.shared.look_at_disk();
    let error = fixture.append("web", &["refused"]).unwrap_err();
    let expected =
        "cannot append to `web-0`: 1048575 bytes are free on the disk, 1048576 are kept in reserve";
    assert!(error.to_string().starts_with(expected), "{error}");
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!(fixture.values("web", 39).len(), 1, "reads go on");
    retention::apply(&fixture.log).unwrap();
    let (start, end) = start_and_end(&fixture);
    assert!(start > 30 && end == 40, "all that is sealed went: {start}");
    assert_eq!(fixture.log.metrics().records_lost, start as u64);
    fixture.disk.set_free_bytes(1 << 30);
    assert!(fixture.append("web", &["taken"]).is_ok());
}
