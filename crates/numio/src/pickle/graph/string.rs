//! Python's strings.

use std::borrow::Cow;
use std::fmt;

use crate::pickle::text;

/// A Python string: code points, among which surrogates may stand, that no text has. `os.fsdecode` makes such ones of
/// file names that are no text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<'g>(&'g [u8]);

impl<'g> Text<'g> {
    pub(super) fn new(bytes: &'g [u8]) -> Self {
        Self(bytes)
    }

    /// The string, unless surrogates stand in it.
    pub fn as_str(&self) -> Option<&'g str> {
        std::str::from_utf8(self.0).ok()
    }

    /// UTF-8, in which surrogates take three bytes each as other characters of their range do (Python's
    /// `surrogatepass`).
    pub fn as_bytes(&self) -> &'g [u8] {
        self.0
    }

    /// The string with U+FFFD for each surrogate.
    pub fn to_string_lossy(&self) -> Cow<'g, str> {
        match self.as_str() {
            Some(text) => Cow::Borrowed(text),
            None => {
                let codes = self.code_points();
                Cow::Owned(codes.map(|code| char::from_u32(code).unwrap_or('\u{fffd}')).collect())
            }
        }
    }

    /// The code points, surrogates among them.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + Clone + 'g {
        text::CodePoints(self.0)
    }
}

/// As Python's `repr`.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_repr(f, self.0)
    }
}
