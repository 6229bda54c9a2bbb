//! Bytes on the disk that are not what was written.

use std::path::Path;

use super::*;
use crate::disk::{Disk, replace_file};

fn filled(segment_bytes: u64) -> Fixture {
    let fixture = Fixture::new(1, |config| config.segment_bytes = segment_bytes);
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    for at in 0..20 {
        fixture.append("web", &[&format!("{at:03} {}", "x".repeat(200))]).unwrap();
    }
    fixture.log.sync();
    fixture
}

fn numbers(fixture: &Fixture) -> Vec<i64> {
    let all = read_all(&fixture.log, "web", 0, 0, 1);
    for (offset, value) in &all {
        assert_eq!(value[..3].parse::<i64>().unwrap(), *offset, "every record under its own offset");
    }
    all.into_iter().map(|(offset, _)| offset).collect()
}

const FIRST: &str = "log/web-0/00000000000000000000.log";

#[test]
fn a_sealed_segment_is_kept_and_its_damage_passed_over() {
    let mut fixture = filled(1024);
    fixture.disk.damage(Path::new(FIRST), 300);
    let expected: Vec<_> = (0..20).filter(|offset| *offset != 1).collect();
    assert_eq!(numbers(&fixture), expected);
    let damaged_bytes = fixture.log.metrics().partitions[0].damaged_bytes;
    assert!((200..400).contains(&damaged_bytes), "{damaged_bytes}");
    fixture.crash();
    assert_eq!(numbers(&fixture), expected);
}

#[test]
fn damage_below_the_recovery_point_is_never_cut_off() {
    for position in [300, 8, 17] {
        let mut fixture = filled(1 << 20);
        fixture.log.inner.write_recovery_points().unwrap();
        fixture.disk.damage(Path::new(FIRST), position);
        fixture.crash();
        let lost = i64::from(position == 300);
        assert_eq!(numbers(&fixture), (0..20).filter(|offset| *offset != lost).collect::<Vec<_>>());
        let metrics = &fixture.log.metrics().partitions[0];
        assert!(metrics.damaged_bytes > 0);
        assert_eq!((metrics.segments, metrics.log_end), (2, 20), "the log goes on behind it");
        let names = fixture.disk.list(Path::new("log/web-0")).unwrap();
        assert!(names.contains(&"00000000000000000000.damaged".to_owned()), "{names:?}");
        assert_eq!(fixture.append("web", &["020 new"]).unwrap().base_offset, 20);
        fixture.log.sync();
        fixture.crash();
        assert!(fixture.log.metrics().partitions[0].damaged_bytes > 0, "the note outlives a restart");
        assert_eq!(numbers(&fixture).last(), Some(&20));
    }
}

#[test]
fn offsets_of_a_segment_that_was_cut_are_not_used_again() {
    let mut fixture = filled(1 << 20);
    fixture.log.inner.write_recovery_points().unwrap();
    fixture.disk.open(Path::new(FIRST), false).unwrap().truncate(1000).unwrap();
    fixture.disk.open(Path::new(FIRST), false).unwrap().sync().unwrap();
    fixture.crash();
    assert_eq!(numbers(&fixture), [0, 1, 2]);
    assert_eq!(fixture.append("web", &["020 new"]).unwrap().base_offset, 20);
}

#[test]
fn a_torn_tail_is_cut_off() {
    let mut fixture = filled(1 << 20);
    fixture.disk.damage(Path::new(FIRST), 300);
    fixture.crash();
    assert_eq!(numbers(&fixture), [0], "no recovery point says that the rest was safe");
    assert_eq!(fixture.log.metrics().partitions[0].damaged_bytes, 0);
}

#[test]
fn lost_lists_and_indexes_are_made_again() {
    let mut fixture = filled(1024);
    let id = fixture.log.topic("web").unwrap().id();
    fixture.log.close().unwrap();
    for name in fixture.disk.list(Path::new("log/web-0")).unwrap() {
        if name.ends_with("index") {
            fixture.disk.remove_file(&Path::new("log/web-0").join(name)).unwrap();
        }
    }
    replace_file(&fixture.disk, Path::new("log/topics"), b"girok-topics 1 00000000\nnonsense").unwrap();
    fixture.reopen();
    assert_eq!(numbers(&fixture), (0..20).collect::<Vec<_>>());
    assert_eq!(fixture.log.topic("web").unwrap().id(), id, "the id is in the partition");
}

#[test]
fn any_bytes_may_lie_in_any_file() {
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut fixture = filled(1024);
        fixture.log.commit_offsets("g", &[(TopicPartition::new("web", 0), 5)]).unwrap();
        if random.bool() {
            fixture.log.close().unwrap();
        }
        for dir in ["log", "log/web-0", "log/__consumer_offsets-0"] {
            for name in fixture.disk.list(Path::new(dir)).unwrap() {
                let path = Path::new(dir).join(name);
                let is_file = fixture.disk.open(&path, false).is_ok_and(|file| file.size_bytes().is_ok());
                if is_file && random.u8(..3) == 0 {
                    scramble(&fixture.disk, &path, &mut random);
                }
            }
        }
        fixture.reopen();
        if fixture.log.topic("web").is_some() {
            let start = fixture
                .log
                .metrics()
                .partitions
                .iter()
                .find(|p| *p.partition.topic == *"web")
                .unwrap()
                .log_start;
            let _ = read_all(&fixture.log, "web", 0, start, 100);
            let _ = fixture.log.offset_for_time("web", 0, START_MS);
            let _ = fixture.append("web", &["more"]);
        }
    }
}

fn scramble(disk: &FaultyDisk, path: &Path, random: &mut fastrand::Rng) {
    let file = disk.open(path, false).unwrap();
    let size = file.size_bytes().unwrap();
    match random.u8(..3) {
        0 => file.truncate(random.u64(..=size)).unwrap(),
        1 => file
            .write_at(&(0..random.usize(1..200)).map(|_| random.u8(..)).collect::<Vec<_>>(), size)
            .unwrap(),
        _ => (0..3).for_each(|_| file.write_at(&[random.u8(..)], random.u64(..=size)).unwrap()),
    }
}
