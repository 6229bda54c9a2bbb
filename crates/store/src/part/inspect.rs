//! What is in a part, and what takes how much room? Only its footer and its index are read.

use std::collections::BTreeSet;

use arrow::datatypes::FieldRef;

use super::verify::PartFile;
use super::{ColumnKind, IndexLocation};
use crate::part::open::OpenPart;
use crate::schema::kind_of;
use crate::{Covers, StoreError};

/// A part as it looks from outside.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// Version of its layout.
    pub version: u32,
    /// Who wrote it.
    pub created_by: String,
    /// The dataset.
    pub dataset: String,
    /// The partition of the commit log.
    pub partition: u32,
    /// The offsets it answers for.
    pub covers: Covers,
    /// Offset of the first and the last row.
    pub offsets: (i64, i64),
    /// Rows.
    pub rows: u64,
    /// Rows of each row group.
    pub groups: Vec<u64>,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// Bytes of all columns, compressed.
    pub column_bytes: u64,
    /// Where the index is.
    pub index: IndexLocation,
    /// The sections of the index.
    pub sections: Vec<girok_index::SectionSize>,
    /// The columns in the order of the file.
    pub columns: Vec<ColumnSize>,
}

/// A column and the room it takes.
#[derive(Debug, Clone)]
pub struct ColumnSize {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ColumnKind,
    /// Parquet's encodings in it.
    pub encodings: Vec<String>,
    /// Values that are null.
    pub nulls: Option<u64>,
    /// Bytes in the file.
    pub compressed_bytes: u64,
    /// Bytes before compression.
    pub encoded_bytes: u64,
}

impl PartFile {
    /// Describes the part.
    pub fn inspect(&self) -> Result<Inspection, StoreError> {
        let part = OpenPart::open(&self.parts, &self.name, self.size)?;
        let footer = self.footer(&part)?;
        let (index, _) = self.index(&part)?;
        let sections = girok_index::section_sizes(&self.index_bytes(index)?);
        let sections = sections.map_err(|source| StoreError::Index { path: self.name.clone(), source })?;
        let columns: Vec<_> =
            part.stored_schema().fields().iter().map(|field| column(&part, field)).collect();
        Ok(Inspection {
            version: footer.version,
            created_by: footer.created_by,
            dataset: footer.dataset,
            partition: footer.partition,
            covers: Covers { from: footer.covers_from, until: footer.covers_until },
            offsets: (footer.first_offset, footer.last_offset),
            rows: part.rows(),
            groups: part.groups().iter().map(|group| group.num_rows().max(0) as u64).collect(),
            size_bytes: self.size,
            column_bytes: columns.iter().map(|column| column.compressed_bytes).sum(),
            index,
            sections,
            columns,
        })
    }
}

fn column(part: &OpenPart, field: &FieldRef) -> ColumnSize {
    let name = field.name();
    let groups = part.groups().iter().flat_map(parquet::file::metadata::RowGroupMetaData::columns);
    let own: Vec<_> = groups
        .filter(|chunk| chunk.column_path().parts().first().is_some_and(|first| first == name))
        .collect();
    let encodings: BTreeSet<String> =
        own.iter().flat_map(|chunk| chunk.encodings()).map(|encoding| encoding.to_string()).collect();
    let nulls = own
        .iter()
        .map(|chunk| chunk.statistics().and_then(parquet::file::statistics::Statistics::null_count_opt));
    ColumnSize {
        name: name.clone(),
        kind: kind_of(field.data_type()),
        encodings: encodings.into_iter().collect(),
        nulls: nulls.sum(),
        compressed_bytes: own.iter().map(|chunk| chunk.compressed_size().max(0) as u64).sum(),
        encoded_bytes: own.iter().map(|chunk| chunk.uncompressed_size().max(0) as u64).sum(),
    }
}
