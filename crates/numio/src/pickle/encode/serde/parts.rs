//! Containers that serde fills.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use crate::pickle::encode::values::{Filled, Filling};
use crate::pickle::encode::writer::Writer;
use crate::{Error, Result};

/// Writes a tuple's items, and what closes it. A variant's stands in a dict of its own.
pub(crate) struct Tuple<'w> {
    pub(super) writer: &'w mut Writer,
    pub(super) len: usize,
    pub(super) is_variant: bool,
}

impl Tuple<'_> {
    fn close(self) -> Result<()> {
        self.writer.close_tuple(self.len)?;
        if self.is_variant { close_variant(self.writer) } else { Ok(()) }
    }
}

/// Writes rows.
pub(crate) struct Rows<'w> {
    pub(super) writer: &'w mut Writer,
    pub(super) filling: Filling,
    pub(super) is_variant: bool,
}

impl Rows<'_> {
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
pub(super) fn open_variant(writer: &mut Writer, name: &str) -> Result<()> {
    writer.open(Filled::Dict, Some(1))?;
    writer.save_name(name)
}

/// `}`
pub(super) fn close_variant(writer: &mut Writer) -> Result<()> {
    writer.op(crate::pickle::Op::SetItem);
    Ok(())
}

impl SerializeSeq for Rows<'_> {
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

impl SerializeMap for Rows<'_> {
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
        impl $trait for Rows<'_> {
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

/// Items in order.
macro_rules! items {
    ($($trait:ident $method:ident)*) => {$(
        impl $trait for Tuple<'_> {
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
