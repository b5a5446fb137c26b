//! Numbers as tables of other places and programs write them, made such as `loadtxt` reads.

use std::borrow::Cow;

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberStyle {
    /// The decimal mark.
    pub decimal: char,
    /// Stands between groups of three digits.
    pub thousands: Option<char>,
    /// Whether `1.0D+05` and `0.33-104` are numbers, as Fortran writes them.
    pub fortran: bool,
}

impl Default for NumberStyle {
    fn default() -> Self {
        Self { decimal: '.', thousands: None, fortran: false }
    }
}

impl NumberStyle {
    /// A field with a point for its decimal mark, without thousands separators, and with `e` before its exponent. What is no
    /// such number stays as it is.
    pub fn plain<'f>(&self, field: &'f str) -> Cow<'f, str> {
        if *self == Self::default() {
            return Cow::Borrowed(field);
        }
        let mut text = Cow::Borrowed(field);
        if let Some(separator) = self.thousands
            && let Some(joined) = self.without_groups(field, separator)
        {
            text = Cow::Owned(joined);
        }
        if self.decimal != '.' && text.contains(self.decimal) {
            // A point would be a second decimal mark.
            if text.contains('.') {
                return Cow::Borrowed(field);
            }
            text = Cow::Owned(text.replace(self.decimal, "."));
        }
        if self.fortran { numio::text::fortran_number(&text).map_or(text, Cow::Owned) } else { text }
    }

    /// The number without separators, where they stand between groups of three digits.
    fn without_groups(&self, field: &str, separator: char) -> Option<String> {
        if !field.contains(separator) {
            return None;
        }
        let end = field.find([self.decimal, 'e', 'E', 'd', 'D']).unwrap_or(field.len());
        let (whole, rest) = field.split_at_checked(end)?;
        let digits = whole.trim_start().trim_start_matches(['+', '-']);
        let mut groups = digits.trim_end().split(separator);
        let first = groups.next()?;
        let are_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
        let is_grouped = (1..=3).contains(&first.len())
            && are_digits(first)
            && groups.all(|group| group.len() == 3 && are_digits(group));
        is_grouped.then(|| whole.replace(separator, "") + rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_plain() {
        let german = NumberStyle { decimal: ',', thousands: Some('.'), fortran: false };
        let english = NumberStyle { decimal: '.', thousands: Some(','), fortran: false };
        let fortran = NumberStyle { fortran: true, ..NumberStyle::default() };
        for (style, field, wanted) in [
            (german, "1.234.567,5", "1234567.5"),
            (german, "-0,5", "-0.5"),
            (german, "1.23,5", "1.23,5"),
            (german, "a,b", "a.b"),
            (english, "1,234.5e3", "1234.5e3"),
            (english, "1,23", "1,23"),
            (english, "12", "12"),
            (fortran, "1.0D+05", "1.0e+05"),
            (fortran, "0.33-104", "0.33e-104"),
            (fortran, "-1.5d3", "-1.5e3"),
            (fortran, "2020-01-02", "2020-01-02"),
            (fortran, "abc", "abc"),
        ] {
            assert_eq!(style.plain(field), wanted, "{field}");
        }
    }
}
