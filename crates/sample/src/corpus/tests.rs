use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::*;

/// 2026-11-23T00:00:00Z.
const START: i64 = 1_795_392_000_000_000_000;

fn lines(seed: u64, count: usize) -> Vec<u8> {
    let mut corpus = corpus(seed, START, 1000.0);
    let mut buffer = Vec::new();
    (0..count).for_each(|_| corpus.write_line(&mut buffer));
    buffer
}

fn objects(buffer: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(buffer).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// FNV-1a: any change of a byte changes it.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// Of 10,000 lines.
const HASH_OF_SEED_7: u64 = 0xa390_e756_9f85_c861;

#[test]
fn same_seed_same_bytes() {
    assert_eq!(hash(&lines(7, 10_000)), HASH_OF_SEED_7);
    assert_ne!(hash(&lines(8, 10_000)), HASH_OF_SEED_7);
}

#[test]
fn every_line_is_one_object_of_the_stated_shape() {
    let buffer = lines(1, 20_000);
    let average = buffer.len() / 20_000;
    assert!((260..=340).contains(&average), "{average}");
    for object in objects(&buffer) {
        for name in ["@timestamp", "level", "service", "host", "message", "trace_id", "region"] {
            assert!(object[name].is_string(), "{name} in {object}");
        }
        assert_eq!(object["trace_id"].as_str().unwrap().len(), 32);
    }
}

#[test]
fn levels_have_their_shares() {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for object in objects(&lines(2, 20_000)) {
        *counts.entry(object["level"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for (level, share) in [("debug", 20), ("info", 70), ("warn", 8), ("error", 2)] {
        let found = counts[level] as f64 / 200.0;
        assert!((found - f64::from(share)).abs() < 1.5, "{level}: {found} %");
    }
}

#[test]
fn some_traces_are_shared_and_times_rise_at_the_rate() {
    let objects = objects(&lines(3, 20_000));
    let traces: HashSet<&str> = objects.iter().map(|object| object["trace_id"].as_str().unwrap()).collect();
    assert!((14_000..19_500).contains(&traces.len()), "{}", traces.len());
    let times: Vec<&str> =
        objects.iter().map(|object| &object["@timestamp"].as_str().unwrap()[..23]).collect();
    assert!(times.is_sorted());
    assert_eq!(&times[0][..19], "2026-11-23T00:00:00");
    assert!(
        ["2026-11-23T00:00:19", "2026-11-23T00:00:20"].contains(&&times[19_999][..19]),
        "{}",
        times[19_999]
    );
}
