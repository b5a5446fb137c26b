//! The Rust types that are elements.

mod bool;
mod longdouble;
mod number;
mod pod;
mod subarray;
mod text;
mod void;

pub use self::longdouble::LongDouble;
pub use self::text::{FixedBytes, FixedStr};
pub use self::void::Void;
