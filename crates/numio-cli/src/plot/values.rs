//! Elements of arrays as numbers to draw.

use ndarray::{ArrayD, IxDyn};
use num_complex::Complex;
use numio::blocks::{Block, BlockSource};
use numio::{Casting, DType, Error, ErrorKind, Result, Scalar, SliceItem, TimeUnit};

/// The part of a number that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberPart {
    Whole,
    Real,
    Imaginary,
    Magnitude,
}

/// The kind of a quantity, which decides how an axis counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    Number,
    /// The position of an element.
    Index,
    /// Ticks since 1970.
    Moment(TimeUnit),
    /// A number of ticks.
    Length(TimeUnit),
}

/// A number within each element of an array: the element itself, or a field of a record.
pub struct Values<'a> {
    source: &'a dyn BlockSource,
    path: Vec<String>,
    /// The index into the subarray that the field is.
    item: Vec<usize>,
    scalar: Scalar,
    pub part: NumberPart,
}

impl<'a> Values<'a> {
    /// The elements themselves.
    ///
    /// # Errors
    /// `Unsupported`, with the dtype, if they are no numbers.
    pub fn of(source: &'a dyn BlockSource) -> Result<Self> {
        let scalar = source.dtype().as_scalar().filter(|scalar| is_drawn(*scalar));
        let scalar = scalar.ok_or_else(|| refused(source.dtype()))?;
        let part =
            if matches!(scalar, Scalar::Complex(..)) { NumberPart::Magnitude } else { NumberPart::Whole };
        Ok(Self { source, path: Vec::new(), item: Vec::new(), scalar, part })
    }

    /// The numbers in the fields of records, and the names of the fields that are none.
    pub fn fields(source: &'a dyn BlockSource, most: usize) -> (Vec<Self>, Vec<String>) {
        let (mut found, mut others) = (Vec::new(), Vec::new());
        collect(source, source.dtype(), &[], most, &mut found, &mut others);
        (found, others)
    }

    /// As these, but another part of them.
    pub fn with_part(&self, part: NumberPart) -> Self {
        Self {
            source: self.source,
            path: self.path.clone(),
            item: self.item.clone(),
            scalar: self.scalar,
            part,
        }
    }

    pub fn is_complex(&self) -> bool {
        matches!(self.scalar, Scalar::Complex(..))
    }

    pub fn shape(&self) -> &[usize] {
        self.source.shape()
    }

    /// Bytes of a whole element, fields that are not drawn included.
    pub fn itemsize(&self) -> usize {
        self.source.dtype().itemsize()
    }

    pub fn order(&self) -> numio::Order {
        self.source.order()
    }

    pub fn quantity(&self) -> Quantity {
        match self.scalar {
            Scalar::Datetime(unit, _) => Quantity::Moment(unit),
            Scalar::Timedelta(unit, _) => Quantity::Length(unit),
            _ => Quantity::Number,
        }
    }

    /// The name of the field; empty for elements themselves.
    pub fn name(&self) -> String {
        let mut name = self.path.join(".");
        if !self.item.is_empty() {
            name += &format!("{:?}", self.item);
        }
        name
    }

    /// The values of a block, NaT as NaN.
    ///
    /// # Errors
    /// Those of reading.
    pub fn read(&self, block: &Block) -> Result<ArrayD<f64>> {
        let mut part = self.source.block(block)?;
        for name in &self.path {
            part = part.field(name)?;
        }
        if !self.item.is_empty() {
            let whole = SliceItem::Range { start: None, stop: None, step: 1 };
            let mut items = vec![whole; block.shape().len()];
            items.extend(self.item.iter().map(|index| SliceItem::Index(*index as isize)));
            part = part.slice(&items)?;
        }
        if matches!(self.scalar, Scalar::Datetime(..) | Scalar::Timedelta(..)) {
            let ticks = part.cast_with(&DType::INT64, Casting::Unsafe)?.to_array::<i64, IxDyn>()?;
            return Ok(ticks.mapv(|tick| if tick == i64::MIN { f64::NAN } else { tick as f64 }));
        }
        if !self.is_complex() {
            return part.cast_with(&DType::FLOAT64, Casting::Unsafe)?.to_array::<f64, IxDyn>();
        }
        let numbers =
            part.cast_with(&DType::COMPLEX128, Casting::Unsafe)?.to_array::<Complex<f64>, IxDyn>()?;
        Ok(match self.part {
            NumberPart::Real => numbers.mapv(|number| number.re),
            NumberPart::Imaginary => numbers.mapv(|number| number.im),
            NumberPart::Whole | NumberPart::Magnitude => numbers.mapv(magnitude),
        })
    }
}

/// `numpy.abs`, in which a NaN beside an infinity is NaN too: it is counted as such.
fn magnitude(number: Complex<f64>) -> f64 {
    if number.re.is_nan() || number.im.is_nan() { f64::NAN } else { number.re.hypot(number.im) }
}

/// Returns whether a value of this type is a number, or has a number of ticks.
fn is_drawn(scalar: Scalar) -> bool {
    !matches!(scalar, Scalar::Bytes(_) | Scalar::Str(..) | Scalar::Void(_) | Scalar::Object)
}

/// The error that names a dtype that is not drawn.
pub fn refused(dtype: &DType) -> Error {
    let kind = match dtype {
        DType::Scalar(Scalar::Str(..) | Scalar::Bytes(_)) => "texts",
        DType::Scalar(Scalar::Void(_)) => "raw bytes",
        DType::Scalar(Scalar::Object) => "Python objects",
        DType::Record(_) => "records without a number in them",
        _ => "such elements",
    };
    Error::new(ErrorKind::Unsupported, format!("dtype {dtype}: {kind} have no picture"))
}

/// Recurses once per level of a dtype, which is no deeper than a header.
fn collect<'a>(
    source: &'a dyn BlockSource,
    dtype: &DType,
    path: &[String],
    most: usize,
    found: &mut Vec<Values<'a>>,
    others: &mut Vec<String>,
) {
    let mut add = |scalar: Scalar, item: Vec<usize>| {
        let part =
            if matches!(scalar, Scalar::Complex(..)) { NumberPart::Magnitude } else { NumberPart::Whole };
        let values = Values { source, path: path.to_vec(), item, scalar, part };
        match is_drawn(scalar) && found.len() < most {
            true => found.push(values),
            false => others.push(values.name()),
        }
    };
    match dtype {
        DType::Scalar(scalar) => add(*scalar, Vec::new()),
        DType::Subarray(subarray) => match subarray.base().as_scalar() {
            Some(scalar) => {
                let count: usize = subarray.shape().iter().product();
                for position in 0..count.min(most) {
                    add(scalar, numio::blocks::index_of(position, subarray.shape()));
                }
                if count > most {
                    others.push(format!("{} more of {}", count - most, path.join(".")));
                }
            }
            None => others.push(path.join(".")),
        },
        DType::Record(record) => {
            for field in record.fields() {
                let inner = [path, &[field.name.to_string()]].concat();
                collect(source, &field.dtype, &inner, most, found, others);
            }
        }
    }
}
