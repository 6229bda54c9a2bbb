use proptest::prelude::*;

use super::*;

/// What a framer finds in a stream that comes in chunks of these sizes, over and over.
fn frames(stream: &[u8], chunks: &[usize], limit: usize) -> (Vec<Vec<u8>>, u64, u64) {
    let mut framer = Framer::with_limit(limit);
    let (mut buffer, mut found, mut sent) = (Vec::new(), Vec::new(), 0);
    let mut sizes = chunks.iter().cycle();
    while sent < stream.len() {
        let size = (*sizes.next().unwrap()).max(1).min(stream.len() - sent);
        buffer.extend_from_slice(&stream[sent..sent + size]);
        sent += size;
        let mut ranges = Vec::new();
        let done = framer.cut(&buffer, &mut ranges);
        found.extend(ranges.into_iter().map(|range| buffer[range].to_vec()));
        buffer.drain(..done);
        assert!(buffer.len() <= limit + COUNT_DIGITS_MAX + 2, "the buffer is bounded");
    }
    let mut ranges = Vec::new();
    framer.finish(&buffer, &mut ranges);
    found.extend(ranges.into_iter().map(|range| buffer[range].to_vec()));
    (found, framer.truncated, framer.framing_errors)
}

#[track_caller]
fn check(stream: &str, expected: &[&str]) {
    for chunk in [1, 2, 3, 7, stream.len()] {
        let (found, _, _) = frames(stream.as_bytes(), &[chunk], FRAME_BYTES_MAX);
        let found: Vec<_> = found.iter().map(|frame| std::str::from_utf8(frame).unwrap()).collect();
        assert_eq!(found, expected, "in chunks of {chunk}");
    }
}

#[test]
fn counted_messages() {
    check("5 <1>ab7 <2>c\nde", &["<1>ab", "<2>c\nde"]);
    check("6 <1>ab\n5 <2>cd", &["<1>ab", "<2>cd"]);
    check("5 <1>ab\n5 <2>cd\n", &["<1>ab", "<2>cd"]);
    check("9 <1>ab", &["<1>ab"]);
}

#[test]
fn ended_messages() {
    check("<1>a\n<2>b\n", &["<1>a", "<2>b"]);
    check("<1>a\r\n<2>b", &["<1>a", "<2>b"]);
    check("<1>a\0<2>b\nc\0", &["<1>a", "<2>b\nc"]);
    check("<1>a\n\n\n<2>b\0c\n", &["<1>a", "<2>b\0c"]);
    check("12 monkeys\n5 more\n", &["12 monkeys", "5 more"]);
    check("2026-11-23 a\n", &["2026-11-23 a"]);
    check("0 <1>a\n", &["0 <1>a"]);
    check("7", &["7"]);
    check("", &[]);
}

#[test]
fn counts_that_stop_making_sense_lose_nothing() {
    let (found, _, errors) = frames(b"5 <1>ab<2>cd\n<3>ef\n", &[4], 100);
    assert_eq!(found, [b"<1>ab", b"<2>cd", b"<3>ef"]);
    assert_eq!(errors, 1);
}

#[test]
fn an_over_long_message_is_cut_and_counted() {
    let (found, truncated, _) = frames(b"<1>abcdefgh\n<2>b\n", &[3], 6);
    assert_eq!((found, truncated), (vec![b"<1>abc".to_vec(), b"<2>b".to_vec()], 1));
    let (found, truncated, _) = frames(b"11 <1>abcdefgh4 <2>b", &[3], 6);
    assert_eq!((found, truncated), (vec![b"<1>abc".to_vec(), b"<2>b".to_vec()], 1));
    let (found, truncated, _) = frames(b"<1>abc\r\n<2>b\n", &[1], 6);
    assert_eq!((found, truncated), (vec![b"<1>abc".to_vec(), b"<2>b".to_vec()], 0));
}

proptest! {
    #[test]
    fn cuts_of_the_network_do_not_matter(
        stream in "([0-9]{1,3} |<[0-9]>|[a-c]{1,4}|\n|\r\n|\0){0,40}",
        chunks in proptest::collection::vec(1usize..9, 1..6),
        limit in 4usize..40,
    ) {
        let whole = frames(stream.as_bytes(), &[stream.len()], limit.max(4));
        prop_assert_eq!(frames(stream.as_bytes(), &chunks, limit), whole);
    }

    #[test]
    fn any_bytes_are_framed(
        stream in proptest::collection::vec(any::<u8>(), 0..200),
        chunk in 1usize..50,
        limit in 4usize..100,
    ) {
        frames(&stream, &[chunk], limit);
    }

    #[test]
    fn no_message_is_lost(
        bodies in proptest::collection::vec("[a-z0-9 ]{0,20}[a-z]", 1..20),
        counted: bool,
        chunk in 1usize..50,
    ) {
        let messages: Vec<_> = bodies.iter().map(|body| format!("<13>{body}")).collect();
        let frame = |message: &String| match counted {
            true => format!("{} {message}", message.len()),
            false => format!("{message}\n"),
        };
        let stream: String = messages.iter().map(frame).collect();
        let (found, truncated, errors) = frames(stream.as_bytes(), &[chunk], FRAME_BYTES_MAX);
        prop_assert_eq!(found, messages.iter().map(|m| m.as_bytes().to_vec()).collect::<Vec<_>>());
        prop_assert_eq!((truncated, errors), (0, 0));
    }
}
