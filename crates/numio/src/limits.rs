//! Limits on the cost of a file before it is refused.

/// Bounds on what reading one file may spend. The defaults let through every file that NumPy writes in practice; a
/// caller who trusts a file can raise them.
///
/// ```
/// use numio::Limits;
///
/// let mut limits = Limits::default();
/// limits.max_array_bytes = 1 << 30; // no array above 1 GiB
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest `.npy` header accepted, in characters, where pickles are not explicitly allowed. NumPy's
    /// `max_header_size`; default 10,000.
    pub max_header_chars: usize,
    /// The most bytes that one array may take in memory. Default: no bound beyond what the input itself justifies.
    pub max_array_bytes: u64,
    /// Maximum number of objects one pickle may make. Default 2^32.
    pub max_pickle_objects: u64,
    /// Maximum number of members of an archive. Default 2^24.
    pub max_members: u64,
    /// Maximum ratio of a member's size to its compressed bytes in an archive, if it is larger than 64 MiB. Default
    /// 100. Deflate makes zeros 1,032 times smaller, so an array of zeros of more than 64 MiB that was saved compressed
    /// needs more than that to be read.
    pub max_compression_ratio: u64,
    /// Maximum ratio of a text's size to its compressed bytes, if it is larger than 16 MiB; and of an array of texts
    /// that are all given the length of the longest, to the rows it is read from. Default 2,000; deflate reaches 1,032,
    /// other methods more.
    pub max_text_ratio: u64,
    /// Maximum number of bytes in one row of a text, in UTF-8. Default 2^28.
    pub max_row_bytes: u64,
    /// Maximum number of fields in one row of a text. Default 2^24.
    pub max_row_fields: u64,
    /// Maximum number of characters from printing one object or turning it into JSON. Default 2^28.
    pub max_repr_chars: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_header_chars: 10_000,
            max_array_bytes: u64::MAX,
            max_pickle_objects: 1 << 32,
            max_members: 1 << 24,
            max_compression_ratio: 100,
            max_text_ratio: 2_000,
            max_row_bytes: 1 << 28,
            max_row_fields: 1 << 24,
            max_repr_chars: 1 << 28,
        }
    }
}

/// The bounds on a pickle.
impl From<&Limits> for numio_pickle::Limits {
    fn from(limits: &Limits) -> Self {
        let mut found = Self::default();
        (found.max_pickle_objects, found.max_repr_chars) = (limits.max_pickle_objects, limits.max_repr_chars);
        found
    }
}

impl From<Limits> for numio_pickle::Limits {
    fn from(limits: Limits) -> Self {
        Self::from(&limits)
    }
}
