//! Print options of arrays: NumPy's `set_printoptions`.

use crate::pickle::{Object, ReprBudget, Value};
use crate::{DynArray, Limits};

/// Options for [`DynArray::repr_with`](crate::DynArray::repr_with) and [`to_string_with`](crate::DynArray::to_string_with): those of
/// NumPy's `set_printoptions`, with its names, meanings and defaults.
///
/// ```
/// use numio::{DynArray, FloatMode, PrintOptions};
///
/// let array = DynArray::from(ndarray::array![0.5, 2.0 / 3.0]);
/// let text = array.to_string_with(PrintOptions::new().floatmode(FloatMode::Fixed).precision(3));
/// assert_eq!(text, "[0.500 0.667]");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintOptions {
    pub(super) precision: usize,
    pub(super) threshold: usize,
    pub(super) edgeitems: usize,
    pub(super) linewidth: usize,
    pub(super) suppress: bool,
    pub(super) nanstr: String,
    pub(super) infstr: String,
    pub(super) sign: Sign,
    pub(super) floatmode: FloatMode,
}

/// The character before a number that is not negative: NumPy's `sign` option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sign {
    /// `-`: nothing.
    #[default]
    Minus,
    /// `+`: a plus.
    Plus,
    /// ` `: a space.
    Space,
}

/// Number of digits printed of a float: NumPy's `floatmode` option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FloatMode {
    /// `fixed`: always `precision` digits after the point.
    Fixed,
    /// `unique`: as many as tell the number from its neighbours, whatever `precision` says.
    Unique,
    /// `maxprec`: as many as tell it from its neighbours, and at most `precision`.
    #[default]
    MaxPrec,
    /// `maxprec_equal`: as `maxprec`, then as many for each element as for the longest.
    MaxPrecEqual,
}

impl Default for PrintOptions {
    fn default() -> Self {
        Self {
            precision: 8,
            threshold: 1000,
            edgeitems: 3,
            linewidth: 75,
            suppress: false,
            nanstr: "nan".to_owned(),
            infstr: "inf".to_owned(),
            sign: Sign::Minus,
            floatmode: FloatMode::MaxPrec,
        }
    }
}

impl PrintOptions {
    /// NumPy's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Digits after the point of a float. Default 8.
    ///
    /// ```
    /// # use numio::{DynArray, PrintOptions};
    /// let third = DynArray::from(ndarray::array![1.0 / 3.0]);
    /// assert_eq!(third.to_string(), "[0.33333333]");
    /// assert_eq!(third.to_string_with(PrintOptions::new().precision(3)), "[0.333]");
    /// ```
    pub fn precision(&mut self, digits: usize) -> &mut Self {
        self.precision = digits;
        self
    }

    /// The most elements that are printed in full; a larger array is summarised. Default 1000; `usize::MAX` prints
    /// every element.
    ///
    /// ```
    /// # use numio::{DynArray, PrintOptions};
    /// let numbers = DynArray::from(ndarray::Array1::from_iter(0..8));
    /// assert_eq!(numbers.to_string_with(PrintOptions::new().threshold(7)), "[0 1 2 ... 5 6 7]");
    /// ```
    pub fn threshold(&mut self, elements: usize) -> &mut Self {
        self.threshold = elements;
        self
    }

    /// Number of elements that a summary shows at either end of each axis. Default 3.
    ///
    /// ```
    /// # use numio::{DynArray, PrintOptions};
    /// let numbers = DynArray::from(ndarray::Array1::from_iter(0..2000_i64));
    /// let repr = numbers.repr_with(PrintOptions::new().edgeitems(1));
    /// assert_eq!(repr, "array([   0, ..., 1999], shape=(2000,))");
    /// ```
    pub fn edgeitems(&mut self, elements: usize) -> &mut Self {
        self.edgeitems = elements;
        self
    }

    /// Maximum characters per line, if elements are short enough. Default 75.
    ///
    /// ```
    /// # use numio::{DynArray, PrintOptions};
    /// let numbers = DynArray::from(ndarray::Array1::from_iter(0..6));
    /// assert_eq!(numbers.to_string_with(PrintOptions::new().linewidth(8)), "[0 1 2\n 3 4 5]");
    /// ```
    pub fn linewidth(&mut self, characters: usize) -> &mut Self {
        self.linewidth = characters;
        self
    }

    /// If true, small floats print as zero rather than turn the whole array to scientific notation. Default false.
    ///
    /// ```
    /// # use numio::{DynArray, PrintOptions};
    /// let small = DynArray::from(ndarray::array![1e-20, 0.0]);
    /// assert_eq!(small.to_string(), "[1.e-20 0.e+00]");
    /// assert_eq!(small.to_string_with(PrintOptions::new().suppress(true)), "[0. 0.]");
    /// ```
    pub fn suppress(&mut self, suppress: bool) -> &mut Self {
        self.suppress = suppress;
        self
    }

    /// Text for a float that is not a number. Default `nan`.
    ///
    /// ```
    /// # use numio::{DynArray, PrintOptions};
    /// let missing = DynArray::from(ndarray::array![f64::NAN, 0.0]);
    /// assert_eq!(missing.to_string_with(PrintOptions::new().nanstr("missing")), "[missing      0.]");
    /// ```
    pub fn nanstr(&mut self, text: impl Into<String>) -> &mut Self {
        self.nanstr = text.into();
        self
    }

    /// Text for infinity. Default `inf`.
    ///
    /// ```
    /// # use numio::{DynArray, PrintOptions};
    /// let far = DynArray::from(ndarray::array![f64::NEG_INFINITY, 0.0]);
    /// assert_eq!(far.to_string_with(PrintOptions::new().infstr("∞")), "[ -∞  0.]");
    /// ```
    pub fn infstr(&mut self, text: impl Into<String>) -> &mut Self {
        self.infstr = text.into();
        self
    }

    /// The character before a number that is not negative. Default [`Sign::Minus`]: nothing.
    ///
    /// ```
    /// # use numio::{DynArray, PrintOptions, Sign};
    /// let numbers = DynArray::from(ndarray::array![1, -2]);
    /// assert_eq!(numbers.to_string_with(PrintOptions::new().sign(Sign::Plus)), "[+1 -2]");
    /// ```
    pub fn sign(&mut self, sign: Sign) -> &mut Self {
        self.sign = sign;
        self
    }

    /// Number of digits printed of a float. Default [`FloatMode::MaxPrec`].
    ///
    /// ```
    /// # use numio::{DynArray, FloatMode, PrintOptions};
    /// let thirds = DynArray::from(ndarray::array![1.0 / 3.0, 1.0]);
    /// let every_digit = thirds.to_string_with(PrintOptions::new().floatmode(FloatMode::Unique));
    /// assert_eq!(every_digit, "[0.3333333333333333 1.                ]");
    /// ```
    pub fn floatmode(&mut self, mode: FloatMode) -> &mut Self {
        self.floatmode = mode;
        self
    }
}

/// Gives the texts of the objects that elements of dtype `object` refer to.
pub(crate) trait ObjectTexts {
    /// Python's `repr` of the object.
    fn repr(&self, index: u64) -> String;

    /// Python's `str` of the object; for `bytes`, the `repr`.
    fn str(&self, index: u64) -> String;

    /// True if the object is exactly a `list`, which NumPy marks so that it is not taken for another axis.
    fn is_list(&self, index: u64) -> bool;
}

/// NumPy's `_object_format`.
pub(crate) fn element(objects: &dyn ObjectTexts, index: u64) -> String {
    let text = objects.repr(index);
    if objects.is_list(index) { format!("list({text})") } else { text }
}

/// The texts of an array's objects. Numbers that it has no object for are those of `None`, as in NumPy's new arrays.
pub(crate) struct Texts<'a>(Option<(&'a DynArray, ReprBudget)>);

impl<'a> Texts<'a> {
    /// Of no array.
    pub(crate) const NONE: Texts<'static> = Texts(None);

    pub(crate) fn of(array: &'a DynArray) -> Self {
        let within = |graph| ReprBudget::new(graph, Limits::default());
        Self(array.graph().map(|graph| (array, within(graph))))
    }

    fn object(&self, number: u64) -> Option<(Object<'_>, &ReprBudget)> {
        let (array, within) = self.0.as_ref()?;
        Some((array.object_by_id(number).ok()?, within))
    }
}

impl ObjectTexts for Texts<'_> {
    fn repr(&self, number: u64) -> String {
        let found = self.object(number);
        found.map_or_else(|| "None".to_owned(), |(object, within)| object.repr_within(within))
    }

    fn str(&self, number: u64) -> String {
        match self.object(number).map(|(object, _)| object.value()) {
            Some(Value::Str(text)) => text.to_string_lossy().into_owned(),
            _ => self.repr(number),
        }
    }

    fn is_list(&self, number: u64) -> bool {
        self.object(number).is_some_and(|(object, _)| matches!(object.value(), Value::List(_)))
    }
}

impl DynArray {
    /// NumPy's `repr` of it as an object in another's text, with `start` for its class and a parenthesis.
    pub(crate) fn repr_within(&self, start: &'static str, within: &ReprBudget) -> String {
        let options = PrintOptions::new();
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = self.display(&options).write_repr(start, &Texts(Some((self, within.clone()))), &mut out);
        out
    }

    /// NumPy's `str` of it in another's text.
    pub(crate) fn str_within(&self, within: &ReprBudget) -> String {
        let options = PrintOptions::new();
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = self.display(&options).write_str(&Texts(Some((self, within.clone()))), &mut out);
        out
    }
}
