//! `distinct_count(x)`: how many different texts there are, exactly.
//!
//! Ids make up nearly all columns with many values, and most ids fit in 128 bits: 32 hexadecimal digits, a UUID,
//! any text of up to 15 bytes. They are kept as [`Numbers`], apart for each way of writing; only other texts are kept
//! as they are.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};

use super::numbers::Numbers;

const HEX_DIGITS: usize = 32;
const UUID_BYTES: usize = 36;
const SHORT_BYTES_MAX: usize = 15;

/// The number of distinct values of `text`.
pub(crate) fn distinct_count(text: Expr) -> Expr {
    let function = AggregateUDF::new_from_impl(DistinctCount {
        signature: Signature::exact(vec![DataType::Utf8], Volatility::Immutable),
    });
    let call = AggregateFunction::new_udf(Arc::new(function), vec![text], false, None, Vec::new(), None);
    Expr::AggregateFunction(call)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DistinctCount {
    signature: Signature,
}

impl AggregateUDFImpl for DistinctCount {
    fn name(&self) -> &'static str {
        "distinct_count"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Texts::default()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[texts]", args.name), DataType::LargeBinary, true))])
    }
}

/// The texts met so far.
#[derive(Debug, Default)]
struct Texts {
    hex: Numbers,
    uuid: Numbers,
    short: Numbers,
    long: HashSet<Box<str>>,
    long_bytes: usize,
}

impl Texts {
    #[inline]
    fn add(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if let Some(number) = short(bytes) {
            self.short.add(number);
        } else if let Some(number) = hex(bytes) {
            self.hex.add(number);
        } else if let Some(number) = uuid(bytes) {
            self.uuid.add(number);
        } else if !self.long.contains(text) {
            self.long_bytes += text.len();
            self.long.insert(text.into());
        }
    }

    fn count(&mut self) -> usize {
        self.hex.count() + self.uuid.count() + self.short.count() + self.long.len()
    }

    /// Three lots of numbers, each with its length before it, then texts with theirs.
    fn encode(&self) -> Vec<u8> {
        let numbers = [&self.hex, &self.uuid, &self.short];
        let count: usize = numbers.iter().map(|numbers| numbers.len()).sum();
        let mut out =
            Vec::with_capacity((count + numbers.len()) * 16 + self.long.len() * 8 + self.long_bytes);
        for numbers in numbers {
            out.extend_from_slice(&(numbers.len() as u64).to_le_bytes());
            numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        }
        for text in &self.long {
            out.extend_from_slice(&(text.len() as u64).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        out
    }

    /// Adds what another thread of the same query encoded.
    fn merge(&mut self, bytes: &[u8]) -> Option<()> {
        let mut rest = bytes;
        for numbers in [&mut self.hex, &mut self.uuid, &mut self.short] {
            let (all, after) = take(rest, 16)?;
            rest = after;
            all.as_chunks::<16>().0.iter().for_each(|bytes| numbers.add(u128::from_le_bytes(*bytes)));
        }
        while !rest.is_empty() {
            let (text, after) = take(rest, 1)?;
            rest = after;
            self.add(std::str::from_utf8(text).ok()?);
        }
        Some(())
    }
}

/// A length as eight bytes, then so many items of `size` bytes.
fn take(bytes: &[u8], size: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?.checked_mul(size)?;
    rest.split_at_checked(length)
}

/// A text of up to 15 bytes, with its length.
#[inline]
fn short(text: &[u8]) -> Option<u128> {
    if text.len() > SHORT_BYTES_MAX {
        return None;
    }
    let mut bytes = [0; 16];
    bytes[..text.len()].copy_from_slice(text);
    bytes[SHORT_BYTES_MAX] = text.len() as u8;
    Some(u128::from_le_bytes(bytes))
}

/// 32 hexadecimal digits in lower case.
#[inline]
fn hex(text: &[u8]) -> Option<u128> {
    let digits: &[u8; HEX_DIGITS] = text.try_into().ok()?;
    // Two loops without branches, which compilers turn into a few instructions for all digits at once.
    let mut values = [0; HEX_DIGITS];
    let mut wrong = false;
    for (digit, value) in digits.iter().zip(&mut values) {
        let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
        *value = if number < 10 { number } else { letter.wrapping_add(10) };
        wrong |= number >= 10 && letter >= 6;
    }
    let pair = |at: usize| values[2 * at] << 4 | values[2 * at + 1];
    (!wrong).then(|| u128::from_be_bytes(std::array::from_fn(pair)))
}

/// Eight, four, four, four and twelve of them with `-` between.
#[inline]
fn uuid(text: &[u8]) -> Option<u128> {
    let text: &[u8; UUID_BYTES] = text.try_into().ok()?;
    let mut digits = [0; HEX_DIGITS];
    let mut length = 0;
    for (at, byte) in text.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
        } else {
            digits[length] = *byte;
            length += 1;
        }
    }
    hex(&digits)
}

impl Accumulator for Texts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let texts = cast(&values[0], &DataType::Utf8)?;
        texts.as_string::<i32>().iter().flatten().for_each(|text| self.add(text));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(self.count() as i64)))
    }

    fn size(&self) -> usize {
        let numbers = self.hex.size_bytes() + self.uuid.size_bytes() + self.short.size_bytes();
        size_of::<Self>() + numbers + self.long.capacity() * 17 + self.long_bytes
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::LargeBinary(Some(self.encode()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for bytes in states[0].as_binary::<i64>().iter().flatten() {
            let merged = self.merge(bytes);
            merged
                .ok_or_else(|| datafusion::common::exec_datafusion_err!("a set of texts cannot be read"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts() -> impl Strategy<Value = Vec<String>> {
        let text = prop_oneof![
            "[a-c]{0,2}",
            "[0-9a-f]{32}",
            "[0-9a-f]{31}[A-Fg]",
            "[01]{8}-[01]{4}-[01]{4}-[01]{4}-[01]{12}",
            Just("0".repeat(32)),
            Just("00000000-0000-0000-0000-000000000000".to_owned()),
            Just("\0\0\0".to_owned()),
            "[가-힣]{4,7}",
        ];
        prop::collection::vec(text, 0..60)
    }

    proptest! {
        #[test]
        fn counts_what_a_set_counts(left in texts(), right in texts()) {
            let mut one = Texts::default();
            left.iter().for_each(|text| one.add(text));
            let mut other = Texts::default();
            right.iter().for_each(|text| other.add(text));
            one.merge(&other.encode()).unwrap();
            let all: HashSet<&String> = left.iter().chain(&right).collect();
            prop_assert_eq!(one.count(), all.len());
        }
    }
}
