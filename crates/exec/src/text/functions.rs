//! The SQL functions behind full text: `has_phrase(text, 'x')`, `line_has_phrase(head, message, raw, 'x')`, …
//!
//! All of them answer false, never null, for a missing text, so that `NOT` means what it says.

use std::any::type_name;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, MapArray, StringArray, StringBuilder,
    TimestampNanosecondArray,
};
use arrow::compute::{cast, or};
use arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_datafusion_err, exec_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};
use datafusion::prelude::SessionContext;

use super::matcher::{Matcher, TextTest};

/// `has_<test>(text, sought)`.
pub(crate) fn text_test(test: TextTest, text: Expr, sought: &str) -> Expr {
    call(&format!("has_{}", test.name()), vec![text, lit(sought)])
}

/// `line_has_<test>(head, message, raw, sought)`: the test on the line as it was sent.
pub(crate) fn line_test(test: TextTest, [head, message, raw]: [Expr; 3], sought: &str) -> Expr {
    call(&format!("line_has_{}", test.name()), vec![head, message, raw, lit(sought)])
}

/// `overflow_has_<test>(map, sought)`: the test on any name or value of the overflow map.
pub(crate) fn overflow_test(test: TextTest, map: Expr, sought: &str) -> Expr {
    call(&format!("overflow_has_{}", test.name()), vec![map, lit(sought)])
}

/// `overflow_get(map, name)`: one field of the overflow map as text.
pub(crate) fn overflow_get(map: Expr, name: &str) -> Expr {
    call("overflow_get", vec![map, lit(name)])
}

/// `in_network(address, '10.0.0.0/8')`.
pub(crate) fn in_network(address: Expr, network: &str) -> Expr {
    call("in_network", vec![address, lit(network)])
}

/// `bin_time(time, nanoseconds)`: the start of the step that `time` lies in, counted from 1970.
pub(crate) fn bin_time(time: Expr, step_nanos: i64) -> Expr {
    call("bin_time", vec![time, lit(step_nanos)])
}

/// `text_number(text)`: the finite number that the text is; null if it is none.
pub(crate) fn text_number(text: Expr) -> Expr {
    call("text_number", vec![text])
}

/// `value_text(value)`: a number or bool as text, as [`girok_store::widen`] prints it.
pub(crate) fn value_text(value: Expr) -> Expr {
    call("value_text", vec![value])
}

/// A call of one of the functions behind full text.
#[derive(Debug)]
pub(crate) enum TextCall<'e> {
    /// `has_<test>(text, sought)`
    Text { test: TextTest, text: &'e Expr, sought: &'e str },
    /// `line_has_<test>(head, message, raw, sought)`
    Line { test: TextTest, sought: &'e str },
    /// `overflow_has_<test>(map, sought)`
    Overflow { test: TextTest, sought: &'e str },
}

/// `expr` as such a call, if it is one with a constant text.
pub(crate) fn as_text_call(expr: &Expr) -> Option<TextCall<'_>> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let (name, test) = call.func.name().rsplit_once('_')?;
    let test = TextTest::ALL.into_iter().find(|known| known.name() == test)?;
    let (Expr::Literal(ScalarValue::Utf8(Some(sought)), _), rest) = call.args.split_last()? else {
        return None;
    };
    match (name, rest) {
        ("has", [text]) => Some(TextCall::Text { test, text, sought }),
        ("line_has", [_, _, _]) => Some(TextCall::Line { test, sought }),
        ("overflow_has", [_]) => Some(TextCall::Overflow { test, sought }),
        _ => None,
    }
}

/// Makes the functions known to SQL.
pub(crate) fn register(context: &SessionContext) {
    for function in FUNCTIONS.values() {
        context.register_udf(function.as_ref().clone());
    }
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(named(name), arguments))
}

fn named(name: &str) -> Arc<ScalarUDF> {
    let function = FUNCTIONS.get(name).expect("every function named in this file is in the table");
    Arc::clone(function)
}

static FUNCTIONS: LazyLock<HashMap<String, Arc<ScalarUDF>>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for test in TextTest::ALL {
        all.push(function(format!("has_{}", test.name()), 2, DataType::Boolean, Body::Text(test)));
        all.push(function(format!("line_has_{}", test.name()), 4, DataType::Boolean, Body::Line(test)));
        all.push(function(
            format!("overflow_has_{}", test.name()),
            2,
            DataType::Boolean,
            Body::OverflowHas(test),
        ));
    }
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    all.push(function("overflow_get".into(), 2, DataType::Utf8, Body::OverflowGet));
    all.push(function("in_network".into(), 2, DataType::Boolean, Body::InNetwork));
    all.push(function("bin_time".into(), 2, time, Body::BinTime));
    all.push(function("value_text".into(), 1, DataType::Utf8, Body::ValueText));
    all.push(function("text_number".into(), 1, DataType::Float64, Body::TextNumber));
    all.into_iter().map(|udf| (udf.name().to_owned(), Arc::new(udf))).collect()
});

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Body {
    Text(TextTest),
    Line(TextTest),
    OverflowHas(TextTest),
    OverflowGet,
    InNetwork,
    BinTime,
    TextNumber,
    ValueText,
}

struct Function {
    name: String,
    returns: DataType,
    signature: Signature,
    body: Body,
}

fn function(name: String, arguments: usize, returns: DataType, body: Body) -> ScalarUDF {
    let signature = Signature::any(arguments, Volatility::Immutable);
    ScalarUDF::new_from_impl(Function { name, returns, signature, body })
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let result: ArrayRef = match self.body {
            Body::Text(test) => {
                let matcher = matcher(test, &constant(&args, 1)?)?;
                Arc::new(test_text(&matcher, &args.args[0], rows)?)
            }
            Body::Line(test) => {
                let matcher = matcher(test, &constant(&args, 3)?)?;
                Arc::new(test_line(&matcher, &args.args, rows, test == TextTest::Regex)?)
            }
            Body::OverflowHas(test) => {
                let matcher = matcher(test, &constant(&args, 1)?)?;
                Arc::new(test_map(&matcher, &args.args[0], rows)?)
            }
            Body::OverflowGet => Arc::new(get_from_map(&args.args[0], &constant(&args, 1)?, rows)?),
            Body::InNetwork => {
                let network = Network::parse(&constant(&args, 1)?)?;
                let texts = strings(&args.args[0], rows)?;
                Arc::new(
                    texts
                        .iter()
                        .map(|text| Some(text.is_some_and(|t| network.holds(t))))
                        .collect::<BooleanArray>(),
                )
            }
            Body::BinTime => bin(&args, rows)?,
            Body::ValueText => girok_store::widen(&args.args[0].to_array(rows)?, &DataType::Utf8)?,
            Body::TextNumber => {
                let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
                let texts = strings(&args.args[0], rows)?;
                Arc::new(texts.iter().map(|text| text.and_then(number)).collect::<Float64Array>())
            }
        };
        Ok(ColumnarValue::Array(result))
    }
}

fn test_text(matcher: &Matcher, text: &ColumnarValue, rows: usize) -> Result<BooleanArray> {
    if is_null(text) {
        return Ok(all_false(rows));
    }
    Ok(matcher.test(&strings(text, rows)?))
}

/// A line is its head and its message, or its raw text where that was kept.
fn test_line(matcher: &Matcher, args: &[ColumnarValue], rows: usize, whole: bool) -> Result<BooleanArray> {
    let mut found = test_text(matcher, &args[1], rows)?;
    for other in [&args[0], &args[2]] {
        if !is_null(other) {
            found = or(&found, &test_text(matcher, other, rows)?)?;
        }
    }
    let may_cross = whole || matcher.spans_words();
    if is_null(&args[0]) || is_null(&args[1]) || !may_cross {
        return Ok(found);
    }
    let (heads, messages) = (strings(&args[0], rows)?, strings(&args[1], rows)?);
    // Where the raw line is kept, head and message do not follow one another in it.
    let raws = if is_null(&args[2]) { None } else { Some(strings(&args[2], rows)?) };
    let has_raw = |row: usize| raws.as_ref().is_some_and(|raws| raws.is_valid(row));
    let mut line = String::new();
    let crossing = (0..rows).map(|row| {
        let unknown = !found.value(row) && heads.is_valid(row) && messages.is_valid(row) && !has_raw(row);
        Some(
            unknown && {
                line.clear();
                line.push_str(heads.value(row));
                line.push_str(messages.value(row));
                matcher.is_match(&line)
            },
        )
    });
    let crossing: BooleanArray = crossing.collect();
    Ok(or(&found, &crossing)?)
}

fn test_map(matcher: &Matcher, map: &ColumnarValue, rows: usize) -> Result<BooleanArray> {
    if is_null(map) {
        return Ok(all_false(rows));
    }
    let array = map.to_array(rows)?;
    let map = as_map(&array)?;
    let (names, values) = (map.keys().as_string::<i32>(), map.values().as_string::<i32>());
    let hits = or(&matcher.test(names), &matcher.test(values))?;
    let offsets = map.value_offsets();
    let found = (0..rows).map(|row| {
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        Some(map.is_valid(row) && range.into_iter().any(|entry| hits.value(entry)))
    });
    Ok(found.collect())
}

fn get_from_map(map: &ColumnarValue, name: &str, rows: usize) -> Result<StringArray> {
    let mut found = StringBuilder::new();
    if is_null(map) {
        return Ok(StringArray::new_null(rows));
    }
    let array = map.to_array(rows)?;
    let map = as_map(&array)?;
    let (names, values) = (map.keys().as_string::<i32>(), map.values().as_string::<i32>());
    let offsets = map.value_offsets();
    for row in 0..rows {
        let mut entries = offsets[row] as usize..offsets[row + 1] as usize;
        let entry = entries.find(|entry| map.is_valid(row) && names.value(*entry) == name);
        found.append_option(entry.map(|entry| values.value(entry)));
    }
    Ok(found.finish())
}

fn bin(args: &ScalarFunctionArgs, rows: usize) -> Result<ArrayRef> {
    let ColumnarValue::Scalar(ScalarValue::Int64(Some(step))) = args.args[1] else {
        return exec_err!("the step of bin_time is a whole number of nanoseconds");
    };
    let nanos = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let times = cast(&args.args[0].to_array(rows)?, &nanos)?;
    let step = step.max(1);
    let binned: TimestampNanosecondArray =
        times.as_primitive::<TimestampNanosecondType>().unary(|time| time.div_euclid(step) * step);
    Ok(Arc::new(binned.with_timezone("UTC")))
}

fn constant(args: &ScalarFunctionArgs, index: usize) -> Result<String> {
    match &args.args[index] {
        ColumnarValue::Scalar(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::LargeUtf8(Some(text))
            | ScalarValue::Utf8View(Some(text)),
        ) => Ok(text.clone()),
        _ => exec_err!("the text to look for must be a constant"),
    }
}

fn is_null(value: &ColumnarValue) -> bool {
    match value {
        ColumnarValue::Scalar(scalar) => scalar.is_null(),
        ColumnarValue::Array(array) => array.data_type() == &DataType::Null,
    }
}

fn all_false(rows: usize) -> BooleanArray {
    BooleanArray::from(vec![false; rows])
}

fn strings(value: &ColumnarValue, rows: usize) -> Result<StringArray> {
    let array = value.to_array(rows)?;
    match array.as_string_opt::<i32>() {
        Some(strings) => Ok(strings.clone()),
        None => Ok(cast(&array, &DataType::Utf8)?.as_string::<i32>().clone()),
    }
}

fn as_map(array: &ArrayRef) -> Result<&MapArray> {
    array.as_map_opt().ok_or_else(|| exec_datafusion_err!("expected a map, got {}", array.data_type()))
}

fn matcher(test: TextTest, text: &str) -> Result<Arc<Matcher>> {
    Matcher::shared(test, text).map_err(|error| DataFusionError::External(Box::new(error)))
}

/// An address and how many of its leading bits count.
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Self> {
        let parsed = text.split_once('/').and_then(|(address, bits)| {
            let address: IpAddr = address.parse().ok()?;
            let bits: u32 = bits.parse().ok()?;
            (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some(Network { address, bits })
        });
        parsed.ok_or_else(|| exec_datafusion_err!("`{text}` is no network such as 10.0.0.0/8"))
    }

    fn holds(&self, text: &str) -> bool {
        match (self.address, text.parse()) {
            (IpAddr::V4(network), Ok(IpAddr::V4(address))) => {
                let differ = network.to_bits() ^ address.to_bits();
                self.bits == 0 || differ >> (32 - self.bits) == 0
            }
            (IpAddr::V6(network), Ok(IpAddr::V6(address))) => {
                let differ = network.to_bits() ^ address.to_bits();
                self.bits == 0 || differ >> (128 - self.bits) == 0
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(type_name::<Self>()).field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let network = Network::parse("10.1.0.0/16").unwrap();
        assert!(network.holds("10.1.255.3"));
        assert!(!network.holds("10.2.0.1") && !network.holds("::1") && !network.holds("host"));
        assert!(Network::parse("2001:db8::/32").unwrap().holds("2001:db8::7"));
        assert!(Network::parse("0.0.0.0/0").unwrap().holds("8.8.8.8"));
        assert!(Network::parse("10.0.0.0/33").is_err());
    }

    #[test]
    fn a_phrase_may_cross_from_head_to_message() {
        let matcher = Matcher::new(TextTest::Phrase, "sshd: failed").unwrap();
        let column = |text: &str| ColumnarValue::Array(Arc::new(StringArray::from(vec![text])));
        let null = ColumnarValue::Scalar(ScalarValue::Utf8(None));
        let args = [column("Jun 1 host sshd: "), column("failed login"), null];
        assert!(test_line(&matcher, &args, 1, false).unwrap().value(0));
    }
}
