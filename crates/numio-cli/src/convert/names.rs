//! Names of columns: in the first row of a table, in the fields of a dtype, and as chosen by a caller.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use numio::{DType, Error, ErrorKind, Limits, Record, Result, Scalar};

use super::fields::{listed, shown};

/// Makes names distinct: an empty one becomes `f` and its number, a repeated one gets a number appended, as in NumPy's
/// `genfromtxt`. Also returns the changes, for a warning.
pub fn distinct(names: Vec<String>) -> (Vec<String>, Vec<String>) {
    let given: HashSet<String> = names.iter().cloned().collect();
    let mut used = HashSet::new();
    let mut numbers = HashMap::new();
    let mut changed = Vec::new();
    let names = names.into_iter().enumerate().map(|(index, name)| {
        let base = if name.is_empty() { format!("f{index}") } else { name.clone() };
        let mut found = base.clone();
        // Each name goes on where the last one of that kind has stopped: there may be very many.
        let number: &mut u64 = numbers.entry(base.clone()).or_default();
        // Skip a number that results in the name of another column.
        while used.contains(&found) || found != name && given.contains(&found) {
            *number += 1;
            found = format!("{base}_{number}");
        }
        used.insert(found.clone());
        if found != name {
            changed.push(format!("column {} is called {}", index + 1, shown(&found)));
        }
        found
    });
    (names.collect(), changed)
}

/// One value of an element: its name as a column of a table, and its dtype.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    pub name: String,
    pub dtype: DType,
}

/// The values of an element of `dtype`, in order. Names of nested fields are joined by points, values of a subarray are
/// numbered.
pub fn leaves(dtype: &DType) -> Vec<Leaf> {
    let mut found = Vec::new();
    spread(dtype, String::new(), &mut found);
    found
}

/// Refuses texts of no length among the values of a record, where NumPy would leave nothing of any text.
///
/// # Errors
/// `InvalidInput`.
pub fn check_lengths(values: &[Leaf]) -> Result<()> {
    let is_text = |dtype: &DType| matches!(dtype.as_scalar(), Some(Scalar::Str(..) | Scalar::Bytes(_)));
    if let Some(leaf) = values.iter().find(|leaf| is_text(&leaf.dtype) && leaf.dtype.itemsize() == 0) {
        let what = format!(
            "column {:?} is a text without a length, which nothing goes into: U20 has one, and --dtype auto finds it",
            leaf.name
        );
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    Ok(())
}

/// The most bytes of rows of a dtype that was found whose texts may be any longer than the others.
const SMALL: u64 = 64 << 20;

/// Compares the size of the rows of a dtype that was found with the bytes of their text: one long text among many short ones
/// could make terabytes of a small file.
///
/// # Errors
/// `LimitExceeded` if they are more than [`Limits::max_text_ratio`] times as large.
pub fn check_proportion(rows: u64, row_bytes: usize, read: u64) -> Result<()> {
    let (size, ratio) = (rows.saturating_mul(row_bytes as u64), Limits::default().max_text_ratio);
    if size <= SMALL.max(read.saturating_mul(ratio)) {
        return Ok(());
    }
    let error = Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "the longest text would make {rows} rows take {size} bytes, out of {read} bytes read: give a --dtype, or --as for a \
             column, with a length, such as U100"
        ),
    );
    Err(error)
}

/// Dtypes nest no deeper than a header does.
fn spread(dtype: &DType, name: String, found: &mut Vec<Leaf>) {
    match dtype {
        DType::Scalar(_) => found.push(Leaf { name, dtype: dtype.clone() }),
        DType::Record(record) => {
            for field in record.fields() {
                let name =
                    if name.is_empty() { field.name.to_string() } else { format!("{name}.{}", field.name) };
                spread(&field.dtype, name, found);
            }
        }
        DType::Subarray(subarray) => {
            let count = subarray.shape().iter().fold(1_usize, |all, &axis| all.saturating_mul(axis));
            for index in 0..count {
                spread(subarray.base(), format!("{name}{index}"), found);
            }
        }
    }
}

/// The dtype for columns with these names, and the columns of its values if it has names of its own. Without names of
/// its own, it takes the header's, in order. Names of values are made distinct as those of a header are, so that each value of
/// a record that was written is found again: `v0` beside the first value of a subarray `v`.
///
/// # Errors
/// `InvalidInput` if a name of the dtype is not in the header, and if names and fields differ in number.
pub fn matched(dtype: DType, names: &[String]) -> Result<(DType, Option<Vec<usize>>)> {
    let Some(record) = dtype.as_record() else { return Ok((dtype, None)) };
    let is_automatic = record.fields().iter().enumerate().all(|(at, field)| *field.name == *format!("f{at}"));
    let (values, _) = distinct(leaves(&dtype).into_iter().map(|leaf| leaf.name.trim().to_owned()).collect());
    let places: HashMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let found: Vec<Option<usize>> = values.iter().map(|name| places.get(name.as_str()).copied()).collect();
    if let Some(columns) = found.iter().copied().collect::<Option<Vec<_>>>() {
        return Ok((dtype, Some(columns)));
    }
    let missing = values.iter().zip(&found).find(|(_, found)| found.is_none());
    if let (false, Some((name, _))) = (is_automatic, missing) {
        let what = format!(
            "the header has no column {name:?} of the dtype, only {}: leave out the names of the dtype ('i4,f8') to take the \
             columns in order",
            listed(names)
        );
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    let mut fields = record.fields().to_vec();
    if fields.len() != names.len() {
        let what = format!("the header has {} names, the dtype {} fields", names.len(), fields.len());
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    for (field, name) in fields.iter_mut().zip(names) {
        field.name = Arc::from(name.as_str());
    }
    Ok((Record::new(fields, record.itemsize(), record.is_aligned())?.into(), None))
}

/// The fill for missing values: in all columns, and in single ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fill {
    pub all: Option<String>,
    pub by_name: Vec<(String, String)>,
}

impl Fill {
    /// The fill for a column.
    pub fn of(&self, name: &str) -> Option<&str> {
        self.named(name).or(self.all.as_deref())
    }

    /// The fill that a column has of its own.
    pub fn named(&self, name: &str) -> Option<&str> {
        self.by_name.iter().find(|(column, _)| column == name).map(|(_, fill)| fill.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_none() && self.by_name.is_empty()
    }

    /// # Errors
    /// `InvalidInput` for the fill of a column that is not one of these.
    pub fn check(&self, names: &[String]) -> Result<()> {
        self.by_name.iter().try_for_each(|(name, _)| known("--fill", name, names).map(drop))
    }
}

/// Returns whether a fill is a number that a date would take for a year, as -1 or 0 in columns of integers.
pub fn is_no_date(scalar: Scalar, fill: &str) -> bool {
    let is_year = fill.len() == 4 && fill.bytes().all(|byte| byte.is_ascii_digit());
    matches!(scalar, Scalar::Datetime(..)) && !is_year && fill.trim().parse::<f64>().is_ok()
}

/// The index of the column that an option names.
///
/// # Errors
/// `InvalidInput` if there is none.
pub fn known(option: &str, name: &str, names: &[String]) -> Result<usize> {
    names.iter().position(|known| known == name).ok_or_else(|| {
        let what = match names.is_empty() {
            true => format!("{option}: the columns have no names, such as {name:?}"),
            false => format!("{option}: there is no column {name:?}, only {}", listed(names)),
        };
        Error::new(ErrorKind::InvalidInput, what)
    })
}

/// One or several columns, as chosen by a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnChoice {
    /// `!comment`: all but these.
    pub is_excluded: bool,
    pub columns: ColumnRange,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnRange {
    /// From 0 on; a negative one counts from the last.
    Index(isize),
    /// `2:5`, without the end.
    Range(Option<isize>, Option<isize>),
    Name(String),
}

impl ColumnChoice {
    /// Parses lists of choices, with commas between them.
    pub fn parse_all(lists: &[String]) -> Vec<Self> {
        let mut found = Vec::new();
        for list in lists {
            let mut rest = Some(list.as_str());
            while let Some(list) = rest {
                let end = first_length(list);
                found.push(Self::parse(list.get(..end).unwrap_or_default()));
                rest = list.get(end + 1..);
            }
        }
        found
    }

    /// Parses `3`, `-1`, `2:5`, `name`, `"name"`, or any of these after `!`, with blanks around it. Within quotes, `""` is one.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (is_excluded, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if let Some(name) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            return Self { is_excluded, columns: ColumnRange::Name(name.replace("\"\"", "\"")) };
        }
        let end = |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some) };
        let columns = match (text.parse(), text.split_once(':').map(|(start, stop)| (end(start), end(stop))))
        {
            (Ok(index), _) => ColumnRange::Index(index),
            (_, Some((Ok(start), Ok(stop)))) => ColumnRange::Range(start, stop),
            _ => ColumnRange::Name(text.to_owned()),
        };
        Self { is_excluded, columns }
    }

    /// A number beyond the last column as a name, such as a year, if there is one.
    fn named_by_number(&self, names: &[String]) -> Self {
        let is_there = |index: isize| usize::try_from(index).is_ok_and(|index| index < names.len());
        match self.columns {
            ColumnRange::Index(index) if index >= 0 && !is_there(index) => {
                let name = index.to_string();
                let is_name = self.is_excluded && !names.is_empty() || names.contains(&name);
                let columns = if is_name { ColumnRange::Name(name) } else { self.columns.clone() };
                Self { columns, is_excluded: self.is_excluded }
            }
            _ => self.clone(),
        }
    }

    /// Returns whether it selects the same columns in rows of any width.
    fn is_fixed(&self) -> bool {
        !self.is_excluded && matches!(self.columns, ColumnRange::Index(_))
    }
}

/// The two parts of `name=value` or `"name"=value`, or `None` where there is no `=`. Within quotes, `""` is one.
pub fn named_value(text: &str) -> Option<(String, String)> {
    let quoted = text.strip_prefix('"').and_then(|rest| {
        let mut is_open = true;
        let end = rest.char_indices().find(|&(at, char)| {
            is_open ^= char == '"';
            char == '"' && !is_open && rest.get(at + 1..).is_some_and(|after| after.starts_with('='))
        });
        end.and_then(|(at, _)| Some((rest.get(..at)?.replace("\"\"", "\""), rest.get(at + 2..)?)))
    });
    let (name, value) = match quoted {
        Some(found) => found,
        None => text.split_once('=').map(|(name, value)| (name.to_owned(), value))?,
    };
    Some((name, value.to_owned()))
}

/// The length of the first choice in a list: up to a comma that is not within the quotes around a name.
fn first_length(list: &str) -> usize {
    let start = list.trim_start();
    let has_quotes = start.strip_prefix('!').unwrap_or(start).starts_with('"');
    let mut is_quoted = false;
    let end = list.find(|char: char| {
        is_quoted ^= has_quotes && char == '"';
        char == ',' && !is_quoted
    });
    end.unwrap_or(list.len())
}

/// The chosen columns of a table with these names or of this width.
///
/// # Errors
/// `InvalidInput` for a name that does not exist, and if no column is left.
pub fn chosen(choices: &[ColumnChoice], names: Option<&[String]>, width: usize) -> Result<Vec<isize>> {
    let choices: Vec<ColumnChoice> =
        choices.iter().map(|choice| choice.named_by_number(names.unwrap_or_default())).collect();
    if choices.iter().all(ColumnChoice::is_fixed) {
        let index = |choice: &ColumnChoice| match choice.columns {
            ColumnRange::Index(index) => index,
            ColumnRange::Range(..) | ColumnRange::Name(_) => 0,
        };
        return Ok(choices.iter().map(index).collect());
    }
    let from_end = |index: isize| if index < 0 { index.saturating_add_unsigned(width) } else { index };
    let mut found: Vec<isize> = Vec::new();
    if choices.iter().all(|choice| choice.is_excluded) {
        found.extend(0..width as isize);
    }
    for choice in &choices {
        let columns: Vec<isize> = match &choice.columns {
            ColumnRange::Index(index) => vec![from_end(*index)],
            ColumnRange::Range(start, stop) => {
                let (start, stop) = (from_end(start.unwrap_or(0)), stop.map_or(width as isize, from_end));
                (start.max(0)..stop.min(width as isize)).collect()
            }
            ColumnRange::Name(name) => {
                let Some(names) = names else {
                    let what =
                        format!("--columns: {name:?} is a name, and there is no --header to find it in");
                    return Err(Error::new(ErrorKind::InvalidInput, what));
                };
                vec![known("--columns", name, names)? as isize]
            }
        };
        match choice.is_excluded {
            true => found.retain(|column| !columns.contains(column)),
            false => found.extend(columns),
        }
    }
    match found.is_empty() {
        true => Err(Error::new(ErrorKind::InvalidInput, "--columns: none is left")),
        false => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_of_one_kind_are_told_apart_in_little_time() {
        let (names, changed) = distinct(vec!["a".to_owned(); 300_000]);
        assert_eq!((names[0].as_str(), names[299_999].as_str()), ("a", "a_299999"));
        assert_eq!(changed.len(), 299_999);
        let given = ["a", "a", "a_1", "a", ""].map(str::to_owned).to_vec();
        assert_eq!(distinct(given).0, ["a", "a_2", "a_1", "a_3", "f4"]);
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_with_values_end_at_the_first_sign_or_quote() {
        for (text, wanted) in [
            ("a=1", Some(("a", "1"))),
            ("a==1", Some(("a", "=1"))),
            ("=1", Some(("", "1"))),
            ("1", None),
            ("\"a=b\"=1", Some(("a=b", "1"))),
            ("\"a\"=b=1", Some(("a", "b=1"))),
            ("\"a\"\"=b\"=1", Some(("a\"=b", "1"))),
            ("\"a\"b=1", Some(("\"a\"b", "1"))),
            ("\"a=1", Some(("\"a", "1"))),
            ("\"a\"", None),
        ] {
            let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(named_value(text), wanted, "{text}");
        }
    }

    #[test]
    fn repeated_and_empty_names_are_numbered() {
        for (names, wanted) in [
            (&["a", "b"][..], &["a", "b"][..]),
            (&["a", "a", "a"], &["a", "a_1", "a_2"]),
            (&["", "a", ""], &["f0", "a", "f2"]),
            (&["a", "a", "a_1"], &["a", "a_2", "a_1"]),
            (&["f1", ""], &["f1", "f1_1"]),
        ] {
            let (found, changed) = distinct(owned(names));
            assert_eq!(found, wanted);
            assert_eq!(changed.is_empty(), names == wanted);
        }
    }

    #[test]
    fn columns_are_chosen_by_place_range_and_name() {
        let names = owned(&["time", "temp", "note", "x"]);
        let choose = |text: &str| {
            let choices: Vec<_> = text.split(',').map(ColumnChoice::parse).collect();
            chosen(&choices, Some(&names), 4)
        };
        for (text, wanted) in [
            ("time,x", &[0, 3][..]),
            ("1:3", &[1, 2]),
            (":2,-1", &[0, 1, 3]),
            ("!note", &[0, 1, 3]),
            ("!0,!2:", &[1]),
            ("0:4,!temp", &[0, 2, 3]),
            ("-1,0", &[-1, 0]),
        ] {
            assert_eq!(choose(text).unwrap(), wanted, "{text}");
        }
        let years = owned(&["place", "2010", "2011", "0"]);
        let choose_year = |text: &str| chosen(&[ColumnChoice::parse(text)], Some(&years), 4);
        for (text, wanted) in
            [("2010", &[1][..]), ("!2011", &[0, 1, 3]), ("0", &[0]), ("3", &[3]), ("2012", &[2012])]
        {
            assert_eq!(choose_year(text).unwrap(), wanted, "{text}");
        }
        let odd = owned(&["a,b", "1", "!x", "2:3", "\"q\"", "6\" pipe"]);
        for (text, wanted) in [
            ("\"a,b\",0", &[0, 0][..]),
            ("\"1\",\"!x\"", &[1, 2]),
            ("!\"!x\"", &[0, 1, 3, 4, 5]),
            ("6\" pipe, 0, \"a,b\"", &[5, 0, 0]),
            ("\"2:3\"", &[3]),
            ("\"\"\"q\"\"\"", &[4]),
            ("!0:3,!\"2:3\"", &[4, 5]),
        ] {
            let choices = ColumnChoice::parse_all(&owned(&[text]));
            assert_eq!(chosen(&choices, Some(&odd), 6).unwrap(), wanted, "{text}");
        }
        assert!(choose_year("!2012").unwrap_err().to_string().contains("no column \"2012\""));
        assert!(choose("y").unwrap_err().to_string().contains("no column \"y\", only time, temp, note, x"));
        assert!(choose("!:").unwrap_err().to_string().contains("none is left"));
    }

    #[test]
    fn dtypes_take_columns_by_name_or_names_in_order() {
        let dtype = |text: &str| DType::from_descr(text).unwrap();
        let names = owned(&["a", "b", "p.x", "v0", "v1"]);
        let (_, columns) = matched(dtype("[('b', '<f8'), ('a', '<i4')]"), &names).unwrap();
        assert_eq!(columns, Some(vec![1, 0]));
        let (_, columns) = matched(dtype("[('p', [('x', '<f8')]), ('v', '<i4', (2,))]"), &names).unwrap();
        assert_eq!(columns, Some(vec![2, 3, 4]));
        let clashing = dtype(
            "[('p.x', '<i4'), ('p', [('x', '<f8')]), ('v0', '<i4'), ('v', '<i4', (2,)), (' a', '<i4')]",
        );
        let (given, _) = distinct(owned(&["p.x", "p.x", "v0", "v0", "v1", "a"]));
        assert_eq!(matched(clashing, &given).unwrap().1, Some((0..6).collect()));
        let (found, columns) = matched(DType::parse("f8,i4").unwrap(), &names[..2]).unwrap();
        assert_eq!((found.to_string().as_str(), columns), ("[('a', '<f8'), ('b', '<i4')]", None));
        let error = matched(dtype("[('c', '<f8'), ('a', '<i4')]"), &names).unwrap_err();
        assert!(error.to_string().contains("no column \"c\" of the dtype"), "{error}");
    }
}
