//! Pictures of arrays: lines, heat maps, images and histograms, for a terminal, as PNG and as SVG.
//!
//! An array goes through three steps. A [`PlotPlan`] decides, from dtype and shape, what there is to draw. It is reduced to a
//! [`Figure`], which has as many numbers as the picture has pixels ([`reduce`]). A [`scene`] arranges these as shapes, which
//! [`raster`] and [`svg`] write; [`terminal`] writes characters straight from the figure.

pub mod colors;
pub mod raster;
pub mod reduce;
pub mod scene;
pub mod svg;
pub mod terminal;
pub mod ticks;
pub mod values;

use clap::ValueEnum;
use numio::blocks::{Block, BlockSource};
use numio::stats::{At, Number, NumberStats, Stats, StatsOptions, Summary};
use numio::{DType, DynArray, Error, ErrorKind, Order, Result, Scalar};

use self::colors::ColorMap;
use self::reduce::{Span, Totals};
use self::ticks::AxisOf;
use self::values::{NumberPart, Quantity, Values, refused};

/// The form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PlotForm {
    /// What suits dtype and shape
    #[default]
    Auto,
    /// Colours for values, of the last two axes
    Heatmap,
    /// Red, green, blue and maybe alpha along the last axis
    Image,
}

/// The way in which complex numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ComplexAs {
    /// Their absolute values
    Magnitude,
    /// Real and imaginary part as two lines
    Parts,
}

/// The choices that one has.
#[derive(Debug, Clone)]
pub struct PlotOptions {
    pub form: PlotForm,
    /// Bins of a histogram, where one is wanted.
    pub bins: Option<usize>,
    pub complex: Option<ComplexAs>,
    pub colors: ColorMap,
    /// The most pictures of a stack.
    pub most_tiles: usize,
}

/// The most fields of records that are drawn.
const MOST_FIELDS: usize = 16;

/// What there is to draw of an array.
pub struct PlotPlan<'a> {
    source: &'a dyn BlockSource,
    kind: PlanKind<'a>,
    options: &'a PlotOptions,
    notes: Vec<String>,
}

enum PlanKind<'a> {
    /// Panels with lines.
    Lines(Vec<Vec<Values<'a>>>),
    Bars(Vec<FieldBars>),
    Maps {
        values: Values<'a>,
        /// The indexes of the axes before the last two.
        leads: Vec<Vec<usize>>,
        shape: (usize, usize),
    },
    Images {
        values: Values<'a>,
        leads: Vec<Vec<usize>>,
        /// Rows, columns, and channels.
        shape: (usize, usize, usize),
        /// What makes values into bytes.
        scale: f64,
    },
}

struct FieldBars {
    name: String,
    quantity: Quantity,
    numbers: NumberStats,
}

/// The arrangement of panels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrangement {
    /// One below the other.
    Stack(usize),
    /// One with a colour bar, or without.
    Single { height_by_width: Option<f64>, has_bar: bool },
    /// Small ones in rows and columns.
    Tiles { count: usize, height_by_width: f64, has_bar: bool },
}

/// A picture as numbers.
#[derive(Debug)]
pub struct Figure {
    pub panels: Vec<Panel>,
    pub arrangement: Arrangement,
    pub colors: ColorMap,
    /// The values at the ends of the colours.
    pub scale: Option<AxisOf>,
    pub totals: Totals,
    pub notes: Vec<String>,
    /// What is drawn, in a word.
    pub kind: &'static str,
}

/// One pair of axes, and what is between them.
#[derive(Debug)]
pub struct Panel {
    pub title: String,
    pub x: AxisOf,
    pub y: AxisOf,
    pub data: Data,
}

#[derive(Debug)]
pub enum Data {
    Lines(Vec<Series>),
    Bars { edges: Vec<f64>, counts: Vec<u64> },
    Map { width: usize, height: usize, spans: Vec<Span>, shown: Vec<f64> },
    Image { width: usize, height: usize, pixels: Vec<[u8; 4]> },
}

/// One line.
#[derive(Debug)]
pub struct Series {
    pub name: String,
    pub spans: Vec<Span>,
    /// The number of elements; if there are as many spans, each is one of them.
    pub len: usize,
}

impl Series {
    pub fn are_points(&self) -> bool {
        self.spans.len() == self.len
    }
}

impl<'a> PlotPlan<'a> {
    /// Decides what to draw. Floats of the shape of an image are gone through once, to see whether they are colours.
    ///
    /// # Errors
    /// `Unsupported`, with the dtype or the shape, if there is no picture of it; those of reading.
    pub fn new(source: &'a dyn BlockSource, options: &'a PlotOptions) -> Result<Self> {
        let mut plan = Self { source, kind: PlanKind::Lines(Vec::new()), options, notes: Vec::new() };
        if source.shape().contains(&0) {
            return Err(Error::new(ErrorKind::Unsupported, "no elements: there is nothing to draw"));
        }
        if let Some(bins) = options.bins {
            plan.kind = PlanKind::Bars(plan.bars(bins)?);
            return Ok(plan);
        }
        if source.dtype().as_record().is_some() {
            plan.kind = plan.records()?;
            return Ok(plan);
        }
        let values = Values::of(source)?;
        if options.complex == Some(ComplexAs::Parts) && source.shape().len() > 1 {
            let what = "two lines are drawn of one axis: take a slice, or --complex magnitude";
            return Err(Error::new(ErrorKind::Unsupported, what));
        }
        plan.kind = match (source.shape(), plan.channels()?) {
            ([], _) => {
                let what = "a single number has no picture: numio show prints it";
                return Err(Error::new(ErrorKind::Unsupported, what));
            }
            ([_], _) if options.form != PlotForm::Auto => {
                let what = "one axis is drawn as a line: --as has no meaning for it";
                return Err(Error::new(ErrorKind::Unsupported, what));
            }
            ([_], _) => PlanKind::Lines(vec![plan.parts(values)]),
            ([lead @ .., rows, columns, channels], Some(scale)) if lead.len() < 2 => PlanKind::Images {
                leads: plan.leads(lead),
                shape: (*rows, *columns, *channels),
                values,
                scale,
            },
            ([lead @ .., rows, columns], _) if lead.len() < 3 => {
                let leads = plan.leads(lead);
                if values.is_complex() {
                    plan.notes.push("magnitude".to_owned());
                }
                PlanKind::Maps { leads, shape: (*rows, *columns), values }
            }
            (shape, _) => {
                let what = format!("{} axes: draw a slice of it, such as 'A[0]'", shape.len());
                return Err(Error::new(ErrorKind::Unsupported, what));
            }
        };
        Ok(plan)
    }

    /// The factor that makes values into bytes, where the last axis has colours.
    fn channels(&self) -> Result<Option<f64>> {
        let [lead @ .., _, _, 3 | 4] = self.source.shape() else {
            return match self.options.form {
                PlotForm::Image => {
                    let what = "an image has three axes, the last of which has 3 or 4 channels";
                    Err(Error::new(ErrorKind::Unsupported, what))
                }
                _ => Ok(None),
            };
        };
        if self.options.form == PlotForm::Heatmap || lead.len() > 1 {
            return Ok(None);
        }
        match self.source.dtype().as_scalar() {
            Some(Scalar::UInt8) => Ok(Some(1.0)),
            Some(Scalar::Float(..)) if self.options.form == PlotForm::Image => Ok(Some(255.0)),
            Some(Scalar::Float(..)) => {
                let found = StatsOptions::new().quantiles(&[]).bins(0).describe(self.source)?;
                let is_unit = found.fields.iter().all(|field| match &field.summary {
                    Summary::Numbers(numbers) => {
                        let at = |end: &Option<At<Number>>| end.as_ref().map(|at| at.value.to_f64());
                        at(&numbers.min).is_some_and(|min| min >= 0.0)
                            && at(&numbers.max).is_some_and(|max| max <= 1.0)
                    }
                    _ => false,
                });
                Ok(is_unit.then_some(255.0))
            }
            _ if self.options.form == PlotForm::Image => {
                let what = format!("dtype {}: colours are uint8, or floats from 0 to 1", self.source.dtype());
                Err(Error::new(ErrorKind::Unsupported, what))
            }
            _ => Ok(None),
        }
    }

    /// The indexes of as many pictures of a stack as are drawn.
    fn leads(&mut self, lead: &[usize]) -> Vec<Vec<usize>> {
        let count: usize = lead.iter().product();
        let drawn = count.min(self.options.most_tiles.max(1));
        if drawn < count {
            self.notes.push(format!("the first {drawn} of {count} pictures"));
        }
        (0..drawn).map(|position| numio::blocks::index_of(position, lead)).collect()
    }

    fn parts(&mut self, values: Values<'a>) -> Vec<Values<'a>> {
        match (values.is_complex(), self.options.complex) {
            (true, Some(ComplexAs::Magnitude)) => {
                if !self.notes.iter().any(|note| note == "magnitude") {
                    self.notes.push("magnitude".to_owned());
                }
                vec![values]
            }
            (true, _) => vec![values.with_part(NumberPart::Real), values.with_part(NumberPart::Imaginary)],
            (false, _) => vec![values],
        }
    }

    fn records(&mut self) -> Result<PlanKind<'a>> {
        let [_] = self.source.shape() else {
            let what = format!(
                "records along {} axes: name a field, as in \"A['name']\", or take a slice along one axis",
                self.source.shape().len()
            );
            return Err(Error::new(ErrorKind::Unsupported, what));
        };
        let (fields, others) = Values::fields(self.source, MOST_FIELDS);
        if fields.is_empty() {
            return Err(refused(self.source.dtype()));
        }
        if !others.is_empty() {
            self.notes.push(format!("not drawn: {}", others.join(", ")));
        }
        Ok(PlanKind::Lines(fields.into_iter().map(|field| self.parts(field)).collect()))
    }

    fn bars(&mut self, bins: usize) -> Result<Vec<FieldBars>> {
        let mut options = StatsOptions::new();
        options.quantiles(&[]).bins(bins);
        let plain = Values::of(self.source).ok();
        let found = match &plain {
            Some(values) if values.is_complex() => {
                self.notes.push("magnitude".to_owned());
                options.describe(&Magnitudes(values))?
            }
            _ => options.describe(self.source)?,
        };
        self.bars_of(found)
    }

    /// Histograms that are known already.
    ///
    /// # Errors
    /// `Unsupported`, with the dtype, if there are none.
    pub fn of_stats(source: &'a dyn BlockSource, found: Stats, options: &'a PlotOptions) -> Result<Self> {
        let mut plan = Self { source, kind: PlanKind::Lines(Vec::new()), options, notes: Vec::new() };
        plan.kind = PlanKind::Bars(plan.bars_of(found)?);
        Ok(plan)
    }

    fn bars_of(&mut self, found: Stats) -> Result<Vec<FieldBars>> {
        let mut bars = Vec::new();
        let mut others = Vec::new();
        for field in found.fields {
            match field.summary {
                Summary::Numbers(numbers) | Summary::Times(numbers) if bars.len() < MOST_FIELDS => {
                    let quantity = match field.dtype.as_scalar() {
                        Some(Scalar::Datetime(unit, _)) => Quantity::Moment(unit),
                        Some(Scalar::Timedelta(unit, _)) => Quantity::Length(unit),
                        _ => Quantity::Number,
                    };
                    bars.push(FieldBars { name: field.name, quantity, numbers });
                }
                _ => others.push(field.name),
            }
        }
        if bars.is_empty() {
            return Err(refused(self.source.dtype()));
        }
        if !others.is_empty() {
            self.notes.push(format!("not drawn: {}", others.join(", ")));
        }
        Ok(bars)
    }

    pub fn arrangement(&self) -> Arrangement {
        match &self.kind {
            PlanKind::Lines(panels) => Arrangement::Stack(panels.len()),
            PlanKind::Bars(fields) => Arrangement::Stack(fields.len()),
            PlanKind::Maps { leads, shape: (rows, columns), .. } => {
                let height_by_width = *rows as f64 / *columns as f64;
                match leads.len() {
                    1 => Arrangement::Single { height_by_width: None, has_bar: true },
                    count => Arrangement::Tiles { count, height_by_width, has_bar: true },
                }
            }
            PlanKind::Images { leads, shape: (rows, columns, _), .. } => {
                let height_by_width = *rows as f64 / *columns as f64;
                match leads.len() {
                    1 => Arrangement::Single { height_by_width: Some(height_by_width), has_bar: false },
                    count => Arrangement::Tiles { count, height_by_width, has_bar: false },
                }
            }
        }
    }

    /// Reads the array, and reduces it to panels of at most `width` times `height` pixels.
    ///
    /// # Errors
    /// Those of reading.
    pub fn figure(&self, width: usize, height: usize) -> Result<Figure> {
        let (width, height) = (width.max(1), height.max(1));
        let mut figure = Figure {
            panels: Vec::new(),
            arrangement: self.arrangement(),
            colors: self.options.colors,
            scale: None,
            totals: Totals::EMPTY,
            notes: self.notes.clone(),
            kind: "",
        };
        match &self.kind {
            PlanKind::Lines(panels) => {
                figure.kind = "lines";
                for lines in panels {
                    let panel = lines_panel(lines, width, &mut figure.totals)?;
                    figure.panels.push(panel);
                }
            }
            PlanKind::Bars(fields) => {
                figure.kind = "histogram";
                for field in fields {
                    figure.panels.push(bars_panel(field, &mut figure.totals));
                }
            }
            PlanKind::Maps { values, leads, shape: (rows, columns) } => {
                figure.kind = "heat map";
                let size = (height.min(*rows), width.min(*columns));
                for lead in leads {
                    let (spans, totals) = reduce::grid(values, lead, (*rows, *columns), size)?;
                    figure.totals.join(&totals);
                    let data = Data::Map { width: size.1, height: size.0, spans, shown: Vec::new() };
                    figure.panels.push(picture_panel(lead, *rows, *columns, data));
                }
                let mean = figure.totals.mean();
                for panel in &mut figure.panels {
                    if let Data::Map { spans, shown, .. } = &mut panel.data {
                        *shown = reduce::shown(spans, mean);
                    }
                }
                let (low, high) = figure.colors.bounds(figure.totals.low, figure.totals.high);
                figure.scale = Some(AxisOf { label: String::new(), low, high, quantity: values.quantity() });
            }
            PlanKind::Images { values, leads, shape, scale } => {
                figure.kind = "image";
                let (rows, columns, _) = *shape;
                let size = (height.min(rows), width.min(columns));
                for lead in leads {
                    let nan = self.options.colors.nan();
                    let (shades, totals) = reduce::image(values, lead, *shape, size, *scale, nan)?;
                    let mean = totals.mean();
                    let pixels = shades.iter().map(|shades| shades.shown(mean)).collect();
                    figure.totals.join(&totals);
                    let data = Data::Image { width: size.1, height: size.0, pixels };
                    figure.panels.push(picture_panel(lead, rows, columns, data));
                }
            }
        }
        Ok(figure)
    }
}

fn lines_panel(lines: &[Values<'_>], width: usize, all: &mut Totals) -> Result<Panel> {
    let len = lines.first().and_then(|line| line.shape().first()).copied().unwrap_or(0);
    let mut totals = Totals::EMPTY;
    let mut series = Vec::new();
    for line in lines {
        let (spans, found) = reduce::line(line, width.min(len))?;
        totals.join(&found);
        let name = match line.part {
            NumberPart::Real => "real",
            NumberPart::Imaginary => "imaginary",
            NumberPart::Whole | NumberPart::Magnitude => "",
        };
        series.push(Series { name: name.to_owned(), spans, len });
    }
    all.join(&totals);
    let (title, quantity) =
        lines.first().map_or((String::new(), Quantity::Number), |line| (line.name(), line.quantity()));
    Ok(Panel {
        title,
        x: AxisOf::of_index("index", len),
        y: AxisOf::around("", totals.low, totals.high, quantity),
        data: Data::Lines(series),
    })
}

fn bars_panel(field: &FieldBars, all: &mut Totals) -> Panel {
    let numbers = &field.numbers;
    let (edges, counts) = numbers
        .histogram
        .as_ref()
        .map_or((Vec::new(), Vec::new()), |histogram| (histogram.edges.clone(), histogram.counts.clone()));
    let (low, high) = edges
        .first()
        .zip(edges.last())
        .map_or((f64::INFINITY, f64::NEG_INFINITY), |(low, high)| (*low, *high));
    all.join(&Totals {
        low,
        high,
        nans: numbers.nans as u64,
        infinities: numbers.infinities as u64,
        ..Totals::EMPTY
    });
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let x = match low < high {
        true => AxisOf { label: "value".to_owned(), low, high, quantity: field.quantity },
        false => AxisOf::around("value", low, high, field.quantity),
    };
    let y = AxisOf { label: "count".to_owned(), low: 0.0, high: most * 1.05, quantity: Quantity::Index };
    Panel { title: field.name.clone(), x, y, data: Data::Bars { edges, counts } }
}

fn picture_panel(lead: &[usize], rows: usize, columns: usize, data: Data) -> Panel {
    let title = if lead.is_empty() { String::new() } else { format!("{lead:?}") };
    Panel { title, x: AxisOf::of_index("column", columns), y: AxisOf::of_index("row", rows), data }
}

/// The absolute values of complex numbers as an array.
struct Magnitudes<'a>(&'a Values<'a>);

impl BlockSource for Magnitudes<'_> {
    fn dtype(&self) -> &DType {
        &DType::FLOAT64
    }

    fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    fn order(&self) -> Order {
        self.0.order()
    }

    fn block(&self, block: &Block) -> Result<DynArray> {
        Ok(DynArray::from(self.0.read(block)?))
    }
}
