//! Deflate (RFC 1951) on all cores: blocks compressed on their own and joined into one stream, and an index by which
//! they are inflated on their own again. Any inflater reads the stream.

mod bits;
mod codes;
mod index;
mod join;
mod peek;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use self::index::{ID as INDEX_ID, Index, Part, block_len};
pub(crate) use self::join::{choose, compress, compressor, sample};
pub(crate) use self::peek::peek;
