//! How numbers, shapes and tables look.

use std::io::{self, Write};

use crate::output::Output;

/// A shape as Python writes a tuple; one of very many axes only begun.
pub fn shape(axes: &[usize]) -> String {
    match axes {
        [axis] => format!("({axis},)"),
        [a, b, c, .., z] if axes.len() > 12 => format!("({a}, {b}, {c}, ..., {z}) of {} axes", axes.len()),
        axes => format!("({})", axes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// A number of bytes in the largest unit that leaves at least 1, with one decimal where it is not exact.
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

/// What of the table stands on which side of its column.
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
        // What a file names must not move the cursor.
        self.rows.push(cells.into_iter().map(|cell| visible(&cell)).collect());
    }

    pub fn print(&self, out: &mut Output) -> io::Result<()> {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.sides.len()).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, side), width) in row.iter().zip(&self.sides).zip(&widths) {
                match side {
                    Side::Left => line.push_str(&format!("{cell:<width$}  ")),
                    Side::Right => line.push_str(&format!("{cell:>width$}  ")),
                }
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Text on one line, without characters that steer a terminal.
pub fn visible(text: &str) -> String {
    let escape = |char: char| match char {
        '\n' => " ".to_owned(),
        char if char.is_control() => char.escape_default().to_string(),
        char => char.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_and_exact_where_they_can_be() {
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
    fn shapes_are_pythons_tuples() {
        assert_eq!([shape(&[]), shape(&[3]), shape(&[3, 0])], ["()", "(3,)", "(3, 0)"]);
        assert_eq!(shape(&[2; 64]), "(2, 2, 2, ..., 2) of 64 axes");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(visible("a\nb\x1b[31mü\u{9b}"), "a b\\u{1b}[31mü\\u{9b}");
    }
}
