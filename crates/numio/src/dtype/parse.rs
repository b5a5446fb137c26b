//! The strings that `np.dtype` takes.

use std::str::FromStr;

use super::{DType, comma, letters};
use crate::{Error, Result};

impl DType {
    /// Reads any string that `np.dtype` takes: `<f8`, `float64`, `d`, `S5`, `M8[25s]`, and several formats with commas,
    /// `f4, (2,3)i4`, which make a record with fields `f0`, `f1`, ...
    ///
    /// Sizes are those of 64-bit Unix: `int`, `long` and `intp` are `i8`, `longdouble` is `f16`.
    ///
    /// # Errors
    /// `InvalidInput` for a string that is no dtype, and where NumPy's bound of 2^31 - 1 bytes would be passed;
    /// `Unsupported` for `T`, which files do not hold.
    ///
    /// ```
    /// use numio::DType;
    ///
    /// assert_eq!(DType::parse("float64")?, DType::FLOAT64);
    /// assert_eq!(DType::parse(">M8[3D]")?.to_string(), ">M8[3D]");
    /// assert_eq!(DType::parse("f4, (2,3)i4")?.to_string(), "[('f0', '<f4'), ('f1', '<i4', (2, 3))]");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        if comma::is_list(text) { comma::parse(text) } else { Ok(Self::Scalar(letters::scalar(text)?)) }
    }
}

impl FromStr for DType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}
