//! The structs of Parquet's metadata, as far as they must be checked before the crate `parquet` decodes them: it takes memory by
//! the lengths of their lists, and calls itself for each level of the schema. The encoding is Thrift's compact protocol
//! (thrift/doc/specs/thrift-compact-protocol.md).

use numio::Result;

use super::damaged;

/// The deepest nesting of structs and lists, and of groups in a schema.
const MOST_DEEP: usize = 64;

/// A struct's bytes, walked from field to field.
struct Walk<'a> {
    rest: &'a [u8],
    /// The numbers of the children of each element of the schema.
    children: Vec<u64>,
}

/// Checks the metadata at the end of a file (`FileMetaData` in parquet.thrift).
///
/// # Errors
/// `InvalidData` for what ends early, has more elements in a list than there are bytes, or nests too deep.
pub fn check_footer(bytes: &[u8]) -> Result<()> {
    let mut walk = Walk { rest: bytes, children: Vec::new() };
    walk.structure(&mut Vec::new(), &mut None)?;
    // The number of elements that each open group is still to have.
    let mut open: Vec<u64> = Vec::new();
    for &children in &walk.children {
        if let Some(left) = open.last_mut() {
            *left = left.saturating_sub(1);
        }
        if children > 0 {
            open.push(children);
        } else {
            // The last element of a group ends it, and those that it is the last of.
            while open.last() == Some(&0) {
                open.pop();
            }
        }
        if open.len() > MOST_DEEP {
            return Err(damaged(format_args!("groups more than {MOST_DEEP} levels deep")));
        }
    }
    Ok(())
}

/// A page's header (`PageHeader`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The length of the header itself.
    pub header: usize,
    pub uncompressed: u64,
    pub compressed: u64,
}

impl Page {
    /// Parses the header at the start of `bytes`.
    ///
    /// # Errors
    /// `InvalidData` if it is none, or not complete.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut walk = Walk { rest: bytes, children: Vec::new() };
        let mut numbers = Vec::new();
        walk.structure(&mut Vec::new(), &mut Some(&mut numbers))?;
        let number = |id: i64| {
            let found = numbers.iter().find(|(own, _)| *own == id).map(|(_, value)| *value);
            let known = found.and_then(|value| u64::try_from(value).ok());
            known.ok_or_else(|| damaged("a page without its size"))
        };
        Ok(Self { header: bytes.len() - walk.rest.len(), uncompressed: number(2)?, compressed: number(3)? })
    }
}

/// The types of the compact protocol.
mod kind {
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const BYTE: u8 = 3;
    pub const I16: u8 = 4;
    pub const I32: u8 = 5;
    pub const I64: u8 = 6;
    pub const DOUBLE: u8 = 7;
    pub const BINARY: u8 = 8;
    pub const LIST: u8 = 9;
    pub const SET: u8 = 10;
    pub const MAP: u8 = 11;
    pub const STRUCT: u8 = 12;
    pub const UUID: u8 = 13;
}

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| damaged("metadata that ends early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(damaged("a number of more than 64 bits"))
    }

    fn zigzag(&mut self) -> Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// Walks through the fields of a struct, to its end, and returns its integers in `numbers`, where there is one. `path` has the
    /// fields that lead here; its length bounds the recursion.
    fn structure(&mut self, path: &mut Vec<i64>, numbers: &mut Option<&mut Vec<(i64, i64)>>) -> Result<()> {
        let mut id = 0_i64;
        loop {
            let head = self.byte()?;
            let kind = head & 0xf;
            if kind == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => self.zigzag()?,
                delta => id.wrapping_add(i64::from(delta)),
            };
            // What the decoder would take for something else than it says.
            let wanted = match (path.as_slice(), id) {
                ([], 2) if numbers.is_none() => Some(kind::LIST),
                ([2], 1..=3 | 5..=9) => Some(kind::I32),
                ([2], 4) => Some(kind::BINARY),
                ([2], 10) => Some(kind::STRUCT),
                _ => None,
            };
            if wanted.is_some_and(|wanted| wanted != kind) {
                return Err(damaged(format_args!("a field of the schema of the type {kind}")));
            }
            if matches!(kind, kind::I16..=kind::I64) {
                let value = self.zigzag()?;
                // FileMetaData.schema, SchemaElement.num_children.
                if (path.as_slice(), id) == (&[2], 5) {
                    self.children.push(u64::try_from(value).unwrap_or(0));
                }
                if let Some(numbers) = numbers {
                    numbers.push((id, value));
                }
                continue;
            }
            // Booleans in fields have no byte of their own.
            if matches!(kind, kind::TRUE | kind::FALSE) {
                continue;
            }
            path.push(id);
            self.value(kind, path)?;
            path.pop();
        }
    }

    fn value(&mut self, kind: u8, path: &mut Vec<i64>) -> Result<()> {
        if path.len() > MOST_DEEP {
            return Err(damaged("metadata that nests too deep"));
        }
        match kind {
            kind::TRUE | kind::FALSE | kind::BYTE => drop(self.byte()?),
            kind::I16..=kind::I64 => drop(self.varint()?),
            kind::DOUBLE => drop(self.take(8)?),
            kind::UUID => drop(self.take(16)?),
            kind::BINARY => {
                let length = usize::try_from(self.varint()?).map_err(damaged)?;
                self.take(length)?;
            }
            kind::LIST | kind::SET => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => u64::from(count),
                };
                self.elements(count, &[head & 0xf], path)?;
            }
            kind::MAP => {
                let count = self.varint()?;
                if count > 0 {
                    let kinds = self.byte()?;
                    self.elements(count, &[kinds >> 4, kinds & 0xf], path)?;
                }
            }
            kind::STRUCT => {
                let before = self.children.len();
                self.structure(path, &mut None)?;
                if path.as_slice() == [2] {
                    // An element of the schema without children has no number of them; of two numbers, the last counts.
                    let last = self.children.drain(before..).next_back().unwrap_or(0);
                    self.children.push(last);
                }
            }
            other => return Err(damaged(format_args!("metadata of the type {other}"))),
        }
        Ok(())
    }

    fn elements(&mut self, count: u64, kinds: &[u8], path: &mut Vec<i64>) -> Result<()> {
        if count > self.rest.len() as u64 {
            return Err(damaged(format_args!("a list of {count}, where {} bytes are left", self.rest.len())));
        }
        for _ in 0..count {
            for &kind in kinds {
                // Lists in lists have no fields between them.
                let is_nested = matches!(kind, kind::LIST | kind::SET | kind::MAP);
                if is_nested {
                    path.push(-1);
                }
                self.value(kind, path)?;
                if is_nested {
                    path.pop();
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A footer whose schema has elements with these numbers of children.
    fn footer(children: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x15, 2, 0x19, 0xfc, u8::try_from(children.len()).unwrap()];
        for &children in children {
            bytes.extend([0x48, 1, b'a']);
            match children {
                0 => bytes.push(0),
                count => bytes.extend([0x15, count * 2, 0]),
            }
        }
        bytes.extend([0x16, 6, 0x1c, 0]);
        bytes.push(0);
        bytes
    }

    #[test]
    fn deep_schemas_and_long_lists_are_refused() {
        let chain = |depth: usize| [vec![1; depth], vec![0]].concat();
        check_footer(&footer(&chain(60))).unwrap();
        check_footer(&footer(&[3, 0, 2, 0, 0, 0])).unwrap();
        // Groups that end give their level back.
        let flat: Vec<u8> = [vec![40], [1, 0].repeat(40)].concat();
        check_footer(&footer(&flat)).unwrap();
        let error = check_footer(&footer(&chain(70))).unwrap_err().to_string();
        assert!(error.contains("groups more than 64 levels deep"), "{error}");
        let error = check_footer(&[0x19, 0xfc, 0xff, 0xff, 0x7f, 0]).unwrap_err().to_string();
        assert!(error.contains("a list of 2097151, where 1 bytes are left"), "{error}");
        let error = check_footer(&[0x1c; 200]).unwrap_err().to_string();
        assert!(error.contains("nests too deep"), "{error}");
        let error = check_footer(&[[0x19].as_slice(), &[0x19; 200]].concat()).unwrap_err().to_string();
        assert!(error.contains("nests too deep"), "{error}");
    }

    #[test]
    fn headers_of_pages_say_their_sizes() {
        let bytes = [0x15, 0, 0x15, 200, 1, 0x15, 100, 0x2c, 0x15, 20, 0, 0, 7, 7];
        assert_eq!(Page::parse(&bytes).unwrap(), Page { header: 12, uncompressed: 100, compressed: 50 });
        assert!(Page::parse(&bytes[..9]).is_err());
    }
}
