//! Names of columns, cleaned until they can be names of fields: `NameValidator` and `easy_dtype` in NumPy's
//! `_iotools.py`.

use std::collections::{HashMap, HashSet};

use super::super::error::TextError;
use super::super::format::{Format, Printed};
use super::super::space;

/// What happens to the letters of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Case {
    /// They stay.
    #[default]
    Keep,
    /// They become capitals.
    Upper,
    /// They become small.
    Lower,
}

/// The characters that are taken out of names unless the caller says which.
const DELETED: &str = "~!@#$%^&*()-=+~\\|]}[{';: /?.>,<";

/// Names that get an underscore added, because they once were words of Python's.
const EXCLUDED: [&str; 3] = ["return", "file", "print"];

/// How names are cleaned.
#[derive(Debug, Clone)]
pub(super) struct Cleaner {
    pub(super) excluded: Vec<String>,
    pub(super) deleted: String,
    pub(super) case: Case,
    pub(super) replace_space: String,
}

impl Default for Cleaner {
    fn default() -> Self {
        Self {
            excluded: Vec::new(),
            deleted: DELETED.to_owned(),
            case: Case::Keep,
            replace_space: "_".to_owned(),
        }
    }
}

impl Cleaner {
    /// The names as fields can have them: none empty, none twice. `default` names those that nothing is left of.
    pub(super) fn clean(&self, names: &[String], default: &str) -> Result<Vec<String>, TextError> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut empty = 0;
        let given: HashSet<&str> = names.iter().map(String::as_str).collect();
        let mut cleaned = Vec::with_capacity(names.len());
        for name in names {
            let mut item = match self.case {
                Case::Keep => trim(name).to_owned(),
                Case::Upper => trim(&name.to_uppercase()).to_owned(),
                Case::Lower => trim(&name.to_lowercase()).to_owned(),
            };
            if !self.replace_space.is_empty() {
                item = item.replace(' ', &self.replace_space);
            }
            item.retain(|c| c != '"' && !self.deleted.contains(c));
            if item.is_empty() {
                item = numbered(default, empty)?;
                while given.contains(item.as_str()) {
                    empty += 1;
                    let next = numbered(default, empty)?;
                    if next == item {
                        // The format has no room for the number: no other name will come.
                        break;
                    }
                    item = next;
                }
                empty += 1;
            } else if EXCLUDED.contains(&item.as_str()) || self.excluded.contains(&item) {
                item.push('_');
            }
            let count = seen.entry(item.clone()).or_insert(0);
            cleaned.push(if *count > 0 { format!("{item}_{count}") } else { item });
            *count += 1;
        }
        Ok(cleaned)
    }

    /// As [`clean`](Self::clean), with as many names as there are fields: empty ones are added, or the last left out.
    pub(super) fn clean_for(
        &self,
        names: &[String],
        fields: usize,
        default: &str,
    ) -> Result<Vec<String>, TextError> {
        let mut names = names.to_vec();
        names.resize(fields, String::new());
        self.clean(&names, default)
    }
}

/// `text` without white space around it, as Python's `str.strip`.
pub(super) fn trim(text: &str) -> &str {
    // White space is cut off in whole characters.
    std::str::from_utf8(space::trim(text.as_bytes())).unwrap_or(text)
}

/// Python's `format % number`.
pub(super) fn numbered(format: &str, number: usize) -> Result<String, TextError> {
    let parsed = Format::parse(format)?;
    let [(before, spec)] = &parsed.parts[..] else {
        return Err(TextError::NameFormat(format.to_owned()));
    };
    let mut out = before.clone().into_bytes();
    spec.print(&mut out, &Printed::Int(number as i128))
        .map_err(|_| TextError::NameFormat(format.to_owned()))?;
    out.extend_from_slice(parsed.rest.as_bytes());
    String::from_utf8(out).map_err(|_| TextError::NameFormat(format.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_as_numpy_documents_it() {
        let cleaner = Cleaner { excluded: vec!["excl".to_owned()], ..Cleaner::default() };
        let given = ["file", "field2", "with space", "CaSe", "excl", "a", "a", "!", ""].map(str::to_owned);
        assert_eq!(
            cleaner.clean(&given, "f%i").unwrap(),
            ["file_", "field2", "with_space", "CaSe", "excl_", "a", "a_1", "f0", "f1"]
        );
        assert_eq!(cleaner.clean_for(&given, 1, "f%i").unwrap(), ["file_"]);
        assert_eq!(cleaner.clean_for(&[], 2, "col_%02i").unwrap(), ["col_00", "col_01"]);
        assert!(cleaner.clean_for(&[], 2, "col").is_err());
    }
}
