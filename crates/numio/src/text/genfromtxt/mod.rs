//! `numpy.genfromtxt`.

mod all;
#[cfg(feature = "regex")]
mod assign;
mod column;
mod columns;
mod discover;
mod elements;
mod enter;
mod error;
mod finish;
mod kept;
mod kind;
mod names;
mod options;
mod plan;
mod read;
mod rows;
mod split;
mod target;

#[cfg(feature = "regex")]
pub(super) use self::assign::assign;
pub use self::column::Column;
pub use self::names::Case;
pub use self::options::GenFromTxt;
