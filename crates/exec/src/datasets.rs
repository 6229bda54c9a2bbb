//! What there is to ask: datasets and their fields.

use std::collections::BTreeMap;

use girok_event::{DatasetName, Timestamp, alias, columns};
use girok_store::Store;

use crate::cut::Cut;
use crate::error::ExecError;
use crate::request::QueryRequest;
use crate::scope::Kind;

/// A dataset as a list shows it.
#[derive(Debug, Clone)]
pub struct DatasetInfo {
    /// Its name.
    pub name: DatasetName,
    /// Events, live ones included.
    pub rows: u64,
    /// Bytes of its parts.
    pub size_bytes: u64,
    /// Bytes of the records as they came, those of live rows included.
    pub raw_bytes: u64,
    /// Its parts.
    pub parts: u64,
    /// From the first event to the last.
    pub times: Option<(Timestamp, Timestamp)>,
}

/// A field that can be asked for.
#[derive(Debug, Clone)]
pub struct FieldInfo {
    /// Its name.
    pub name: String,
    /// `string`, `int`, `float`, `bool` or `time`.
    pub kind: &'static str,
    /// Whether it is one of girok's own columns.
    pub is_system: bool,
    /// Other names it answers to.
    pub aliases: Vec<&'static str>,
}

/// Every dataset.
pub fn datasets(store: &Store) -> Vec<DatasetInfo> {
    store.datasets().into_iter().map(|name| dataset(store, name)).collect()
}

fn dataset(store: &Store, name: DatasetName) -> DatasetInfo {
    let view = store.view(&name);
    let live_rows: usize = view.chunks.iter().map(|chunk| chunk.rows()).sum();
    let times = view.parts.iter().map(|part| (part.time_min, part.time_max));
    let times = times.chain(view.chunks.iter().map(|chunk| (chunk.time_min, chunk.time_max)));
    DatasetInfo {
        rows: live_rows as u64 + view.parts.iter().map(|part| part.rows).sum::<u64>(),
        size_bytes: view.parts.iter().map(|part| part.size_bytes).sum(),
        raw_bytes: view.parts.iter().map(|part| part.raw_bytes).sum::<u64>()
            + view.chunks.iter().map(|chunk| chunk.raw_bytes).sum::<u64>(),
        parts: view.parts.len() as u64,
        times: times.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
        name,
    }
}

/// Every field of the datasets that `request` asks for.
pub fn fields(store: &Store, request: &QueryRequest) -> Result<Vec<FieldInfo>, ExecError> {
    let cut = Cut::take(store, request)?;
    let fields = cut.schema.fields().iter().map(|field| {
        let name = field.name().clone();
        let kind = kind_name(Kind::of(field.data_type()));
        let aliases = alias::group(&name).unwrap_or_default().iter().copied().filter(|other| *other != name);
        (
            name.clone(),
            FieldInfo { kind, is_system: columns::is_system(&name), aliases: aliases.collect(), name },
        )
    });
    Ok(fields.collect::<BTreeMap<_, _>>().into_values().collect())
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Time => "time",
        Kind::Text | Kind::Other => "string",
    }
}
