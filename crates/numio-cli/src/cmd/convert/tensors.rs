//! Conversions of arrays under names: archives, safetensors, torch's files.

use std::io::{self, Seek, SeekFrom};

use numio::{ArrayLike, DType, DynArray, Error, ErrorKind, LazyArray, NpzWriter, Order, ReadAt};

use super::{Convert, member_name};
use crate::convert::{
    Arrays, Destination, Format, Kind, Metadata, NamedArray, Out, Rows, Tensors, explain_raw, is_bfloat,
    listed, little, named_value, read_safetensors, save_archive, save_safetensors, seekable, select,
};
use crate::failure::Failure;
use crate::notes::complain;
use crate::open::Found;
use crate::output::{Output, Verdict};
use crate::target::{Index, Target};

/// The one array of a conversion.
pub(super) enum Single {
    /// In memory or in a map, and its type in safetensors, if that is not the one that its dtype has.
    Array(DynArray, Option<&'static Kind>),
    /// In a store.
    Lazy(LazyArray, Option<&'static Kind>),
    Named(NamedArray),
}

impl Single {
    pub(super) fn kind(&self) -> Option<&'static Kind> {
        match self {
            Self::Array(_, kind) | Self::Lazy(_, kind) => *kind,
            Self::Named(array) => array.kind,
        }
    }

    pub(super) fn shape(&self) -> Vec<usize> {
        match self {
            Self::Array(array, _) => array.shape().to_vec(),
            Self::Lazy(array, _) => array.shape().to_vec(),
            Self::Named(array) => array.shape(),
        }
    }

    pub(super) fn dtype(&self) -> DType {
        match self {
            Self::Array(array, _) => array.dtype().clone(),
            Self::Lazy(array, _) => array.dtype().clone(),
            Self::Named(array) => array.dtype(),
        }
    }

    /// The array, to be written in this format.
    pub(super) fn open(&self, to: Format) -> numio::Result<Box<dyn ArrayLike + '_>> {
        match self {
            Self::Array(array, _) => Ok(Box::new(array.clone())),
            // Only what safetensors wants in another order must be in memory.
            Self::Lazy(array, _)
                if to == Format::Safetensors
                    && (ArrayLike::order(array) != Order::C || little(array.dtype()) != *array.dtype()) =>
            {
                Ok(Box::new(array.read()?))
            }
            Self::Lazy(array, _) => Ok(Box::new(array.clone())),
            Self::Named(array) => array.open(),
        }
    }

    pub(super) fn rows(&self) -> numio::Result<Box<dyn Rows>> {
        match self {
            Self::Array(array, _) => Ok(Box::new(Arrays::new(array.clone()))),
            Self::Lazy(array, _) => Ok(Box::new(Arrays::new(array.clone()))),
            Self::Named(array) => array.rows(),
        }
    }

    /// Says what has become of raw bytes in a file of NumPy's.
    pub(super) fn explain(&self, target: &Target, to: Format) {
        if let (Self::Named(array), Format::Npy | Format::Npz) = (self, to) {
            explain_raw(&target.input.name(), std::slice::from_ref(array));
        }
    }
}

impl Convert {
    /// The array that a target names.
    pub(super) fn single(&self, target: &Target, from: Format) -> Result<Single, Failure> {
        if !matches!(from, Format::Safetensors | Format::Pt) {
            let bfloat = |is_bfloat: bool| is_bfloat.then(|| Kind::named("BF16")).flatten();
            if let Some((array, indexes)) = self.opening.remote_array(target)?
                && indexes.is_empty()
            {
                let kind = bfloat(is_bfloat(array.header()));
                return Ok(Single::Lazy(array, kind));
            }
            let is_bfloat = match target.input.is_file().then(|| self.opening.head(&target.input)) {
                Some(Ok(Found::Npy(head))) => is_bfloat(&head.header),
                Some(Ok(Found::Npz { archive, .. })) => {
                    let (name, _) = target.member(|name| archive.contains(name))?;
                    archive
                        .by_name(name)
                        .and_then(|member| member.header())
                        .ok()
                        .flatten()
                        .is_some_and(|header| is_bfloat(&header))
                }
                // Reading it says so.
                None | Some(Err(_)) => false,
            };
            let array = self.array(target)?;
            let is_bfloat = is_bfloat && array.dtype().itemsize() == 2;
            return Ok(Single::Array(array, bfloat(is_bfloat)));
        }
        let (Tensors { mut arrays, .. }, indexes) = self.tensors(target, from)?;
        let count = arrays.len();
        let Some(array) = arrays.pop().filter(|_| count == 1) else {
            let what =
                format!("{count} tensors: name one, {}:NAME, or convert them to .npz", target.input.name());
            return Err(Failure::Usage(what));
        };
        if indexes.is_empty() {
            return Ok(Single::Named(array));
        }
        let mut found = array.array()?;
        for index in &indexes {
            found = index.of(&found)?;
        }
        Ok(Single::Array(found, array.kind))
    }

    /// The tensors that a target names, and what is in brackets behind.
    fn tensors(&self, target: &Target, from: Format) -> Result<(Tensors, Vec<Index>), Failure> {
        let named = |name: &str| match from {
            Format::Pt => {
                let mut start = [0; 4];
                let file = seekable(&target.input)?;
                if file.read_exact_at(&mut start, 0).is_err() || !start.starts_with(b"PK") {
                    let what = "no zip archive, which files of torch are since version 1.6: load and save it with torch";
                    return Err(Error::new(ErrorKind::InvalidData, what));
                }
                let arrays = select(NamedArray::of_torch(&self.opening.archive_of(file)?, name)?, name)?;
                Ok(Tensors { arrays, metadata: Metadata::new() })
            }
            _ => {
                let Tensors { arrays, metadata } = read_safetensors(seekable(&target.input)?)?;
                select(arrays, name).map(|arrays| Tensors { arrays, metadata })
            }
        };
        if target.is_whole() {
            let Tensors { mut arrays, metadata } = named("")?;
            // A tensor that is all of a file of torch's has no name in it.
            for array in arrays.iter_mut().filter(|array| from == Format::Pt && array.name.is_empty()) {
                array.name = member_name(target);
            }
            return Ok((Tensors { arrays, metadata }, Vec::new()));
        }
        // Names of tensors may have brackets in them too.
        let (name, indexes) = target.member(|name| named(name).is_ok())?;
        Ok((named(name)?, indexes))
    }

    /// All arrays that a target names, where it names several and all of them are to be written.
    pub(super) fn all(
        &self,
        target: &Target,
        from: Format,
        destination: &Destination,
        to: Format,
    ) -> Result<Option<Tensors>, Failure> {
        let is_plain = self.dtype.is_none() && self.shape.is_none() && !self.append;
        if !is_plain
            || !(matches!(to, Format::Npz | Format::Safetensors) || to.is_table())
            || matches!(destination, Destination::Member { .. })
        {
            return Ok(None);
        }
        match from {
            Format::Npz if to != Format::Npz && target.is_whole() => {
                let arrays = NamedArray::of_archive(&self.opening.archive(&target.input)?)?;
                Ok(Some(Tensors { arrays, metadata: Metadata::new() }))
            }
            Format::Safetensors | Format::Pt => {
                let (tensors, indexes) = self.tensors(target, from)?;
                Ok(Some(tensors).filter(|_| indexes.is_empty()))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn all_to(
        &self,
        tensors: &Tensors,
        target: &Target,
        destination: &Destination,
        to: Format,
        out: &mut Output,
    ) -> Result<Verdict, Failure> {
        let Tensors { arrays, metadata } = tensors;
        let compression = self.compression.compression()?;
        let mut write = || match (to, destination) {
            #[cfg(feature = "tables")]
            _ if to.is_table() => self.columns_to(arrays, target, destination, to, out),
            (Format::Npz, Destination::File(path)) => {
                save_archive(NpzWriter::create(path)?, arrays, compression)
            }
            (Format::Npz, _) => {
                // An archive is not written from its start to its end.
                let mut file = tempfile::tempfile().map_err(Error::from)?;
                let writer = NpzWriter::new(file.try_clone().map_err(Error::from)?);
                save_archive(writer, arrays, compression)?;
                file.seek(SeekFrom::Start(0)).map_err(Error::from)?;
                io::copy(&mut file, out)?;
                Ok(())
            }
            (_, Destination::File(path)) => save_safetensors(Out::create(path)?, tensors, &self.kinds()?),
            _ => save_safetensors(Out::Stdout(out), tensors, &self.kinds()?),
        };
        write().map_err(|failure| match failure {
            Failure::Library(error) if error.path().is_none() => {
                Failure::Library(error).of(&target.input.name())
            }
            other => other,
        })?;
        if to == Format::Npz {
            if target.is_whole() && !metadata.is_empty() {
                let keys: Vec<String> = metadata.keys().cloned().collect();
                complain(&format!(
                    "{}: its __metadata__ is left out, for which .npz has no room: {}",
                    target.input.name(),
                    listed(&keys)
                ));
            }
            explain_raw(&target.input.name(), arrays);
        }
        Ok(Verdict::Good)
    }

    /// The types of safetensors that arrays are to have.
    pub(super) fn kinds(&self) -> Result<Vec<(String, &'static Kind)>, Failure> {
        let kind = |text: &String| {
            // No type has a = in its name, which tensors have now and then.
            let (name, kind) = match text.rsplit_once('=') {
                Some((name, kind)) if !name.starts_with('"') => (name.to_owned(), kind.to_owned()),
                _ => named_value(text).unwrap_or_default(),
            };
            let found = Kind::named(&kind).filter(|_| !name.is_empty()).map(|kind| (name, kind));
            found.ok_or_else(|| {
                Failure::Usage(format!("--as: expected NAME=TYPE with a type of safetensors, found {text:?}"))
            })
        };
        self.casts.iter().map(kind).collect()
    }
}
