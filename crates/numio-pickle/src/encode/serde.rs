//! Rust values into pickles, by `serde`.

use serde::ser;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::encode::writer::{ContainerKind, OpenContainer, PickleWriter};
use crate::encode::{Pickler, Protocol};
use crate::{Error, ErrorKind, Result};
use crate::{Graph, load};

impl Pickler {
    /// The pickle of a Rust value, in Python's own types.
    ///
    /// | Rust | Python |
    /// |---|---|
    /// | `()`, `None`, unit structs | `None` |
    /// | `bool`, integers, floats, `char`, `str` | `bool`, `int`, `float`, `str` |
    /// | bytes, as `serde_bytes` gives them | `bytes` |
    /// | sequences; tuples | `list`; `tuple` |
    /// | maps, structs | `dict` |
    /// | enums | the variant's name, or `{name: contents}` |
    ///
    /// [`Object::deserialize`](crate::Object::deserialize) goes the other way.
    ///
    /// # Errors
    /// `InvalidInput` for what takes a higher protocol, and what the value itself says.
    ///
    /// ```
    /// use numio_pickle::Pickler;
    ///
    /// let bytes = Pickler::new().dump_value(&("text", [1.5, 2.0], None::<u8>))?;
    /// assert_eq!(format!("{:?}", numio_pickle::load(bytes)?), "('text', (1.5, 2.0), None)");
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    pub fn dump_value<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>> {
        let mut writer = self.writer();
        value.serialize(&mut writer)?;
        Ok(writer.finish())
    }
}

/// The pickle of a Rust value, in protocol 4.
///
/// # Errors
/// As [`Pickler::dump_value`].
pub fn dump_value<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    Pickler::new().dump_value(value)
}

impl Graph {
    /// The graph of a Rust value, as [`Pickler::dump_value`] puts it into Python's types.
    ///
    /// # Errors
    /// As [`Pickler::dump_value`].
    ///
    /// ```
    /// #[derive(serde::Serialize)]
    /// struct Row {
    ///     id: u32,
    ///     v: (f64, i32),
    /// }
    ///
    /// let graph = numio_pickle::Graph::from_serialize(&[Row { id: 7, v: (0.5, -1) }])?;
    /// assert_eq!(format!("{graph:?}"), "({'id': 7, 'v': (0.5, -1)},)");
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        load(Pickler::new().protocol(Protocol::Four).dump_value(value)?)
    }
}

impl ser::Error for Error {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::new(ErrorKind::InvalidInput, message.to_string())
    }
}

impl<'w> Serializer for &'w mut PickleWriter {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = MapSerializer<'w>;
    type SerializeTuple = TupleSerializer<'w>;
    type SerializeTupleStruct = TupleSerializer<'w>;
    type SerializeTupleVariant = TupleSerializer<'w>;
    type SerializeMap = MapSerializer<'w>;
    type SerializeStruct = MapSerializer<'w>;
    type SerializeStructVariant = MapSerializer<'w>;

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.save_bool(value);
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<()> {
        self.save_int(value);
        Ok(())
    }

    fn serialize_i128(self, value: i128) -> Result<()> {
        self.save_wide(value)
    }

    fn serialize_u8(self, value: u8) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<()> {
        self.save_wide(value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<()> {
        match i128::try_from(value) {
            Ok(value) => self.save_wide(value),
            Err(_) => {
                self.boundary();
                // The sign has a byte of its own.
                self.long(&[&value.to_le_bytes()[..], &[0]].concat())
            }
        }
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        self.save_float(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.save_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<()> {
        self.save_str(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        self.save_bytes(value)
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.save_none();
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<()> {
        self.save_name(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        open_variant(self, variant)?;
        value.serialize(&mut *self)?;
        close_variant(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<MapSerializer<'w>> {
        let filling = self.open(ContainerKind::List, len)?;
        Ok(MapSerializer { writer: self, filling, is_variant: false })
    }

    fn serialize_tuple(self, len: usize) -> Result<TupleSerializer<'w>> {
        self.open_tuple(len);
        Ok(TupleSerializer { writer: self, len, is_variant: false })
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<TupleSerializer<'w>> {
        self.serialize_tuple(len)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<TupleSerializer<'w>> {
        open_variant(self, variant)?;
        self.open_tuple(len);
        Ok(TupleSerializer { writer: self, len, is_variant: true })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<MapSerializer<'w>> {
        let filling = self.open(ContainerKind::Dict, len)?;
        Ok(MapSerializer { writer: self, filling, is_variant: false })
    }

    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<MapSerializer<'w>> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<MapSerializer<'w>> {
        open_variant(self, variant)?;
        let filling = self.open(ContainerKind::Dict, Some(len))?;
        Ok(MapSerializer { writer: self, filling, is_variant: true })
    }
}

/// Writes a tuple's items, and what closes it. A variant's is within a dict of its own.
pub struct TupleSerializer<'w> {
    pub(crate) writer: &'w mut PickleWriter,
    pub(crate) len: usize,
    pub(crate) is_variant: bool,
}

impl TupleSerializer<'_> {
    fn close(self) -> Result<()> {
        self.writer.close_tuple(self.len)?;
        if self.is_variant { close_variant(self.writer) } else { Ok(()) }
    }
}

/// Writes rows.
pub struct MapSerializer<'w> {
    pub(crate) writer: &'w mut PickleWriter,
    pub(crate) filling: OpenContainer,
    pub(crate) is_variant: bool,
}

impl MapSerializer<'_> {
    fn pair<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.filling.before(self.writer);
        self.writer.save_name(key)?;
        value.serialize(&mut *self.writer)?;
        self.filling.after(self.writer);
        Ok(())
    }

    fn close(self) -> Result<()> {
        self.filling.finish(self.writer);
        if self.is_variant { close_variant(self.writer) } else { Ok(()) }
    }
}

/// `{name: `
pub(crate) fn open_variant(writer: &mut PickleWriter, name: &str) -> Result<()> {
    writer.open(ContainerKind::Dict, Some(1))?;
    writer.save_name(name)
}

/// `}`
pub(crate) fn close_variant(writer: &mut PickleWriter) -> Result<()> {
    writer.op(crate::Op::SetItem);
    Ok(())
}

impl SerializeSeq for MapSerializer<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.filling.before(self.writer);
        value.serialize(&mut *self.writer)?;
        self.filling.after(self.writer);
        Ok(())
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}

impl SerializeMap for MapSerializer<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.filling.before(self.writer);
        key.serialize(&mut *self.writer)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(&mut *self.writer)?;
        self.filling.after(self.writer);
        Ok(())
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}

/// Fields by their names.
macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl $trait for MapSerializer<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
                self.pair(key, value)
            }

            fn end(self) -> Result<()> {
                self.close()
            }
        }
    )*};
}

fields!(SerializeStruct SerializeStructVariant);

/// Children in order.
macro_rules! items {
    ($($trait:ident $method:ident)*) => {$(
        impl $trait for TupleSerializer<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Result<()> {
                self.close()
            }
        }
    )*};
}

items!(SerializeTuple serialize_element SerializeTupleStruct serialize_field SerializeTupleVariant serialize_field);
