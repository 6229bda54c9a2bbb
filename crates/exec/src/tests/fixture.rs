//! A store of its own in a temporary folder, filled with given lines.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use bumpalo::Bump;
use girok_event::{DatasetName, Event, Timestamp};
use girok_store::{
    Catalog, Chunk, Covers, Live, PartId, PartSpec, PartStore, RowOrigin, RowsBuilder, Store, write_part,
};

use crate::{Engine, EngineConfig, ExecError, QueryRequest, TimeRange};

/// When every test event arrives: 2024-05-01T12:00:00Z.
pub(super) const NOW: Timestamp = Timestamp(1_714_564_800_000_000_000);

pub(super) struct Fixture {
    _dir: tempfile::TempDir,
    pub(super) engine: Engine,
    next_offset: i64,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store {
            catalog: Arc::new(Catalog::open(&dir.path().join("catalog.sqlite")).unwrap()),
            live: Arc::new(Live::default()),
            parts: PartStore::local(&dir.path().join("parts")).unwrap(),
            patterns: Arc::default(),
        };
        let config = EngineConfig { threads: 2, ..EngineConfig::default() };
        Fixture { engine: Engine::new(store, config).unwrap(), _dir: dir, next_offset: 0 }
    }

    /// A store whose events of `web` are all live.
    pub(super) fn live(lines: &[&str]) -> Self {
        let mut fixture = Fixture::new();
        fixture.add_live("web", lines);
        fixture
    }

    fn chunk(&mut self, dataset: &str, lines: &[&str]) -> Option<Arc<Chunk>> {
        let mut rows = RowsBuilder::new(DatasetName::new(dataset).unwrap(), 0);
        let arena = Bump::new();
        let mut event = Event::default();
        for line in lines {
            let hints = girok_parse::Hints {
                content: girok_parse::Content::Auto,
                received: NOW,
                zone_offset_seconds: 0,
            };
            girok_parse::parse(line.as_bytes(), &hints, &arena, &mut event);
            let (offset, raw_bytes) = (self.next_offset, line.len());
            rows.push(
                &event,
                RowOrigin { offset, received: NOW, source: "192.0.2.1", input: "test", raw_bytes },
            );
            self.next_offset += 1;
        }
        rows.cut().unwrap().map(Arc::new)
    }

    pub(super) fn add_live(&mut self, dataset: &str, lines: &[&str]) {
        if let Some(chunk) = self.chunk(dataset, lines) {
            self.engine.store().live.add(chunk).unwrap();
        }
    }

    pub(super) async fn add_part(&mut self, dataset: &str, lines: &[&str]) {
        let from = self.next_offset;
        let Some(chunk) = self.chunk(dataset, lines) else { return };
        let checkpoint = self.engine.store().catalog.checkpoint(&chunk.dataset, 0);
        assert!(checkpoint <= from);
        let covers = Covers { from: checkpoint, until: self.next_offset };
        let spec = PartSpec { id: PartId(from as u64), covers };
        let part = write_part(&[chunk], spec, &self.engine.store().patterns).unwrap();
        self.engine.store().parts.put(&part.meta.path, part.bytes.clone()).await.unwrap();
        self.engine.store().catalog.publish(&part.meta).unwrap();
    }

    pub(super) async fn run(&self, query: &str) -> Result<Vec<String>, ExecError> {
        self.run_with(QueryRequest { text: query.into(), now: NOW, ..QueryRequest::default() }).await
    }

    pub(super) async fn run_with(&self, request: QueryRequest) -> Result<Vec<String>, ExecError> {
        let batches = self.engine.query(request).await?.collect().await?;
        let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
        let text = |(batch, row): (&arrow::record_batch::RecordBatch, usize)| {
            let values = batch.schema_ref().fields().iter().zip(batch.columns());
            let shown = values.filter(|(field, _)| !field.name().starts_with('_') || field.name() == "_time");
            let shown = shown.filter(|(_, column)| column.is_valid(row));
            shown
                .map(|(field, column)| format!("{}={}", field.name(), value(column, row)))
                .collect::<Vec<_>>()
                .join(" ")
        };
        Ok(rows.map(text).collect())
    }

    /// How many events a search finds.
    pub(super) async fn count(&self, query: &str) -> usize {
        self.run(query).await.unwrap_or_else(|error| panic!("`{query}`: {error}")).len()
    }

    pub(super) async fn count_in(&self, query: &str, start: Timestamp, end: Timestamp) -> usize {
        let range = TimeRange { start: Some(start), end: Some(end) };
        let request = QueryRequest { text: query.into(), range, now: NOW, ..QueryRequest::default() };
        self.run_with(request).await.unwrap().len()
    }
}

fn value(column: &ArrayRef, row: usize) -> String {
    if let DataType::List(_) = column.data_type() {
        let items = column.as_list::<i32>().value(row);
        let mut items: Vec<_> = (0..items.len()).map(|item| value(&items, item)).collect();
        items.sort();
        return format!("{items:?}");
    }
    let text = cast(&column.slice(row, 1), &DataType::Utf8).unwrap();
    text.as_string::<i32>().value(0).to_owned()
}
