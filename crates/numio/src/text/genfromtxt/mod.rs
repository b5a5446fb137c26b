//! `numpy.genfromtxt`.

mod all;
mod column;
mod columns;
mod discover;
mod elements;
mod enter;
mod error;
mod finish;
mod kind;
mod names;
mod options;
mod plan;
mod read;
mod rows;
mod split;
mod target;

pub use self::column::Column;
pub use self::names::Case;
pub use self::options::GenFromTxt;
