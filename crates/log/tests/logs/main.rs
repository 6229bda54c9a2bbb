//! The same cases on each log: the embedded one, girok's own Kafka port, and Apache Kafka.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it was skipped"
)]

use std::time::Duration;

use rig::{Kind, Rig};

#[cfg(feature = "cluster")]
mod apache;
mod contract;
#[cfg(feature = "cluster")]
mod door;
mod rig;
#[cfg(feature = "cluster")]
mod secured;

/// No step of a test takes longer unless it hangs.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Each case once for each log.
macro_rules! on_each_log {
    ($($case:ident),* $(,)?) => {
        mod embedded {
            $(#[test] fn $case() { super::run(super::Kind::Embedded, super::contract::$case); })*
        }
        #[cfg(feature = "cluster")]
        mod on_own_port {
            $(#[test] fn $case() { super::run(super::Kind::OwnPort, super::contract::$case); })*
        }
        #[cfg(feature = "cluster")]
        mod on_kafka {
            $(#[test] fn $case() { super::run(super::Kind::ApacheKafka, super::contract::$case); })*
        }
    };
}

on_each_log! {
    seek_reads_again_from_where_it_is_set,
    a_pause_holds_back_and_loses_nothing,
    members_share_partitions_and_take_over,
    lag_is_what_was_not_polled,
    a_topic_made_later_is_read_at_once,
}

fn run(kind: Kind, case: impl FnOnce(&Rig)) {
    if let Some(rig) = Rig::new(kind) {
        case(&rig);
    }
}
