//! The report on an archive.

use std::io::{self, Write};

use numio::npy::Header;
use numio::npz::{MemberInfo, Method, Sparse, SparseInfo};
use numio::{NpzArchive, Result};
use serde::Serialize;

use super::npy::order;
use crate::failure::advice;
use crate::output::Output;
use crate::text::{self, Side, Table};

#[derive(Debug, Serialize)]
pub(super) struct Archive {
    format: &'static str,
    file_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sparse: Option<SparseMatrix>,
    /// Whose archive it is, and what to do, if it is none of arrays.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The error message if it is a sparse matrix that cannot be.
    #[serde(skip)]
    pub(super) error: Option<String>,
    pub(super) members: Vec<Member>,
}

/// The sparse matrix of which an archive consists.
#[derive(Debug, Serialize)]
struct SparseMatrix {
    format: &'static str,
    is_array: bool,
    shape: Vec<usize>,
    nnz: usize,
    dtype: String,
}

impl SparseMatrix {
    fn new(info: &SparseInfo) -> Self {
        Self {
            format: info.format.name(),
            is_array: info.is_array,
            shape: info.shape.clone(),
            nnz: info.nnz,
            dtype: info.dtype.to_string(),
        }
    }
}

impl std::fmt::Display for SparseMatrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { format, shape, nnz, dtype, .. } = self;
        let kind = if self.is_array { "array" } else { "matrix" };
        write!(f, "{format} {kind} of shape {} with {nnz} elements of {dtype}", text::shape(shape))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Member {
    name: String,
    method: String,
    /// Uncompressed size, header included.
    bytes: u64,
    stored_bytes: u64,
    ratio: f64,
    offset: Option<u64>,
    mappable: bool,
    #[serde(flatten)]
    array: Option<MemberArray>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

#[derive(Debug, Serialize)]
struct MemberArray {
    dtype: String,
    descr: String,
    shape: Vec<usize>,
    order: &'static str,
}

impl Archive {
    pub(super) fn new(archive: &NpzArchive, file_bytes: Option<u64>) -> Self {
        let members = archive.members().enumerate();
        let members = members.map(|(at, info)| {
            Member::new(
                &info,
                archive.by_index(at).and_then(|member| member.header()),
                archive.by_index(at).and_then(|member| member.data_offset()),
            )
        });
        let members: Vec<Member> = members.collect();
        let (sparse, error) = match Sparse::describe(archive) {
            Ok(info) => (info.as_ref().map(SparseMatrix::new), None),
            // A member's own error is reported with it.
            Err(_) if members.iter().any(|member| member.error.is_some()) => (None, None),
            Err(error) => (None, Some(advice(&error.to_string()).into_owned())),
        };
        Self { format: "npz", file_bytes, sparse, note: text::foreign(archive), error, members }
    }

    pub(super) fn print(&self, file: &str, out: &mut Output) -> io::Result<()> {
        let size = self.file_bytes.map_or(String::new(), |bytes| format!(", {}", text::size(bytes)));
        let members = match self.members.len() {
            1 => "1 member".to_owned(),
            count => format!("{count} members"),
        };
        let sparse = self.sparse.as_ref().map_or(String::new(), |sparse| format!(", {sparse}"));
        let note = self.note.as_ref().map_or(String::new(), |note| format!(", {note}"));
        writeln!(out, "{}: {members}{size}{}{note}", text::visible(file), text::visible(&sparse))?;
        let mut table = Table::new(&[
            ("member", Side::Left),
            ("method", Side::Left),
            ("shape", Side::Left),
            ("order", Side::Left),
            ("size", Side::Right),
            ("stored", Side::Right),
            ("ratio", Side::Right),
            ("offset", Side::Right),
            ("map", Side::Left),
            ("dtype", Side::Left),
        ]);
        for member in &self.members {
            let array = member.array.as_ref();
            table.row([
                member.name.clone(),
                member.method.clone(),
                array.map_or("-".to_owned(), |array| text::shape(&array.shape)),
                array.map_or("-", |array| array.order).to_owned(),
                text::size(member.bytes),
                text::size(member.stored_bytes),
                format!("{:.2}", member.ratio),
                member.offset.map_or("?".to_owned(), |offset| offset.to_string()),
                if member.mappable { "yes" } else { "no" }.to_owned(),
                array.map_or("-".to_owned(), |array| array.dtype.clone()),
            ]);
        }
        if self.members.is_empty() { Ok(()) } else { table.print(out) }
    }
}

impl Member {
    fn new(info: &MemberInfo<'_>, header: Result<Option<Header>>, offset: Result<u64>) -> Self {
        let (header, error) = match header {
            Ok(header) => (header, None),
            Err(error) => (None, Some(advice(&error.to_string()).into_owned())),
        };
        let plain = |header: &Header| !header.dtype().has_objects();
        Self {
            name: info.name.to_owned(),
            method: info.method.to_string(),
            bytes: info.size,
            stored_bytes: info.compressed_size,
            ratio: if info.size == 0 { 1.0 } else { info.compressed_size as f64 / info.size as f64 },
            offset: offset.ok(),
            mappable: info.method == Method::Stored && header.as_ref().is_some_and(plain),
            array: header.as_ref().map(|header| MemberArray {
                dtype: header.dtype().to_string(),
                descr: header.dtype().descr().unwrap_or_default(),
                shape: header.shape().to_vec(),
                order: order(header),
            }),
            error,
        }
    }
}
