//! The Rust types that are elements.

mod bool;
mod longdouble;
mod number;
mod pod;
mod subarray;
mod text;
mod time;
mod void;

pub use self::longdouble::LongDouble;
pub use self::text::{FixedBytes, FixedStr};
pub(crate) use self::text::{code_points, text, unpadded};
pub use self::time::{Datetime64, Timedelta64};
pub use self::void::Void;
