//! Everything that is needed once all rows are read.

use super::super::converters::Converter;
use super::super::value::Value;
use super::columns::{Columns, Head};
use super::target::Places;
use crate::Limits;

/// A converter, the column it converts, and which of the first line's fields tests it.
pub(super) type Assigned<'a, 'c> = (usize, isize, &'a mut Converter<'c>);

/// Everything that is needed once all rows are read.
pub(super) struct Plan<'a, 'c> {
    pub(super) columns: &'a Columns,
    pub(super) places: Option<&'a Places>,
    pub(super) missing: &'a [Vec<String>],
    pub(super) filling: &'a [Option<Value>],
    pub(super) converters: Vec<Assigned<'a, 'c>>,
    pub(super) head: &'a Head,
    pub(super) default_format: &'a str,
    pub(super) skip_header: u64,
    pub(super) skip_footer: u64,
    pub(super) usemask: bool,
    pub(super) loose: bool,
    pub(super) invalid_raise: bool,
    pub(super) texts_as_bytes: bool,
    pub(super) ndmin: usize,
    pub(super) unpack: bool,
    pub(super) limits: &'a Limits,
}
