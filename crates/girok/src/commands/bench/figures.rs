//! The figures of `girok bench ingest`, for programs and as a table.

use std::time::Duration;

use serde::Serialize;

use super::folder::Sizes;
use super::latency::Summary;
use super::report::{Table, megabytes};
use super::yardstick::Yardstick;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Ingest {
    pub(super) load: Load,
    /// What can be known of a server of our own only.
    pub(super) own: Option<Own>,
    pub(super) zstd: Yardstick,
    /// Latency while lines pour in.
    pub(super) phases: Vec<Phase>,
}

/// One load, as its sender sees it.
#[derive(Debug, Serialize)]
pub(super) struct Load {
    pub(super) lines: u64,
    pub(super) bytes: u64,
    pub(super) connections: usize,
    pub(super) accepted_seconds: f64,
    pub(super) accepted_mb_per_second: f64,
    pub(super) searchable_seconds: f64,
    pub(super) searchable_mb_per_second: f64,
    pub(super) client_cpu_seconds: f64,
    pub(super) refusals: u64,
    pub(super) ack: Summary,
}

/// What the load took from its server.
#[derive(Debug, Serialize)]
pub(super) struct Own {
    pub(super) durability: String,
    pub(super) start_seconds: f64,
    pub(super) idle_bytes: u64,
    pub(super) cpu_seconds: f64,
    pub(super) cpu_seconds_per_gb: f64,
    /// CPU time as a multiple of that of `zstd -3`.
    pub(super) cpu_of_zstd: f64,
    pub(super) peak_bytes: u64,
    /// What the server sent to the disk while it took the load, if the system counts that.
    pub(super) written_bytes: Option<u64>,
    pub(super) stop_seconds: f64,
    pub(super) restart_seconds: f64,
    pub(super) stored: Sizes,
}

/// One measurement of latency.
#[derive(Debug, Serialize)]
pub(super) struct Phase {
    /// Nothing: as fast as the server takes them.
    pub(super) asked_mb_per_second: Option<f64>,
    pub(super) sent_mb_per_second: f64,
    pub(super) lines: u64,
    /// From the last acknowledgement until everything was searchable.
    pub(super) drain_seconds: f64,
    /// Of whole bodies.
    pub(super) ack: Summary,
    /// Of the probe's single events.
    pub(super) probe_ack: Summary,
    /// From the probe's acknowledgement until the event is found.
    pub(super) searchable: Summary,
    /// Each of the probe's questions.
    pub(super) question: Summary,
}

/// CPU time as a multiple of that of `zstd -3`.
const CPU_OF_ZSTD_MAX: f64 = 4.0;
/// Stored bytes, index included, as a share of what `zstd -3` makes of the lines.
const STORED_OF_ZSTD_MAX: f64 = 0.8;
/// Bytes of the index in a hundred bytes of the lines.
const INDEX_PERCENT_MAX: f64 = 8.0;
/// Memory.
const PEAK_MB_MAX: f64 = 600.0;

/// A figure that should not be larger.
struct Bound(&'static str, f64);

impl Bound {
    /// The figure, its bound, and whether it is kept.
    fn cells(&self, value: f64, unit: &str) -> [String; 4] {
        let Bound(name, most) = self;
        let verdict = if value <= *most { "met" } else { "MISSED" };
        [(*name).to_owned(), format!("{value:.2}{unit}"), format!("≤ {most}{unit}"), verdict.to_owned()]
    }
}

/// MB/s.
pub(super) fn per_second(bytes: u64, wall: Duration) -> f64 {
    bytes as f64 / 1e6 / wall.as_secs_f64().max(1e-9)
}

impl Ingest {
    pub(super) fn table(&self) -> Table {
        let mut table = Table::default();
        self.load.write(&mut table);
        if let Some(own) = &self.own {
            own.write_cost(&self.zstd, &mut table);
            own.write_sizes(self.load.bytes, self.zstd.bytes, &mut table);
        }
        for phase in &self.phases {
            phase.write(&mut table);
        }
        table
    }
}

impl Load {
    fn write(&self, table: &mut Table) {
        table.title(&format!("Load, {} connections", self.connections));
        table.line(["lines", &self.lines.to_string()]);
        table.line(["raw", &megabytes(self.bytes)]);
        table.line(["accepted after", &format!("{:.2} s", self.accepted_seconds)]);
        table.line(["accepted", &format!("{:.1} MB/s", self.accepted_mb_per_second)]);
        table.line(["searchable after", &format!("{:.2} s", self.searchable_seconds)]);
        table.line(["searchable", &format!("{:.1} MB/s", self.searchable_mb_per_second)]);
        table.line(["ack of a body of 1 MiB, p50", &milliseconds(self.ack.p50_ms)]);
        table.line(["ack of a body of 1 MiB, p99", &milliseconds(self.ack.p99_ms)]);
        table.line(["bodies sent again, server busy", &self.refusals.to_string()]);
        table.line(["CPU of the sender", &format!("{:.2} s", self.client_cpu_seconds)]);
    }
}

impl Own {
    fn write_cost(&self, zstd: &Yardstick, table: &mut Table) {
        table.title(&format!("Cost to the server, acknowledgements `{}`", self.durability));
        table.line(["CPU, whole life", &format!("{:.2} s", self.cpu_seconds)]);
        table.line(["CPU per GB", &format!("{:.2} s", self.cpu_seconds_per_gb)]);
        table.line(["CPU of zstd -3 for the same", &format!("{:.2} s", zstd.cpu_seconds)]);
        table.line(Bound("CPU, server / zstd", CPU_OF_ZSTD_MAX).cells(self.cpu_of_zstd, ""));
        table.line(Bound("memory at peak", PEAK_MB_MAX).cells(self.peak_bytes as f64 / 1e6, " MB"));
        table.line(["memory idle, empty", &megabytes(self.idle_bytes)]);
        table.line(["start on an empty folder", &format!("{:.3} s", self.start_seconds)]);
        table.line(["stop, everything published", &format!("{:.2} s", self.stop_seconds)]);
        table.line(["start again with the data", &format!("{:.3} s", self.restart_seconds)]);
    }

    fn write_sizes(&self, raw: u64, zstd: u64, table: &mut Table) {
        let parts = self.stored.parts_bytes;
        table.title("Stored");
        table.line([&format!("{} parts", self.stored.parts), &megabytes(parts)]);
        table.line(["raw / parts", &format!("{:.2}", raw as f64 / parts.max(1) as f64)]);
        let of_zstd = parts as f64 / zstd.max(1) as f64;
        table.line(Bound("parts / zstd -3", STORED_OF_ZSTD_MAX).cells(of_zstd, ""));
        table.line(["index", &megabytes(self.stored.index_bytes)]);
        let of_raw = self.stored.index_bytes as f64 * 100.0 / raw.max(1) as f64;
        table.line(Bound("index, share of raw", INDEX_PERCENT_MAX).cells(of_raw, " %"));
        table.line(["zstd -3", &megabytes(zstd)]);
        table.line(["commit log", &megabytes(self.stored.log_bytes)]);
        table.line(["catalog", &megabytes(self.stored.catalog_bytes)]);
        if let Some(written) = self.written_bytes {
            table.title("Written to the disk, the commit log included");
            table.line(["written", &megabytes(written)]);
            table.line(["written / raw", &format!("{:.2}", written as f64 / raw.max(1) as f64)]);
            table.line(["written / parts", &format!("{:.2}", written as f64 / parts.max(1) as f64)]);
        }
    }
}

impl Phase {
    fn write(&self, table: &mut Table) {
        let rate = match self.asked_mb_per_second {
            Some(rate) => format!("a steady {rate} MB/s"),
            None => "full throttle".to_owned(),
        };
        table.title(&format!("Latency at {rate}, {} probes", self.searchable.count));
        table.line(["", "p50", "p95", "p99", "max"]);
        for (name, summary) in [
            ("found, from the ack", self.searchable),
            ("one question of the probe", self.question),
            ("ack of one event", self.probe_ack),
            ("ack of a body of 1 MiB", self.ack),
        ] {
            let cells = [summary.p50_ms, summary.p95_ms, summary.p99_ms, summary.max_ms].map(milliseconds);
            table.line([name, &cells[0], &cells[1], &cells[2], &cells[3]]);
        }
        table.line(["sent", &format!("{:.1} MB/s", self.sent_mb_per_second)]);
        table.line(["then all searchable after", &format!("{:.2} s", self.drain_seconds)]);
    }
}

fn milliseconds(value: f64) -> String {
    format!("{value:.1} ms")
}
