//! Live tail: which rows of a chunk that has just become visible match.

use arrow::record_batch::RecordBatch;
use girok_event::columns;
use girok_query::Query;
use girok_query::ast::Pipe;
use girok_store::Chunk;

use crate::answer::QueryStats;
use crate::compile::{Stage, apply_pipe};
use crate::cut::Cut;
use crate::engine::{Engine, Search};
use crate::error::ExecError;
use crate::request::QueryRequest;

/// A search that follows what arrives.
#[derive(Debug, Clone)]
pub struct Tail {
    query: Query,
    request: QueryRequest,
}

impl Tail {
    /// Refuses a query that cannot be answered row by row.
    pub fn new(request: QueryRequest) -> Result<Self, ExecError> {
        let query = girok_query::parse(&request.text)?;
        let row_by_row = query.pipes.iter().all(|pipe| matches!(pipe, Pipe::Where(_) | Pipe::Fields(_)));
        if !row_by_row {
            let reason = "live tail takes only the pipes `where` and `fields`".to_owned();
            return Err(ExecError::Parameter { parameter: "query", value: request.text, reason });
        }
        Ok(Tail { query, request })
    }

    /// The matching rows of `chunk`, in the order in which they arrived.
    pub async fn matching(&self, engine: &Engine, chunk: &Chunk) -> Result<Vec<RecordBatch>, ExecError> {
        if !self.request.asks_for(chunk.dataset.as_str()) {
            return Ok(Vec::new());
        }
        let cut = Cut::of_chunk(chunk);
        let search = Search::new(engine, self.query.clone(), cut, &self.request)?;
        let mut stage = Stage { frame: search.over(engine, &search.cut)?, ordered: true };
        let mut compiler = search.compiler;
        for pipe in &self.query.pipes {
            stage = apply_pipe(&mut compiler, stage, pipe)?;
        }
        if compiler.scope.events {
            stage.frame = stage.frame.drop_columns(&[columns::PATTERN])?;
        }
        Ok(engine.collect(stage.frame, QueryStats::default()).await?.0)
    }
}
