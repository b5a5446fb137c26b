//! The protocols in which pickles are written.

use crate::{Error, ErrorKind};

/// A protocol of pickles that is written. Those before 2 are only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Protocol {
    /// What Python 2.3 and all later ones read.
    Two,
    /// With bytes: Python 3.0 and later.
    Three,
    /// With sets, frames and lengths past 4 GiB: Python 3.4 and later. Python's default, and NumPy's.
    #[default]
    Four,
    /// With bytearrays: Python 3.8 and later.
    Five,
}

impl Protocol {
    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
            Self::Five => 5,
        }
    }
}

impl TryFrom<u8> for Protocol {
    type Error = Error;

    fn try_from(number: u8) -> Result<Self, Error> {
        let all = [Self::Two, Self::Three, Self::Four, Self::Five];
        let found = all.into_iter().find(|protocol| protocol.number() == number);
        found.ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("pickles are written in protocols 2 to 5, not {number}"),
            )
        })
    }
}
