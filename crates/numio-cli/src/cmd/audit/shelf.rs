//! Shelves of Python's `dbm.dumb`: a file of values, and beside it one that tells where each of them is, in any order and anywhere.

use std::fs::File;
use std::io::Read;
use std::ops::Range;

use crate::target::Input;

/// The ranges of the values in a shelf's file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ValueRanges {
    Known(Vec<Range<usize>>),
    /// There are others than are known.
    Odd(&'static str),
}

/// The ranges of the values in `input`, a file of `len` bytes; `None` if no directory of values lies beside it that Python's `dbm` would
/// know for one.
pub(super) fn ranges(input: &Input, len: u64) -> Option<ValueRanges> {
    let Input::File(path) = input else { return None };
    let name = path.file_name()?.to_str();
    let path = match name {
        Some(name) => path.with_file_name(directory(name)?),
        None if path.extension()? == "dat" => path.with_extension("dir"),
        None => return None,
    };
    // Opening anything else than a file may wait for ever.
    if !path.metadata().is_ok_and(|found| found.is_file()) {
        return None;
    }
    let most = most_text(len);
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut text)) {
        Ok(_) => in_text(&text, most),
        Err(_) => Some(ValueRanges::Odd("its directory cannot be read")),
    }
}

/// The name of the directory for a file of values of that name.
pub(super) fn directory(name: &str) -> Option<String> {
    name.strip_suffix(".dat").map(|stem| format!("{stem}.dir"))
}

/// The most bytes of a directory for `len` bytes of values.
pub(super) fn most_text(len: u64) -> u64 {
    const FREE: u64 = 1 << 20;

    len.saturating_add(FREE)
}

/// The ranges in the text of a directory, of which `most` bytes are looked at and no more; `None` if Python's `dbm` would not know it for
/// one.
pub(super) fn in_text(text: &[u8], most: u64) -> Option<ValueRanges> {
    matches!(text.first(), Some(b'\'' | b'"')).then(|| match text.len() as u64 > most {
        true => ValueRanges::Odd("its directory is larger than itself"),
        false => of_text(text),
    })
}

fn of_text(text: &[u8]) -> ValueRanges {
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty());
    let ranges: Option<Vec<_>> = lines.map(|line| range(line.trim_ascii_end())).collect();
    ranges.map_or(
        ValueRanges::Odd("its directory is written in another way than Python does"),
        ValueRanges::Known,
    )
}

/// The range in a line such as `'key', (512, 30)`: the literals of Python that `dbm.dumb` writes, and no others.
fn range(line: &[u8]) -> Option<Range<usize>> {
    let (quote, mut rest) = line.split_first().filter(|(quote, _)| matches!(quote, b'\'' | b'"'))?;
    loop {
        let (byte, after) = rest.split_first()?;
        rest = match byte {
            b'\\' => after.get(1..)?,
            _ => after,
        };
        if byte == quote {
            break;
        }
    }
    let numbers = std::str::from_utf8(rest.strip_prefix(b", (")?.strip_suffix(b")")?).ok()?;
    let (start, len) = numbers.split_once(", ")?;
    let number = |text: &str| {
        let is_plain = text.bytes().all(|digit| digit.is_ascii_digit());
        text.parse::<usize>().ok().filter(|_| is_plain)
    };
    let start = number(start)?;
    Some(start..start.saturating_add(number(len)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_literals_that_dbm_dumb_writes() {
        let text = b"'a', (0, 12)\n\"it's\", (512, 7)\r\n'\\'\\\\', (100, 0)\n";
        assert_eq!(of_text(text), ValueRanges::Known(vec![0..12, 512..519, 100..100]));
        for line in [
            &b"'a', (5, 10) # ', (0, 12)"[..],
            b"'a' 'b', (0, 12)",
            b"'a', (0x0, 12)",
            b"'a', (-1, 12)",
            b"'a', (+1, 12)",
            b"'a', (0, 12), (5, 10)",
            b"'a\\', (0, 12)",
            b"'a",
            b"'a'",
        ] {
            assert!(matches!(of_text(line), ValueRanges::Odd(_)), "{line:?}");
        }
    }
}
