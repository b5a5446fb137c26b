//! The scalar kinds: every name NumPy has for each (`numpy/_core/_type_aliases.py`, `arraytypes.c.src`).

use super::{ByteOrder, ComplexWidth, FloatWidth, IntWidth, Scalar, TimeUnit};

/// One kind of number: how NumPy writes and calls it. In native byte order.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The letter before the size, and the size in bytes: `f8`.
    pub(crate) code: (char, usize),
    pub(crate) scalar: Scalar,
    /// Letters that mean it by themselves.
    pub(crate) chars: &'static [char],
    /// `dtype.name` first, then the other names `np.dtype` takes.
    pub(crate) names: &'static [&'static str],
}

const NATIVE: ByteOrder = ByteOrder::NATIVE;

const fn kind(
    code: (char, usize),
    scalar: Scalar,
    chars: &'static [char],
    names: &'static [&'static str],
) -> Kind {
    Kind { code, scalar, chars, names }
}

/// The numbers, with C's types as they are on 64-bit Unix. The commonest in files first, for they are searched in order.
pub(crate) const NUMBERS: [Kind; 17] = [
    kind(('f', 8), Scalar::Float(FloatWidth::Bits64, NATIVE), &['d'], &["float64", "double", "float"]),
    kind(('f', 4), Scalar::Float(FloatWidth::Bits32, NATIVE), &['f'], &["float32", "single"]),
    kind(
        ('i', 8),
        Scalar::Int(IntWidth::Bits64, NATIVE),
        &['l', 'q', 'p', 'n'],
        &["int64", "long", "longlong", "intp", "int_", "int"],
    ),
    kind(('i', 4), Scalar::Int(IntWidth::Bits32, NATIVE), &['i'], &["int32", "intc"]),
    kind(('u', 1), Scalar::UInt8, &['B'], &["uint8", "ubyte"]),
    kind(('i', 1), Scalar::Int8, &['b'], &["int8", "byte"]),
    kind(('i', 2), Scalar::Int(IntWidth::Bits16, NATIVE), &['h'], &["int16", "short"]),
    kind(('u', 2), Scalar::UInt(IntWidth::Bits16, NATIVE), &['H'], &["uint16", "ushort"]),
    kind(('u', 4), Scalar::UInt(IntWidth::Bits32, NATIVE), &['I'], &["uint32", "uintc"]),
    kind(
        ('u', 8),
        Scalar::UInt(IntWidth::Bits64, NATIVE),
        &['L', 'Q', 'P', 'N'],
        &["uint64", "ulong", "ulonglong", "uintp", "uint"],
    ),
    kind(('b', 1), Scalar::Bool, &['?'], &["bool", "bool_"]),
    kind(('f', 2), Scalar::Float(FloatWidth::Bits16, NATIVE), &['e'], &["float16", "half"]),
    kind(('f', 16), Scalar::Float(FloatWidth::Bits128, NATIVE), &['g'], &["float128", "longdouble"]),
    kind(('c', 8), Scalar::Complex(ComplexWidth::Bits64, NATIVE), &['F'], &["complex64", "csingle"]),
    kind(
        ('c', 16),
        Scalar::Complex(ComplexWidth::Bits128, NATIVE),
        &['D'],
        &["complex128", "cdouble", "complex"],
    ),
    kind(('c', 32), Scalar::Complex(ComplexWidth::Bits256, NATIVE), &['G'], &["complex256", "clongdouble"]),
    kind(('O', 8), Scalar::Object, &['O'], &["object", "object_"]),
];

/// Names of the kinds that take a length or a unit, here without one.
pub(crate) const OTHERS: [(&str, Scalar); 9] = [
    ("bytes_", Scalar::Bytes(0)),
    ("bytes", Scalar::Bytes(0)),
    ("str_", Scalar::Str(0, NATIVE)),
    ("str", Scalar::Str(0, NATIVE)),
    ("unicode", Scalar::Str(0, NATIVE)),
    ("void", Scalar::Void(0)),
    ("a", Scalar::Bytes(0)),
    ("datetime64", Scalar::Datetime(TimeUnit::Generic, NATIVE)),
    ("timedelta64", Scalar::Timedelta(TimeUnit::Generic, NATIVE)),
];

/// Letters of those kinds. `c` is one byte: what `S1` is.
pub(crate) const LETTERS: [(char, Scalar); 6] = [
    ('S', Scalar::Bytes(0)),
    ('U', Scalar::Str(0, NATIVE)),
    ('V', Scalar::Void(0)),
    ('M', Scalar::Datetime(TimeUnit::Generic, NATIVE)),
    ('m', Scalar::Timedelta(TimeUnit::Generic, NATIVE)),
    ('c', Scalar::Bytes(1)),
];

impl Scalar {
    /// The letter of NumPy's `dtype.kind`.
    pub fn kind(self) -> char {
        match self {
            Self::Bool => 'b',
            Self::Int8 | Self::Int(..) => 'i',
            Self::UInt8 | Self::UInt(..) => 'u',
            Self::Float(..) => 'f',
            Self::Complex(..) => 'c',
            Self::Datetime(..) => 'M',
            Self::Timedelta(..) => 'm',
            Self::Bytes(_) => 'S',
            Self::Str(..) => 'U',
            Self::Void(_) => 'V',
            Self::Object => 'O',
        }
    }

    /// The word NumPy's `dtype.name` starts with.
    pub(crate) fn stem(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int8 | Self::Int(..) => "int",
            Self::UInt8 | Self::UInt(..) => "uint",
            Self::Float(..) => "float",
            Self::Complex(..) => "complex",
            Self::Datetime(..) => "datetime",
            Self::Timedelta(..) => "timedelta",
            Self::Bytes(_) => "bytes",
            Self::Str(..) => "str",
            Self::Void(_) => "void",
            Self::Object => "object",
        }
    }

    /// The multiple of bytes at which C would place it, on 64-bit Unix.
    pub fn alignment(self) -> usize {
        match self {
            Self::Bytes(_) | Self::Void(_) => 1,
            Self::Str(..) => 4,
            Self::Complex(width, _) => width.part().bytes(),
            other => other.itemsize(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_agree_with_the_scalars() {
        for kind in &NUMBERS {
            assert_eq!(kind.code, (kind.scalar.kind(), kind.scalar.itemsize()), "{kind:?}");
            assert!(kind.names.first().unwrap().starts_with(kind.scalar.stem()), "{kind:?}");
        }
    }
}
