//! The actions of a `_bulk` body, each with its document.

use std::borrow::Cow;
use std::sync::Arc;

use girok_event::DatasetName;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{BulkError, BulkOp, refusal};
use crate::IngestError;
use crate::lines::Lines;
use crate::receive::within_limit;

/// One action and its document, or why it is refused.
#[derive(Debug)]
pub(super) struct Action<'a> {
    pub(super) op: BulkOp,
    pub(super) index: Arc<str>,
    pub(super) id: Option<Box<str>>,
    pub(super) document: Result<(DatasetName, &'a [u8]), BulkError>,
}

/// Reads one action after the other; ends at the first line that should be an action and is none.
pub(super) struct Actions<'a> {
    lines: Lines<'a>,
    default_index: Target,
    last: Option<(&'a [u8], Meant)>,
}

/// An action line as meant; equal lines are read once.
#[derive(Debug, Clone)]
struct Meant {
    op: BulkOp,
    id: Option<Box<str>>,
    target: Target,
}

/// The index of an action, and the dataset it names.
#[derive(Debug, Clone)]
struct Target {
    index: Arc<str>,
    dataset: Result<DatasetName, BulkError>,
}

impl<'a> Actions<'a> {
    pub(super) fn new(body: &'a [u8], default_dataset: &DatasetName) -> Self {
        let default_index =
            Target { index: default_dataset.as_str().into(), dataset: Ok(default_dataset.clone()) };
        Actions { lines: Lines::new(body), default_index, last: None }
    }

    fn action(&mut self, line: &'a [u8], number: usize) -> Result<Action<'a>, IngestError> {
        let Meant { op, id, target: Target { index, dataset } } = self.meant(line, number)?;
        let document = match op {
            BulkOp::Delete => None,
            BulkOp::Index | BulkOp::Create | BulkOp::Update => Some(self.lines.next()),
        };
        let document = match document {
            Some(Some(frame)) if op != BulkOp::Update => within_limit(frame.bytes)
                .map_err(|error| refusal(&error))
                .and(dataset.map(|d| (d, frame.bytes))),
            Some(None) => Err(bad_request("illegal_argument_exception", "no document follows the action")),
            _ => Err(bad_request("illegal_argument_exception", unsupported(op))),
        };
        Ok(Action { op, index, id, document })
    }

    fn meant(&mut self, line: &'a [u8], number: usize) -> Result<Meant, IngestError> {
        if let Some((_, meant)) = self.last.as_ref().filter(|(last, _)| *last == line) {
            return Ok(meant.clone());
        }
        let written: ActionLine<'a> = serde_json::from_slice(line)
            .map_err(|error| IngestError::BrokenAction { line: number, reason: error.to_string() })?;
        let (op, meta) = written.parts();
        let target = meta.index.map_or_else(|| self.default_index.clone(), |index| Target::new(&index));
        let meant = Meant { op, id: meta.id.map(text), target };
        self.last = Some((line, meant.clone()));
        Ok(meant)
    }
}

impl<'a> Iterator for Actions<'a> {
    type Item = Result<Action<'a>, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.lines.next()?;
        Some(self.action(frame.bytes, frame.index + 1))
    }
}

impl Target {
    fn new(index: &str) -> Self {
        let dataset = DatasetName::new(index)
            .map_err(|error| bad_request("invalid_index_name_exception", &error.to_string()));
        Target { index: index.into(), dataset }
    }
}

/// An action line as written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ActionLine<'a> {
    #[serde(borrow)]
    Index(Meta<'a>),
    Create(Meta<'a>),
    Update(Meta<'a>),
    Delete(Meta<'a>),
}

#[derive(Debug, Deserialize)]
struct Meta<'a> {
    #[serde(borrow, default, rename = "_index")]
    index: Option<Cow<'a, str>>,
    /// Some clients send numbers.
    #[serde(borrow, default, rename = "_id")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    op_type: Option<Cow<'a, str>>,
}

impl<'a> ActionLine<'a> {
    fn parts(self) -> (BulkOp, Meta<'a>) {
        match self {
            ActionLine::Index(meta) if meta.op_type.as_deref() == Some("create") => (BulkOp::Create, meta),
            ActionLine::Index(meta) => (BulkOp::Index, meta),
            ActionLine::Create(meta) => (BulkOp::Create, meta),
            ActionLine::Update(meta) => (BulkOp::Update, meta),
            ActionLine::Delete(meta) => (BulkOp::Delete, meta),
        }
    }
}

/// The text of a JSON string; any other value as it stands.
fn text(value: &RawValue) -> Box<str> {
    serde_json::from_str::<Box<str>>(value.get()).unwrap_or_else(|_| value.get().into())
}

fn unsupported(op: BulkOp) -> &'static str {
    match op {
        BulkOp::Delete => "cannot delete a document: a log is only appended to",
        _ => "cannot update a document: a log is only appended to",
    }
}

fn bad_request(kind: &'static str, reason: &str) -> BulkError {
    BulkError { status: 400, kind, reason: reason.into() }
}
