//! What is known of patterns survives a restart, and goes with its dataset.

use futures::executor::block_on;
use girok_event::Timestamp;
use girok_store::Patterns;

use crate::support::{dataset, local, open, part};

#[test]
fn patterns_keep_their_ids_and_counts_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let shape = "event \u{1} of \u{1}";
    let (id, before) = {
        let store = open(dir.path(), local(dir.path()));
        for (number, offsets) in [(1, 0..10), (2, 10..15)] {
            let part = part(number, offsets);
            block_on(store.parts.put(&part.meta.path, part.bytes.clone())).unwrap();
            store.patterns.assign(&dataset(), shape);
            store.catalog.publish_part(&part, &store.patterns).unwrap();
        }
        (store.patterns.assign(&dataset(), shape).0, store.patterns.known(&dataset()))
    };
    let [pattern] = &before[..] else { panic!("{before:?}") };
    assert_eq!((pattern.id, pattern.text.as_str(), pattern.seen.rows), (id, "event <num> of <num>", 15));
    assert!(pattern.seen.first < pattern.seen.last, "{pattern:?}");

    let store = open(dir.path(), local(dir.path()));
    let again = Patterns::open(&store.catalog).unwrap();
    assert_eq!(again.known(&dataset()), before);
    assert_eq!(again.assign(&dataset(), shape), (id, pattern.text.clone()));
    let refused = store.catalog.publish_part(&part(3, 10..15), &again);
    assert!(refused.is_err(), "these offsets are stored");
    assert_eq!(again.known(&dataset()), before, "nothing is counted twice");

    store.catalog.delete_dataset(&dataset(), Timestamp(1)).unwrap();
    assert_eq!(Patterns::open(&store.catalog).unwrap().known(&dataset()), []);
}
