//! What the log tells those who watch it: traffic, times, who owns what.

use girok_wire::{Assignment, decode_assignment};

use super::*;

fn fixture() -> Fixture {
    let fixture = Fixture::new(1, |_| {});
    fixture.log.create_topic("web", TopicConfig::default()).unwrap();
    fixture
}

#[test]
fn traffic_counts_what_readers_get_and_not_what_the_log_looks_at() {
    let fixture = fixture();
    let size_bytes = batch(START_MS, Compression::None, &["a", "b"]).len() as u64;
    fixture.append("web", &["a", "b"]).unwrap();
    fixture.append("web", &["c", "d"]).unwrap();
    fixture.log.read("web", 0, 2, 1).unwrap();
    fixture.log.time_at("web", 0, 0).unwrap();
    fixture.log.offset_for_time("web", 0, START_MS).unwrap();
    let traffic = fixture.log.metrics().partitions[0].traffic;
    let expected = Traffic { records_in: 4, bytes_in: 2 * size_bytes, records_out: 2, bytes_out: size_bytes };
    assert_eq!(traffic, expected);
}

#[test]
fn the_time_at_an_offset_is_that_of_the_record_there() {
    let fixture = fixture();
    let times = [START_MS + 5, START_MS + 3, START_MS + 9];
    for packed in [Compression::None, Compression::Lz4] {
        let mut builder = BatchBuilder::new(packed);
        times.iter().for_each(|time| builder.append(*time, None, Some(b"x"), &[]));
        fixture.log.append("web", 0, builder.finish().unwrap()).unwrap();
    }
    let at = |offset| fixture.log.time_at("web", 0, offset).unwrap();
    assert_eq!([0, 1, 2, 3, 4].map(at), [0, 1, 2, 0, 1].map(|n: usize| Some(times[n])));
    assert_eq!(at(-1), Some(times[0]), "an offset that was deleted stands for the first one held");
    assert_eq!(at(6), None, "nothing is there yet");
}

#[test]
fn members_inside_the_process_say_what_they_own_as_others_do() {
    let fixture = fixture();
    let mut consumer = fixture.log.consumer("g", Subscription::all());
    consumer.poll(std::time::Duration::ZERO).unwrap();
    let groups = fixture.log.groups();
    let owned = decode_assignment(&groups[0].members[0].assignment);
    assert_eq!(owned, Some(Assignment::from([("web".to_owned(), vec![0])])));
}
