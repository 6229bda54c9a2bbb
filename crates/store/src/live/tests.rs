use girok_event::{Event, Timestamp, Value};

use super::*;
use crate::{RowOrigin, RowsBuilder};

fn chunk(offset: i64, value: Value<'_>) -> Arc<Chunk> {
    let mut rows = RowsBuilder::new(DatasetName::default_dataset(), 0);
    let event = Event { fields: vec![("v", value)], ..Event::default() };
    rows.push(&event, RowOrigin { offset, received: Timestamp(offset), source: "", input: "", raw_bytes: 1 });
    Arc::new(rows.cut().unwrap().unwrap())
}

fn ranges(live: &Live) -> Vec<(i64, i64)> {
    live.chunks(&DatasetName::default_dataset()).iter().map(|c| (c.first_offset, c.last_offset)).collect()
}

#[test]
fn small_chunks_are_merged_with_all_their_rows() {
    let live = Live::default();
    for offset in 0..1000 {
        let value = if offset % 2 == 0 { Value::Int(offset) } else { Value::Str("x") };
        live.add(chunk(offset, value)).unwrap();
    }
    let name = DatasetName::default_dataset();
    let size = live.size(&name);
    assert_eq!((size.rows, size.raw_bytes), (1000, 1000));
    assert!(size.chunks <= 12, "{} chunks", size.chunks);
    let ranges = ranges(&live);
    assert!(ranges.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0), "{ranges:?}");
    assert_eq!(live.datasets(), [name]);
}

#[test]
fn a_seal_ends_at_a_chunk_and_later_rows_stay() {
    let (live, name) = (Live::default(), DatasetName::default_dataset());
    (0..10).for_each(|offset| live.add(chunk(offset, Value::Int(1))).unwrap());
    let sealing = live.begin_seal(&name, 0);
    (10..20).for_each(|offset| live.add(chunk(offset, Value::Int(1))).unwrap());
    assert_eq!(sealing.last().unwrap().last_offset, 9);
    assert!(ranges(&live).iter().any(|range| range.0 == 10), "no chunk stands across the seal");
    live.remove_sealed(&name, 0, 9);
    assert_eq!(live.size(&name).rows, 10);
    assert_eq!(ranges(&live)[0].0, 10);
    live.discard(&name, 0);
    assert_eq!(live.datasets(), []);
}

#[test]
fn a_slow_tail_is_told_what_it_lost() {
    let live = Live::default();
    let mut tail = live.subscribe();
    let count = TAIL_CHUNKS_MAX as i64 + 5;
    (0..count).for_each(|offset| live.add(chunk(offset, Value::Int(1))).unwrap());
    assert!(matches!(tail.try_recv(), Err(broadcast::error::TryRecvError::Lagged(5))));
    assert_eq!(tail.try_recv().unwrap().first_offset, 5);
}
