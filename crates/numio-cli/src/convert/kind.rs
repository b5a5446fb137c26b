//! The types of elements that `safetensors` has, and the dtypes that hold them.

use numio::{ByteOrder, ComplexWidth, DType, Error, ErrorKind, FloatWidth, IntWidth, Result, Scalar};

/// A type of elements.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name in headers.
    pub name: &'static str,
    /// The dtype of its elements; none where elements are less than a byte.
    pub scalar: Option<Scalar>,
    /// The text of the dtype in `.npy` files, where it is not that of the scalar, and the class of ml_dtypes.
    pub foreign: Option<(&'static str, &'static str)>,
}

const fn plain(name: &'static str, scalar: Scalar) -> Kind {
    Kind { name, scalar: Some(scalar), foreign: None }
}

const fn foreign(name: &'static str, bytes: u32, descr: &'static str, class: &'static str) -> Kind {
    Kind { name, scalar: Some(Scalar::Void(bytes)), foreign: Some((descr, class)) }
}

const fn narrow(name: &'static str) -> Kind {
    Kind { name, scalar: None, foreign: None }
}

const LITTLE: ByteOrder = ByteOrder::Little;

/// All types, in the order of the reference: tensors of the last ones come first in a file.
static KINDS: [Kind; 22] = [
    plain("BOOL", Scalar::Bool),
    narrow("F4"),
    narrow("F6_E2M3"),
    narrow("F6_E3M2"),
    plain("U8", Scalar::UInt8),
    plain("I8", Scalar::Int8),
    // ml_dtypes gives it the text '<f1', which NumPy does not read.
    foreign("F8_E5M2", 1, "'<V1'", "float8_e5m2"),
    foreign("F8_E4M3", 1, "'<V1'", "float8_e4m3fn"),
    foreign("F8_E8M0", 1, "'<V1'", "float8_e8m0fnu"),
    foreign("F8_E4M3FNUZ", 1, "'<V1'", "float8_e4m3fnuz"),
    foreign("F8_E5M2FNUZ", 1, "'<V1'", "float8_e5m2fnuz"),
    plain("I16", Scalar::Int(IntWidth::Bits16, LITTLE)),
    plain("U16", Scalar::UInt(IntWidth::Bits16, LITTLE)),
    plain("F16", Scalar::Float(FloatWidth::Bits16, LITTLE)),
    foreign("BF16", 2, "'<V2'", "bfloat16"),
    plain("I32", Scalar::Int(IntWidth::Bits32, LITTLE)),
    plain("U32", Scalar::UInt(IntWidth::Bits32, LITTLE)),
    plain("F32", Scalar::Float(FloatWidth::Bits32, LITTLE)),
    plain("C64", Scalar::Complex(ComplexWidth::Bits64, LITTLE)),
    plain("F64", Scalar::Float(FloatWidth::Bits64, LITTLE)),
    plain("I64", Scalar::Int(IntWidth::Bits64, LITTLE)),
    plain("U64", Scalar::UInt(IntWidth::Bits64, LITTLE)),
];

impl Kind {
    /// The type of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The type of a dtype, in whatever byte order. `descr` is its text in the file, where that is another than the dtype's.
    ///
    /// # Errors
    /// `Unsupported` where there is none.
    pub fn of(dtype: &DType, descr: Option<&str>) -> Result<&'static Self> {
        let scalar = dtype.as_scalar().map(|scalar| scalar.with_byte_order(LITTLE));
        let found = match scalar {
            Some(Scalar::Void(2)) if descr == Some("'<V2'") => Self::named("BF16"),
            Some(Scalar::Void(_)) => None,
            scalar => KINDS.iter().find(|kind| scalar.is_some() && kind.scalar == scalar),
        };
        found.ok_or_else(|| {
            let advice = match scalar {
                Some(Scalar::Void(1)) => ": name one for raw bytes, --as NAME=F8_E4M3",
                Some(Scalar::Void(2)) => ": name one for raw bytes, --as NAME=BF16",
                _ => "",
            };
            let name = if dtype.as_record().is_some() { "records".to_owned() } else { dtype.name() };
            Error::new(ErrorKind::Unsupported, format!("safetensors has no type for {name}{advice}"))
        })
    }

    /// Checks that elements of a dtype may be taken for this type.
    ///
    /// # Errors
    /// `InvalidInput` if they have another size.
    pub fn check(&'static self, dtype: &DType) -> Result<&'static Self> {
        let fits = self.scalar.is_some_and(|scalar| {
            let own = dtype.as_scalar().map(|scalar| scalar.with_byte_order(LITTLE));
            own == Some(scalar)
        });
        match fits {
            true => Ok(self),
            false => {
                let what = format!("elements of {} are no {}", dtype.name(), self.name);
                Err(Error::new(ErrorKind::InvalidInput, what))
            }
        }
    }

    /// Its number in the order of the reference.
    pub fn rank(&'static self) -> usize {
        KINDS.iter().position(|kind| kind == self).unwrap_or(0)
    }
}

/// The dtype with the least significant byte first.
pub fn little(dtype: &DType) -> DType {
    dtype.as_scalar().map_or_else(|| dtype.clone(), |scalar| DType::from(scalar.with_byte_order(LITTLE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_has_a_dtype_is_found_by_it() {
        for kind in KINDS.iter().filter(|kind| kind.foreign.is_none()) {
            let Some(scalar) = kind.scalar else { continue };
            let big = DType::from(scalar.with_byte_order(ByteOrder::Big));
            assert_eq!(Kind::of(&big, None).unwrap(), kind);
            assert_eq!(Kind::named(kind.name), Some(kind));
        }
        assert_eq!(Kind::of(&DType::parse("V2").unwrap(), Some("'<V2'")).unwrap().name, "BF16");
        for text in ["c16", "U3", "S2", "O", "M8[s]", "m8", "f16", "V1", "V2", "i4,f8"] {
            let error = Kind::of(&DType::parse(text).unwrap(), None).unwrap_err().to_string();
            assert!(error.starts_with("safetensors has no type for "), "{error}");
        }
    }
}
