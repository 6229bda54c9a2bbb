//! The engine: takes a request, cuts the store, compiles the query and runs it under its budgets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::provider_as_source;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, ident};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use girok_event::{Timestamp, columns};
use girok_query::Query;
use girok_query::ast::Pipe;
use girok_store::{Outage, PartMeta, Patterns, Store};
use parking_lot::Mutex;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc;

use crate::answer::{Answer, QueryStats};
use crate::compile::{Compiler, Stage, apply_counted, apply_pipe, compile_filter, step_of_chart, time_expr};
use crate::counts::{self, CountBy};
use crate::cut::Cut;
use crate::error::ExecError;
use crate::facets::{self, Facets, FacetsRequest};
use crate::hits::{self, Hits, HitsRequest};
use crate::newest;
use crate::request::QueryRequest;
use crate::scan::{HotColumns, Left, OpenParts};
use crate::scope::Scope;
use crate::table::PartSource;
use crate::text;
use crate::time::TimeRange;

/// Batches an answer may be ahead of its reader.
const BATCHES_AHEAD: usize = 4;

/// So many parts may turn out to be damaged under one question.
const TRIES_MAX: usize = 100;

/// Planning recurses as deep as a query nests.
const STACK_BYTES: usize = 32 << 20;

/// What queries may use.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Memory for groups and sorts of all queries together; sorts spill to disk beyond it.
    pub memory_bytes: usize,
    /// Memory for the footers and indexes of parts, kept for the next query.
    pub index_bytes: u64,
    /// Memory for decoded columns, kept for the next query.
    pub columns_bytes: usize,
    /// The longest a query may run.
    pub time_max: Duration,
    /// Threads that compute answers.
    pub threads: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        EngineConfig {
            memory_bytes: 512 << 20,
            index_bytes: 512 << 20,
            columns_bytes: 256 << 20,
            time_max: Duration::from_secs(300),
            threads,
        }
    }
}

/// Answers queries; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    state: SessionState,
    source: PartSource,
    config: EngineConfig,
    /// Only taken out when the engine is dropped: a runtime must not be dropped inside another.
    runtime: Mutex<Option<Runtime>>,
    handle: Handle,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.get_mut().take() {
            runtime.shutdown_background();
        }
    }
}

/// A search made ready: its filter compiled, its pipes not yet.
pub(crate) struct Search {
    pub(crate) compiler: Compiler,
    pub(crate) query: Query,
    pub(crate) cut: Cut,
    pub(crate) patterns: Arc<Patterns>,
    filters: Vec<Expr>,
}

impl Engine {
    /// An engine over `store`.
    pub fn new(store: Store, config: EngineConfig) -> Result<Self, ExecError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(config.threads.max(1))
            .thread_name("query")
            .thread_stack_size(STACK_BYTES)
            .enable_time()
            .build()
            .map_err(|error| ExecError::Engine(Box::new(error.into())))?;
        let (parts, patterns) = (store.parts.clone(), Arc::clone(&store.patterns));
        let hot = Arc::new(HotColumns::new(config.columns_bytes));
        let open = Arc::new(OpenParts::new(config.index_bytes));
        let source = PartSource { parts, open, day_heads: Arc::default(), hot, patterns };
        let context = session(&config)?;
        let handle = runtime.handle().clone();
        let runtime = Mutex::new(Some(runtime));
        let state = context.state();
        Ok(Engine { inner: Arc::new(Inner { store, state, source, config, runtime, handle }) })
    }

    /// Opens the newest parts in the background, so that the first question finds them open.
    pub fn open_newest(&self) {
        let snapshot = self.inner.store.catalog.snapshot();
        let all = snapshot.datasets().flat_map(|dataset| snapshot.parts(dataset).to_vec());
        let mut parts: Vec<Arc<PartMeta>> = all.collect();
        parts.sort_unstable_by_key(|part| std::cmp::Reverse(part.time_max));
        let PartSource { parts: store, open, .. } = self.inner.source.clone();
        self.inner.handle.spawn(async move { open.open_until_full(&store, parts).await });
    }

    /// Runs a search; rows come as they are found.
    pub async fn query(&self, request: QueryRequest) -> Result<Answer, ExecError> {
        self.ask(move |engine| {
            let request = request.clone();
            async move { engine.run_query(request).await?.begun().await }
        })
        .await
    }

    /// Counts a search's events by time.
    pub async fn hits(&self, request: HitsRequest) -> Result<Hits, ExecError> {
        self.ask(move |engine| {
            let request = request.clone();
            async move { hits::hits(&engine, request).await }
        })
        .await
    }

    /// The most frequent values of a search's fields.
    pub async fn facets(&self, request: FacetsRequest) -> Result<Facets, ExecError> {
        self.ask(move |engine| {
            let request = request.clone();
            async move { facets::facets(&engine, request).await }
        })
        .await
    }

    /// Runs one read-only SQL statement over the datasets as tables.
    pub async fn sql(&self, text: String, now: Timestamp) -> Result<Answer, ExecError> {
        self.ask(move |engine| {
            let text = text.clone();
            async move { crate::sql::run(&engine, &text, now).await?.begun().await }
        })
        .await
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.inner.handle
    }

    pub(crate) fn state(&self) -> &SessionState {
        &self.inner.state
    }

    pub(crate) fn source(&self) -> &PartSource {
        &self.inner.source
    }

    /// Asks on the engine's own threads. If a part turns out to be damaged on the way, it is left out and the
    /// question is asked again.
    async fn ask<T, F>(&self, question: impl Fn(Engine) -> F + Send + 'static) -> Result<T, ExecError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ExecError>> + Send,
    {
        let engine = self.clone();
        self.on_runtime(async move {
            for _ in 1..TRIES_MAX {
                let before = engine.damaged_parts();
                match question(engine.clone()).await {
                    Err(_) if engine.damaged_parts() > before => {}
                    answer => return answer,
                }
            }
            question(engine).await
        })
        .await
    }

    fn damaged_parts(&self) -> usize {
        self.inner.store.parts.quarantine().len()
    }

    /// What to say when an answer breaks off in the middle.
    fn explain(&self, damaged_before: usize, error: ExecError) -> ExecError {
        let latest = self.inner.store.parts.quarantine().latest();
        match latest.filter(|_| self.damaged_parts() > damaged_before) {
            Some(Outage { path, reason }) => ExecError::PartDamaged { path, reason },
            None => error,
        }
    }

    /// Planning and reading take long enough to leave the callers' threads alone.
    pub(crate) async fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ExecError>> + Send + 'static,
    ) -> Result<T, ExecError> {
        let budget = self.inner.config.time_max;
        let task = self.inner.handle.spawn(async move {
            tokio::time::timeout(budget, work)
                .await
                .map_err(|_| ExecError::TimeBudget { seconds: budget.as_secs() })?
        });
        // Dropping the guard, as a caller that went away does, stops the work.
        let guard = AbortOnDrop(task.abort_handle());
        let result =
            task.await.map_err(|error| ExecError::Sql(format!("the query's task ended: {error}")))?;
        drop(guard);
        result
    }

    async fn run_query(&self, request: QueryRequest) -> Result<Answer, ExecError> {
        let started = Instant::now();
        let mut search = self.search(&request)?;
        let pipes = std::mem::take(&mut search.query.pipes);
        let mut pipes = pipes.as_slice();
        while let [Pipe::Where(condition), rest @ ..] = pipes {
            search.add_filter(search.compiler.condition(condition)?)?;
            pipes = rest;
        }
        let newest = match pipes {
            [] => request.limit,
            [Pipe::Head(rows), ..] => Some(usize::try_from(*rows).unwrap_or(usize::MAX)),
            [Pipe::Fields(_), Pipe::Head(rows), ..] => Some(usize::try_from(*rows).unwrap_or(usize::MAX)),
            [Pipe::Fields(_)] => request.limit,
            _ => None,
        };
        if let Some(rows) = newest {
            newest::narrow(self, &mut search, rows).await?;
        }
        let counted = match pipes.first() {
            Some(pipe) => self.counted(&search, pipe).await?,
            None => None,
        };
        let stats = search.stats();
        let mut stage = Stage { frame: search.over(self, &search.cut)?, ordered: false };
        let mut compiler = search.compiler;
        if let (Some(frame), [pipe, rest @ ..]) = (counted, pipes) {
            stage = apply_counted(&mut compiler, frame, pipe)?;
            pipes = rest;
        }
        for pipe in pipes {
            stage = apply_pipe(&mut compiler, stage, pipe)?;
        }
        stage = stage.in_order(&compiler)?;
        if compiler.scope.events {
            // Nobody asked for it, and an event does not have it of its own.
            stage.frame = stage.frame.drop_columns(&[columns::PATTERN])?;
        }
        if let Some(limit) = request.limit {
            stage.frame = stage.frame.limit(0, Some(limit))?;
        }
        let events = compiler.scope.events;
        let answer = self.stream(stage.frame, stats, started).await?;
        Ok(Answer { events, warnings: compiler.into_warnings(), ..answer })
    }

    /// The counts that `pipe` asks for, as far as indexes know them; nothing if they know none of it.
    async fn counted(&self, search: &Search, pipe: &Pipe) -> Result<Option<DataFrame>, ExecError> {
        let step = |span: Option<i64>| span.unwrap_or_else(|| step_of_chart(search.compiler.range));
        match CountBy::of_pipe(pipe, step) {
            Some(by) => counts::counted(self, search, &by).await,
            None => Ok(None),
        }
    }

    /// Parses and compiles a request's filter over a fresh cut.
    pub(crate) fn search(&self, request: &QueryRequest) -> Result<Search, ExecError> {
        let query = girok_query::parse(&request.text)?;
        let cut = Cut::take(&self.inner.store, request)?;
        Search::new(self, query, cut, request)
    }

    /// A table as the start of a plan.
    pub(crate) fn frame(&self, table: Arc<dyn TableProvider>) -> Result<DataFrame, ExecError> {
        let plan = LogicalPlanBuilder::scan("events", provider_as_source(table), None)?.build()?;
        Ok(DataFrame::new(self.inner.state.clone(), plan))
    }

    /// Runs a plan to its end.
    pub(crate) async fn collect(
        &self,
        frame: DataFrame,
        stats: QueryStats,
    ) -> Result<(Vec<RecordBatch>, QueryStats), ExecError> {
        let answer = self.stream(frame, stats, Instant::now()).await?;
        let stats = Arc::clone(&answer.stats);
        let batches = answer.collect().await?;
        let stats = stats.lock().clone();
        Ok((batches, stats))
    }

    /// Starts a plan; its batches go to the answer's reader, and stop when the reader goes.
    pub(crate) async fn stream(
        &self,
        frame: DataFrame,
        stats: QueryStats,
        started: Instant,
    ) -> Result<Answer, ExecError> {
        let context = Arc::new(frame.task_ctx());
        let plan = frame.create_physical_plan().await?;
        let mut stream = execute_stream(plan, context)?;
        let schema = stream.schema();
        let stats = Arc::new(Mutex::new(stats));
        let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
        let answer = Answer {
            schema,
            events: false,
            warnings: Vec::new(),
            first: None,
            batches,
            stats: Arc::clone(&stats),
        };
        let (engine, damaged_before) = (self.clone(), self.damaged_parts());
        let budget = self.inner.config.time_max.saturating_sub(started.elapsed());
        let deadline = tokio::time::Instant::now() + budget;
        let seconds = self.inner.config.time_max.as_secs();
        self.inner.handle.spawn(async move {
            let mut rows = 0;
            loop {
                let next = tokio::select! {
                    next = tokio::time::timeout_at(deadline, stream.next()) => next,
                    () = sender.closed() => return,
                };
                let batch = match next {
                    Err(_) => Err(ExecError::TimeBudget { seconds }),
                    Ok(None) => break,
                    Ok(Some(batch)) => batch.map_err(|error| engine.explain(damaged_before, error.into())),
                };
                rows += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
                let failed = batch.is_err();
                if failed || !batch.as_ref().is_ok_and(|batch| batch.num_rows() == 0) {
                    finish(&stats, rows, started, false);
                    if sender.send(batch).await.is_err() || failed {
                        return;
                    }
                }
            }
            finish(&stats, rows, started, true);
        });
        Ok(answer)
    }
}

/// Notes what was done so far; the scans' own counts only once, at the end.
fn finish(stats: &Mutex<QueryStats>, rows: u64, started: Instant, is_last: bool) {
    let mut stats = stats.lock();
    stats.rows = rows;
    stats.elapsed_ms = started.elapsed().as_millis() as u64;
    if is_last {
        stats.settle();
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Search {
    pub(crate) fn new(
        engine: &Engine,
        query: Query,
        cut: Cut,
        request: &QueryRequest,
    ) -> Result<Self, ExecError> {
        let scope = Scope::new(cut.table(engine.source()).schema(), true);
        let range = if request.range.start.is_some() && request.range.end.is_some() {
            request.range
        } else {
            cut.covered_range(request.range)
        };
        let compiler = Compiler::new(scope, request.now, range);
        let mut search = Search {
            compiler,
            query,
            cut,
            patterns: Arc::clone(&engine.store().patterns),
            filters: Vec::new(),
        };
        for condition in time_conditions(request.range) {
            search.add_filter(condition)?;
        }
        if let Some(condition) = compile_filter(&search.compiler, &search.query.filter) {
            search.add_filter(condition)?;
        }
        Ok(search)
    }

    pub(crate) fn add_filter(&mut self, condition: Expr) -> Result<(), ExecError> {
        self.filters.push(self.compiler.scope.ready(condition)?);
        Ok(())
    }

    /// The events of a cut of the search's schema that match. The table itself keeps to the filters: in a plan every
    /// rule of its optimizer would go through each test of each column.
    pub(crate) fn over(&self, engine: &Engine, cut: &Cut) -> Result<DataFrame, ExecError> {
        engine.frame(Arc::new(cut.table(engine.source()).matching(self.filters.clone())))
    }

    /// Takes the parts out of the cut of which nothing can match.
    pub(crate) async fn prune(&mut self, engine: &Engine) -> Result<(), ExecError> {
        self.cut.parts =
            self.left(engine).await?.into_iter().map(|left| Arc::clone(&left.part.meta)).collect();
        Ok(())
    }

    /// What the filter leaves of each part, by the parts' indexes.
    pub(crate) async fn left(&self, engine: &Engine) -> Result<Vec<Left>, ExecError> {
        let table = self.cut.table(engine.source());
        Ok(table.scan_of_parts(&self.filters, 1).left().await?)
    }

    /// The conditions of the search, its range of time among them.
    pub(crate) fn filters(&self) -> &[Expr] {
        &self.filters
    }

    /// The range asked for, its open ends closed by what there is.
    pub(crate) fn covered_range(&self) -> TimeRange {
        self.compiler.range
    }

    pub(crate) fn stats(&self) -> QueryStats {
        self.cut.stats.clone()
    }
}

fn time_conditions(range: TimeRange) -> impl Iterator<Item = Expr> {
    let start = range.start.map(|start| ident(columns::TIME).gt_eq(time_expr(start)));
    let end = range.end.map(|end| ident(columns::TIME).lt(time_expr(end)));
    start.into_iter().chain(end)
}

fn session(config: &EngineConfig) -> Result<SessionContext, ExecError> {
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(config.memory_bytes)))
        .build_arc()?;
    let mut session = SessionConfig::new()
        .with_target_partitions(config.threads.max(1))
        .with_information_schema(true)
        .with_collect_statistics(false);
    let options = session.options_mut();
    options.sql_parser.enable_ident_normalization = true;
    let context = SessionContext::new_with_config_rt(session, runtime);
    text::register(&context);
    Ok(context)
}
