//! Strings and bytes: prefixes, quotes and escapes ("Lexical analysis: String and Bytes literals").

use std::borrow::Cow;

use super::error::LiteralError;

/// The prefix before a string's quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) raw: bool,
    pub(super) bytes: bool,
    /// Bytes that the letters take.
    pub(super) len: usize,
}

/// The prefix at the start of `text`, if a string starts there.
pub(super) fn prefix(text: &[u8]) -> Option<Prefix> {
    let letters = text.iter().take(3).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if !matches!(text.get(letters), Some(b'\'' | b'"')) {
        return None;
    }
    let (raw, bytes) = match text.get(..letters)? {
        [] | [b'u' | b'U'] => (false, false),
        [b'r' | b'R'] => (true, false),
        [b'b' | b'B'] => (false, true),
        [b'b' | b'B', b'r' | b'R'] | [b'r' | b'R', b'b' | b'B'] => (true, true),
        _ => return None,
    };
    Some(Prefix { raw, bytes, len: letters })
}

/// The text between the quotes at the start of `text`, and the bytes that it takes with its quotes.
pub(super) fn body(text: &str) -> Result<(&str, usize), LiteralError> {
    let bytes = text.as_bytes();
    let quote = bytes.first().copied().unwrap_or_default();
    let is_triple = bytes.get(1) == Some(&quote) && bytes.get(2) == Some(&quote);
    let width = if is_triple { 3 } else { 1 };
    let mut at = width;
    loop {
        match bytes.get(at) {
            None => return Err(LiteralError::Str("its closing quote is missing")),
            Some(&byte) if byte == quote => {
                let closes =
                    !is_triple || (bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote));
                if closes {
                    return Ok((text.get(width..at).unwrap_or_default(), at + width));
                }
                at += 1;
            }
            // Whatever follows a backslash, a quote above all, does not close the string, raw or not.
            Some(b'\\') => at += if bytes.get(at + 1..at + 3) == Some(b"\r\n") { 3 } else { 2 },
            Some(b'\n' | b'\r') if !is_triple => {
                return Err(LiteralError::Str("the line ends before its closing quote"));
            }
            Some(_) => at += 1,
        }
    }
}

/// The value of a string's body.
pub(super) fn text(body: &str, raw: bool) -> Result<Cow<'_, str>, LiteralError> {
    if !needs_work(body, raw) {
        return Ok(Cow::Borrowed(body));
    }
    let mut out = String::with_capacity(body.len());
    decode(body, raw, true, &mut |code| {
        out.push(char::from_u32(code).ok_or(LiteralError::Str("a lone surrogate is no character"))?);
        Ok(())
    })?;
    Ok(Cow::Owned(out))
}

/// The value of a bytes literal's body.
pub(super) fn bytes(body: &str, raw: bool) -> Result<Cow<'_, [u8]>, LiteralError> {
    if !body.is_ascii() {
        return Err(LiteralError::Str("bytes are written in ASCII and escapes"));
    }
    if !needs_work(body, raw) {
        return Ok(Cow::Borrowed(body.as_bytes()));
    }
    let mut out = Vec::with_capacity(body.len());
    decode(body, raw, false, &mut |code| {
        // Python, too, keeps the low eight bits of `\777`.
        out.push(code as u8);
        Ok(())
    })?;
    Ok(Cow::Owned(out))
}

fn needs_work(body: &str, raw: bool) -> bool {
    body.bytes().any(|byte| byte == b'\r' || (byte == b'\\' && !raw))
}

type Push<'p> = &'p mut dyn FnMut(u32) -> Result<(), LiteralError>;

/// Hands each character's code to `push`: newlines made `\n`, escapes resolved.
fn decode(body: &str, raw: bool, unicode: bool, push: Push<'_>) -> Result<(), LiteralError> {
    let mut chars = body.chars().peekable();
    // The newlines of source text are all `\n` to Python.
    let mut next = move || {
        let found = chars.next()?;
        if found == '\r' {
            chars.next_if_eq(&'\n');
            return Some('\n');
        }
        Some(found)
    };
    let mut pending = None;
    while let Some(found) = pending.take().or_else(&mut next) {
        if found != '\\' || raw {
            push(found.into())?;
            continue;
        }
        let Some(escape) = next() else {
            return Err(LiteralError::Str("a backslash at its end"));
        };
        let digits = match escape {
            '\n' => continue,
            '\\' | '\'' | '"' => {
                push(escape.into())?;
                continue;
            }
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' => {
                push(control(escape))?;
                continue;
            }
            '0'..='7' => {
                let mut code = escape.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    pending = next();
                    let Some(digit) = pending.and_then(|digit| digit.to_digit(8)) else { break };
                    pending = None;
                    code = code * 8 + digit;
                }
                push(code)?;
                continue;
            }
            'x' => 2,
            'u' if unicode => 4,
            'U' if unicode => 8,
            'N' if unicode => return Err(LiteralError::Str("names of characters (\\N) are not known here")),
            // Python keeps an escape it does not know, backslash and all.
            other => {
                push('\\'.into())?;
                push(other.into())?;
                continue;
            }
        };
        let mut code = 0_u32;
        for _ in 0..digits {
            let digit = next().and_then(|digit| digit.to_digit(16));
            let digit = digit.ok_or(LiteralError::Str("too few hexadecimal digits after \\x, \\u or \\U"))?;
            code = (code << 4) | digit;
        }
        push(code)?;
    }
    Ok(())
}

fn control(escape: char) -> u32 {
    match escape {
        'a' => 0x07,
        'b' => 0x08,
        't' => 0x09,
        'n' => 0x0a,
        'v' => 0x0b,
        'f' => 0x0c,
        _ => 0x0d,
    }
}
