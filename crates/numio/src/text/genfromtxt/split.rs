//! Lines cut into fields: `LineSplitter` in NumPy's `_iotools.py`.

use super::super::giant::words;
use super::super::space;
use super::names::trim;

/// What tells fields apart.
#[derive(Debug, Clone, Default)]
pub(super) enum Separator {
    /// Any run of white space.
    #[default]
    Space,
    Text(String),
    /// So many characters each.
    Width(usize),
    /// So many characters each in turn; what is left of the line is no field.
    Widths(Vec<usize>),
}

#[derive(Debug, Clone)]
pub(super) struct Splitter {
    pub(super) comments: Option<String>,
    pub(super) separator: Separator,
    pub(super) autostrip: bool,
}

impl Splitter {
    /// Puts the fields of `line`, which has its end, into `fields`.
    pub(super) fn split<'a>(&self, line: &'a str, fields: &mut Vec<&'a str>) {
        fields.clear();
        let line = match &self.comments {
            Some(mark) => line.split_once(mark.as_str()).map_or(line, |(before, _)| before),
            None => line,
        };
        match &self.separator {
            Separator::Space => split_space(line.trim_matches([' ', '\r', '\n']), fields),
            Separator::Text(text) => {
                let line = line.trim_matches([' ', '\r', '\n']);
                if !line.is_empty() {
                    split_text(line, text, fields);
                }
            }
            Separator::Width(width) => {
                let mut rest = line.trim_matches(['\r', '\n']);
                while !rest.is_empty() {
                    let (field, after) = take(rest, *width);
                    fields.push(field);
                    rest = after;
                }
            }
            Separator::Widths(widths) => {
                let mut rest = line;
                for width in widths.iter().filter(|_| !line.is_empty()) {
                    let (field, after) = take(rest, *width);
                    fields.push(field);
                    rest = after;
                }
            }
        }
        if self.autostrip {
            fields.iter_mut().for_each(|field| *field = trim(field));
        }
    }

    /// How many fields the start of a line has.
    pub(super) fn count(&self, line: &[u8]) -> u64 {
        let end = self.comments.as_deref().and_then(|mark| memchr::memmem::find(line, mark.as_bytes()));
        let line = end.and_then(|end| line.get(..end)).unwrap_or(line);
        let count = match &self.separator {
            Separator::Space => return words(line),
            Separator::Text(text) => memchr::memmem::find_iter(line, text.as_bytes()).count(),
            Separator::Width(width) => line.len() / width.saturating_mul(4).max(1),
            Separator::Widths(widths) => widths.len(),
        };
        count as u64
    }
}

fn split_text<'a>(line: &'a str, separator: &str, fields: &mut Vec<&'a str>) {
    match separator.as_bytes() {
        [byte] => {
            let mut start = 0;
            for end in memchr::memchr_iter(*byte, line.as_bytes()) {
                fields.push(line.get(start..end).unwrap_or_default());
                start = end + 1;
            }
            fields.push(line.get(start..).unwrap_or_default());
        }
        _ => fields.extend(line.split(separator)),
    }
}

fn split_space<'a>(line: &'a str, fields: &mut Vec<&'a str>) {
    let mut at = 0;
    let bytes = line.as_bytes();
    loop {
        while let Some(spaces) = bytes.get(at..).map(space::leading).filter(|&spaces| spaces > 0) {
            at += spaces;
        }
        let start = at;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty() && space::leading(rest) == 0) {
            // White space starts no later than the next byte of these.
            at += 1 + rest.iter().skip(1).take_while(|byte| (0x21..0x80).contains(*byte)).count();
        }
        match line.get(start..at) {
            Some(field) if !field.is_empty() => fields.push(field),
            _ => return,
        }
    }
}

/// The first `width` characters and the rest.
fn take(text: &str, width: usize) -> (&str, &str) {
    let end = text.char_indices().nth(width).map_or(text.len(), |(end, _)| end);
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(separator: Separator, autostrip: bool, line: &str) -> Vec<String> {
        let splitter = Splitter { comments: Some("#".to_owned()), separator, autostrip };
        let mut fields = Vec::new();
        splitter.split(line, &mut fields);
        fields.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn every_way_of_cutting() {
        assert_eq!(fields(Separator::Space, false, " 1\t\u{3000}2  3 # 4\n"), ["1", "2", "3"]);
        assert_eq!(fields(Separator::Space, false, "\t\n"), [""; 0]);
        assert_eq!(fields(Separator::Text(",".into()), false, " 1, 2,,3 \n"), ["1", " 2", "", "3"]);
        assert_eq!(fields(Separator::Text("::".into()), true, "1 :: 2\n"), ["1", "2"]);
        assert_eq!(fields(Separator::Width(3), false, "  1é 22 3\n"), ["  1", "é 2", "2 3"]);
        assert_eq!(fields(Separator::Widths(vec![1, 2, 4]), false, "12345\n"), ["1", "23", "45\n"]);
        assert_eq!(fields(Separator::Widths(vec![1, 2]), false, "#"), [""; 0]);
    }
}
