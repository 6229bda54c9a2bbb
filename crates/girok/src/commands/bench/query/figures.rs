//! The figures of `girok bench query`, for programs and as tables.

use serde::Serialize;

use super::super::latency::Summary;
use super::super::peers::{Peer, PeerAnswer};
use super::super::questions::{FACETS, TOP_VALUES};
use super::super::report::{Table, megabytes};
use super::growth::Before;
use super::targets;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Answers {
    pub(super) rows: u64,
    pub(super) parts: u64,
    pub(super) parts_bytes: u64,
    pub(super) cold: bool,
    pub(super) peak_bytes: u64,
    pub(super) queries: Vec<Answered>,
    pub(super) peers: Vec<Peer>,
    pub(super) grown_from: Option<Before>,
}

/// One question and its answers.
#[derive(Debug, Serialize)]
pub(super) struct Answered {
    pub(super) name: &'static str,
    pub(super) query: String,
    pub(super) limit: Option<u64>,
    /// Rows that the filter finds.
    pub(super) matches: u64,
    /// Rows of the answer.
    pub(super) rows: u64,
    pub(super) rows_scanned: u64,
    pub(super) bytes_scanned: u64,
    pub(super) latency: Summary,
    /// User and system time of the server for one answer, the mean of all.
    pub(super) cpu_seconds: f64,
}

impl Answers {
    pub(super) fn table(&self) -> Table {
        let mut table = Table::default();
        self.write_ours(&mut table);
        for peer in &self.peers {
            self.write_peer(peer, &mut table);
        }
        if !self.peers.is_empty() {
            self.write_verdict(&mut table);
        }
        if let Some(before) = &self.grown_from {
            self.write_growth(before, &mut table);
        }
        table
    }

    fn write_ours(&self, table: &mut Table) {
        let (kind, size) = (if self.cold { "cold" } else { "warm" }, megabytes(self.parts_bytes));
        table.title(&format!(
            "{} rows in {} parts of {size}, {kind}; memory at peak {}",
            self.rows,
            self.parts,
            megabytes(self.peak_bytes)
        ));
        table.line(["", "median", "min", "p95", "CPU", "matches", "rows", "rows scanned", "scanned"]);
        for query in &self.queries {
            table.line([
                query.name,
                &milliseconds(query.latency.p50_ms),
                &milliseconds(query.latency.min_ms),
                &milliseconds(query.latency.p95_ms),
                &format!("{:.0} ms", query.cpu_seconds * 1e3),
                &query.matches.to_string(),
                &query.rows.to_string(),
                &query.rows_scanned.to_string(),
                &megabytes(query.bytes_scanned),
            ]);
        }
    }

    fn write_peer(&self, peer: &Peer, table: &mut Table) {
        table.title(&format!(
            "{}: {} stored, memory at peak {}{}",
            peer.version,
            megabytes(peer.stored_bytes),
            megabytes(peer.peak_bytes),
            peer.load.as_ref().map_or(String::new(), |load| {
                format!("; loaded in {:.1} s, {:.1} s of CPU", load.seconds, load.cpu_seconds)
            })
        ));
        table.line(["", "median", "min", "p95", "CPU", "matches", "", "girok is faster", "in CPU"]);
        for (ours, theirs) in self.queries.iter().filter_map(|ours| Some((ours, peer.answer(ours.name)?))) {
            let note = if ours.matches == theirs.matches { "" } else { "differs" };
            table.line([
                theirs.name,
                &milliseconds(theirs.latency.p50_ms),
                &milliseconds(theirs.latency.min_ms),
                &milliseconds(theirs.latency.p95_ms),
                &format!("{:.0} ms", theirs.cpu_seconds * 1e3),
                &theirs.matches.to_string(),
                note,
                &times(theirs.latency.p50_ms / ours.latency.p50_ms),
                &times(theirs.cpu_seconds / ours.cpu_seconds.max(1e-4)),
            ]);
        }
    }

    /// Ours against the faster peer of each question, and what is wanted.
    fn write_verdict(&self, table: &mut Table) {
        table.title("Against the faster of them");
        table.line(["", "girok", "peer", "faster", "wanted", ""]);
        for ours in &self.queries {
            let Some(theirs) = self.fastest(ours.name) else { continue };
            let (faster, wanted) = (theirs.latency.p50_ms / ours.latency.p50_ms, targets::factor(ours.name));
            table.line([
                ours.name,
                &milliseconds(ours.latency.p50_ms),
                &milliseconds(theirs.latency.p50_ms),
                &times(faster),
                &format!("≥ {}", times(wanted)),
                verdict(faster >= wanted),
            ]);
        }
        let median =
            |name| self.queries.iter().find(|query| query.name == name).map(|query| query.latency.p50_ms);
        if let (Some(facets), Some(top)) = (median(FACETS), median(TOP_VALUES)) {
            let (share, wanted) = (facets / top, targets::FACETS_OF_TOP_VALUES);
            let wanted_text = format!("≤ {} top values", times(wanted));
            table.line([
                FACETS,
                &milliseconds(facets),
                "",
                &times(share),
                &wanted_text,
                verdict(share <= wanted),
            ]);
        }
    }

    fn fastest(&self, name: &str) -> Option<&PeerAnswer> {
        let answers = self.peers.iter().filter_map(|peer| peer.answer(name));
        answers.min_by(|a, b| a.latency.p50_ms.total_cmp(&b.latency.p50_ms))
    }

    fn write_growth(&self, before: &Before, table: &mut Table) {
        let more = self.rows as f64 / before.rows.max(1) as f64;
        table.title(&format!("From {} to {} rows, {} as many", before.rows, self.rows, times(more)));
        table.line(["", "before", "now", "grown"]);
        for query in &self.queries {
            if let Some(then) = before.medians_ms.get(query.name) {
                let now = query.latency.p50_ms;
                table.line([query.name, &milliseconds(*then), &milliseconds(now), &times(now / then)]);
            }
        }
    }
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "MISSED" }
}

fn milliseconds(value: f64) -> String {
    format!("{value:.1} ms")
}

fn times(value: f64) -> String {
    if value < 10.0 { format!("{value:.2} x") } else { format!("{value:.0} x") }
}
