//! Zigzag variable-length integers, as records use them for every length and delta.

/// A reader over bytes that never looks past their end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next `length` bytes; nothing if fewer are left.
    #[inline]
    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A signed number of at most 32 bits (5 bytes).
    #[inline]
    pub(crate) fn varint(&mut self) -> Option<i32> {
        i32::try_from(self.varlong()?).ok()
    }

    /// A signed number of at most 64 bits (10 bytes).
    #[inline]
    pub(crate) fn varlong(&mut self) -> Option<i64> {
        match self.bytes {
            [first, rest @ ..] if *first < 0x80 => {
                self.bytes = rest;
                Some(unzigzag(u64::from(*first)))
            }
            [first, second, rest @ ..] if *second < 0x80 => {
                self.bytes = rest;
                Some(unzigzag(u64::from(*first & 0x7f) | u64::from(*second) << 7))
            }
            _ => self.varlong_slow(),
        }
    }

    fn varlong_slow(&mut self) -> Option<i64> {
        let mut value = 0u64;
        for (index, byte) in self.bytes.iter().take(10).enumerate() {
            if index == 9 && *byte > 1 {
                return None;
            }
            value |= u64::from(*byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                self.bytes = &self.bytes[index + 1..];
                return Some(unzigzag(value));
            }
        }
        None
    }

    /// A length and as many bytes; -1 stands for null.
    #[inline]
    pub(crate) fn nullable_bytes(&mut self) -> Option<Option<&'a [u8]>> {
        match self.varint()? {
            -1 => Some(None),
            length => self.take(usize::try_from(length).ok()?).map(Some),
        }
    }
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// How many bytes [`put`] writes for `value`.
#[inline]
pub(crate) fn size(value: i64) -> usize {
    let bits = 64 - (zigzag(value) | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Appends `value`.
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, value: i64) {
    let mut rest = zigzag(value);
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_at_every_size() {
        let edges = (0..64).flat_map(|shift| {
            let power = 1i64.wrapping_shl(shift);
            [power.wrapping_sub(1), power, power.wrapping_neg(), power.wrapping_neg().wrapping_sub(1)]
        });
        for value in edges.chain([0, i64::MIN, i64::MAX]) {
            let mut out = Vec::new();
            put(&mut out, value);
            assert_eq!(out.len(), size(value), "{value}");
            let mut cursor = Cursor::new(&out);
            assert_eq!(cursor.varlong(), Some(value));
            assert!(cursor.is_empty());
        }
    }

    #[test]
    fn refuses_what_is_too_long_or_cut() {
        assert_eq!(Cursor::new(&[0x80; 11]).varlong(), None);
        assert_eq!(Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]).varlong(), None);
        assert_eq!(Cursor::new(&[0x80, 0x80]).varlong(), None);
        assert_eq!(Cursor::new(&[]).varlong(), None);
        let mut above_32_bits = Vec::new();
        put(&mut above_32_bits, i64::from(i32::MAX) + 1);
        assert_eq!(Cursor::new(&above_32_bits).varint(), None);
        assert_eq!(Cursor::new(&[3, 0]).nullable_bytes(), None, "a length of -2");
    }
}
