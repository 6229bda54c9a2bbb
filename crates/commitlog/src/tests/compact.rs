//! Of each key the last record stays, whatever happens meanwhile.

use std::collections::BTreeMap;

use super::*;
use crate::compaction;

const HOUR_MS: i64 = 3_600_000;

fn compacted_topic() -> TopicConfig {
    TopicConfig {
        cleanup: Some(Cleanup::COMPACT),
        dirty_permille: Some(10),
        delete_retention_ms: Some(HOUR_MS),
        ..TopicConfig::default()
    }
}

fn fixture(seed: u64) -> Fixture {
    let fixture = Fixture::new(seed, |config| {
        config.segment_bytes = 600;
        config.durability = Durability::Fsync;
    });
    fixture.log.create_topic("t", compacted_topic()).unwrap();
    fixture
}

fn keyed(now_ms: i64, records: &[(&str, Option<&str>)]) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::None);
    for (key, value) in records {
        builder.append(now_ms, Some(key.as_bytes()), value.map(str::as_bytes), &[]);
    }
    builder.finish().unwrap()
}

impl Fixture {
    fn put(&self, records: &[(&str, Option<&str>)]) -> i64 {
        self.advance(1);
        let appended = self.log.append("t", 0, keyed(self.clock.now_ms(), records)).unwrap();
        self.log.sync();
        appended.last_offset
    }

    /// Offset, key and value of every record.
    fn records(&self) -> Vec<(i64, String, Option<String>)> {
        let (mut all, mut scratch, mut offset) = (Vec::new(), Vec::new(), 0);
        loop {
            let fetched = self.log.read("t", 0, offset, 300).unwrap();
            let Some(last) = fetched.batches.last() else { return all };
            offset = BatchView::parse(last).unwrap().last_offset() + 1;
            for batch in &fetched.batches {
                let view = BatchView::parse(batch).unwrap();
                for record in view.records(&mut scratch, 1 << 20).unwrap().map(Result::unwrap) {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    all.push((record.offset, text(record.key.unwrap()), record.value.map(text)));
                }
            }
        }
    }
}

#[test]
fn the_last_record_of_each_key_stays_where_it_was() {
    let mut fixture = fixture(1);
    for round in 0..30 {
        let value = format!("{round} {}", "x".repeat(60));
        fixture.put(&[("a", Some(&value)), ("b", Some(&value)), (&format!("k{round}"), Some("once"))]);
    }
    let before = fixture.records();
    let size_before = fixture.log.metrics().partitions[0].size_bytes;
    compaction::apply(&fixture.log).unwrap();
    for restart in 0..3 {
        let after = fixture.records();
        assert!(after.iter().all(|record| before.contains(record)), "offsets and values are as they were");
        let count = |key: &str| after.iter().filter(|record| record.1 == key).count();
        assert!(count("a") <= 4 && count("b") <= 4, "only what the open segment holds comes twice");
        assert!((0..30).all(|round| count(&format!("k{round}")) == 1));
        assert_eq!(after.last(), before.last());
        let metrics = fixture.log.metrics();
        assert!(metrics.partitions[0].size_bytes < size_before * 2 / 3, "{:?}", metrics.partitions[0]);
        assert_eq!((metrics.partitions[0].log_start, metrics.partitions[0].damaged_bytes), (0, 0));
        if restart == 0 {
            fixture.reopen();
        } else {
            fixture.crash();
        }
    }
    let mut consumer = fixture.log.consumer("g", Subscription::all());
    consumer.poll(std::time::Duration::ZERO).unwrap();
    while !consumer.poll(std::time::Duration::ZERO).unwrap().is_empty() {}
    assert_eq!(consumer.records_skipped(), 0, "nothing that matters is gone");
}

#[test]
fn a_key_without_value_is_gone_after_a_while() {
    let fixture = fixture(1);
    let filler = "x".repeat(500);
    fixture.put(&[("a", Some("1"))]);
    fixture.put(&[("a", None), ("b", Some("1"))]);
    fixture.put(&[("f", Some(&filler))]);
    fixture.put(&[("f", Some(&filler))]);
    let of_a = |fixture: &Fixture| {
        fixture
            .records()
            .into_iter()
            .filter(|record| record.1 == "a")
            .map(|record| record.2)
            .collect::<Vec<_>>()
    };
    compaction::apply(&fixture.log).unwrap();
    assert_eq!(of_a(&fixture), [None], "readers who are behind must hear of it");
    fixture.advance(HOUR_MS + 1);
    fixture.put(&[("f", Some(&filler))]);
    fixture.put(&[("f", Some(&filler))]);
    compaction::apply(&fixture.log).unwrap();
    assert_eq!(of_a(&fixture), []);
    assert!(fixture.records().iter().any(|record| record.1 == "b"));
}

#[test]
fn more_keys_than_memory_take_several_passes() {
    let fixture = Fixture::new(1, |config| {
        config.segment_bytes = 600;
        config.compaction_bytes = 48 * 5;
    });
    fixture.log.create_topic("t", compacted_topic()).unwrap();
    for round in 0..3 {
        for key in 0..40 {
            fixture.put(&[(&format!("k{key:02}"), Some(&format!("{round} {}", "x".repeat(40))))]);
        }
    }
    for _ in 0..60 {
        compaction::apply(&fixture.log).unwrap();
    }
    let records = fixture.records();
    assert!(records.len() < 50, "{} records stay", records.len());
    assert!((0..40).all(|key| records.iter().any(|record| record.1 == format!("k{key:02}"))));
}

#[test]
fn what_the_store_has_not_taken_is_not_compacted() {
    let fixture = Fixture::new(1, |config| {
        config.segment_bytes = 300;
        config.retention_group = Some("store".to_owned());
    });
    fixture.log.create_topic("t", compacted_topic()).unwrap();
    for round in 0..10 {
        fixture.put(&[("a", Some(&format!("{round} {}", "x".repeat(150))))]);
    }
    compaction::apply(&fixture.log).unwrap();
    assert_eq!(fixture.records().len(), 10);
    fixture.log.commit_offsets("store", &[(TopicPartition::new("t", 0), 6)]).unwrap();
    compaction::apply(&fixture.log).unwrap();
    assert_eq!(fixture.records().first().unwrap().0, 5);
}

#[test]
fn records_without_key_are_refused() {
    let fixture = fixture(1);
    let refused = fixture.append("t", &["no key"]).unwrap_err();
    assert!(matches!(refused, Error::MissingKey { ref records, .. } if *records == [0]), "{refused}");
}

#[test]
fn a_crash_at_any_moment_loses_no_key() {
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut fixture = fixture(seed);
        let mut model = BTreeMap::new();
        for _ in 0..6 {
            for _ in 0..random.usize(5..30) {
                let key = format!("k{}", random.u8(..6));
                let value = (random.u8(..5) > 0).then(|| format!("{} {}", random.u32(..), "x".repeat(80)));
                fixture.put(&[(&key, value.as_deref())]);
                model.insert(key, value);
            }
            if random.bool() {
                fixture.disk.fail_writes_after(random.u32(..12));
            }
            // It may fail on the way; then the plug is pulled.
            let _ = compaction::apply(&fixture.log);
            fixture.crash();
            let mut found = BTreeMap::new();
            let records = fixture.records();
            assert!(records.is_sorted_by(|a, b| a.0 < b.0), "seed {seed}");
            records.into_iter().for_each(|(_, key, value)| drop(found.insert(key, value)));
            found.retain(|_, value| value.is_some());
            let mut expected = model.clone();
            expected.retain(|_, value| value.is_some());
            assert_eq!(found, expected, "seed {seed}");
            assert_eq!(fixture.log.metrics().partitions[0].damaged_bytes, 0, "seed {seed}");
        }
    }
}
