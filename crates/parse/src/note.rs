//! What went wrong or was changed in an event, as one text.

use std::fmt;

use bumpalo::Bump;
use girok_event::Event;

use crate::text::printed;

/// Adds a remark to [`Event::error`]; remarks are separated by `; `.
pub(crate) fn note<'a>(event: &mut Event<'a>, arena: &'a Bump, remark: fmt::Arguments<'_>) {
    event.error = Some(match event.error {
        Some(earlier) => printed(format_args!("{earlier}; {remark}"), arena),
        None => printed(format_args!("{remark}"), arena),
    });
}
