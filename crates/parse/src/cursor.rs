//! Reading text from left to right, one expectation at a time.

/// A place in a text. Each method reads on where its expectation holds and else returns `None`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Cursor<'t> {
    /// At the start of `bytes`.
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Cursor { bytes, at: 0 }
    }

    /// How many bytes have been read.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next byte, not taken.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// What has not been read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'t [u8] {
        &self.bytes[self.at..]
    }

    /// Takes `count` bytes, which the caller has seen.
    #[inline]
    pub(crate) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.bytes.len());
    }

    /// Takes `expected`.
    #[inline]
    pub(crate) fn byte(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    /// Takes one of `expected`.
    #[inline]
    pub(crate) fn one_of(&mut self, expected: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| expected.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    /// Takes the spaces that stand here, if any.
    #[inline]
    pub(crate) fn spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// Takes exactly two digits.
    #[inline]
    pub(crate) fn two_digits(&mut self) -> Option<u8> {
        let [tens, ones] = *self.bytes.get(self.at..self.at + 2)? else { return None };
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        self.at += 2;
        Some((tens - b'0') * 10 + (ones - b'0'))
    }

    /// Takes exactly four digits.
    #[inline]
    pub(crate) fn four_digits(&mut self) -> Option<i32> {
        let mut ahead = *self;
        let century = i32::from(ahead.two_digits()?);
        let year = century * 100 + i32::from(ahead.two_digits()?);
        *self = ahead;
        Some(year)
    }

    /// Takes one or two digits.
    #[inline]
    pub(crate) fn short_number(&mut self) -> Option<u8> {
        if let Some(number) = self.two_digits() {
            return Some(number);
        }
        let digit = self.peek().filter(u8::is_ascii_digit)?;
        self.at += 1;
        Some(digit - b'0')
    }

    /// Takes the digits that stand here: their value, cut at 64 bits, and their count.
    pub(crate) fn number(&mut self) -> Option<(u64, usize)> {
        let count = digit_count(self.rest());
        let digits = &self.rest()[..count];
        let value = digits
            .iter()
            .fold(0u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        self.at += count;
        (count > 0).then_some((value, count))
    }

    /// Whether nothing that belongs to the same word or number stands next.
    #[inline]
    pub(crate) fn at_word_end(&self) -> bool {
        !self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }
}

/// How many digits `bytes` begins with.
#[inline]
pub(crate) fn digit_count(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
