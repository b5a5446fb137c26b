//! Texts cut, padded or widened, and numbers as texts.

use crate::array::error::Fault;
use crate::array::print::scalar_text;
use crate::array::swap;
use crate::{ByteOrder, Result, Scalar};

/// Converts between `S` and `U` of any lengths.
///
/// # Errors
/// `Encoding` where bytes that are not ASCII should become text.
pub(super) fn between(from: Scalar, to: Scalar, source: &[u8], out: &mut [u8]) -> Result<()> {
    let (size, wanted) = (from.itemsize(), to.itemsize());
    if size == 0 || wanted == 0 {
        return Ok(());
    }
    let pairs = source.chunks_exact(size).zip(out.chunks_exact_mut(wanted));
    if let (Scalar::Bytes(_), Scalar::Str(..)) = (from, to) {
        for (item, place) in pairs {
            for (&byte, unit) in item.iter().zip(place.as_chunks_mut::<4>().0) {
                if !byte.is_ascii() {
                    return Err(Fault::NotAscii(byte).into());
                }
                *unit = u32::from(byte).to_ne_bytes();
            }
        }
        from_native(to, out);
        return Ok(());
    }
    let kept = size.min(wanted);
    for (item, place) in pairs {
        place.split_at_mut(kept).0.copy_from_slice(item.split_at(kept).0);
    }
    if from.byte_order() != to.byte_order() {
        swap::in_place(out, to.swap_size());
    }
    Ok(())
}

/// Writes numbers as NumPy's `str` does, cut to the length of `to`.
pub(super) fn from_numbers(
    from: Scalar,
    to: Scalar,
    count: usize,
    source: &[u8],
    out: &mut [u8],
) -> Result<()> {
    let mut text = String::new();
    let pairs = source.chunks_exact(from.itemsize()).zip(out.chunks_exact_mut(to.itemsize()));
    for (item, place) in pairs.take(count) {
        text.clear();
        scalar_text(from, item, &mut text);
        // Numbers are ASCII.
        match to {
            Scalar::Str(..) => {
                let units = place.as_chunks_mut::<4>().0.iter_mut();
                units.zip(text.bytes()).for_each(|(unit, byte)| *unit = u32::from(byte).to_ne_bytes());
            }
            _ => place.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte),
        }
    }
    from_native(to, out);
    Ok(())
}

/// Brings texts from this machine's byte order into that of `to`.
fn from_native(to: Scalar, out: &mut [u8]) {
    if to.byte_order().is_some_and(|order| order != ByteOrder::NATIVE) {
        swap::in_place(out, to.swap_size());
    }
}
