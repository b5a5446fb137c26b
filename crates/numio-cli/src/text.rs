//! Formatting of numbers, shapes and tables.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use numio::{FileFormat, NpzArchive};
use unicode_width::UnicodeWidthStr;

use crate::output::{self, Output};

/// What an archive is and what reads it, if it is another program's.
pub fn foreign(archive: &NpzArchive) -> Option<String> {
    let format = FileFormat::of_archive(archive);
    Some(format!("{format}: {}", format.advice()?))
}

/// A shape as a Python tuple; cut off if it has very many axes.
pub fn shape(axes: &[usize]) -> String {
    match axes {
        [axis] => format!("({axis},)"),
        [a, b, c, .., z] if axes.len() > 12 => format!("({a}, {b}, {c}, ..., {z}) of {} axes", axes.len()),
        axes => format!("({})", axes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// A number of bytes in the largest unit that leaves at least 1, with one decimal if it is not exact.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let power = bytes.checked_ilog2().unwrap_or(0) / 10;
    let Some(unit) = power.checked_sub(1).and_then(|power| UNITS.get(power as usize)) else {
        return format!("{bytes} B");
    };
    let one = 1_u64 << (10 * power);
    let decimals = if bytes.is_multiple_of(one) { 0 } else { 1 };
    format!("{:.decimals$} {unit}", bytes as f64 / one as f64)
}

/// A number with this many significant digits, as Python's `{:.3g}`.
pub fn digits(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let exponent: i32 =
        scientific.rsplit_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if exponent < -4 || exponent >= digits as i32 {
        let (mantissa, _) = scientific.rsplit_once('e').unwrap_or_default();
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.unsigned_abs());
    }
    trimmed(&format!("{value:.*}", (digits as i32 - 1 - exponent).max(0) as usize))
}

/// The alignment of text in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// A table whose columns are as wide as their widest cell. The last column is never padded.
#[derive(Debug)]
pub struct Table {
    sides: Vec<Side>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(columns: &[(&str, Side)]) -> Self {
        let head = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        Self { sides: columns.iter().map(|(_, side)| *side).collect(), rows: vec![head] }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        // Names from a file must not move the cursor.
        self.rows.push(cells.into_iter().map(|cell| visible(&cell)).collect());
    }

    pub fn print(&self, out: &mut Output) -> io::Result<()> {
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.sides.len()).map(widest).collect();
        let fits = output::width();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, side), widest) in row.iter().zip(&self.sides).zip(&widths) {
                let padding = " ".repeat(widest - width(cell));
                match side {
                    Side::Left => line.extend([cell, padding.as_str(), "  "]),
                    Side::Right => line.extend([padding.as_str(), cell, "  "]),
                }
            }
            let line = line.trim_end();
            match fits {
                Some(columns) => writeln!(out, "{}", clipped(line, columns))?,
                None => writeln!(out, "{line}")?,
            }
        }
        Ok(())
    }
}

/// As much of a line as fits this many columns.
pub fn clipped(line: &str, columns: usize) -> String {
    if width(line) <= columns {
        return line.to_owned();
    }
    let mut kept = String::new();
    let mut left = columns.saturating_sub(1);
    for char in line.chars() {
        let takes = width(char.encode_utf8(&mut [0; 4]));
        if takes > left {
            break;
        }
        left -= takes;
        kept.push(char);
    }
    kept + "…"
}

/// A text in lines of this many columns, broken at spaces where there are some. What is more than `most` lines is in the last.
#[cfg(feature = "view")]
pub fn wrapped(text: &str, columns: usize, most: usize) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() {
            if width(&line) + 1 + width(word) > columns {
                lines.push(std::mem::take(&mut line));
            } else {
                line.push(' ');
            }
        }
        for char in word.chars() {
            let is_first = line.is_empty();
            line.push(char);
            if !is_first && width(&line) > columns {
                line.pop();
                lines.push(std::mem::replace(&mut line, char.to_string()));
            }
        }
    }
    lines.push(line);
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(rest);
    }
    lines
}

/// What a value prints, cut off after this many bytes: an element of a few bytes can have a text of any length.
pub fn at_most(value: &impl fmt::Display, most: usize) -> String {
    struct Start {
        text: String,
        most: usize,
    }
    impl fmt::Write for Start {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            let room = self.most - self.text.len();
            if part.len() <= room {
                self.text.push_str(part);
                return Ok(());
            }
            self.text.extend(part.chars().scan(0, |taken, char| {
                *taken += char.len_utf8();
                (*taken <= room).then_some(char)
            }));
            self.text.push('…');
            // Nothing more is printed.
            Err(fmt::Error)
        }
    }
    let mut start = Start { text: String::new(), most };
    let _ = write!(start, "{value}");
    start.text
}

/// A name or a value from a file on one line, as in Python's literals: without terminal control characters.
pub fn visible(text: &str) -> String {
    numio::escape_controls(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// A sentence on one line, without terminal control characters.
pub fn one_line(text: &str) -> String {
    visible(&text.replace('\n', " "))
}

/// Width in terminal columns: East Asian characters and emoji take two, combining marks none (UAX #11).
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_in_bytes_are_short_and_exact_where_they_can_be() {
        for (bytes, text) in [
            (0, "0 B"),
            (1, "1 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (536_870_912, "512 MiB"),
            (536_871_040, "512.0 MiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn numbers_are_cut_to_significant_digits() {
        for (value, text) in [
            (33.333_333, "33.3"),
            (100.0, "100"),
            (0.5, "0.5"),
            (1e-5, "1e-05"),
            (12_345.0, "1.23e+04"),
            (0.000_123_4, "0.000123"),
            (99.99, "100"),
            (0.0, "0"),
        ] {
            assert_eq!(digits(value, 3), text);
        }
    }

    #[test]
    fn long_lines_are_cut_where_the_terminal_ends() {
        assert_eq!(
            [clipped("abcdef", 6), clipped("abcdef", 4), clipped("大きさ", 4)],
            ["abcdef", "abc…", "大…"]
        );
    }

    #[cfg(feature = "view")]
    #[test]
    fn texts_are_broken_at_spaces_and_long_words_where_the_line_ends() {
        for (text, most, lines) in [
            ("", 9, &[""][..]),
            ("abcd efgh", 9, &["abcd", "efgh"]),
            ("a bc d", 9, &["a bc", "d"]),
            ("abcdefg h", 9, &["abcd", "efg", "h"]),
            ("大きさ x", 9, &["大き", "さ x"]),
            ("a b c d e f", 2, &["a b", "c d e f"]),
        ] {
            assert_eq!(wrapped(text, 4, most), lines, "{text}");
        }
    }

    #[test]
    fn shapes_are_pythons_tuples() {
        assert_eq!([shape(&[]), shape(&[3]), shape(&[3, 0])], ["()", "(3,)", "(3, 0)"]);
        assert_eq!(shape(&[2; 64]), "(2, 2, 2, ..., 2) of 64 axes");
    }

    #[test]
    fn text_with_controls_does_not_steer_the_terminal() {
        assert_eq!(visible("a\nb\x1b[31mü\u{9b}\u{202e}"), "a\\nb\\x1b[31mü\\x9b\\u202e");
        assert_eq!(one_line("a\nb\t\x1b"), "a b\\t\\x1b");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        for (text, columns) in [
            ("größe", 5),
            ("大きさ", 6),
            ("e\u{301}", 1),
            ("한글", 4),
            ("🙂x", 3),
            ("⭐✅", 4),
            ("ที่", 1),
            ("नु", 1),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
    }
}
