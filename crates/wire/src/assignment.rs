//! What the leader of a classic group says to a member: which partitions are its own.
//!
//! | field | bytes |
//! |---|---|
//! | version | i16 |
//! | count of topics | i32 |
//! | for each: name | i16 length, bytes |
//! | for each: count of partitions, then each | i32, i32 … |
//! | user data | i32 length or -1, bytes |
//!
//! Readers take the fields they know and leave the rest, whatever the version.

use std::collections::BTreeMap;

/// Partitions by topic.
pub type Assignment = BTreeMap<String, Vec<u32>>;

/// The bytes for a member that has these partitions.
pub fn encode_assignment(topics: &Assignment) -> Vec<u8> {
    let mut out = 0i16.to_be_bytes().to_vec();
    put_count(&mut out, topics.len());
    for (topic, partitions) in topics {
        let name = &topic.as_bytes()[..topic.len().min(i16::MAX as usize)];
        out.extend_from_slice(&(name.len() as i16).to_be_bytes());
        out.extend_from_slice(name);
        put_count(&mut out, partitions.len());
        partitions.iter().for_each(|partition| out.extend_from_slice(&partition.to_be_bytes()));
    }
    out.extend_from_slice(&(-1i32).to_be_bytes());
    out
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&i32::try_from(count).unwrap_or(i32::MAX).to_be_bytes());
}

/// The partitions in a member's bytes; nothing if they are no assignment. Counts are believed only as far as
/// there are bytes for them.
pub fn decode_assignment(bytes: &[u8]) -> Option<Assignment> {
    let mut rest = bytes;
    let version = i16::from_be_bytes(take(&mut rest)?);
    if version < 0 {
        return None;
    }
    let mut topics = Assignment::new();
    for _ in 0..take_count(&mut rest)? {
        let length = usize::try_from(i16::from_be_bytes(take(&mut rest)?)).ok()?;
        let (name, behind) = rest.split_at_checked(length)?;
        rest = behind;
        let partitions: &mut Vec<u32> = topics.entry(String::from_utf8(name.to_vec()).ok()?).or_default();
        for _ in 0..take_count(&mut rest)? {
            partitions.push(u32::from_be_bytes(take(&mut rest)?));
        }
    }
    Some(topics)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, behind) = rest.split_first_chunk::<N>()?;
    *rest = behind;
    Some(*taken)
}

fn take_count(rest: &mut &[u8]) -> Option<i32> {
    let count = i32::from_be_bytes(take(rest)?);
    (count >= 0).then_some(count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            topics in prop::collection::btree_map("[a-z.]{0,8}", prop::collection::vec(any::<u32>(), 0..4), 0..4)
        ) {
            prop_assert_eq!(decode_assignment(&encode_assignment(&topics)), Some(topics));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            decode_assignment(&bytes);
        }
    }

    #[test]
    fn kafkas_own_bytes_are_read() {
        // As a Java consumer of version 3 gets it: partitions 0 and 2 of `web`, no user data.
        let bytes = b"\0\x03\0\0\0\x01\0\x03web\0\0\0\x02\0\0\0\0\0\0\0\x02\xff\xff\xff\xff";
        assert_eq!(decode_assignment(bytes), Some(Assignment::from([("web".to_owned(), vec![0, 2])])));
        assert_eq!(decode_assignment(b""), None);
        assert_eq!(decode_assignment(b"\0\0\x7f\xff\xff\xff\0\x01"), None, "no bytes for so many topics");
    }
}
