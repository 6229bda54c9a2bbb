//! `distinct_count(x)`: how many different texts there are, exactly.
//!
//! Ids make up nearly all columns with many values, and most ids fit in 128 bits: 32 hexadecimal digits, a UUID,
//! any text of up to 15 bytes. They are kept as numbers, in a set for each way of writing; only other texts are kept
//! as they are.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};

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

/// A number that is spread evenly already, or nearly so.
#[derive(Debug, Default, Clone, Copy)]
struct Fold(u64);

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u128(u128::from(*byte)));
    }

    fn write_u128(&mut self, value: u128) {
        let mixed = (value as u64 ^ self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ ((value >> 64) as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f).rotate_left(32);
        self.0 = mixed ^ mixed >> 29;
    }
}

type Numbers = HashSet<u128, BuildHasherDefault<Fold>>;

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
            self.short.insert(number);
        } else if let Some(number) = hex(bytes) {
            self.hex.insert(number);
        } else if let Some(number) = uuid(bytes) {
            self.uuid.insert(number);
        } else if !self.long.contains(text) {
            self.long_bytes += text.len();
            self.long.insert(text.into());
        }
    }

    fn count(&self) -> usize {
        self.hex.len() + self.uuid.len() + self.short.len() + self.long.len()
    }

    /// Three sets of numbers, each with its length before it, then texts with theirs.
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.count() * 16 + self.long_bytes);
        for numbers in [&self.hex, &self.uuid, &self.short] {
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
            numbers.extend(all.as_chunks::<16>().0.iter().map(|bytes| u128::from_le_bytes(*bytes)));
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
    let mut number = 0u128;
    let mut wrong = 0;
    for digit in digits {
        let value = HEX_VALUE[usize::from(*digit)];
        wrong |= value;
        number = number << 4 | u128::from(value & 15);
    }
    (wrong < 16).then_some(number)
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

const HEX_VALUE: [u8; 256] = {
    let mut table = [16; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};

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
        let numbers = self.hex.capacity() + self.uuid.capacity() + self.short.capacity();
        size_of::<Self>() + numbers * 17 + self.long.capacity() * 17 + self.long_bytes
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
