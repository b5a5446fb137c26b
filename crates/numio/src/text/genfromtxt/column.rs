//! Columns as the caller names them.

/// A column of a text: its number, counted from the last where it is negative, or its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// Its number.
    Index(isize),
    /// Its name.
    Name(String),
}

impl From<isize> for Column {
    fn from(index: isize) -> Self {
        Self::Index(index)
    }
}

impl From<&str> for Column {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Column {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

/// Where the names of columns come from.
#[derive(Debug, Clone, Default)]
pub(super) enum Names {
    #[default]
    None,
    First,
    Given(Vec<String>),
}
