//! Dtypes from their states (`arraydescr_reduce` and `arraydescr_setstate` in NumPy's `descriptor.c`).
//!
//! A state is `(version, byte order, (base, shape), names, {name: (dtype, offset, title)}, itemsize, alignment, flags,
//! metadata)`. Most of it follows from the rest, and is only compared.

use std::borrow::Cow;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use crate::objects::forms::Form;
use crate::objects::{ObjectError, forms, int, shape, shown, text, truth, tuple};
use crate::pickle::{Dict, Graph, Object, RawValue, ReprBudget, Value};
use crate::{
    ByteOrder, DType, DatetimeUnit, Error, ErrorKind, Field, Limits, Record, Result, Scalar, Subarray,
    TimeUnit, Title,
};

/// Maximum depth of nested dtypes.
const DEPTH: usize = 64;

/// Maximum number of dtypes in one, each counted as often as it occurs: shared ones could be very many.
const DTYPES: usize = 1 << 16;

/// A dtype of a pickle, and what of it a [`DType`] does not tell.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) dtype: DType,
    /// True if its elements are `numpy.record`.
    pub(crate) records: bool,
    /// True if there is nothing else to it: no metadata, fields of a number, or another name for the same number.
    pub(crate) exact: bool,
    /// The number of dtypes in it, itself included.
    pub(crate) parts: u64,
}

/// NumPy's `StringDType`, whose elements are strings of any length. In files they are objects.
#[derive(Debug, Clone, Copy)]
pub struct StringDType<'g> {
    /// True if NumPy makes strings of other values that are stored.
    pub coerce: bool,
    /// The value of missing data.
    pub na_object: Option<Object<'g>>,
}

impl<'g> StringDType<'g> {
    /// The `StringDType` that an object is, if it is one.
    ///
    /// # Errors
    /// `Format` for arguments that NumPy does not write.
    pub fn of(object: Object<'g>) -> Result<Option<Self>> {
        let Some((Form::StringDType, call)) = forms::of(object) else { return Ok(None) };
        if forms::state(&call, "a StringDType")?.is_some() {
            return Err(ObjectError::Extra { of: "a StringDType", what: "a state" }.into());
        }
        let args = call.args();
        match (args.get(0), args.len()) {
            (Some(coerce), 1..=2) => {
                let na_object = args.get(1);
                if let Some(object) = na_object.filter(|object| !is_simple(*object)) {
                    return Err(ObjectError::part("na_object", "a value without parts", shown(object)).into());
                }
                Ok(Some(Self { coerce: truth(coerce, "coerce")?, na_object }))
            }
            (_, count) => Err(ObjectError::part("StringDType", "1 or 2 arguments", count.to_string()).into()),
        }
    }
}

/// True for a value without parts, which cannot lead back to the dtype that it is for.
fn is_simple(object: Object<'_>) -> bool {
    match object.raw() {
        RawValue::None | RawValue::Bool(_) | RawValue::Int(_) | RawValue::Float(_) => true,
        RawValue::Str(_) | RawValue::Bytes(_) | RawValue::Global(_) => true,
        _ => matches!(forms::of(object), Some((Form::Scalar, _))),
    }
}

impl StringDType<'_> {
    /// NumPy's `repr` of it (`stringdtype_repr` in `stringdtype/dtype.c`).
    pub(crate) fn repr(&self, within: &ReprBudget) -> String {
        let missing = self.na_object.map(|object| format!("na_object={}", object.repr_within(within)));
        let parts: Vec<_> =
            missing.into_iter().chain((!self.coerce).then(|| "coerce=False".to_owned())).collect();
        format!("StringDType({})", parts.join(", "))
    }
}

/// The memory of a dtype for each of its parts: roughly that of NumPy's own.
pub(crate) const PART_BYTES: u64 = 256;

/// Bytes that may be built out of the smallest pickle.
const LEAST: u64 = 32 << 20;

/// Bytes that may be built for each byte of a pickle.
const RATIO: u64 = 32;

/// One reading of a graph: the dtypes that have been read, which many arrays share, and how much more may be built. A
/// file can give one large part to many calls, each of which makes an object of its own from it.
#[derive(Debug)]
pub(crate) struct Reading {
    dtypes: HashMap<u64, KnownDType>,
    /// The one that was asked for last, as all arrays of a pickle often share one.
    last: Option<(u64, Found)>,
    most: u64,
    left: u64,
}

/// A dtype that has been read.
#[derive(Debug, Clone)]
struct KnownDType {
    dtype: DType,
    /// As in [`Found`], of the dtype by itself.
    records: bool,
    exact: bool,
    /// True if there is a number with fields in it, whose alignment the fields alone do not tell.
    has_numbers: bool,
    /// The number of dtypes in it, itself included and each counted as often as it occurs.
    parts: usize,
    /// Their depth.
    levels: usize,
}

impl KnownDType {
    fn found(&self) -> Found {
        let Self { dtype, records, exact, parts, .. } = self;
        Found { dtype: dtype.clone(), records: *records, exact: *exact, parts: *parts as u64 }
    }
}

impl Reading {
    pub(crate) fn of(graph: &Graph) -> Self {
        Self::within(LEAST.saturating_add(graph.byte_count().saturating_mul(RATIO)))
    }

    /// At most that many bytes may be built.
    pub(crate) fn within(most: u64) -> Self {
        Self { dtypes: HashMap::new(), last: None, most, left: most }
    }

    /// Accounts for bytes that are about to be built.
    ///
    /// # Errors
    /// `LimitExceeded` where too few are left.
    pub(crate) fn spend(&mut self, bytes: u64) -> Result<(), ObjectError> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(ObjectError::Cost)
            }
        }
    }

    /// The number of bytes that have been built.
    pub(crate) fn spent(&self) -> u64 {
        self.most - self.left
    }

    /// The dtype that an object is.
    ///
    /// # Errors
    /// As [`of`].
    pub(crate) fn dtype(&mut self, object: Object<'_>) -> Result<DType> {
        self.found(object).map(|found| found.dtype)
    }

    /// The same, with what a [`DType`] does not tell.
    ///
    /// # Errors
    /// As [`of`].
    pub(crate) fn found(&mut self, object: Object<'_>) -> Result<Found> {
        let id = object.id();
        if let Some((last, found)) = &self.last
            && *last == id
        {
            return Ok(found.clone());
        }
        let found = match self.dtypes.get(&id) {
            Some(known) => known.found(),
            None if StringDType::of(object)?.is_some() => {
                return Ok(Found { dtype: DType::OBJECT, records: false, exact: false, parts: 1 });
            }
            None => {
                let mut reader = Reader { left: DTYPES, exact: true, has_numbers: false, reading: self };
                reader.dtype(object, DEPTH)?.found()
            }
        };
        self.last = Some((id, found.clone()));
        Ok(found)
    }

    /// The number of dtypes in a dtype that has been read.
    pub(crate) fn parts(&self, object: Object<'_>) -> u64 {
        self.dtypes.get(&object.id()).map_or(1, |known| known.parts as u64)
    }
}

/// The dtype that an object is.
///
/// # Errors
/// `InvalidData` where the state contradicts itself, `Unsupported` for versions that are not known, `LimitExceeded` where there are
/// too many in one, or more would be built than the size of the pickle justifies.
pub(crate) fn of(object: Object<'_>) -> Result<DType> {
    Reading::of(object.graph()).dtype(object)
}

struct Reader<'r> {
    left: usize,
    exact: bool,
    /// True if there was a number with fields, whose alignment the fields alone do not tell.
    has_numbers: bool,
    reading: &'r mut Reading,
}

/// The arguments: a text, or a class whose elements are records.
enum Spec {
    Scalar(Scalar),
    Class,
    /// A class of another package, whose elements have this size.
    User(u32),
}

/// The state.
struct State<'g> {
    order: String,
    subarray: Option<Object<'g>>,
    names: Option<Object<'g>>,
    fields: Option<Object<'g>>,
    itemsize: i64,
    alignment: i64,
    flags: Option<i64>,
    metadata: Option<Object<'g>>,
}

impl Reader<'_> {
    fn dtype(&mut self, object: Object<'_>, depth: usize) -> Result<KnownDType> {
        let too_many = ObjectError::Large { what: "parts", most: DTYPES };
        let too_deep = ObjectError::Large { what: "levels", most: DEPTH };
        if let Some(known) = self.reading.dtypes.get(&object.id()).cloned() {
            self.left = self.left.checked_sub(known.parts).ok_or(too_many)?;
            self.reading.spend(PART_BYTES.saturating_mul(known.parts as u64))?;
            if known.levels > depth {
                return Err(too_deep.into());
            }
            self.take_over(&known, depth);
            return Ok(known);
        }
        let Some((Form::DType, call)) = forms::of(object) else {
            return Err(ObjectError::part("dtype", "a dtype", shown(object)).into());
        };
        let before = self.left;
        self.left = self.left.checked_sub(1).ok_or(too_many)?;
        // A dtype that contains itself ends here.
        let depth = depth.checked_sub(1).ok_or(too_deep)?;
        self.reading.spend(PART_BYTES)?;
        let here = |error: Error| error.with_offset(call.offset() as u64);
        let spec = Spec::of(call.args().iter()).map_err(here)?;
        let records = forms::is_of_records(object);
        let outer = (self.exact, self.has_numbers);
        (self.exact, self.has_numbers) = (!call.args().get(0).is_some_and(is_longlong), false);
        let mut levels = 0;
        let dtype = match forms::state(&call, "a dtype").map_err(|fault| here(fault.into()))? {
            None => match spec {
                Spec::Scalar(scalar) => scalar.into(),
                Spec::User(size) => {
                    (self.exact, self.has_numbers) = (false, true);
                    Scalar::Void(size).into()
                }
                Spec::Class => return Err(here(ObjectError::NoState { of: "a dtype" }.into())),
            },
            Some(state) => {
                let state = State::of(state).map_err(|fault| here(fault.into()))?;
                let dtype = self.built(&spec, &state, depth, &mut levels).map_err(here)?;
                state.check(&spec, &dtype, self.has_numbers).map_err(|fault| here(fault.into()))?;
                dtype
            }
        };
        let (exact, has_numbers) = (self.exact, self.has_numbers);
        let parts = before - self.left;
        let known = KnownDType { dtype, records, exact, has_numbers, parts, levels: levels + 1 };
        self.reading.dtypes.insert(object.id(), known.clone());
        (self.exact, self.has_numbers) = outer;
        self.take_over(&known, depth + 1);
        Ok(known)
    }

    /// Takes over what a [`DType`] does not tell of a part. Records are told apart by their class at the outermost level only.
    fn take_over(&mut self, known: &KnownDType, depth: usize) {
        self.exact &= known.exact && !(known.records && depth < DEPTH);
        self.has_numbers |= known.has_numbers;
    }

    /// Reads the state, and into `levels` the depth of the dtypes nested in it.
    fn built(&mut self, spec: &Spec, state: &State<'_>, depth: usize, levels: &mut usize) -> Result<DType> {
        if let Some(subarray) = state.subarray {
            let parts = tuple(subarray, "subarray")?;
            let [base, lengths] = parts
                .array()
                .ok_or_else(|| ObjectError::part("subarray", "a dtype and a shape", shown(subarray)))?;
            let base = self.dtype(base, depth)?;
            *levels = base.levels;
            let subarray = Subarray::new(base.dtype, shape(lengths)?);
            return Ok(DType::Subarray(Arc::new(subarray.map_err(malformed)?)));
        }
        self.exact &= !state.has_metadata();
        if let Some(names) = state.names {
            let fields = self.fields(names, state.fields, depth, levels)?;
            let number = spec.number();
            let itemsize = match number {
                // A number with names for parts of it: NumPy describes it in files by its fields.
                Some(number) => {
                    (self.exact, self.has_numbers) = (false, true);
                    Ok(number.itemsize())
                }
                None => usize::try_from(state.itemsize),
            };
            let itemsize = itemsize.map_err(|_| {
                ObjectError::part("itemsize", "a length in bytes", state.itemsize.to_string())
            })?;
            let aligned = state.flags.is_some_and(|flags| flags & ALIGNED != 0);
            let record = DType::from(Record::new(fields, itemsize, aligned).map_err(malformed)?);
            if number.is_some() && (record.has_objects() || aligned) {
                return Err(ObjectError::part("dtype", "plain fields in a number", record.to_string()).into());
            }
            return Ok(record);
        }
        let scalar = match spec {
            Spec::Scalar(scalar) => *scalar,
            Spec::User(size) => {
                // The class tells what the bytes mean, and how they are aligned.
                (self.exact, self.has_numbers) = (false, true);
                Scalar::Void(*size)
            }
            Spec::Class => match u32::try_from(state.itemsize) {
                Ok(length) if length <= i32::MAX.unsigned_abs() => Scalar::Void(length),
                _ => {
                    return Err(ObjectError::part(
                        "itemsize",
                        "a length in bytes",
                        state.itemsize.to_string(),
                    )
                    .into());
                }
            },
        };
        Ok(DType::Scalar(
            match scalar {
                Scalar::Datetime(_, order) => Scalar::Datetime(unit_of(state.metadata)?, order),
                Scalar::Timedelta(_, order) => Scalar::Timedelta(unit_of(state.metadata)?, order),
                other => other,
            }
            .with_byte_order(match state.order.as_str() {
                ">" => ByteOrder::Big,
                "<" => ByteOrder::Little,
                _ => ByteOrder::NATIVE,
            }),
        ))
    }

    fn fields(
        &mut self,
        names: Object<'_>,
        fields: Option<Object<'_>>,
        depth: usize,
        levels: &mut usize,
    ) -> Result<Vec<Field>> {
        let names = tuple(names, "field names")?;
        let dict = match fields.map(|fields| (fields, fields.value())) {
            Some((_, Value::Dict(dict))) => Some(dict),
            Some((fields, _)) => return Err(ObjectError::part("fields", "a dict", shown(fields)).into()),
            None if names.is_empty() => None,
            None => return Err(ObjectError::part("fields", "a dict", "None").into()),
        };
        let mut found = Vec::new();
        let mut titles = 0;
        for name in names.iter() {
            let field = self.field(name, dict.as_ref(), depth, levels)?;
            titles += usize::from(field.title.as_ref().is_some_and(|title| title.as_text().is_some()));
            found.push(field);
        }
        // Titles that are text are keys too.
        match dict.map_or(0, |dict| dict.len()) {
            keys if keys == found.len() + titles => Ok(found),
            keys => Err(ObjectError::part(
                "fields",
                format!("{} names and titles", found.len() + titles),
                keys.to_string(),
            )
            .into()),
        }
    }

    fn field(
        &mut self,
        name: Object<'_>,
        fields: Option<&Dict<'_>>,
        depth: usize,
        levels: &mut usize,
    ) -> Result<Field> {
        let text_of = |object: Object<'_>, part| {
            let name = match object.value() {
                Value::Str(text) => Field::name_from_python(text.as_bytes()).map(Cow::Owned),
                _ => text(object),
            };
            name.map(Arc::<str>::from).ok_or_else(|| ObjectError::part(part, "text", shown(object)))
        };
        let key = text_of(name, "field name")?;
        let found = fields.and_then(|fields| fields.get_object(name));
        let found = found
            .ok_or_else(|| ObjectError::part("fields", format!("the field {key:?}"), "none of that name"))?;
        let parts = tuple(found, "field")?;
        let (dtype, offset, title) = match (parts.get(0), parts.get(1), parts.get(2), parts.len()) {
            (Some(dtype), Some(offset), None, _) => (dtype, offset, None),
            (Some(dtype), Some(offset), Some(title), 3) => (dtype, offset, Some(title)),
            _ => {
                return Err(ObjectError::part(
                    "field",
                    "a dtype, an offset and perhaps a title",
                    shown(found),
                )
                .into());
            }
        };
        let KnownDType { dtype, levels: below, .. } = self.dtype(dtype, depth)?;
        *levels = below.max(*levels);
        let offset = int(offset, "field offset")?;
        let offset = usize::try_from(offset)
            .map_err(|_| ObjectError::part("field offset", "a number from 0 on", offset.to_string()))?;
        let title = title.filter(|title| !title.is_none());
        // Where the strings of Python 2 are read as bytes, names are bytes too.
        let are_bytes_text = !matches!(name.value(), Value::Str(_));
        let title = title.map(|title| match title_literal(title) {
            Some(found) if !are_bytes_text || text(title).is_none() => Ok(found),
            _ => text_of(title, "field title").map(Title::Text),
        });
        let title = title.transpose()?;
        Ok(Field { name: key, title, dtype, offset })
    }
}

/// The longest title that is no text, in characters of its `repr`: a header is no longer by default.
const MOST_TITLE_CHARS: u64 = 10_000;

/// A title that is another value than text: one that Python's literals have.
fn title_literal(title: Object<'_>) -> Option<Title> {
    match title.value() {
        Value::Str(_) => None,
        _ => {
            let limits = Limits { max_repr_chars: MOST_TITLE_CHARS, ..Limits::default() };
            Title::from_literal(&title.to_plain_repr(&limits).ok()?).filter(|title| title.as_text().is_none())
        }
    }
}

/// An invalid argument to the dtype room is here the file's fault.
fn malformed(error: Error) -> Error {
    error.with_kind(ErrorKind::InvalidData)
}

/// True for a name of C's `long long`, which NumPy tells from a `long` of as many bytes.
fn is_longlong(spec: Object<'_>) -> bool {
    text(spec).is_some_and(|text| {
        matches!(text.trim_start_matches(['<', '>', '=', '|']), "q" | "Q" | "longlong" | "ulonglong")
    })
}

impl Spec {
    /// The number or text that has fields where there are any; nothing for raw bytes and classes.
    fn number(&self) -> Option<Scalar> {
        match self {
            Self::Class | Self::User(_) | Self::Scalar(Scalar::Void(_)) => None,
            Self::Scalar(scalar) => Some(*scalar),
        }
    }

    fn of<'g>(mut args: impl ExactSizeIterator<Item = Object<'g>>) -> Result<Self> {
        let count = args.len();
        let spec = args.next().filter(|_| count <= 3);
        let spec = spec.ok_or_else(|| ObjectError::part("dtype", "1 to 3 arguments", count.to_string()))?;
        for flag in args {
            truth(flag, "dtype")?;
        }
        if forms::is_record_class(spec) {
            return Ok(Self::Class);
        }
        if let Some(size) = spec.as_global().and_then(forms::ml_dtype_size) {
            return Ok(Self::User(size));
        }
        let fault = || ObjectError::part("dtype", "a text such as 'f8' or a class of records", shown(spec));
        match DType::parse(&text(spec).ok_or_else(fault)?) {
            Ok(DType::Scalar(scalar)) => Ok(Self::Scalar(scalar)),
            Err(error) if error.kind() == ErrorKind::Unsupported => Err(error),
            _ => Err(fault().into()),
        }
    }
}

/// The flags that follow from the dtype, and whose lie would be harmful: whether there are references to objects, and
/// whether the fields are aligned. The others are hints to NumPy's own code, and differ between its versions.
const REFERENCES: i64 = 1;
const ALIGNED: i64 = 0x80;

impl<'g> State<'g> {
    fn of(state: Object<'g>) -> Result<Self, ObjectError> {
        let items = tuple(state, "dtype state")?;
        let part = |index: usize| items.get(index).filter(|part| !part.is_none());
        let number = |index: usize, name| match items.get(index) {
            Some(object) => int(object, name),
            None => Err(ObjectError::part("dtype state", "7 to 9 parts", items.len().to_string())),
        };
        let version = number(0, "dtype state");
        match (version, items.len()) {
            (Ok(2..=4), 7..=9) => {}
            (Ok(2..=4), count) => {
                return Err(ObjectError::part("dtype state", "7 to 9 parts", count.to_string()));
            }
            (Ok(version), _) => {
                return Err(ObjectError::Version { of: "a dtype", found: version.to_string() });
            }
            (Err(_), 5) => return Err(ObjectError::Version { of: "a dtype", found: "0".to_owned() }),
            (Err(fault), _) => return Err(fault),
        }
        let order = part(1).and_then(text).ok_or_else(|| {
            ObjectError::part("byte order", "'<', '>', '=' or '|'", part(1).map_or("None".to_owned(), shown))
        })?;
        Ok(Self {
            order: order.into_owned(),
            subarray: part(2),
            names: part(3),
            fields: part(4),
            itemsize: number(5, "itemsize")?,
            alignment: number(6, "alignment")?,
            flags: if items.len() > 7 { Some(number(7, "flags")?) } else { None },
            metadata: part(8),
        })
    }

    /// True if users added metadata of their own.
    fn has_metadata(&self) -> bool {
        let Some(metadata) = self.metadata else { return false };
        let own = match metadata.value() {
            // Those of times have the unit too.
            Value::Tuple(parts) => parts.get(0).map(Object::value),
            other => Some(other),
        };
        matches!(own, Some(Value::Dict(dict)) if !dict.is_empty())
    }

    /// Compares what is said with what is so.
    fn check(&self, spec: &Spec, dtype: &DType, has_numbers: bool) -> Result<(), ObjectError> {
        let lie = |what, found: String, wanted: String| ObjectError::Lie {
            what,
            found,
            dtype: dtype.clone(),
            wanted,
        };
        let itemsize = dtype.itemsize();
        let number = spec.number().filter(|_| dtype.as_record().is_some());
        let scalar = dtype.as_scalar().or(number);
        if dtype.as_scalar().is_none()
            && (self.subarray.is_some() && (self.names.is_some() || self.fields.is_some()))
        {
            return Err(ObjectError::part("dtype state", "a subarray or fields", "both"));
        }
        if self.fields.is_some() && self.names.is_none() {
            return Err(ObjectError::part("field names", "a tuple", "None"));
        }
        match spec {
            Spec::Class => {}
            Spec::User(_) if scalar.is_some() => return self.check_user(dtype),
            Spec::User(_) => return Err(ObjectError::part("dtype", "one without fields", dtype.to_string())),
            Spec::Scalar(given) if scalar.is_some() => {
                // The rest of the text has been used.
                if given.itemsize() != itemsize {
                    return Err(lie("a text", given.itemsize().to_string(), itemsize.to_string()));
                }
            }
            Spec::Scalar(Scalar::Void(length)) if *length as usize == itemsize => {}
            Spec::Scalar(given) => {
                let given = DType::Scalar(*given).to_string();
                return Err(lie("a text", given, format!("|V{itemsize}")));
            }
        }
        let has_order = scalar.is_some_and(|scalar| scalar.byte_order().is_some());
        let orders: &[&str] = if has_order { &["<", ">", "="] } else { &["|", "="] };
        if !orders.contains(&self.order.as_str()) {
            return Err(lie("a byte order", format!("{:?}", self.order), format!("one of {orders:?}")));
        }
        // Minus one means what the text says.
        let alignment = number.map_or_else(|| dtype.alignment(), Scalar::alignment);
        let sizes = [("an itemsize", self.itemsize, itemsize), ("an alignment", self.alignment, alignment)];
        for (what, found, wanted) in sizes {
            let is_told = what != "an alignment" || scalar.is_some() || !has_numbers;
            if is_told && usize::try_from(found) != Ok(wanted) && (found != -1 || scalar.is_none()) {
                return Err(lie(what, found.to_string(), wanted.to_string()));
            }
        }
        self.check_flags(dtype)
    }

    /// A dtype of another package that is defined by its class: all that the state may add is this machine's byte order.
    fn check_user(&self, dtype: &DType) -> Result<(), ObjectError> {
        let native = if ByteOrder::NATIVE == ByteOrder::Little { "<" } else { ">" };
        let is_bare = self.names.is_none() && self.fields.is_none() && self.metadata.is_none();
        let is_size = |found: i64| found == -1 || usize::try_from(found) == Ok(dtype.itemsize());
        let fits =
            is_size(self.itemsize) && is_size(self.alignment) && self.flags.unwrap_or(0) & REFERENCES == 0;
        if is_bare && fits && ["|", "=", native].contains(&self.order.as_str()) {
            return Ok(());
        }
        Err(ObjectError::part("dtype state", "nothing but the byte order", "more"))
    }

    fn check_flags(&self, dtype: &DType) -> Result<(), ObjectError> {
        let Some(flags) = self.flags else { return Ok(()) };
        let is_aligned = dtype.is_aligned();
        let wanted = if dtype.has_objects() { REFERENCES } else { 0 } | if is_aligned { ALIGNED } else { 0 };
        // Older versions write them as a signed byte.
        if !(-128..=255).contains(&flags) || flags & (REFERENCES | ALIGNED) != wanted {
            let lie = ObjectError::Lie {
                what: "flags",
                found: flags.to_string(),
                dtype: dtype.clone(),
                wanted: format!("{wanted}, other bits aside"),
            };
            return Err(lie);
        }
        if let Some(record) = dtype.as_record().filter(|record| record.is_aligned()) {
            let is_at = |bytes: usize, of: &DType| bytes.is_multiple_of(of.alignment());
            let fields = record.fields().iter();
            if !is_at(record.itemsize(), dtype)
                || !fields.clone().all(|field| is_at(field.offset, &field.dtype))
            {
                return Err(ObjectError::part("flags", "fields at multiples of their alignment", "others"));
            }
        }
        Ok(())
    }
}

/// The unit in `(metadata, (name, count, divisor, event))`. The last two are always 1.
pub(crate) fn unit_of(metadata: Option<Object<'_>>) -> Result<TimeUnit, ObjectError> {
    const WANTED: &str = "a dict and a unit such as ('ns', 1, 1, 1)";
    let fault = || ObjectError::part("time unit", WANTED, metadata.map_or("None".to_owned(), shown));
    let parts = metadata.and_then(|metadata| metadata.as_tuple().ok()).ok_or_else(fault)?;
    let [_, unit] = parts.array().ok_or_else(fault)?;
    let unit = unit.as_tuple().map_err(|_| fault())?;
    let [name, count, divisor, event] = unit.array().ok_or_else(fault)?;
    let name = text(name).ok_or_else(fault)?;
    let count = u32::try_from(int(count, "time unit")?).ok().filter(|&count| i32::try_from(count).is_ok());
    let count = count.and_then(NonZeroU32::new).ok_or_else(fault)?;
    if (int(divisor, "time unit")?, int(event, "time unit")?) != (1, 1) {
        return Err(fault());
    }
    if name == "generic" {
        return if count == NonZeroU32::MIN { Ok(TimeUnit::Generic) } else { Err(fault()) };
    }
    let found = DatetimeUnit::ALL.iter().find(|(_, known)| *known == name);
    found.map(|(unit, _)| TimeUnit::Multiple(count, *unit)).ok_or_else(fault)
}

/// The microseconds unit_of a second, and unit_of a day.
pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// The microseconds unit_of a tick, where those are always as many.
pub(crate) fn micros_of(unit: TimeUnit) -> Option<i128> {
    let TimeUnit::Multiple(count, unit) = unit else { return None };
    let one = match unit {
        DatetimeUnit::Week => 7 * DAY,
        DatetimeUnit::Day => DAY,
        DatetimeUnit::Hour => 3600 * SECOND,
        DatetimeUnit::Minute => 60 * SECOND,
        DatetimeUnit::Second => SECOND,
        DatetimeUnit::Millisecond => 1000,
        DatetimeUnit::Microsecond => 1,
        _ => return None,
    };
    Some(i128::from(one) * i128::from(count.get()))
}
