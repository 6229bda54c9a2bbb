//! `percentile(x, share)`: the number below which a share of all lie.
//!
//! All percentiles of one `x` are read off one aggregate, its [`Distribution`] as bytes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, not_impl_err};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, EmitTo, Expr, GroupsAccumulator,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};

use super::distribution::Distribution;

/// How the values of `number`, a float, are distributed: what [`percentile`] asks.
pub(crate) fn distribution(number: Expr) -> Expr {
    let signature = Signature::exact(vec![DataType::Float64], Volatility::Immutable);
    let function = AggregateUDF::new_from_impl(DistributionOf { signature });
    let call = AggregateFunction::new_udf(Arc::new(function), vec![number], false, None, Vec::new(), None);
    Expr::AggregateFunction(call)
}

/// The percentile of a [`distribution`]; `percent` lies between 0 and 100.
pub(crate) fn percentile(distribution: Expr, percent: f64) -> Expr {
    let signature = Signature::exact(vec![DataType::Binary, DataType::Float64], Volatility::Immutable);
    ScalarUDF::new_from_impl(Percentile { signature }).call(vec![distribution, lit(percent / 100.0)])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Percentile {
    signature: Signature,
}

impl ScalarUDFImpl for Percentile {
    fn name(&self) -> &'static str {
        "percentile_of_distribution"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let distributions = args.args[0].to_array(args.number_rows)?;
        let ColumnarValue::Scalar(ScalarValue::Float64(Some(share))) = args.args[1] else {
            return not_impl_err!("the share of a percentile is a constant");
        };
        let percentile = |bytes: Option<&[u8]>| match bytes {
            Some(bytes) => Ok(decode(bytes)?.percentile(share)),
            None => Ok(None),
        };
        let all = distributions.as_binary::<i32>().iter().map(percentile);
        Ok(ColumnarValue::Array(Arc::new(all.collect::<Result<Float64Array>>()?)))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DistributionOf {
    signature: Signature,
}

impl AggregateUDFImpl for DistributionOf {
    fn name(&self) -> &'static str {
        "distribution"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One::default()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[distribution]", args.name), DataType::Binary, true))])
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Many::default()))
    }
}

/// One group.
#[derive(Debug, Default)]
struct One(Distribution);

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        numbers(values)?.iter().flatten().for_each(|number| self.0.add(number));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Binary(Some(self.0.encode())))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.0.size_bytes()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for bytes in states[0].as_binary::<i32>().iter().flatten() {
            self.0.merge(decode(bytes)?);
        }
        Ok(())
    }
}

/// All groups.
#[derive(Debug, Default)]
struct Many {
    groups: Vec<Distribution>,
    size_bytes: usize,
}

impl Many {
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
        let taken = emit_to.take_needed(&mut self.groups);
        self.measure();
        Ok(Arc::new(BinaryArray::from_iter_values(taken.iter().map(Distribution::encode))))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit_to)?])
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
        not_impl_err!("a distribution is not asked of single rows")
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.size_bytes
    }
}

fn numbers(values: &[ArrayRef]) -> Result<&Float64Array> {
    let first = values.first().and_then(|array| array.as_primitive_opt::<Float64Type>());
    first.ok_or_else(|| exec_datafusion_err!("a distribution is asked of floats"))
}

fn decode(bytes: &[u8]) -> Result<Distribution> {
    Distribution::decode(bytes).ok_or_else(|| exec_datafusion_err!("a distribution cannot be read"))
}
