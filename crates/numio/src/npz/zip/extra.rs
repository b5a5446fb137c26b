//! Extra fields: tagged parts of both headers (APPNOTE 4.5).

use super::fields::{Fields, Put};

/// Sizes and offsets of 64 bits.
pub(super) const ZIP64: u16 = 1;

/// Padding, as Android's `zipalign` writes it: the alignment, and zeros.
const PADDING: u16 = 0xd935;

/// A field's id and length, before its data.
const HEADER: usize = 4;

/// The data of the field `id`, if there is one. Fields after a malformed one are not seen.
pub(crate) fn find(extra: &[u8], id: u16) -> Option<&[u8]> {
    walk(extra).map_while(Result::ok).find(|&(found, _)| found == id).map(|(_, data)| data)
}

/// The fields in order; `Err` with the id of one that reaches past the end, which is the last. Fewer than four bytes at
/// the end are no field, and no fault.
pub(super) fn walk(extra: &[u8]) -> impl Iterator<Item = Result<(u16, &[u8]), u16>> {
    let mut fields = Some(Fields::new(extra));
    std::iter::from_fn(move || {
        let mut rest = fields.take()?;
        let (id, len) = (rest.u16()?, rest.u16()?);
        let Some(data) = rest.bytes(len.into()) else { return Some(Err(id)) };
        fields = Some(rest);
        Some(Ok((id, data)))
    })
}

/// Appends a field, whose data are at most 65,535 bytes.
pub(crate) fn put(out: &mut Vec<u8>, id: u16, data: &[u8]) {
    out.put16(id);
    out.put16(data.len() as u16);
    out.extend_from_slice(data);
}

/// An extra field that makes a member's data start at a multiple of so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Padding {
    len: usize,
}

impl Padding {
    /// Each array of a stored member then starts where a cache line does, and can be mapped as it is.
    pub(crate) const ALIGNMENT: u64 = 64;

    /// What it takes where data would start at `at` without it.
    pub(crate) fn at(at: u64) -> Self {
        let missing = (at.next_multiple_of(Self::ALIGNMENT) - at) as usize;
        let least = HEADER + size_of::<u16>();
        Self { len: if (1..least).contains(&missing) { missing + Self::ALIGNMENT as usize } else { missing } }
    }

    pub(super) fn put(self, out: &mut Vec<u8>) {
        if let Some(len) = self.len.checked_sub(HEADER) {
            let mut data = vec![0; len];
            if let Some(first) = data.first_chunk_mut() {
                *first = (Self::ALIGNMENT as u16).to_le_bytes();
            }
            put(out, PADDING, &data);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_reaches_the_next_multiple() {
        for at in 0..200 {
            let mut out = Vec::new();
            let padding = Padding::at(at);
            padding.put(&mut out);
            assert_eq!(out.len(), padding.len);
            assert!((at + out.len() as u64).is_multiple_of(64), "{at}");
            assert!(out.is_empty() || find(&out, PADDING) == Some(&out[4..]), "{at}");
        }
    }

    #[test]
    fn fields_are_found_by_id() {
        let mut extra = Vec::new();
        put(&mut extra, 7, b"seven");
        put(&mut extra, 8, b"");
        assert_eq!(find(&extra, 7), Some(&b"seven"[..]));
        assert_eq!(find(&extra, 8), Some(&b""[..]));
        assert_eq!(find(&extra, 9), None);
        assert_eq!(find(&extra[..8], 7), None);
        assert_eq!(walk(&extra[..8]).last(), Some(Err(7)));
        assert_eq!(walk(&extra[..3]).count(), 0);
    }
}
