//! A cut through the store as a DataFusion table: parts from Parquet, live rows from memory.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use girok_event::DatasetName;
use girok_store::{PartMeta, PartStore};
use object_store::{ObjectMeta, ObjectStore};

/// The column that says which dataset a row is of.
pub(crate) const DATASET: &str = "_dataset";

/// Live rows of one dataset, past every part of the cut.
#[derive(Debug, Clone)]
pub(crate) struct LiveRows {
    pub(crate) dataset: DatasetName,
    pub(crate) batch: RecordBatch,
}

/// Where parts are read from.
#[derive(Debug, Clone)]
pub(crate) struct PartSource {
    pub(crate) url: ObjectStoreUrl,
    pub(crate) objects: Arc<dyn ObjectStore>,
}

/// A set of parts and live rows under one schema.
#[derive(Clone)]
pub(crate) struct EventTable {
    /// The columns of parts, without `_dataset`.
    files: SchemaRef,
    /// All columns, `_dataset` last.
    schema: SchemaRef,
    parts: Vec<Arc<PartMeta>>,
    live: Vec<LiveRows>,
    source: PartSource,
}

impl EventTable {
    /// A table with the columns of `files`, which must hold every column of the rest.
    pub(crate) fn new(
        files: SchemaRef,
        parts: Vec<Arc<PartMeta>>,
        live: Vec<LiveRows>,
        source: PartSource,
    ) -> Self {
        let mut fields: Vec<_> = files.fields().iter().cloned().collect();
        fields.push(dataset_field());
        let schema = Arc::new(Schema::new(fields));
        EventTable { files, schema, parts, live, source }
    }

    fn scan_parts(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = TableSchema::builder(Arc::clone(&self.files))
            .with_table_partition_cols(vec![dataset_field()])
            .build();
        let cache = session.runtime_env().cache_manager.get_file_metadata_cache();
        let reader = CachedParquetFileReaderFactory::new(Arc::clone(&self.source.objects), cache);
        let mut parquet = ParquetSource::new(columns)
            .with_parquet_file_reader_factory(Arc::new(reader))
            .with_pushdown_filters(true)
            .with_reorder_filters(true);
        if let Some(filter) = conjunction(filters.to_vec()) {
            let schema = DFSchema::try_from(Arc::clone(&self.schema))?;
            parquet = parquet.with_predicate(session.create_physical_expr(filter, &schema)?);
        }
        let files = self.parts.iter().map(|part| Ok(partitioned_file(part)));
        let groups = FileGroup::new(files.collect::<Result<Vec<_>>>()?);
        let scan = FileScanConfigBuilder::new(self.source.url.clone(), Arc::new(parquet))
            .with_file_groups(groups.split_files(session.config().target_partitions()))
            .with_projection_indices(projection.cloned())?
            .with_limit(if filters.is_empty() { limit } else { None })
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }

    fn scan_live(&self, projection: Option<&Vec<usize>>) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let batches = self.live.iter().map(|rows| adapt(rows, &schema)).collect::<Result<Vec<_>>>()?;
        let plan = MemorySourceConfig::try_new_exec(&[batches], schema, None)?;
        Ok(plan)
    }
}

#[async_trait]
impl TableProvider for EventTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Parts apply filters while reading; live rows are filtered above the scan.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut inputs = Vec::new();
        if !self.parts.is_empty() {
            inputs.push(self.scan_parts(session, projection, filters, limit)?);
        }
        if !self.live.is_empty() {
            inputs.push(self.scan_live(projection)?);
        }
        match inputs.len() {
            0 => {
                let schema = match projection {
                    Some(columns) => Arc::new(self.schema.project(columns)?),
                    None => Arc::clone(&self.schema),
                };
                Ok(Arc::new(EmptyExec::new(schema)))
            }
            1 => Ok(inputs.swap_remove(0)),
            _ => UnionExec::try_new(inputs),
        }
    }
}

impl fmt::Debug for EventTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventTable")
            .field("parts", &self.parts.len())
            .field("live", &self.live.len())
            .field("columns", &self.schema.fields().len())
            .finish()
    }
}

fn dataset_field() -> Arc<Field> {
    Arc::new(Field::new(DATASET, DataType::Utf8, true))
}

fn partitioned_file(part: &PartMeta) -> PartitionedFile {
    let mut file = PartitionedFile::from(ObjectMeta {
        location: PartStore::object_path(part),
        // A part never changes, so one time serves the cache of footers.
        last_modified: chrono::DateTime::UNIX_EPOCH,
        size: part.size_bytes,
        e_tag: None,
        version: None,
    });
    file.partition_values = vec![ScalarValue::Utf8(Some(part.dataset.to_string()))];
    file
}

/// The columns of `schema` from live rows: cast where the type was widened, null where there is none.
fn adapt(rows: &LiveRows, schema: &SchemaRef) -> Result<RecordBatch> {
    let count = rows.batch.num_rows();
    let column = |field: &Arc<Field>| -> Result<ArrayRef> {
        if field.name() == DATASET {
            return Ok(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                rows.dataset.as_str(),
                count,
            ))));
        }
        Ok(match rows.batch.column_by_name(field.name()) {
            None => new_null_array(field.data_type(), count),
            Some(values) if values.data_type() == field.data_type() => Arc::clone(values),
            Some(values) => cast(values, field.data_type())?,
        })
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}
