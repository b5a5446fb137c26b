//! Writes arrays under names: as one file of safetensors, or as an archive.

use std::io::Write;

use numio::Error;
use numio::npz::{Compression, NpzWriter};

use super::kind::Kind;
use super::named_array::NamedArray;
use super::safetensors::{self, Planned, Tensors};
use super::sink::Out;
use crate::failure::Failure;
use crate::interrupt;
use crate::notes::complain;
use crate::progress;

/// The types of arrays in safetensors that the user named.
pub type Casts = [(String, &'static Kind)];

/// Writes all arrays as one file of safetensors.
///
/// # Errors
/// `Unsupported` for dtypes that the format does not have; those of reading and writing.
fn to_safetensors(out: &mut dyn Write, tensors: &Tensors, casts: &Casts) -> Result<(), Failure> {
    let Tensors { arrays, metadata } = tensors;
    if let Some((name, _)) = casts.iter().find(|(name, _)| !arrays.iter().any(|array| array.name == *name)) {
        return Err(Failure::Usage(format!("--as {name}: there is no array of that name")));
    }
    let mut planned = Vec::new();
    for array in arrays {
        let about = |error: Error| error.with_member(&array.name);
        let dtype = array.dtype();
        let named = casts.iter().find(|(name, _)| *name == array.name);
        let kind = match (named, array.kind) {
            (Some((_, kind)), _) => kind.check(&dtype),
            (None, Some(kind)) => Ok(kind),
            (None, None) => Kind::of(&dtype, None),
        };
        planned.push(Planned { name: array.name.clone(), kind: kind.map_err(about)?, shape: array.shape() });
    }
    let (header, order) = safetensors::header(&planned, metadata)?;
    out.write_all(&header).map_err(Error::from)?;
    let bar = progress::bar(arrays.iter().map(NamedArray::nbytes).fold(0, u64::saturating_add));
    for array in order.iter().filter_map(|&index| arrays.get(index)) {
        interrupt::check()?;
        safetensors::write(out, &*array.open()?)?;
        bar.inc(array.nbytes());
    }
    bar.finish_and_clear();
    Ok(())
}

/// Writes all arrays to a file of safetensors, or to `out`. A file is there when it is complete.
///
/// # Errors
/// As [`to_safetensors`].
pub fn save_safetensors(mut out: Out<'_>, tensors: &Tensors, casts: &Casts) -> Result<(), Failure> {
    to_safetensors(&mut out, tensors, casts)?;
    out.commit()?;
    Ok(())
}

/// Writes all arrays to an archive.
///
/// # Errors
/// Those of reading and writing.
pub fn save_archive(
    mut writer: NpzWriter<'_>,
    arrays: &[NamedArray],
    compression: Compression,
) -> Result<(), Failure> {
    writer.compression(compression);
    let bar = progress::bar(arrays.iter().map(NamedArray::nbytes).fold(0, u64::saturating_add));
    for array in arrays {
        interrupt::check()?;
        writer.add(&array.name, &*array.open()?)?;
        bar.inc(array.nbytes());
    }
    writer.finish()?;
    bar.finish_and_clear();
    Ok(())
}

/// Says on standard error which elements are raw bytes in files of NumPy's, once for each type.
pub fn explain_raw(name: &str, arrays: &[NamedArray]) {
    let mut kinds: Vec<&'static Kind> = arrays.iter().filter_map(|array| array.kind).collect();
    kinds.retain(|kind| kind.foreign.is_some());
    kinds.sort_by_key(|kind| kind.name);
    kinds.dedup();
    for kind in kinds {
        if let Some((descr, class)) = kind.foreign {
            let descr = descr.trim_matches('\'');
            complain(&format!("{name}: {} becomes {descr}: in Python, .view(ml_dtypes.{class})", kind.name));
        }
    }
}
