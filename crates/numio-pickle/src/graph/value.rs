//! Values of objects: one kind for each type whose values are known without running code.

use std::borrow::Cow;
use std::fmt;

use crate::graph::PyStr;
use crate::graph::call::{Call, Global};
use crate::graph::children::{Children, Dict};
use crate::graph::object::Object;
use crate::int::BigInt;

/// A Python object by its type. Objects of other types are [`Call`](Self::Call)s, which nobody makes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value<'g> {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// An `int` of any size.
    Int(BigInt<'g>),
    /// A `float`.
    Float(f64),
    /// A `complex`: real part, imaginary part.
    Complex(f64, f64),
    /// A `str`.
    Str(PyStr<'g>),
    /// `bytes`.
    Bytes(Cow<'g, [u8]>),
    /// A `bytearray`.
    ByteArray(Cow<'g, [u8]>),
    /// A `tuple`.
    Tuple(Children<'g>),
    /// A `list`.
    List(Children<'g>),
    /// A `set`, in the order of the file.
    Set(Children<'g>),
    /// A `frozenset`, in the order of the file.
    FrozenSet(Children<'g>),
    /// A `dict`.
    Dict(Dict<'g>),
    /// A `range`: start, stop, step.
    Range([BigInt<'g>; 3]),
    /// A `slice`: start, stop, step.
    Slice([Object<'g>; 3]),
    /// `...`
    Ellipsis,
    /// `NotImplemented`.
    NotImplemented,
    /// A bare `object()`.
    Bare,
    /// A `datetime.date`.
    Date(Date),
    /// A `datetime.time`.
    Time(Time<'g>),
    /// A `datetime.datetime`.
    DateTime(DateTime<'g>),
    /// A `datetime.timedelta`.
    TimeDelta(TimeDelta),
    /// A `datetime.timezone`.
    TimeZone(TimeZone<'g>),
    /// A `decimal.Decimal`, as it prints: `1.50`, `1E+400`, `-Infinity`, `NaN`.
    Decimal(&'g str),
    /// A `fractions.Fraction` in lowest terms: numerator, denominator.
    Fraction([BigInt<'g>; 2]),
    /// A `uuid.UUID`.
    Uuid(u128),
    /// A `collections.OrderedDict`.
    OrderedDict(Dict<'g>),
    /// A `collections.defaultdict`.
    DefaultDict {
        /// The function that makes missing values, if there is one.
        factory: Option<Object<'g>>,
        /// The keys and values that are there.
        dict: Dict<'g>,
    },
    /// A `collections.Counter`.
    Counter(Dict<'g>),
    /// A `collections.deque`.
    Deque {
        /// Its items.
        items: Children<'g>,
        /// The most that it may have.
        maxlen: Option<usize>,
    },
    /// A path of `pathlib`, in whatever of its classes.
    Path {
        /// The class, such as `PosixPath`.
        class: &'g str,
        /// The path, with forward slashes.
        path: String,
    },
    /// A class or function, by name.
    Global(Global<'g>),
    /// A class or function by its number in the extension registry of the program that wrote the pickle; see
    /// [`GraphLoader::extension`](crate::GraphLoader::extension).
    Extension(i64),
    /// An object of any other type, by how it would be made.
    Call(Call<'g>),
    /// An object that the program kept elsewhere, by the name that it gave it.
    Persistent(Object<'g>),
    /// An out-of-band buffer.
    Buffer(&'g [u8]),
}

impl Value<'_> {
    /// The name of its type in Python, for messages: `int`, `datetime.date`, `shop.Order object`.
    ///
    /// ```
    /// let graph = numio_pickle::load(b"K\x05.")?;
    /// assert_eq!(graph.root().value().type_name(), "int");
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    pub fn type_name(&self) -> String {
        let name = match self {
            Self::None => "None",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Complex(..) => "complex",
            Self::Str(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::ByteArray(_) => "bytearray",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::FrozenSet(_) => "frozenset",
            Self::Dict(_) => "dict",
            Self::Range(_) => "range",
            Self::Slice(_) => "slice",
            Self::Ellipsis => "Ellipsis",
            Self::NotImplemented => "NotImplemented",
            Self::Bare => "object",
            Self::Date(_) => "datetime.date",
            Self::Time(_) => "datetime.time",
            Self::DateTime(_) => "datetime.datetime",
            Self::TimeDelta(_) => "datetime.timedelta",
            Self::TimeZone(_) => "datetime.timezone",
            Self::Decimal(_) => "decimal.Decimal",
            Self::Fraction(_) => "fractions.Fraction",
            Self::Uuid(_) => "uuid.UUID",
            Self::OrderedDict(_) => "collections.OrderedDict",
            Self::DefaultDict { .. } => "collections.defaultdict",
            Self::Counter(_) => "collections.Counter",
            Self::Deque { .. } => "collections.deque",
            Self::Path { class, .. } => return format!("pathlib.{class}"),
            Self::Global(global) => return format!("global {global}"),
            Self::Extension(_) => "extension",
            Self::Call(call) => {
                return call.global().map_or("object".to_owned(), |global| format!("{global} object"));
            }
            Self::Persistent(_) => "persistent object",
            Self::Buffer(_) => "buffer",
        };
        name.to_owned()
    }
}

/// A UUID as it is written: groups of 8, 4, 4, 4 and 12 digits.
pub(super) fn uuid_text(value: u128) -> String {
    let digits =
        |shift: u32, count: usize| format!("{:01$x}", value >> shift & ((1 << (4 * count)) - 1), count);
    [digits(96, 8), digits(80, 4), digits(64, 4), digits(48, 4), digits(0, 12)].join("-")
}

impl fmt::Debug for Children<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} items]", self.len())
    }
}

impl fmt::Debug for Dict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{} pairs}}", self.len())
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a call at byte {}", self.offset())
    }
}

/// A `datetime.date`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// From 1 to 9999.
    pub year: u16,
    /// From 1 to 12.
    pub month: u8,
    /// From 1 to 31.
    pub day: u8,
}

/// A `datetime.time`.
#[derive(Debug, Clone, Copy)]
pub struct Time<'g> {
    /// From 0 to 23.
    pub hour: u8,
    /// From 0 to 59.
    pub minute: u8,
    /// From 0 to 59.
    pub second: u8,
    /// From 0 to 999,999.
    pub microsecond: u32,
    /// True for the second of two equal clock times.
    pub fold: bool,
    /// The time zone, if it has one: a [`TimeZone`] or an object of another class.
    pub tzinfo: Option<Object<'g>>,
}

/// A `datetime.datetime`.
#[derive(Debug, Clone, Copy)]
pub struct DateTime<'g> {
    /// The day.
    pub date: Date,
    /// The time of the day, with the time zone.
    pub time: Time<'g>,
}

/// A `datetime.timedelta`, normalised as Python does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimeDelta {
    /// From -999,999,999 to 999,999,999.
    pub days: i32,
    /// From 0 to 86,399.
    pub seconds: u32,
    /// From 0 to 999,999.
    pub microseconds: u32,
}

/// A `datetime.timezone`: less than a day from UTC.
#[derive(Debug, Clone, Copy)]
pub struct TimeZone<'g> {
    /// The time by which local time is ahead of UTC.
    pub offset: TimeDelta,
    /// Its name, if it was given one.
    pub name: Option<PyStr<'g>>,
}

impl Date {
    pub(crate) fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }
}

impl<'g> Time<'g> {
    pub(crate) fn new(bytes: [u8; 6], fold: bool, tzinfo: Option<Object<'g>>) -> Option<Self> {
        let [hour, minute, second, high, middle, low] = bytes;
        let microsecond = u32::from_be_bytes([0, high, middle, low]);
        let fits = hour < 24 && minute < 60 && second < 60 && microsecond < 1_000_000;
        fits.then_some(Self { hour, minute, second, microsecond, fold, tzinfo })
    }
}

impl TimeDelta {
    pub(crate) fn new(days: i64, seconds: i64, microseconds: i64) -> Option<Self> {
        let fits = days.abs() < 1_000_000_000 && (0..86_400).contains(&seconds);
        let fits = fits && (0..1_000_000).contains(&microseconds);
        fits.then_some(Self { days: days as i32, seconds: seconds as u32, microseconds: microseconds as u32 })
    }

    /// In microseconds.
    pub fn to_microseconds(&self) -> i128 {
        let seconds = i128::from(self.days) * 86_400 + i128::from(self.seconds);
        seconds * 1_000_000 + i128::from(self.microseconds)
    }
}
