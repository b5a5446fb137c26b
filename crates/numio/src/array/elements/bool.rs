//! Booleans: one byte, checked.

use crate::array::element::Element;
use crate::array::error::{Fault, other_dtype};
use crate::{DType, Error, Result};

impl Element for bool {
    fn dtype_for(_: &mut dyn Iterator<Item = &Self>) -> DType {
        DType::BOOL
    }

    fn decode(dtype: &DType, bytes: &[u8], count: usize, out: &mut Vec<Self>) -> Result<()> {
        if *dtype != DType::BOOL {
            return Err(other_dtype::<Self>(dtype));
        }
        // Most bytes are fine: the place is looked for only where one is not.
        if bytes.iter().fold(0, |all, byte| all | byte) > 1
            && let Some((at, &byte)) = bytes.iter().enumerate().find(|(_, byte)| **byte > 1)
        {
            return Err(Error::from(Fault::NotBool(byte)).at(at as u64));
        }
        out.extend(bytes.iter().take(count).map(|&byte| byte == 1));
        Ok(())
    }

    fn encode(&self, _: &DType, out: &mut Vec<u8>) -> Result<()> {
        out.push(u8::from(*self));
        Ok(())
    }

    fn fixed_dtype() -> Option<DType> {
        Some(DType::BOOL)
    }

    fn as_bytes(items: &[Self]) -> Option<&[u8]> {
        Some(bytemuck::cast_slice(items))
    }
}
