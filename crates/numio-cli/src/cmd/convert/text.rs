//! The options for reading and writing text.

use numio::DType;

use crate::cmd::convert::{self, Convert, WideIntegers};
use crate::convert::{
    ColumnChoice, Dialect, Fill, Format, NumberStyle, TableLayout, TextIn, TextOut, named_value,
};
use crate::failure::Failure;

impl Convert {
    pub(super) fn renames(&self) -> Result<Vec<(String, String)>, Failure> {
        self.rename.iter().map(|text| pair(text, "--rename")).collect()
    }

    pub(super) fn fill(&self) -> Fill {
        let mut fill = Fill::default();
        for text in &self.fill {
            match named_value(text) {
                Some((name, value)) if !name.is_empty() => fill.by_name.push((name, value)),
                _ => fill.all = Some(text.clone()),
            }
        }
        fill
    }

    pub(super) fn text_in(
        &self,
        from: Format,
        dtype: Option<DType>,
        is_auto: bool,
        fill: Fill,
    ) -> Result<TextIn, Failure> {
        let casts = self.casts.iter().map(|text| {
            let (name, text) = pair(text, "--as")?;
            let dtype =
                convert::dtype(&text).map_err(|error| Failure::Usage(format!("--as {name}: {error}")))?;
            if dtype.has_objects() {
                let what = "text has no Python objects: U reads texts of any length";
                return Err(Failure::Usage(format!("--as {name}: {what}")));
            }
            Ok((name, dtype))
        });
        let columns = self.columns.as_ref();
        Ok(TextIn {
            dtype: dtype.or_else(|| (!is_auto).then_some(DType::FLOAT64)),
            dialect: self.dialect(from)?,
            encoding: self.encoding,
            skip_rows: self.skiprows,
            skip_footer: self.skip_footer,
            has_header: self.header,
            has_units: self.units,
            columns: columns.map(|columns| ColumnChoice::parse_all(columns)),
            casts: casts.collect::<Result<_, Failure>>()?,
            renames: self.renames()?,
            // Fields are compared without the blanks around them.
            missing: self.missing.iter().map(|text| text.trim().to_owned()).collect(),
            fill,
            numbers: NumberStyle { decimal: self.decimal, thousands: self.thousands, fortran: self.fortran },
            wide_as_text: self.wide_integers == WideIntegers::Text,
            skip_bad: self.skip_bad,
            fill_short: self.fill_short,
            explain: self.explain,
        })
    }

    /// The characters that separate and enclose fields, which must differ.
    fn dialect(&self, from: Format) -> Result<Dialect, Failure> {
        let one = |text: &str, option: &str| {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(char), None) if !matches!(char, '\n' | '\r') => Ok(char),
                _ => Err(Failure::Usage(format!("{option}: expected one character, found {text:?}"))),
            }
        };
        let delimiter = match self.delimiter.as_deref() {
            None => from.delimiter().map(|text| one(text, "--delimiter")).transpose()?,
            Some("whitespace") => None,
            Some(text) => Some(one(&unescaped(text), "--delimiter")?),
        };
        let quote = match self.quote.as_deref() {
            None => from.is_quoted().then_some('"'),
            Some("") => None,
            Some(text) => Some(one(text, "--quote")?),
        };
        let comments = if from == Format::Txt { "#" } else { "" };
        let comments = self.comments.clone().unwrap_or_else(|| comments.to_owned());
        let same = |what: &str| Err(Failure::Usage(format!("{what} are the same")));
        if delimiter.is_some() && delimiter == quote {
            return same("--delimiter and --quote");
        }
        if [delimiter, quote].into_iter().flatten().any(|char| comments.starts_with(char)) {
            return same("the start of --comments and --delimiter or --quote");
        }
        if comments.contains(['\n', '\r']) {
            return Err(Failure::Usage("--comments: a line end starts no comment".to_owned()));
        }
        if [Some(self.decimal), self.thousands].contains(&delimiter)
            && delimiter.is_some_and(|char| char != '.')
        {
            return same("--delimiter and --decimal or --thousands");
        }
        if self.thousands == Some(self.decimal) {
            return same("--decimal and --thousands");
        }
        for (option, mark) in [("--decimal", Some(self.decimal)), ("--thousands", self.thousands)] {
            if let Some(mark) = mark.filter(|mark| mark.is_ascii_alphanumeric() || matches!(mark, '+' | '-'))
            {
                return Err(Failure::Usage(format!("{option}: numbers have {mark:?} as something else")));
            }
        }
        Ok(Dialect { delimiter, quote, comments })
    }

    /// For rows that are added to a text, `appended_to` is its first line, and whether that holds names.
    pub(super) fn text_out(
        &self,
        from: Format,
        to: Format,
        appended_to: Option<(Vec<u8>, bool)>,
    ) -> Result<TextOut, Failure> {
        let given = if from.delimiter().is_some() || from == Format::Txt { &None } else { &self.delimiter };
        let delimiter = self.to_delimiter.as_ref().or(given.as_ref());
        let delimiter = match delimiter.map(String::as_str) {
            Some("whitespace") => " ".to_owned(),
            Some(text) => unescaped(text),
            None => to.delimiter().unwrap_or(" ").to_owned(),
        };
        let options = TextOut {
            delimiter,
            is_quoted: to.is_quoted(),
            comments: if to == Format::Txt { "# ".to_owned() } else { String::new() },
            has_header: self.header && appended_to.is_none(),
            formats: self.fmt.clone(),
            layout: match (self.flatten, self.long) {
                (true, _) => TableLayout::Flat,
                (_, true) => TableLayout::Long,
                _ => TableLayout::Rows,
            },
            appended_to,
        };
        options.check_delimiter(if self.to_delimiter.is_some() {
            "--to-delimiter"
        } else {
            "--delimiter"
        })?;
        Ok(options)
    }
}

/// The two parts of NAME=VALUE.
fn pair(text: &str, option: &str) -> Result<(String, String), Failure> {
    named_value(text).ok_or_else(|| Failure::Usage(format!("{option}: expected NAME=VALUE, found {text:?}")))
}

/// A delimiter by its name, or from an escape, as shells make it hard to type.
fn unescaped(text: &str) -> String {
    match text {
        "tab" => "\t".to_owned(),
        "space" => " ".to_owned(),
        text => text.replace("\\t", "\t"),
    }
}
