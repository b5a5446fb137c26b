//! Structured element types: named fields at offsets, and small arrays as elements.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::dtype::literal::{Dialect, Literal, Value, excerpt, parse};
use crate::dtype::{DType, DTypeError, Scalar, quoted};
use crate::{Error, ErrorKind, Result, repr};

/// The most axes of an array, in NumPy 2 and here.
pub(crate) const MAX_DIMS: usize = 64;

/// A structured element type: NumPy's dtype with fields. Fields are in the order of their names as NumPy lists them;
/// offsets may leave gaps or overlap, and every field lies within `itemsize`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Record {
    fields: Vec<Field>,
    itemsize: usize,
    aligned: bool,
}

/// One field of a [`Record`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name, unique in the record.
    pub name: Arc<str>,
    /// NumPy's title: a second name, which also finds the field, or any other value.
    pub title: Option<Title>,
    /// Type of the field.
    pub dtype: DType,
    /// Offset in bytes from the start of the element.
    pub offset: usize,
}

/// The title of a [`Field`].
///
/// NumPy takes any object for one. In files there are those that Python's literals have.
///
/// ```
/// use numio::{DType, Title};
///
/// let dtype = DType::from_descr("[(('a title', 'x'), '<f4'), ((1, 'y'), '<f8')]")?;
/// let DType::Record(record) = &dtype else { unreachable!() };
/// assert_eq!(record.fields()[0].title, Some(Title::from("a title")));
/// assert_eq!(record.fields()[1].title, Title::from_literal("1"));
/// assert_eq!(record.field("a title").map(|field| &*field.name), Some("x"));
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Title {
    /// Text, which finds the field as its name does.
    Text(Arc<str>),
    /// Another value than text: Python's `repr` of it.
    Literal(Arc<str>),
}

impl Title {
    /// The title that a Python literal is: text as such, other values by their `repr`. `None` for `None`, for what is no
    /// literal, and for values whose `repr` is none, such as infinity.
    pub fn from_literal(text: &str) -> Option<Self> {
        Self::of(&parse(text, Dialect::Python3).ok()?.literal.value)
    }

    pub(crate) fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::None => None,
            Value::Str(text) => Some(Self::Text(Arc::from(&**text))),
            value => {
                let text = value.to_string();
                let same = parse(&text, Dialect::Python3).is_ok_and(|parsed| parsed.literal.value == *value);
                same.then(|| Self::Literal(text.into()))
            }
        }
    }

    /// The text, by which the field is found; `None` if it is another value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Literal(_) => None,
        }
    }
}

impl From<&str> for Title {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Title {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl Field {
    /// The name, or title, that Python's string of these bytes is here: UTF-8, in which lone surrogates have three bytes
    /// each (`surrogatepass`). Rust's strings have no surrogates: the private characters from U+10F800 on mean them in names,
    /// and where a name has such a character itself, the answer is `None`, as for bytes that are no such text.
    ///
    /// ```
    /// use numio::Field;
    ///
    /// let name = Field::name_from_python(b"a\xed\xa0\x80").unwrap();
    /// assert_eq!(name, "a\u{10f800}");
    /// assert_eq!(*Field::name_to_python(&name), *b"a\xed\xa0\x80");
    /// ```
    pub fn name_from_python(bytes: &[u8]) -> Option<String> {
        let mut codes = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (text, after) = match std::str::from_utf8(rest) {
                Ok(text) => (text, [].as_slice()),
                Err(error) => {
                    let (text, after) = rest.split_at_checked(error.valid_up_to())?;
                    (std::str::from_utf8(text).ok()?, after)
                }
            };
            codes.extend(text.chars().map(u32::from));
            rest = after;
            if let [0xed, high @ 0xa0..=0xbf, low @ 0x80..=0xbf, after @ ..] = rest {
                codes.push(0xd000 | u32::from(high & 0x3f) << 6 | u32::from(low & 0x3f));
                rest = after;
            } else if !rest.is_empty() {
                return None;
            }
        }
        repr::name_of(codes.into_iter())
    }

    /// The bytes of Python's string for a name: the inverse of [`name_from_python`](Self::name_from_python).
    pub fn name_to_python(name: &str) -> Cow<'_, [u8]> {
        repr::name_bytes(name)
    }
}

/// A small array as an element: NumPy's `(base, shape)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subarray {
    base: DType,
    shape: Vec<usize>,
    itemsize: usize,
}

impl Record {
    /// The fields in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Bytes that one element takes, gaps included.
    pub fn itemsize(&self) -> usize {
        self.itemsize
    }

    /// True if the offsets were asked to follow C's alignment. Files do not keep this; it only changes how the dtype
    /// prints.
    pub fn is_aligned(&self) -> bool {
        self.aligned
    }

    /// The field of that name or title.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let titled =
            || self.fields.iter().find(|field| field.title.as_ref().and_then(Title::as_text) == Some(name));
        self.fields.iter().find(|field| &*field.name == name).or_else(titled)
    }
}

impl Subarray {
    /// The type of each element within.
    pub fn base(&self) -> &DType {
        &self.base
    }

    /// Number of elements along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Bytes of the whole.
    pub fn itemsize(&self) -> usize {
        self.itemsize
    }
}

impl Record {
    /// Fields at the offsets they carry, in elements of `itemsize` bytes.
    ///
    /// # Errors
    /// `InvalidInput` if a field reaches past `itemsize`, a name or title occurs twice, or `itemsize` passes
    /// 2^31 - 1.
    pub fn new(fields: Vec<Field>, itemsize: usize, aligned: bool) -> Result<Self> {
        if i32::try_from(itemsize).is_err() {
            return Err(refused(format!("an itemsize of {itemsize} bytes: the most is 2147483647")));
        }
        let mut names = HashSet::new();
        for field in &fields {
            let end = field.offset.checked_add(field.dtype.itemsize());
            if end.is_none_or(|end| end > itemsize) {
                return Err(refused(format!(
                    "field {} of {} bytes at offset {} reaches past the itemsize of {itemsize}",
                    quoted(&field.name),
                    field.dtype.itemsize(),
                    field.offset
                )));
            }
            for name in std::iter::once(&*field.name).chain(field.title.as_ref().and_then(Title::as_text)) {
                if !names.insert(name) {
                    return Err(refused(format!("field {} occurs more than once", quoted(name))));
                }
            }
        }
        Ok(Self { fields, itemsize, aligned })
    }
}

impl Subarray {
    /// An array of `shape` elements of `base`.
    ///
    /// # Errors
    /// `InvalidInput` if it would pass 2^31 - 1 elements or bytes, or 64 axes.
    pub fn new(base: DType, shape: Vec<usize>) -> Result<Self> {
        let fits = |number: &i64| i32::try_from(*number).is_ok();
        let axis = |&axis: &usize| i64::try_from(axis).ok().filter(fits);
        if shape.len() > MAX_DIMS || !shape.iter().all(|size| axis(size).is_some()) {
            return Err(refused(format!(
                "a subarray of shape {shape:?}: it has at most {MAX_DIMS} axes of at most 2147483647 each"
            )));
        }
        // NumPy multiplies up to the first 0, and bounds the elements as well as their bytes.
        let mut before_zero = shape.iter().take_while(|&&size| size != 0);
        let product = before_zero.try_fold(1_i64, |all, size| all.checked_mul(axis(size)?));
        let elements = if shape.contains(&0) { product.map(|_| 0) } else { product };
        let bytes =
            elements.filter(fits).and_then(|all| all.checked_mul(i64::try_from(base.itemsize()).ok()?));
        let Some(itemsize) = bytes.filter(fits).map(|bytes| bytes as usize) else {
            return Err(refused(format!("a subarray of shape {shape:?} is larger than 2147483647 bytes")));
        };
        Ok(Self { base, shape, itemsize })
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// `base` with a shape: a subarray, or a text type that has no length yet with a length.
pub(crate) fn with_shape(base: DType, shape: &Literal<'_>) -> Result<DType> {
    let fault = || Error::from(DTypeError::Shape(excerpt(shape))).with_offset(shape.offset as u64);
    let dimension = |value: &Value<'_>| match value {
        Value::Int(int) => int.to_i64().and_then(|size| i32::try_from(size).ok()).filter(|size| *size >= 0),
        _ => None,
    };
    if let DType::Scalar(scalar @ (Scalar::Bytes(0) | Scalar::Str(0, _) | Scalar::Void(0))) = base {
        let length = dimension(&shape.value).map(i32::unsigned_abs).ok_or_else(fault)?;
        return Ok(DType::Scalar(match scalar {
            Scalar::Bytes(_) => Scalar::Bytes(length),
            Scalar::Str(_, order) if length <= i32::MAX.unsigned_abs() / 4 => Scalar::Str(length, order),
            Scalar::Void(_) => Scalar::Void(length),
            _ => return Err(fault()),
        }));
    }
    if matches!(&base, DType::Subarray(empty) if empty.itemsize() == 0) {
        // NumPy takes this for a text type and a length, and makes a dtype that contradicts itself.
        return Err(fault());
    }
    let shape_at = shape.offset;
    let shape: Option<Vec<usize>> = match &shape.value {
        Value::Tuple(items) if items.is_empty() => return Ok(base),
        Value::Tuple(items) | Value::List(items) if (1..=MAX_DIMS).contains(&items.len()) => {
            items.iter().map(|item| Some(dimension(&item.value)? as usize)).collect()
        }
        value => dimension(value).map(|size| vec![size as usize]),
    };
    let subarray =
        Subarray::new(base, shape.ok_or_else(fault)?).map_err(|error| error.with_offset(shape_at as u64))?;
    Ok(DType::Subarray(Arc::new(subarray)))
}

/// A field's name, and perhaps its title: made from `"name"` or from `("title", "name")`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldName {
    name: Arc<str>,
    title: Option<Title>,
}

impl From<&str> for FieldName {
    fn from(name: &str) -> Self {
        Self { name: name.into(), title: None }
    }
}

impl From<String> for FieldName {
    fn from(name: String) -> Self {
        Self { name: name.into(), title: None }
    }
}

/// Title and name, in NumPy's order.
impl From<(&str, &str)> for FieldName {
    fn from((title, name): (&str, &str)) -> Self {
        Self { name: name.into(), title: Some(title.into()) }
    }
}

impl From<(Title, &str)> for FieldName {
    fn from((title, name): (Title, &str)) -> Self {
        Self { name: name.into(), title: Some(title) }
    }
}

impl From<Record> for DType {
    fn from(record: Record) -> Self {
        Self::Record(Arc::new(record))
    }
}

impl Field {
    /// A field without a title.
    pub fn new(name: &str, dtype: impl Into<DType>, offset: usize) -> Self {
        Self { name: name.into(), title: None, dtype: dtype.into(), offset }
    }
}

impl Record {
    /// Fields one directly after another: NumPy's `np.dtype([(name, dtype), ...])`. A field with an empty name is
    /// called `f` and its number.
    ///
    /// # Errors
    /// `InvalidInput` if a name or title occurs twice, or the whole passes 2^31 - 1 bytes.
    ///
    /// ```
    /// use numio::{DType, Record};
    ///
    /// let dtype = DType::from(Record::packed([("x", DType::UINT8), ("y", DType::FLOAT64)])?);
    /// assert_eq!(dtype.itemsize(), 9);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn packed<N: Into<FieldName>>(fields: impl IntoIterator<Item = (N, DType)>) -> Result<Self> {
        Self::laid_out(fields, false)
    }

    /// Fields where a C compiler for 64-bit Unix would place them: NumPy's `np.dtype(..., align=True)`.
    ///
    /// # Errors
    /// As [`packed`](Self::packed).
    ///
    /// ```
    /// use numio::{DType, Record};
    ///
    /// let record = Record::aligned([("x", DType::UINT8), ("y", DType::FLOAT64)])?;
    /// assert_eq!((record.itemsize(), record.fields()[1].offset), (16, 8));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn aligned<N: Into<FieldName>>(fields: impl IntoIterator<Item = (N, DType)>) -> Result<Self> {
        Self::laid_out(fields, true)
    }

    fn laid_out<N: Into<FieldName>>(
        fields: impl IntoIterator<Item = (N, DType)>,
        aligned: bool,
    ) -> Result<Self> {
        let mut offset = 0_usize;
        let mut alignment = 1;
        let place = |(index, (name, dtype)): (usize, (N, DType))| {
            let FieldName { name, title } = name.into();
            let name = if name.is_empty() { format!("f{index}").into() } else { name };
            if aligned {
                offset = round_up(offset, dtype.alignment());
                alignment = alignment.max(dtype.alignment());
            }
            let field = Field { name, title, offset, dtype };
            // `new` refuses sizes above the limit, so saturating is enough.
            offset = offset.saturating_add(field.dtype.itemsize());
            field
        };
        let fields = fields.into_iter().enumerate().map(place).collect();
        Self::new(fields, round_up(offset, alignment), aligned)
    }

    /// True if the fields lie as [`packed`](Self::packed) or [`aligned`](Self::aligned) would place them.
    pub(crate) fn is_simple(&self) -> bool {
        let mut end = 0;
        let mut alignment = 1;
        for field in self.fields() {
            if self.is_aligned() {
                end = round_up(end, field.dtype.alignment());
                alignment = alignment.max(field.dtype.alignment());
            }
            if field.offset != end {
                return false;
            }
            end += field.dtype.itemsize();
        }
        round_up(end, alignment) == self.itemsize()
    }
}

fn round_up(offset: usize, alignment: usize) -> usize {
    offset.checked_next_multiple_of(alignment).unwrap_or(usize::MAX)
}

impl DType {
    /// The multiple of bytes at which C would place it, on 64-bit Unix: 1 for records that are not aligned.
    pub fn alignment(&self) -> usize {
        match self {
            Self::Scalar(scalar) => scalar.alignment(),
            Self::Subarray(subarray) => subarray.base().alignment(),
            Self::Record(record) if record.is_aligned() => {
                record.fields().iter().map(|field| field.dtype.alignment()).max().unwrap_or(1)
            }
            Self::Record(_) => 1,
        }
    }

    /// NumPy's `dtype.isalignedstruct`.
    pub(crate) fn is_aligned(&self) -> bool {
        match self {
            Self::Scalar(_) => false,
            Self::Record(record) => record.is_aligned(),
            Self::Subarray(subarray) => subarray.base().is_aligned(),
        }
    }
}
