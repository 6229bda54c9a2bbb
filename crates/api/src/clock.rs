//! The wall clock: read at the doors, passed to everything below.

use std::time::{SystemTime, UNIX_EPOCH};

use girok_event::Timestamp;

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
