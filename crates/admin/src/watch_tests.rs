//! What a minute of samples says.

use super::*;
use crate::lag::PartitionLag;

fn sample(second: i64, records_in: u64, bytes_in: Option<u64>, lag: u64) -> Sample {
    let counts = Counts { records_in, bytes_in, records_out: 0, bytes_out: None };
    let of = TopicPartition::new("web", 0);
    let partition = PartitionLag { records: lag, ..PartitionLag::default() };
    let lag = GroupLag { records: lag, partitions: BTreeMap::from([(of, partition)]), ..GroupLag::default() };
    Sample {
        time_ms: second * 1000,
        lags: BTreeMap::from([("g".to_owned(), lag)]),
        traffic: BTreeMap::from([("web".to_owned(), counts)]),
        ..Sample::default()
    }
}

fn kept(lags: &[u64]) -> Kept {
    let mut kept = Kept::default();
    for (n, lag) in lags.iter().enumerate() {
        let n = n as u64;
        kept.add(sample(5 * n as i64, 100 * n, Some(1000 * n), *lag));
    }
    kept
}

#[test]
fn throughput_is_what_came_between_two_samples() {
    let kept = kept(&[0; 20]);
    let expected = Rates { records_in: 20.0, bytes_in: Some(200.0), records_out: 0.0, bytes_out: None };
    assert_eq!(kept.rates()["web"], expected);
    assert_eq!(kept.points.len(), 19);
    assert_eq!(kept.points[0].rates["web"], expected);
    assert_eq!(kept.points[0].time_ms, 5000);
}

#[test]
fn a_log_that_counts_anew_or_not_at_all_has_no_negative_throughput() {
    let mut kept = Kept::default();
    kept.add(sample(0, 100, Some(1000), 0));
    kept.add(sample(5, 10, None, 0));
    let rates = kept.rates()["web"];
    assert_eq!((rates.records_in, rates.bytes_in), (0.0, None));
}

#[test]
fn a_topic_that_was_not_there_before_began_at_nothing() {
    let mut kept = Kept::default();
    kept.add(Sample::default());
    kept.add(sample(10, 50, Some(0), 0));
    assert_eq!(kept.rates()["web"].records_in, 5.0);
}

#[test]
fn no_more_is_kept_than_promised() {
    let kept = kept(&vec![0; KEPT + WHOLE + 7]);
    assert_eq!((kept.whole.len(), kept.points.len()), (WHOLE, KEPT));
}

#[test]
fn lag_grows_when_it_was_never_caught_up() {
    let rising: Vec<u64> = (1..=WHOLE as u64).collect();
    assert_eq!(kept(&rising).growing("g"), [TopicPartition::new("web", 0)]);
    let mut caught_up = rising.clone();
    caught_up[6] = 0;
    assert!(kept(&caught_up).growing("g").is_empty(), "caught up once");
    let mut shrinks = rising.clone();
    *shrinks.last_mut().unwrap() = 7;
    assert!(kept(&shrinks).growing("g").is_empty(), "not at its highest");
    assert!(kept(&[9; WHOLE]).growing("g").is_empty(), "stands still");
    assert!(kept(&rising[..5]).growing("g").is_empty(), "not a minute yet");
    assert!(kept(&rising).growing("other").is_empty());
}
