//! Basic slicing, in NumPy's syntax and with its meaning: never a copy.

mod apply;
mod parse;

use std::fmt;

/// One part of a [`Slice`]: what stands between two commas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SliceItem {
    /// `3`, `-1`: one element, and the axis is gone. Negative numbers count from the end.
    Index(isize),
    /// `start:stop:step`: every `step`-th from `start` on, before `stop`. What is left out reaches to the end; the step
    /// is never 0.
    Range {
        /// The first, from the end where negative.
        start: Option<isize>,
        /// The one after the last, from the end where negative.
        stop: Option<isize>,
        /// How far apart; backwards where negative. 0 selects nothing and is refused.
        step: isize,
    },
    /// `...`: as many whole axes as are left. At most once.
    Ellipsis,
    /// `None`, `numpy.newaxis`: an axis of length 1.
    NewAxis,
}

impl SliceItem {
    /// `:`, the whole axis.
    pub const ALL: Self = Self::Range { start: None, stop: None, step: 1 };
}

/// An index into an array, as it stands between the brackets in NumPy: `1, :`, `::-1`, `..., 0`.
///
/// ```
/// use numio::{DynArray, Slice};
///
/// let array = DynArray::from(ndarray::array![[1, 2, 3], [4, 5, 6]]);
/// let slice: Slice = "1, ::-1".parse()?;
/// let row = array.slice(&slice)?;
/// assert_eq!(row.view::<i32, ndarray::Ix1>()?.to_vec(), [6, 5, 4]);
/// assert_eq!(slice.to_string(), "1, ::-1");
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Slice(pub Vec<SliceItem>);

impl std::ops::Deref for Slice {
    type Target = [SliceItem];

    fn deref(&self) -> &[SliceItem] {
        &self.0
    }
}

impl fmt::Display for SliceItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Range { start, stop, step } => {
                start.map_or(Ok(()), |start| write!(f, "{start}"))?;
                f.write_str(":")?;
                stop.map_or(Ok(()), |stop| write!(f, "{stop}"))?;
                if step == 1 { Ok(()) } else { write!(f, ":{step}") }
            }
            Self::Ellipsis => f.write_str("..."),
            Self::NewAxis => f.write_str("None"),
        }
    }
}

impl fmt::Display for Slice {
    /// As it is written in Python, without the brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            write!(f, "{item}")?;
        }
        Ok(())
    }
}
