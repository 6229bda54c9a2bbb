//! `percentile(x, share)`: the number below which a share of all lie.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, not_impl_err};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, Expr, GroupsAccumulator, Signature, Volatility,
};

use super::distribution::Distribution;

/// The percentile of `number`, a float; `percent` lies between 0 and 100.
pub(crate) fn percentile(number: Expr, percent: f64) -> Expr {
    let function = AggregateUDF::new_from_impl(Percentile {
        name: format!("percentile_{percent}"),
        share: percent / 100.0,
        signature: Signature::exact(vec![DataType::Float64], Volatility::Immutable),
    });
    let call = AggregateFunction::new_udf(Arc::new(function), vec![number], false, None, Vec::new(), None);
    Expr::AggregateFunction(call)
}

#[derive(Debug)]
struct Percentile {
    name: String,
    share: f64,
    signature: Signature,
}

impl PartialEq for Percentile {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Percentile {}

impl Hash for Percentile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for Percentile {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One { share: self.share, numbers: Distribution::default() }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[distribution]", args.name), DataType::Binary, true))])
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Many { share: self.share, groups: Vec::new(), size_bytes: 0 }))
    }
}

/// One group.
#[derive(Debug)]
struct One {
    share: f64,
    numbers: Distribution,
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        numbers(values)?.iter().flatten().for_each(|number| self.numbers.add(number));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.numbers.percentile(self.share)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.numbers.size_bytes()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.numbers.encode()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for bytes in states[0].as_binary::<i32>().iter().flatten() {
            self.numbers.merge(decode(bytes)?);
        }
        Ok(())
    }
}

/// All groups.
#[derive(Debug)]
struct Many {
    share: f64,
    groups: Vec<Distribution>,
    size_bytes: usize,
}

impl Many {
    fn take(&mut self, emit_to: EmitTo) -> Vec<Distribution> {
        let taken = emit_to.take_needed(&mut self.groups);
        self.measure();
        taken
    }

    fn measure(&mut self) {
        self.size_bytes =
            self.groups.iter().map(|group| size_of::<Distribution>() + group.size_bytes()).sum();
    }
}

impl GroupsAccumulator for Many {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.groups.resize_with(total_num_groups, Distribution::default);
        let numbers = numbers(values)?;
        for (row, group) in group_indices.iter().enumerate() {
            let is_wanted = opt_filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if is_wanted && numbers.is_valid(row) {
                self.groups[*group].add(numbers.value(row));
            }
        }
        self.measure();
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let share = self.share;
        let groups = self.take(emit_to).into_iter();
        Ok(Arc::new(groups.map(|mut group| group.percentile(share)).collect::<Float64Array>()))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let states = self.take(emit_to);
        Ok(vec![Arc::new(BinaryArray::from_iter_values(states.iter().map(Distribution::encode)))])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.groups.resize_with(total_num_groups, Distribution::default);
        for (bytes, group) in values[0].as_binary::<i32>().iter().zip(group_indices) {
            if let Some(bytes) = bytes {
                self.groups[*group].merge(decode(bytes)?);
            }
        }
        self.measure();
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let _unused: (&[ArrayRef], Option<&BooleanArray>) = (values, opt_filter);
        not_impl_err!("a percentile is not asked of single rows")
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.size_bytes
    }
}

fn numbers(values: &[ArrayRef]) -> Result<&Float64Array> {
    let first = values.first().and_then(|array| array.as_primitive_opt::<Float64Type>());
    first.ok_or_else(|| exec_datafusion_err!("a percentile is asked of floats"))
}

fn decode(bytes: &[u8]) -> Result<Distribution> {
    Distribution::decode(bytes).ok_or_else(|| exec_datafusion_err!("a distribution cannot be read"))
}
