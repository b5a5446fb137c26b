//! Kept rows as elements.

use std::thread;

use super::kept::Kept;
use super::rows::{Piece, Target};
use crate::source::cores;

/// The elements of kept rows, chunk by chunk on all cores.
pub(super) fn elements(target: &Target, kept: &[Kept], count: usize) -> Vec<Piece> {
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
    let workers = cores();
    let mut pieces = Vec::with_capacity(kept.len());
    for batch in kept.chunks(workers) {
        if let [only] = batch {
            pieces.push(convert(only));
            continue;
        }
        thread::scope(|scope| {
            let running: Vec<_> = batch.iter().map(|kept| scope.spawn(move || convert(kept))).collect();
            for thread in running {
                // A thread of ours does not panic; if one did, this one would too.
                pieces.push(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
        });
    }
    pieces
}
