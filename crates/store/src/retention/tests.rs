use girok_event::DatasetName;

use super::*;
use crate::{Covers, IndexLocation};

fn part(id: u64, time_max_seconds: i64, size_bytes: u64) -> Arc<PartMeta> {
    Arc::new(PartMeta {
        id: PartId(id),
        dataset: DatasetName::default_dataset(),
        path: String::new(),
        partition: 0,
        covers: Covers { from: 0, until: 1 },
        first_offset: 0,
        last_offset: 0,
        rows: 1,
        size_bytes,
        raw_bytes: 0,
        time_min: Timestamp(0),
        time_max: Timestamp::from_seconds(time_max_seconds),
        columns: [].into(),
        index: IndexLocation { offset: 0, length: 0, checksum: 0 },
    })
}

#[track_caller]
fn check(age_seconds_max: Option<u64>, size_bytes_max: Option<u64>, expired: &[u64]) {
    let parts = [part(3, 30, 5), part(1, 10, 5), part(2, 20, 5)];
    let got = expired_parts(&parts, Policy { age_seconds_max, size_bytes_max }, Timestamp::from_seconds(40));
    assert_eq!(got, expired.iter().map(|id| PartId(*id)).collect::<Vec<_>>());
}

#[test]
fn whole_parts_go_by_age_and_by_size() {
    check(None, None, &[]);
    check(Some(40), Some(15), &[]);
    check(Some(20), None, &[1]);
    check(Some(u64::MAX), None, &[]);
    check(Some(0), None, &[1, 2, 3]);
    check(None, Some(14), &[1]);
    check(None, Some(5), &[1, 2]);
    check(None, Some(0), &[1, 2, 3]);
    check(Some(29), Some(5), &[1, 2]);
}

#[test]
fn a_dataset_keeps_what_it_says_and_else_what_all_keep() {
    let common = Policy { age_seconds_max: Some(7), size_bytes_max: Some(9) };
    assert_eq!(Retention::default().over(common), common);
    let own = Retention { age_seconds: Limit::Endless, size_bytes: Limit::Max(1) };
    assert_eq!(own.over(common), Policy { age_seconds_max: None, size_bytes_max: Some(1) });
}
