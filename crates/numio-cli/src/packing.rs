//! How members of archives are to be packed.

use clap::{Args, ValueEnum};
use numio::npz::Compression;

use crate::failure::Failure;

#[derive(Debug, Args)]
pub struct Packing {
    /// How to pack the members; only stored ones can be mapped
    #[arg(long, value_enum, default_value_t = Method::Stored)]
    compress: Method,
    /// How hard to try: 0 to 12 for deflate, 1 to 22 for zstd
    #[arg(long)]
    level: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    Stored,
    Deflate,
    Zstd,
}

impl Packing {
    /// # Errors
    /// Usage, for a level that the method does not have.
    pub fn compression(&self) -> Result<Compression, Failure> {
        let wrong = |what: &str| Err(Failure::Usage(format!("--level: {what}")));
        match (self.compress, self.level) {
            (Method::Stored, None) => Ok(Compression::Stored),
            (Method::Stored, Some(_)) => wrong("stored members have none: add --compress"),
            (Method::Deflate, None) => Ok(Compression::Deflated),
            (Method::Deflate, Some(level @ 0..=12)) => Ok(Compression::DeflatedAt(level)),
            (Method::Deflate, Some(_)) => wrong("deflate has levels from 0 to 12"),
            (Method::Zstd, None) => Ok(Compression::Zstd(3)),
            (Method::Zstd, Some(level @ 1..=22)) => Ok(Compression::Zstd(level)),
            (Method::Zstd, Some(_)) => wrong("zstd has levels from 1 to 22"),
        }
    }
}
