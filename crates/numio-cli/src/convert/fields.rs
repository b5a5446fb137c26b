//! Lines of text as fields, and fields as lines that cannot be mistaken.

use std::borrow::Cow;

/// Control characters that stand for nothing in texts: between two fields, and around one.
pub const DELIMITER: char = '\u{1f}';
pub const QUOTE: char = '\u{1e}';

/// Appends a field with the delimiter before it.
pub fn push(out: &mut String, text: &str) {
    out.push(DELIMITER);
    out.push(QUOTE);
    for char in text.chars() {
        out.push(char);
        if char == QUOTE {
            out.push(char);
        }
    }
    out.push(QUOTE);
}

/// What separates fields, as [`LoadTxt`](numio::text::LoadTxt) takes it.
#[derive(Debug, Clone, Copy)]
pub struct Dialect<'a> {
    /// Nothing for any white space.
    pub delimiter: Option<&'a str>,
    pub quote: Option<char>,
    /// Empty for no comments.
    pub comments: &'a str,
}

impl<'a> Dialect<'a> {
    /// The fields of each row of a text; of lines that are empty or comments, nothing.
    pub fn rows<'t>(self, text: &'t str) -> impl Iterator<Item = Vec<Cow<'t, str>>> + use<'t, 'a> {
        let mut rest = text;
        std::iter::from_fn(move || {
            loop {
                if rest.is_empty() {
                    return None;
                }
                let fields = self.row(&mut rest);
                if !matches!(fields.as_slice(), [] | [Cow::Borrowed("")]) {
                    return Some(fields);
                }
            }
        })
    }

    fn row<'t>(self, rest: &mut &'t str) -> Vec<Cow<'t, str>> {
        let mut fields = Vec::new();
        loop {
            if self.delimiter.is_none() {
                *rest = rest.trim_start_matches([' ', '\t', '\x0b', '\x0c']);
                if rest.starts_with(['\n', '\r']) || rest.is_empty() || self.is_comment(rest) {
                    self.end_line(rest);
                    return fields;
                }
            }
            fields.push(self.field(rest));
            match self.delimiter {
                Some(delimiter) if rest.starts_with(delimiter) => {
                    *rest = rest.strip_prefix(delimiter).unwrap_or_default();
                }
                None if rest.starts_with([' ', '\t', '\x0b', '\x0c']) => {}
                _ => {
                    self.end_line(rest);
                    return fields;
                }
            }
        }
    }

    /// Takes one field off.
    fn field<'t>(self, rest: &mut &'t str) -> Cow<'t, str> {
        let mut field = Cow::Borrowed("");
        if let Some(quote) = self.quote
            && let Some(mut inner) = rest.strip_prefix(quote)
        {
            let mut text = String::new();
            loop {
                let (part, after) = inner.split_once(quote).unwrap_or((inner, ""));
                text.push_str(part);
                inner = after;
                // Two quotes are one that is meant.
                match inner.strip_prefix(quote) {
                    Some(after) => {
                        text.push(quote);
                        inner = after;
                    }
                    None => break,
                }
            }
            *rest = inner;
            field = Cow::Owned(text);
        }
        let end = rest.char_indices().find(|(at, char)| {
            let here = rest.get(*at..).unwrap_or_default();
            let is_delimiter = match self.delimiter {
                Some(delimiter) => here.starts_with(delimiter),
                None => char.is_ascii_whitespace(),
            };
            is_delimiter || matches!(char, '\n' | '\r') || self.is_comment(here)
        });
        let (taken, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        *rest = after;
        match (field, taken) {
            (Cow::Borrowed(_), taken) => Cow::Borrowed(taken),
            (Cow::Owned(text), taken) => Cow::Owned(text + taken),
        }
    }

    fn is_comment(self, text: &str) -> bool {
        !self.comments.is_empty() && text.starts_with(self.comments)
    }

    /// Passes over what is left of a line: its end, and a comment before it.
    fn end_line(self, rest: &mut &str) {
        let after = rest.split_once('\n').map_or("", |(_, after)| after);
        *rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Dialect<'static> = Dialect { delimiter: Some(","), quote: Some('"'), comments: "" };
    const TXT: Dialect<'static> = Dialect { delimiter: None, quote: None, comments: "#" };

    #[test]
    fn fields_are_those_that_loadtxt_finds() {
        for (dialect, text) in [
            (CSV, "a,b\nc,\"d,\"\"e\nf\"\"\"\n\n\"\",x\r\n,\n\"g\"h,i"),
            (CSV, "é,\" x \"\n"),
            (TXT, "# no\n a\tb # c\nd  e\n\n  \nf g"),
            (Dialect { comments: "%", ..CSV }, "a,b % c\n% d\n\"%\",e"),
        ] {
            let mut loader = numio::text::LoadTxt::new();
            loader.dtype(numio::DType::parse("U9").unwrap()).ndmin(2);
            loader.comments(Some(dialect.comments).filter(|comments| !comments.is_empty()));
            if let Some(delimiter) = dialect.delimiter {
                loader.delimiter(delimiter);
            }
            if let Some(quote) = dialect.quote {
                loader.quotechar(quote);
            }
            let known = loader.parse(text).unwrap().into_array();
            let known: Vec<String> =
                known.items().map(|item| item.unwrap().as_str().unwrap().to_owned()).collect();
            let found: Vec<String> = dialect.rows(text).flatten().map(Cow::into_owned).collect();
            assert_eq!(found, known, "{text:?}");
        }
    }
}
