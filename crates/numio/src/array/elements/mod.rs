//! The Rust types that are elements.

mod bool;
mod longdouble;
mod number;
mod pod;
mod subarray;
mod system;
mod text;
mod time;
mod void;

pub use self::longdouble::LongDouble;
#[cfg(feature = "derive")]
pub(crate) use self::pod::decode as decode_pod;
pub(crate) use self::pod::holds;
pub use self::text::{FixedBytes, FixedStr};
pub(crate) use self::text::{code_points, encode_text, text, text_dtype, unpadded};
pub use self::time::{Datetime64, Timedelta64};
pub use self::void::Void;
