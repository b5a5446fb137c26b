//! Joins the rows of a text into one array.

use std::sync::Arc;

use crate::array::{Buffer, Data, Layout, byte_len};
use crate::datetime::common_unit;
use crate::io::give_back;
use crate::text::error::TextError;
use crate::text::read::chunk::Elements;
use crate::text::read::convert::{RowLayout, StringColumn};
use crate::text::read::converters::number;
use crate::text::read::lines::in_proportion;
use crate::text::read::pipeline::MergedRows;
use crate::{DType, DynArray, Limits, Order, Result, Scalar, TimeUnit};

/// The number of bytes copied before their source memory is released.
const STEP: usize = 4 << 20;

/// The array of `rows`, with at least `ndmin` axes and no others of length 1; with `unpack`, columns first.
pub(crate) fn assemble(
    dtype: &DType,
    columns: &RowLayout,
    rows: MergedRows,
    ndmin: usize,
    unpack: bool,
    limits: &Limits,
) -> Result<DynArray> {
    let dtype = match columns {
        RowLayout::StringColumn(scalar) => DType::Scalar(settled(*scalar, &rows.chunks)?),
        _ => dtype.clone(),
    };
    let is_found = matches!(columns, RowLayout::StringColumn(_));
    let found = usize::try_from(rows.rows).unwrap_or(usize::MAX);
    let mut shape = match columns {
        RowLayout::Record(..) => vec![found],
        _ => vec![found, rows.count],
    };
    let len = byte_len(&shape, dtype.itemsize())?;
    if len as u64 > limits.max_array_bytes {
        return Err(TextError::TooLarge { bytes: len as u64, limit: limits.max_array_bytes }.into());
    }
    if is_found {
        in_proportion(len as u64, rows.bytes, limits)?;
    }
    let mut buffer = gather(&dtype, rows.placed, rows.chunks, len)?;
    if let Some(graph) = &rows.objects {
        number(buffer.bytes_mut(), dtype.itemsize(), &columns.objects(), graph)?;
    }
    let data = Data::Owned(Arc::new(buffer));
    fit(&mut shape, ndmin);
    let mut layout = Layout::contiguous(&shape, dtype.itemsize(), Order::C);
    if unpack && !matches!(columns, RowLayout::Record(..)) {
        layout.shape.reverse();
        layout.strides.reverse();
    }
    let array = DynArray::from_parts(dtype, layout, data);
    Ok(match rows.objects {
        Some(graph) => array.with_objects(graph),
        None => array,
    })
}

/// `_ensure_ndmin_ndarray` in NumPy's `_npyio_impl.py`.
pub(crate) fn fit(shape: &mut Vec<usize>, ndmin: usize) {
    if shape.len() > ndmin {
        shape.retain(|&axis| axis != 1);
    }
    while shape.len() < ndmin {
        shape.push(1);
    }
}

/// The dtype of strings, as long as the longest, or of dates, of the unit that represents all of them.
fn settled(scalar: Scalar, chunks: &[Elements]) -> Result<Scalar> {
    if let Scalar::Datetime(_, order) = scalar {
        let units = chunks.iter().filter_map(|cells| match cells {
            Elements::StringColumn(texts) => texts.unit(),
            Elements::Fixed(_) => None,
        });
        return Ok(Scalar::Datetime(units.reduce(common_unit).unwrap_or(TimeUnit::Generic), order));
    }
    let longest = |cells: &Elements| match cells {
        Elements::StringColumn(texts) => texts.longest(),
        Elements::Fixed(_) => 0,
    };
    // NumPy makes no text of length 0.
    let longest = chunks.iter().map(longest).max().unwrap_or(0).max(1);
    let too_long = || TextError::LongText(longest);
    let length = i32::try_from(longest).map_err(|_| too_long())?.unsigned_abs();
    Ok(match scalar {
        Scalar::Str(_, order) if length <= i32::MAX.unsigned_abs() / 4 => Scalar::Str(length, order),
        Scalar::Str(..) => return Err(too_long().into()),
        _ => Scalar::Bytes(length),
    })
}

/// Joins the output buffer and the chunks. Each chunk is freed once it is copied, and the kernel maps the new memory
/// only as it is written, so that no more than one chunk is in memory twice.
pub(crate) fn gather(
    dtype: &DType,
    placed: Option<Buffer>,
    chunks: Vec<Elements>,
    len: usize,
) -> Result<Buffer> {
    let mut placed = match placed {
        Some(placed) if chunks.is_empty() && placed.bytes().len() == len => return Ok(placed),
        placed => placed,
    };
    let mut buffer = Buffer::zeroed(len)?;
    let mut rest: &mut [u8] = buffer.bytes_mut();
    for part in placed.iter_mut().flat_map(|placed| placed.bytes_mut().chunks_mut(STEP)) {
        let Some((out, after)) = std::mem::take(&mut rest).split_at_mut_checked(part.len()) else { break };
        out.copy_from_slice(part);
        give_back(part);
        rest = after;
    }
    drop(placed);
    for cells in chunks {
        let len = match &cells {
            Elements::Fixed(bytes) => bytes.len(),
            Elements::StringColumn(texts) => texts.len().saturating_mul(dtype.itemsize()),
        };
        let Some((out, after)) = std::mem::take(&mut rest).split_at_mut_checked(len) else { break };
        match (&cells, dtype.as_scalar()) {
            (Elements::Fixed(bytes), _) => out.copy_from_slice(bytes),
            (Elements::StringColumn(texts), Some(scalar)) => StringColumn::write(texts, scalar, out),
            (Elements::StringColumn(_), None) => {}
        }
        rest = after;
    }
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_one_go_unless_asked_for() {
        for (shape, ndmin, wanted) in [
            (&[3, 2][..], 0, &[3, 2][..]),
            (&[1, 1], 0, &[]),
            (&[1, 1], 1, &[1]),
            (&[3, 1], 1, &[3]),
            (&[3, 1], 2, &[3, 1]),
            (&[1, 3], 1, &[3]),
            (&[0, 1], 0, &[0]),
            (&[3], 2, &[3, 1]),
        ] {
            let mut found = shape.to_vec();
            fit(&mut found, ndmin);
            assert_eq!(found, wanted, "{shape:?} {ndmin}");
        }
    }
}
