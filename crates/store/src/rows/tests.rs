use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use girok_event::{Event, Field, columns};

use super::*;

fn push(rows: &mut RowsBuilder, fields: Vec<Field<'_>>) {
    let offset = rows.rows() as i64;
    let event = Event { message: Some("m"), fields, ..Event::default() };
    let origin = RowOrigin { offset, received: Timestamp(9), source: "s", input: "http", raw_bytes: 10 };
    rows.push(&event, origin);
}

fn builder() -> RowsBuilder {
    RowsBuilder::new(DatasetName::default_dataset(), 3)
}

fn texts(chunk: &Chunk, name: &str) -> Vec<Option<String>> {
    let column = chunk.batch.column_by_name(name).unwrap();
    column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

#[test]
fn nothing_gives_no_chunk() {
    assert!(builder().cut().unwrap().is_none());
}

#[test]
fn late_and_missing_values_are_null() {
    let mut rows = builder();
    push(&mut rows, vec![("a", Value::Int(1))]);
    push(&mut rows, vec![("b", Value::Str(""))]);
    push(&mut rows, vec![("a", Value::Int(3)), ("b", Value::Str("x"))]);
    let chunk = rows.cut().unwrap().unwrap();
    let a: Vec<_> = chunk.batch.column_by_name("a").unwrap().as_primitive::<Int64Type>().iter().collect();
    assert_eq!(a, [Some(1), None, Some(3)]);
    assert_eq!(texts(&chunk, "b"), [None, Some(String::new()), Some("x".to_owned())]);
    assert_eq!((chunk.first_offset, chunk.last_offset, chunk.raw_bytes), (0, 2, 30));
    assert_eq!(chunk.time_min, Timestamp(9), "an event without a time happened when it arrived");
    assert!(chunk.batch.column_by_name(columns::HEAD).is_none(), "a column without values is left out");
}

#[test]
fn types_meet_as_float_or_text() {
    let mut rows = builder();
    push(&mut rows, vec![("n", Value::Int(1)), ("t", Value::Bool(true)), ("id", Value::Int(i64::MAX))]);
    push(&mut rows, vec![]);
    push(&mut rows, vec![("n", Value::Float(0.5)), ("t", Value::Int(7)), ("id", Value::Float(1.5))]);
    push(&mut rows, vec![("n", Value::Int(2)), ("t", Value::Float(5.0)), ("id", Value::Str("x"))]);
    let chunk = rows.cut().unwrap().unwrap();
    let n: Vec<_> = chunk.batch.column_by_name("n").unwrap().as_primitive::<Float64Type>().iter().collect();
    assert_eq!(n, [Some(1.0), None, Some(0.5), Some(2.0)]);
    let owned = |texts: [Option<&str>; 4]| texts.map(|text| text.map(str::to_owned));
    assert_eq!(texts(&chunk, "t"), owned([Some("true"), None, Some("7"), Some("5")]));
    assert_eq!(texts(&chunk, "id"), owned([Some("9223372036854775807"), None, Some("1.5"), Some("x")]));
}

#[test]
fn numbers_are_printed_as_casts_print_them() {
    for number in [5.0, 0.1, -0.0, 1e15, 1e16, 1e-5, 0.0001, 1.5e300, 123_456_789.125] {
        let mut rows = builder();
        push(&mut rows, vec![("x", Value::Float(number))]);
        push(&mut rows, vec![("x", Value::Str(""))]);
        push(&mut rows, vec![("x", Value::Float(number))]);
        let printed = texts(&rows.cut().unwrap().unwrap(), "x");
        assert_eq!(printed[0], printed[2]);
    }
}

#[test]
fn a_chunk_keeps_no_column_of_the_one_before() {
    let mut rows = builder();
    push(&mut rows, vec![("a", Value::Int(1))]);
    rows.cut().unwrap();
    push(&mut rows, vec![("b", Value::Int(1))]);
    let chunk = rows.cut().unwrap().unwrap();
    assert!(chunk.batch.column_by_name("a").is_none());
    assert_eq!(chunk.rows(), 1);
}

#[test]
fn names_that_collide_or_are_too_many_go_to_the_overflow() {
    let names: Vec<String> = (0..COLUMNS_PER_PART_MAX + 5).map(|n| format!("field_{n}")).collect();
    let mut rows = builder();
    push(&mut rows, vec![]);
    let mut fields: Vec<Field<'_>> = names.iter().map(|name| (name.as_str(), Value::Int(1))).collect();
    fields.extend([("_time", Value::Str("noon")), ("message", Value::Bool(true)), ("", Value::Float(2.5))]);
    push(&mut rows, fields);
    push(&mut rows, vec![]);
    let chunk = rows.cut().unwrap().unwrap();
    assert!(chunk.batch.num_columns() <= COLUMNS_PER_PART_MAX);
    let overflow = chunk.batch.column_by_name(columns::OVERFLOW).unwrap().as_map().clone();
    assert!(overflow.is_null(0) && overflow.is_valid(1) && overflow.is_null(2));
    let entries = overflow.value(1);
    let column = |at: usize| -> Vec<String> {
        entries.column(at).as_string::<i32>().iter().flatten().map(str::to_owned).collect()
    };
    let pairs: HashMap<String, String> = column(0).into_iter().zip(column(1)).collect();
    assert_eq!(pairs["_time"], "noon");
    assert_eq!(pairs["message"], "true", "the event has a message of its own");
    assert_eq!(pairs[""], "2.5");
    assert_eq!(pairs[names.last().unwrap()], "1");
}

#[test]
fn a_message_that_is_no_text_is_still_the_message() {
    let mut rows = builder();
    let event = Event { fields: vec![("message", Value::Int(42))], ..Event::default() };
    rows.push(&event, RowOrigin { offset: 0, received: Timestamp(0), source: "", input: "", raw_bytes: 0 });
    let chunk = rows.cut().unwrap().unwrap();
    assert_eq!(texts(&chunk, columns::MESSAGE), [Some("42".to_owned())]);
    assert!(chunk.batch.column_by_name(columns::OVERFLOW).is_none());
}

#[test]
fn the_next_part_begins_with_open_types_and_without_unused_columns() {
    let mut rows = builder();
    push(&mut rows, vec![("a", Value::Int(1)), ("b", Value::Int(1))]);
    rows.cut().unwrap();
    rows.next_part();
    push(&mut rows, vec![("a", Value::Str("x"))]);
    let chunk = rows.cut().unwrap().unwrap();
    assert_eq!(chunk.batch.column_by_name("a").unwrap().data_type(), &DataType::Utf8);
    rows.next_part();
    assert_eq!(rows.own.len(), 1, "`b` was not used and is forgotten");
}

#[test]
fn a_name_given_twice_keeps_its_first_value() {
    let mut rows = builder();
    push(&mut rows, vec![("a", Value::Int(1)), ("a", Value::Int(2)), ("b", Value::Int(3))]);
    push(&mut rows, vec![("a", Value::Int(4))]);
    let chunk = rows.cut().unwrap().unwrap();
    let a: Vec<_> = chunk.batch.column_by_name("a").unwrap().as_primitive::<Int64Type>().iter().collect();
    assert_eq!(a, [Some(1), Some(4)]);
}
