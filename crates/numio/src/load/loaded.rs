//! What a file turns out to hold.

use crate::npy::Held;
use crate::npz::NpzArchive;
use crate::pickle::Graph;
use crate::{DynArray, Error, ErrorKind, Result};

/// What a file held.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Loaded {
    /// One array, of a `.npy` file.
    Array(DynArray),
    /// The members of a `.npz` file, not read yet.
    Npz(NpzArchive),
    /// Whatever else Python pickled: nothing of it was run.
    Object(Graph),
}

impl Loaded {
    /// The array, that of a pickle too.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else; `InvalidData` where the pickle of an array contradicts itself.
    pub fn into_array(self) -> Result<DynArray> {
        match self {
            Self::Array(array) => Ok(array),
            Self::Npz(_) => Err(self.other("an array")),
            Self::Object(graph) => graph.root().as_array(),
        }
    }

    /// The archive.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    ///
    /// ```
    /// use ndarray::{Array1, array};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("123.npz");
    /// numio::savez_compressed(&path, [("a", &array![1.5, 2.5]), ("b", &array![3.0])])?;
    /// let data = numio::load(&path)?.into_npz()?; // lazy
    /// let b: Array1<f64> = data.read("b")?;
    /// assert_eq!(b, array![3.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_npz(self) -> Result<NpzArchive> {
        match self {
            Self::Npz(archive) => Ok(archive),
            Self::Array(_) | Self::Object(_) => Err(self.other("an archive (.npz)")),
        }
    }

    /// The values of a pickle.
    ///
    /// # Errors
    /// `InvalidInput` where it is something else.
    ///
    /// ```
    /// let loaded = numio::LoadOptions::new().load_bytes(b"\x80\x04]\x94(K\x01K\x02e.")?;
    /// let graph = loaded.into_object()?;
    /// assert_eq!(format!("{:?}", graph.root()), "[1, 2]");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn into_object(self) -> Result<Graph> {
        match self {
            Self::Object(graph) => Ok(graph),
            Self::Array(_) | Self::Npz(_) => Err(self.other("a pickle")),
        }
    }

    fn other(&self, wanted: &str) -> Error {
        let found = match self {
            Self::Array(_) => "an array",
            Self::Npz(_) => "an archive (.npz)",
            Self::Object(_) => "a pickle",
        };
        Error::new(ErrorKind::InvalidInput, format!("expected {wanted}, found {found}"))
    }
}

impl From<Held> for Loaded {
    fn from(held: Held) -> Self {
        match held {
            Held::Array(array) => Self::Array(array),
            Held::Other(graph) => Self::Object(graph),
        }
    }
}
