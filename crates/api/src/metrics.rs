//! `/metrics` in Prometheus' text format.

mod cluster;

use std::fmt::{Display, Write};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::state::Api;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

pub(crate) async fn metrics(State(api): State<Api>) -> Response {
    let mut page = Page::default();
    page.gauge("girok_uptime_seconds", "Seconds since the start.")
        .value(&[], api.started.elapsed().as_secs());
    ingest(&mut page, &api);
    syslog(&mut page, &api);
    log(&mut page, &api);
    cluster::cluster(&mut page, &api);
    store(&mut page, &api);
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], page.text).into_response()
}

fn ingest(page: &mut Page, api: &Api) {
    let counted = api.ingest.metrics();
    let labels = |one: &girok_ingest::metrics::Counted| {
        [("input", one.input.to_owned()), ("dataset", one.dataset.to_string())]
    };
    page.counter("girok_ingest_events_total", "Events that became durable.")
        .all(&counted, |one| (labels(one).into(), one.events));
    page.counter("girok_ingest_bytes_total", "Their bytes, decompressed.")
        .all(&counted, |one| (labels(one).into(), one.bytes));
    page.counter("girok_ingest_rejected_total", "Events refused one by one.")
        .all(&counted, |one| (labels(one).into(), one.rejected));
}

fn syslog(page: &mut Page, api: &Api) {
    let Some(counters) = &api.syslog else { return };
    let all = counters.snapshot();
    let labels = |protocol: &str| vec![("protocol", protocol.to_owned())];
    page.counter("girok_syslog_received_total", "Messages that came in.")
        .all(&all, |(name, one)| (labels(name), one.received));
    page.counter("girok_syslog_dropped_total", "Messages lost because the log was too slow.")
        .all(&all, |(name, one)| (labels(name), one.dropped));
    page.counter("girok_syslog_truncated_total", "Messages cut to the limit of a frame.")
        .all(&all, |(name, one)| (labels(name), one.truncated));
    page.counter("girok_syslog_framing_errors_total", "Streams that lost their framing.")
        .all(&all, |(name, one)| (labels(name), one.framing_errors));
    page.gauge("girok_syslog_connections", "Connections open now.")
        .all(&all, |(name, one)| (labels(name), one.connections));
}

fn log(page: &mut Page, api: &Api) {
    let Some(numbers) = api.log.as_ref().map(girok_commitlog::CommitLog::metrics) else { return };
    let labels = |one: &girok_commitlog::PartitionMetrics| {
        vec![("topic", one.partition.topic.to_string()), ("partition", one.partition.partition.to_string())]
    };
    let all = &numbers.partitions;
    page.gauge("girok_log_start_offset", "First offset held.").all(all, |one| (labels(one), one.log_start));
    page.gauge("girok_log_end_offset", "Offset of the next record.")
        .all(all, |one| (labels(one), one.log_end));
    page.gauge("girok_log_durable_offset", "Offset up to which all is synced.")
        .all(all, |one| (labels(one), one.durable));
    page.gauge("girok_log_size_bytes", "Bytes of all segments.")
        .all(all, |one| (labels(one), one.size_bytes));
    page.gauge("girok_log_damaged_bytes", "Damaged bytes passed over.")
        .all(all, |one| (labels(one), one.damaged_bytes));
    page.gauge("girok_log_failed", "1 if the partition takes no more appends.")
        .all(all, |one| (labels(one), u8::from(one.failure.is_some())));
    page.counter(
        "girok_log_records_lost_total",
        "Records deleted for want of space before they were stored.",
    )
    .value(&[], numbers.records_lost);
    page.gauge("girok_disk_free_bytes", "Bytes free on the disk of the log.")
        .value(&[], numbers.disk_free_bytes);
    page.gauge("girok_disk_reserve_bytes", "Appends stop while less is free.")
        .value(&[], numbers.disk_reserve_bytes);
}

fn store(page: &mut Page, api: &Api) {
    let numbers = api.stored.snapshot();
    let labels = |name: &girok_event::DatasetName| vec![("dataset", name.to_string())];
    let all: Vec<_> = numbers.datasets.iter().collect();
    page.counter("girok_store_rows_total", "Rows made visible.")
        .all(&all, |(name, one)| (labels(name), one.rows));
    page.counter("girok_store_raw_bytes_total", "Bytes of their records.")
        .all(&all, |(name, one)| (labels(name), one.raw_bytes));
    page.counter("girok_store_parse_errors_total", "Rows with `_parse_error`.")
        .all(&all, |(name, one)| (labels(name), one.parse_errors));
    page.counter("girok_store_dead_letters_total", "Records that could not be stored.")
        .all(&all, |(name, one)| (labels(name), one.dead_letters));
    page.counter("girok_store_records_lost_total", "Records the log removed unread.")
        .all(&all, |(name, one)| (labels(name), one.records_lost));
    page.counter("girok_store_parts_total", "Parts published.")
        .all(&all, |(name, one)| (labels(name), one.parts));
    page.counter("girok_store_seal_failures_total", "Attempts to publish a part that failed.")
        .value(&[], numbers.seals.failed);
    page.counter("girok_store_seal_seconds_total", "Time spent publishing.")
        .value(&[], numbers.seals.duration.as_secs_f64());
    page.counter("girok_store_part_bytes_total", "Bytes of parts published by sealing.")
        .value(&[], numbers.seals.size_bytes);
    compaction(page, &numbers);
    parts(page, api);
    page.counter("girok_store_worker_restarts_total", "Workers started again.")
        .value(&[], numbers.worker_restarts);
    let lag: Vec<_> = numbers.lag.iter().collect();
    let labels = |one: &girok_pipeline::TopicPartition| {
        vec![("dataset", one.dataset.to_string()), ("partition", one.partition.to_string())]
    };
    page.gauge("girok_store_lag_records", "Records not stored yet.")
        .all(&lag, |(name, one)| (labels(name), one.records));
    page.gauge("girok_store_lag_seconds", "Age of the newest stored record while there are more.")
        .all(&lag, |(name, one)| (labels(name), one.milliseconds as f64 / 1e3));
}

fn compaction(page: &mut Page, numbers: &girok_pipeline::Snapshot) {
    let done = &numbers.compactions;
    page.counter("girok_store_compactions_total", "Merges of parts.").value(&[], done.done);
    page.counter("girok_store_compaction_failures_total", "Merges that failed.").value(&[], done.failed);
    page.counter("girok_store_compaction_parts_total", "Parts that were merged.").value(&[], done.parts_in);
    page.counter("girok_store_compaction_read_bytes_total", "Bytes of parts that were merged.")
        .value(&[], done.bytes_in);
    page.counter("girok_store_compaction_written_bytes_total", "Bytes of the parts they became.")
        .value(&[], done.bytes_out);
    page.counter("girok_store_compaction_copied_bytes_total", "Bytes taken over without unpacking them.")
        .value(&[], done.copied_bytes);
    page.counter("girok_store_compaction_seconds_total", "Time spent merging.")
        .value(&[], done.duration.as_secs_f64());
    page.gauge("girok_store_write_amplification", "How often a byte of a part was written since the start.")
        .value(&[], numbers.write_amplification());
}

/// Parts that queries read, and parts that are damaged.
fn parts(page: &mut Page, api: &Api) {
    let store = api.engine.store();
    let views: Vec<_> = store.datasets().into_iter().map(|name| (store.view(&name), name)).collect();
    let labels = |name: &girok_event::DatasetName| vec![("dataset", name.to_string())];
    page.gauge("girok_store_parts", "Parts that queries read.")
        .all(&views, |(view, name)| (labels(name), view.parts.len()));
    page.gauge("girok_store_parts_out", "Damaged parts, which are left out.")
        .all(&views, |(view, name)| (labels(name), view.out.len()));
}

#[derive(Default)]
struct Page {
    text: String,
}

struct Metric<'p> {
    name: &'static str,
    page: &'p mut Page,
}

impl Page {
    fn counter(&mut self, name: &'static str, help: &str) -> Metric<'_> {
        self.begin(name, help, "counter")
    }

    fn gauge(&mut self, name: &'static str, help: &str) -> Metric<'_> {
        self.begin(name, help, "gauge")
    }

    fn begin(&mut self, name: &'static str, help: &str, kind: &str) -> Metric<'_> {
        // Writing to memory cannot fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        Metric { name, page: self }
    }
}

type Labels = Vec<(&'static str, String)>;

impl Metric<'_> {
    fn value(&mut self, labels: &[(&'static str, String)], value: impl Display) {
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        // Writing to memory cannot fail.
        let _ = writeln!(self.page.text, "{}{labels} {value}", self.name);
    }

    fn all<T, V: Display>(&mut self, items: &[T], read: impl Fn(&T) -> (Labels, V)) {
        for item in items {
            let (labels, value) = read(item);
            self.value(&labels, value);
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}
