//! Python's pickles, read without running anything.
//!
//! A pickle is a program for a small stack machine: each byte is an opcode ([`Op`]), some with an argument behind them.
//! [`Decoder`] splits the bytes into instructions, and [`dis`] prints them.

mod decode;
mod dis;
mod encoding;
mod error;
mod int;
mod leaf;
mod opcodes;
mod text;

pub use self::decode::{Arg, Decoder, Instruction};
pub use self::dis::dis;
pub use self::encoding::Encoding;
pub use self::leaf::Leaf;
pub use self::opcodes::Op;
