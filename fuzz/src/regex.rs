//! What an expression matches in a text that comes piece by piece: up to the first line end stands the expression.

use numio::DType;
use numio::text::FromRegex;

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let Some((pattern, text)) =
        bytes.split_at_checked(bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0))
    else {
        return;
    };
    let (Ok(pattern), Ok(dtype)) = (std::str::from_utf8(pattern), DType::parse("S9,")) else { return };
    if let Ok(reader) = FromRegex::new(pattern, &dtype) {
        let _ = reader.parse(text);
    }
}
