//! Kept rows as elements.

use super::kept::Kept;
use super::rows::{Piece, Target};
use crate::Result;
use crate::parallel::{map, num_threads};

/// The elements of kept rows, chunk by chunk on all cores.
///
/// # Errors
/// `Cancelled`.
pub(super) fn elements(target: &Target, kept: &[Kept], count: usize) -> Result<Vec<Piece>> {
    let convert = |kept: &Kept| {
        let mut piece = Piece::default();
        let mut fields = Vec::with_capacity(count);
        for row in 0..kept.rows() {
            fields.clear();
            fields.extend((0..count).map(|column| kept.field(row, column)));
            target.convert(&fields, &mut piece);
            piece.rows += 1;
        }
        piece
    };
    map(num_threads(), kept.iter(), |kept| Ok(convert(kept)))
}
