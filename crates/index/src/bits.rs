//! Numbers of few bits one after another, the lowest bit first.

/// Bits that one read can give, wherever it begins.
const READ_BITS_MAX: u32 = 56;

/// Appends numbers.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    pending_bits: u32,
}

impl BitWriter {
    /// How many bits were written.
    pub(crate) fn position(&self) -> usize {
        self.bytes.len() * 8 + self.pending_bits as usize
    }

    /// Writes the lowest `bits` bits of a number that has no others; at most 56.
    #[inline]
    pub(crate) fn put(&mut self, value: u64, bits: u32) {
        self.pending |= value << self.pending_bits;
        self.pending_bits += bits;
        while self.pending_bits >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.pending_bits -= 8;
        }
    }

    /// Writes so many zeros and a one.
    #[inline]
    pub(crate) fn put_unary(&mut self, mut value: u64) {
        while value >= 32 {
            self.put(0, 32);
            value -= 32;
        }
        self.put(1 << value, value as u32 + 1);
    }

    /// Rice's code: short for numbers around `1 << low_bits`.
    #[inline]
    pub(crate) fn put_rice(&mut self, value: u64, low_bits: u32) {
        self.put_unary(value >> low_bits);
        self.put(value & mask(low_bits), low_bits);
    }

    /// Elias' gamma code: short for small numbers; from 1 up to 32 bits.
    #[inline]
    pub(crate) fn put_gamma(&mut self, value: u64) {
        let low_bits = value.ilog2();
        self.put_unary(u64::from(low_bits));
        self.put(value & mask(low_bits), low_bits);
    }

    /// The bytes; the last is filled up with zeros.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.pending_bits > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

/// Reads what a [`BitWriter`] wrote, and zeros where there is nothing.
#[derive(Debug, Clone)]
pub(crate) struct BitReader<'b> {
    bytes: &'b [u8],
    position: usize,
}

impl<'b> BitReader<'b> {
    pub(crate) fn new(bytes: &'b [u8], position: usize) -> Self {
        BitReader { bytes, position }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// At least [`READ_BITS_MAX`] bits from here on.
    #[inline]
    fn word(&self) -> u64 {
        let rest = self.bytes.get(self.position / 8..).unwrap_or_default();
        let word = match rest.first_chunk() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        word >> (self.position % 8)
    }

    /// A number of `bits` bits, at most 56.
    #[inline]
    pub(crate) fn get(&mut self, bits: u32) -> u64 {
        let value = self.word() & mask(bits);
        self.position += bits as usize;
        value
    }

    /// How many zeros stand before the next one; more than any that was written if there is none.
    #[inline]
    pub(crate) fn get_unary(&mut self) -> u64 {
        let mut zeros = 0;
        loop {
            let ahead = self.word().trailing_zeros();
            if ahead < READ_BITS_MAX {
                self.position += ahead as usize + 1;
                return zeros + u64::from(ahead);
            }
            self.position += READ_BITS_MAX as usize;
            zeros += u64::from(READ_BITS_MAX);
            if self.position >= self.bytes.len() * 8 {
                return u64::from(u32::MAX);
            }
        }
    }

    #[inline]
    pub(crate) fn get_rice(&mut self, low_bits: u32) -> u64 {
        let high = self.get_unary();
        high << low_bits | self.get(low_bits)
    }

    #[inline]
    pub(crate) fn get_gamma(&mut self) -> u64 {
        let low_bits = self.get_unary().min(32) as u32;
        1 << low_bits | self.get(low_bits)
    }
}

/// The lowest `bits` bits.
pub(crate) fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 2, 3, 31, 32, 33, 63, 64, 100, 1000, 4095, 65_535];
        let mut writer = BitWriter::default();
        for number in numbers {
            writer.put(number, 17);
            writer.put_unary(number % 200);
            writer.put_rice(number, 5);
            writer.put_gamma(number + 1);
        }
        let end = writer.position();
        let bytes = writer.finish();
        assert_eq!(bytes.len(), end.div_ceil(8));
        let mut reader = BitReader::new(&bytes, 0);
        for number in numbers {
            assert_eq!(reader.get(17), number);
            assert_eq!(reader.get_unary(), number % 200);
            assert_eq!(reader.get_rice(5), number);
            assert_eq!(reader.get_gamma(), number + 1);
        }
        assert_eq!(reader.position(), end);
    }

    #[test]
    fn nothing_is_read_behind_the_end() {
        let mut reader = BitReader::new(&[0xff], 3);
        assert_eq!(reader.get(10), 0b11111);
        assert!(reader.get_unary() > 1 << 20);
        assert_eq!(reader.get(56), 0);
    }
}
