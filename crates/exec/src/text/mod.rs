//! Full text: what it means that a text holds a word, and the SQL functions that ask it.

mod functions;
mod matcher;
mod wildcard;

pub(crate) use functions::{
    TextCall, as_text_call, bin_time, in_network, line_test, overflow_get, overflow_test, register,
    text_number, text_test, value_text,
};
pub(crate) use matcher::{Matcher, TextTest};
