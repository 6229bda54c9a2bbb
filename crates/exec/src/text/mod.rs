//! Full text: what it means that a text holds a word, and the SQL functions that ask it.

mod functions;
mod matcher;

pub(crate) use functions::{
    TextCall, as_text_call, bin_time, in_network, line_test, overflow_get, overflow_test, register, text_test,
};
pub(crate) use matcher::{Matcher, TextTest};
