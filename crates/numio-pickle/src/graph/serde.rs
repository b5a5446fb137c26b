//! Values into Rust types, by `serde`.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::call::Call;
use super::children::{Children, Dict, IntoChildren, IntoPairs};
use super::json;
use super::object::Object;
use super::repr::{PlainValue, ReprBudget};
use super::value::Value;
use crate::{Error, ErrorKind, Limits, Result};

/// Maximum depth of nested values: `serde` recurses.
const DEPTH: u32 = 128;

/// Maximum number of values read out of the smallest pickle, each counted as often as it occurs.
const LEAST: u64 = 1 << 24;

/// Further values for each byte of a pickle.
const RATIO: u64 = 32;

impl<'g> Object<'g> {
    /// The value as a Rust type. Strings and bytes can be borrowed from the graph.
    ///
    /// Dicts become structs and maps, and so do the attributes of objects of unknown classes; lists, tuples, sets and
    /// deques become sequences; `None` is an option's or the unit; a string, or a dict of one string, is an enum's
    /// variant. Dates, decimals, UUIDs and paths come as strings, as in [`to_json`](Self::to_json), fractions and complex
    /// numbers as pairs, timedeltas as days, seconds and microseconds. What else an object is that a library knows,
    /// [`ReprHooks::value`](crate::ReprHooks::value) says.
    ///
    /// # Errors
    /// `InvalidInput` where a value does not fit the type, `LimitExceeded` where values are nested more than 128 deep, or where the
    /// pickle repeats its parts more often than its size justifies: 2^24 values, and 32 for each byte.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Row<'a> {
    ///     id: u32,
    ///     name: &'a str,
    ///     v: Vec<f64>,
    /// }
    ///
    /// let graph = numio_pickle::load(b"(dS'id'\nI7\nsS'name'\nS'x'\nsS'v'\n(lF1.5\naI2\nas.")?;
    /// let row: Row = graph.root().deserialize()?;
    /// assert_eq!((row.id, row.name, row.v), (7, "x", vec![1.5, 2.0]));
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    pub fn deserialize<T: Deserialize<'g>>(self) -> Result<T> {
        let values = LEAST.saturating_add(self.graph().byte_count().saturating_mul(RATIO));
        let hooked = ReprBudget::new(self.graph(), Limits::default());
        T::deserialize(Reader {
            object: self,
            depth: DEPTH,
            left: &Left { values: Cell::new(values), hooked },
        })
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(ErrorKind::InvalidInput, message.to_string())
    }
}

/// What may still be read.
struct Left {
    values: Cell<u64>,
    /// The cost of objects that hooks know.
    hooked: ReprBudget,
}

impl Left {
    /// Accounts for one value more.
    fn count(&self) -> Result<()> {
        self.values.set(self.values.get().checked_sub(1).ok_or_else(many)?);
        Ok(())
    }
}

fn many() -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        "the pickle repeats its parts so often that reading them would take far more time than its size justifies",
    )
}

/// The levels that may be entered below one of which `depth` may.
fn below(depth: u32) -> Result<u32> {
    let limit = || Error::new(ErrorKind::LimitExceeded, format!("values are nested more than {DEPTH} deep"));
    depth.checked_sub(1).ok_or_else(limit)
}

#[derive(Clone, Copy)]
struct Reader<'g, 'c> {
    object: Object<'g>,
    /// Levels that may still be entered.
    depth: u32,
    left: &'c Left,
}

impl<'g, 'c> Reader<'g, 'c> {
    /// The value that the hooks of the graph give for the object.
    fn hooked(&self) -> Result<Option<PlainReader<'g, 'c>>> {
        let value = self.left.hooked.hooked_value(self.object);
        if value.is_none() && self.left.hooked.bytes() == 0 {
            return Err(many());
        }
        Ok(value.map(|value| PlainReader { value, depth: self.depth, left: self.left }))
    }

    fn seq<V: Visitor<'g>>(&self, items: Children<'g>, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(Sequence { items: items.into_iter(), depth: below(self.depth)?, left: self.left })
    }

    fn map<V: Visitor<'g>>(&self, dict: Dict<'g>, visitor: V) -> Result<V::Value> {
        visitor.visit_map(MapPairs {
            pairs: dict.into_iter(),
            value: None,
            depth: below(self.depth)?,
            left: self.left,
        })
    }
}

/// The attributes of an object whose state is a dict.
fn attributes<'g>(call: &Call<'g>) -> Option<Dict<'g>> {
    call.state()?.as_dict().ok()
}

impl<'g> Deserializer<'g> for Reader<'g, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'g>>(self, visitor: V) -> Result<V::Value> {
        self.left.count()?;
        match self.object.value() {
            Value::None => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(value) => match (value.to_i64(), value.to_i128()) {
                (Some(value), _) => visitor.visit_i64(value),
                (None, Some(value)) => match u64::try_from(value) {
                    Ok(value) => visitor.visit_u64(value),
                    Err(_) => visitor.visit_i128(value),
                },
                (None, None) => visitor.visit_string(value.to_string()),
            },
            Value::Float(value) => visitor.visit_f64(value),
            Value::Str(text) => match text.as_str() {
                Some(text) => visitor.visit_borrowed_str(text),
                None => {
                    Err(de::Error::custom("surrogates stand in a string, which Rust's strings cannot hold"))
                }
            },
            Value::Bytes(bytes) | Value::ByteArray(bytes) => match bytes {
                std::borrow::Cow::Borrowed(bytes) => visitor.visit_borrowed_bytes(bytes),
                std::borrow::Cow::Owned(bytes) => visitor.visit_byte_buf(bytes),
            },
            Value::Buffer(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::Tuple(items)
            | Value::List(items)
            | Value::Set(items)
            | Value::FrozenSet(items)
            | Value::Deque { items, .. } => self.seq(items, visitor),
            Value::Dict(dict)
            | Value::OrderedDict(dict)
            | Value::Counter(dict)
            | Value::DefaultDict { dict, .. } => self.map(dict, visitor),
            Value::Decimal(text) => visitor.visit_borrowed_str(text),
            Value::Complex(real, imag) => numbers([real, imag], visitor),
            Value::Fraction(parts) => match parts.map(|part| part.to_i64()) {
                [Some(numerator), Some(denominator)] => numbers([numerator, denominator], visitor),
                _ => Err(de::Error::custom("a fraction of numbers that an i64 does not hold")),
            },
            Value::TimeDelta(delta) => {
                numbers([i64::from(delta.days), delta.seconds.into(), delta.microseconds.into()], visitor)
            }
            Value::Call(call) => match (self.hooked()?, attributes(&call)) {
                (Some(value), _) => value.deserialize_any(visitor),
                (None, Some(attributes)) => self.map(attributes, visitor),
                (None, None) => Err(self.unfit()),
            },
            value => match json::text_of(&value) {
                Some(text) => visitor.visit_string(text),
                None => Err(self.unfit()),
            },
        }
    }

    fn deserialize_option<V: Visitor<'g>>(self, visitor: V) -> Result<V::Value> {
        if self.object.is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'g>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'g>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.object.value() {
            Value::Str(text) => match text.as_str() {
                Some(text) => visitor.visit_enum(text.into_deserializer()),
                None => Err(self.unfit()),
            },
            Value::Dict(dict) if dict.len() == 1 => match dict.pair(0) {
                Some((variant, content)) => visitor.visit_enum(Variant {
                    variant,
                    content,
                    depth: below(self.depth)?,
                    left: self.left,
                }),
                None => Err(self.unfit()),
            },
            _ => match self.hooked()? {
                Some(PlainReader { value: PlainValue::Str(text), .. }) => {
                    visitor.visit_enum(text.into_deserializer())
                }
                _ => Err(self.unfit()),
            },
        }
    }

    /// Whatever it is: what nobody asks for need not fit.
    fn deserialize_ignored_any<V: Visitor<'g>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'g>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

impl Reader<'_, '_> {
    #[cold]
    fn unfit(&self) -> Error {
        de::Error::custom(format!(
            "a value of type {} has no counterpart in this type",
            self.object.value().type_name()
        ))
    }
}

fn numbers<'de, T: IntoDeserializer<'de, Error>, V: Visitor<'de>, const N: usize>(
    numbers: [T; N],
    visitor: V,
) -> Result<V::Value> {
    visitor.visit_seq(de::value::SeqDeserializer::new(numbers.into_iter()))
}

struct Sequence<'g, 'c> {
    items: IntoChildren<'g>,
    depth: u32,
    left: &'c Left,
}

impl<'g> SeqAccess<'g> for Sequence<'g, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'g>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let (depth, left) = (self.depth, self.left);
        self.items.next().map(|object| seed.deserialize(Reader { object, depth, left })).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct MapPairs<'g, 'c> {
    pairs: IntoPairs<'g>,
    value: Option<Object<'g>>,
    depth: u32,
    left: &'c Left,
}

impl<'g> MapAccess<'g> for MapPairs<'g, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'g>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((key, value)) = self.pairs.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Reader { object: key, depth: self.depth, left: self.left }).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'g>>(&mut self, seed: T) -> Result<T::Value> {
        let object =
            self.value.take().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "a value before its key"))?;
        seed.deserialize(Reader { object, depth: self.depth, left: self.left })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.pairs.len())
    }
}

/// A value that a hook has given.
struct PlainReader<'g, 'c> {
    value: PlainValue<'g>,
    depth: u32,
    left: &'c Left,
}

impl<'g> Deserializer<'g> for PlainReader<'g, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'g>>(self, visitor: V) -> Result<V::Value> {
        let Self { value, depth, left } = self;
        left.count()?;
        match value {
            PlainValue::Bool(value) => visitor.visit_bool(value),
            PlainValue::Int(value) => visitor.visit_i64(value),
            PlainValue::UInt(value) => visitor.visit_u64(value),
            PlainValue::Float(value) => visitor.visit_f64(value),
            PlainValue::Str(text) => visitor.visit_string(text),
            PlainValue::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            PlainValue::List(values) => {
                let depth = below(depth)?;
                visitor.visit_seq(de::value::SeqDeserializer::new(values.map(move |value| PlainReader {
                    value,
                    depth,
                    left,
                })))
            }
            PlainValue::Map(pairs) => {
                let depth = below(depth)?;
                let pairs = pairs.into_iter();
                visitor.visit_map(de::value::MapDeserializer::new(
                    pairs.map(move |(name, value)| (name, PlainReader { value, depth, left })),
                ))
            }
            PlainValue::Object(object) => Reader { object, depth, left }.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'g>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            PlainValue::Object(object) if object.is_none() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'g>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'g>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let Self { value, depth, left } = self;
        match value {
            PlainValue::Str(text) => visitor.visit_enum(text.into_deserializer()),
            PlainValue::Object(object) => {
                Reader { object, depth, left }.deserialize_enum(name, variants, visitor)
            }
            other => Err(de::Error::custom(format!("{other:?} is no variant of {name}"))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'g>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'g>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

impl<'g> IntoDeserializer<'g, Error> for PlainReader<'g, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A dict of one key: the variant's name, and what it holds.
struct Variant<'g, 'c> {
    variant: Object<'g>,
    content: Object<'g>,
    depth: u32,
    left: &'c Left,
}

impl<'g, 'c> EnumAccess<'g> for Variant<'g, 'c> {
    type Error = Error;
    type Variant = Reader<'g, 'c>;

    fn variant_seed<V: DeserializeSeed<'g>>(self, seed: V) -> Result<(V::Value, Reader<'g, 'c>)> {
        let name = seed.deserialize(Reader { object: self.variant, depth: self.depth, left: self.left })?;
        Ok((name, Reader { object: self.content, depth: self.depth, left: self.left }))
    }
}

impl<'g> VariantAccess<'g> for Reader<'g, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'g>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'g>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'g>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_any(visitor)
    }
}
