//! The kinds of element that are not made of others.

use crate::dtype::TimeUnit;

/// Least significant byte first, or last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ByteOrder {
    /// `<`: least significant byte first.
    Little,
    /// `>`: most significant byte first.
    Big,
}

impl ByteOrder {
    /// This machine's byte order, NumPy's `=`.
    pub const NATIVE: Self = if cfg!(target_endian = "little") { Self::Little } else { Self::Big };

    /// The character NumPy writes: `<` or `>`.
    pub fn to_char(self) -> char {
        match self {
            Self::Little => '<',
            Self::Big => '>',
        }
    }

    /// The other order.
    #[must_use]
    pub fn swapped(self) -> Self {
        match self {
            Self::Little => Self::Big,
            Self::Big => Self::Little,
        }
    }
}

/// Widths of integers that have a byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IntWidth {
    /// 16 bits.
    Bits16,
    /// 32 bits.
    Bits32,
    /// 64 bits.
    Bits64,
}

/// Widths of floating point numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FloatWidth {
    /// IEEE 754 binary16, `f2`.
    Bits16,
    /// IEEE 754 binary32, `f4`.
    Bits32,
    /// IEEE 754 binary64, `f8`.
    Bits64,
    /// x86's 80-bit extended number in 16 bytes, `f16`: NumPy's `longdouble` on x86-64 Linux and macOS.
    Bits128,
}

impl IntWidth {
    /// In bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Bits16 => 2,
            Self::Bits32 => 4,
            Self::Bits64 => 8,
        }
    }
}

impl FloatWidth {
    /// In bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Bits16 => 2,
            Self::Bits32 => 4,
            Self::Bits64 => 8,
            Self::Bits128 => 16,
        }
    }
}

/// An element that is not made of others. Lengths of texts are in units of the text: bytes for
/// [`Bytes`](Self::Bytes) and [`Void`](Self::Void), code points of four bytes for [`Str`](Self::Str).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// `?`: one byte, 0 or 1.
    Bool,
    /// `i1`.
    Int8,
    /// `u1`.
    UInt8,
    /// `i2`, `i4`, `i8`.
    Int(IntWidth, ByteOrder),
    /// `u2`, `u4`, `u8`.
    UInt(IntWidth, ByteOrder),
    /// `f2`, `f4`, `f8`, `f16`.
    Float(FloatWidth, ByteOrder),
    /// `c8`, `c16`, `c32`: two floats of this width. There is no complex of half floats.
    Complex(ComplexWidth, ByteOrder),
    /// `M8[unit]`: ticks since 1970-01-01T00:00.
    Datetime(TimeUnit, ByteOrder),
    /// `m8[unit]`: a number of ticks.
    Timedelta(TimeUnit, ByteOrder),
    /// `S`: bytes, padded with NUL.
    Bytes(u32),
    /// `U`: code points of four bytes, padded with NUL.
    Str(u32, ByteOrder),
    /// `V`: raw bytes.
    Void(u32),
    /// `O`: a Python object, pickled in files.
    Object,
}

/// Widths of complex numbers, named by the float that each half is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ComplexWidth {
    /// `c8`: two `f4`.
    Bits64,
    /// `c16`: two `f8`.
    Bits128,
    /// `c32`: two `f16`.
    Bits256,
}

impl ComplexWidth {
    /// In bytes, both halves.
    pub fn bytes(self) -> usize {
        self.part().bytes() * 2
    }

    /// The width of each half.
    pub fn part(self) -> FloatWidth {
        match self {
            Self::Bits64 => FloatWidth::Bits32,
            Self::Bits128 => FloatWidth::Bits64,
            Self::Bits256 => FloatWidth::Bits128,
        }
    }
}

impl Scalar {
    /// Bytes that one element takes.
    pub fn itemsize(self) -> usize {
        match self {
            Self::Bool | Self::Int8 | Self::UInt8 => 1,
            Self::Int(width, _) | Self::UInt(width, _) => width.bytes(),
            Self::Float(width, _) => width.bytes(),
            Self::Complex(width, _) => width.bytes(),
            Self::Datetime(..) | Self::Timedelta(..) | Self::Object => 8,
            Self::Bytes(length) | Self::Void(length) => length as usize,
            Self::Str(length, _) => length as usize * 4,
        }
    }

    /// The byte order, for those kinds that have one.
    pub fn byte_order(self) -> Option<ByteOrder> {
        match self {
            Self::Int(_, order)
            | Self::UInt(_, order)
            | Self::Float(_, order)
            | Self::Complex(_, order)
            | Self::Datetime(_, order)
            | Self::Timedelta(_, order)
            | Self::Str(_, order) => Some(order),
            Self::Bool | Self::Int8 | Self::UInt8 | Self::Bytes(_) | Self::Void(_) | Self::Object => None,
        }
    }

    /// The same kind in another byte order; kinds without one are returned as they are.
    #[must_use]
    pub fn with_byte_order(self, order: ByteOrder) -> Self {
        match self {
            Self::Int(width, _) => Self::Int(width, order),
            Self::UInt(width, _) => Self::UInt(width, order),
            Self::Float(width, _) => Self::Float(width, order),
            Self::Complex(width, _) => Self::Complex(width, order),
            Self::Datetime(unit, _) => Self::Datetime(unit, order),
            Self::Timedelta(unit, _) => Self::Timedelta(unit, order),
            Self::Str(length, _) => Self::Str(length, order),
            Self::Bool | Self::Int8 | Self::UInt8 | Self::Bytes(_) | Self::Void(_) | Self::Object => self,
        }
    }

    /// Bytes that are swapped together when the byte order changes: the whole number, half of a complex one, one code
    /// point of a text; 1 if there is nothing to swap.
    pub fn swap_size(self) -> usize {
        match self {
            Self::Complex(width, _) => width.part().bytes(),
            Self::Str(..) => 4,
            _ if self.byte_order().is_some() => self.itemsize(),
            _ => 1,
        }
    }
}

/// A `match` over a scalar whose first arms have the Rust type of its numbers: `i8` to `i64` where it is `signed`, `u8`
/// to `u64` where it is `unsigned`, either where it is an `int`, and `f16`, `f32` or `f64` where it is a `float`. Each
/// is given with a pattern for its byte order. The other arms follow as in a `match`.
macro_rules! dispatch_scalar {
    ($scalar:expr, int($T:ident, $order:pat) => $int:expr, float($F:ident, $float_order:pat) => $float:expr, $($rest:tt)*) => {
        $crate::dtype::dispatch_scalar!(@arms $scalar, [$T, $order, $int] [$T, $order, $int] [$F, $float_order, $float] $($rest)*)
    };
    ($scalar:expr, int($T:ident, $order:pat) => $int:expr, $($rest:tt)*) => {
        $crate::dtype::dispatch_scalar!(@arms $scalar, [$T, $order, $int] [$T, $order, $int] [] $($rest)*)
    };
    (
        $scalar:expr,
        signed($S:ident, $signed_order:pat) => $signed:expr,
        unsigned($U:ident, $unsigned_order:pat) => $unsigned:expr,
        $($rest:tt)*
    ) => {
        $crate::dtype::dispatch_scalar!(
            @arms $scalar, [$S, $signed_order, $signed] [$U, $unsigned_order, $unsigned] [] $($rest)*
        )
    };
    (
        @arms $scalar:expr,
        [$S:ident, $signed_order:pat, $signed:expr]
        [$U:ident, $unsigned_order:pat, $unsigned:expr]
        [$($F:ident, $float_order:pat, $float:expr)?]
        $($rest:tt)*
    ) => {
        match $scalar {
            $crate::Scalar::Int8 => { type $S = i8; let $signed_order = $crate::ByteOrder::NATIVE; $signed }
            $crate::Scalar::Int($crate::IntWidth::Bits16, $signed_order) => { type $S = i16; $signed }
            $crate::Scalar::Int($crate::IntWidth::Bits32, $signed_order) => { type $S = i32; $signed }
            #[allow(clippy::useless_conversion, reason = "the widest type is converted to itself")]
            $crate::Scalar::Int($crate::IntWidth::Bits64, $signed_order) => { type $S = i64; $signed }
            $crate::Scalar::UInt8 => { type $U = u8; let $unsigned_order = $crate::ByteOrder::NATIVE; $unsigned }
            $crate::Scalar::UInt($crate::IntWidth::Bits16, $unsigned_order) => { type $U = u16; $unsigned }
            $crate::Scalar::UInt($crate::IntWidth::Bits32, $unsigned_order) => { type $U = u32; $unsigned }
            #[allow(clippy::useless_conversion, reason = "the widest type is converted to itself")]
            $crate::Scalar::UInt($crate::IntWidth::Bits64, $unsigned_order) => { type $U = u64; $unsigned }
            $(
                $crate::Scalar::Float($crate::FloatWidth::Bits16, $float_order) => { type $F = half::f16; $float }
                $crate::Scalar::Float($crate::FloatWidth::Bits32, $float_order) => { type $F = f32; $float }
                #[allow(clippy::useless_conversion, reason = "the widest type is converted to itself")]
                $crate::Scalar::Float($crate::FloatWidth::Bits64, $float_order) => { type $F = f64; $float }
            )?
            $($rest)*
        }
    };
}

pub(crate) use dispatch_scalar;

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

/// The numbers, with C's types as they are on 64-bit Unix. The commonest in files first, as they are searched in
/// order.
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
