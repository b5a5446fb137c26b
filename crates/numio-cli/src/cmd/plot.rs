//! `numio plot`: a picture of an array.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use numio::blocks::BlockSource;
use numio::pickle::Python2Encoding;
use numio::{AtomicFile, ObjectExt};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::json::float_value;
use crate::open::{Opening, Subject};
use crate::options::OverwriteArgs;
use crate::output::{self, Output, Style, Verdict};
use crate::plot::colors::ColorMap;
use crate::plot::reduce::{Span, rows_of};
use crate::plot::scene::{self, Labels, Scene};
use crate::plot::svg::{self, Theme};
use crate::plot::terminal::{self, Graphics, Palette};
use crate::plot::ticks::AxisOf;
use crate::plot::{ComplexAs, Data, Figure, Panel, PlotForm, PlotOptions, PlotPlan, raster};
use crate::progress::{self, Watched};
use crate::target::Target;
use crate::text;

/// Draw an array: a line, a heat map, an image, a histogram
///
/// One axis is drawn as a line, two as a heat map, the fields of records each as a line of its own. Arrays of the shape
/// (height, width, 3 or 4) are images if they are of uint8, or of floats from 0 to 1; further axes make a page of small
/// pictures. Every element counts: of those that fall on one pixel, the least and the largest are drawn in lines, and in maps
/// and images the one that is farther from the mean. NaN is counted, and has a colour of its own.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio plot x.npy                          in the terminal
  numio plot -o x.png 'x.npy[:, 0]'
  numio plot --hist --bins 100 -o x.svg x.npz:weights
  numio plot --colormap gray --title Slices -o s.png scan.npy
  numio plot --size 60x15 --graphics blocks x.npy
  numio plot --json x.npy | jq '.panels[0].lines[0].high | max'

Complex numbers: along one axis, real and imaginary part are two lines; else magnitudes are drawn.
Texts, raw bytes and Python objects have no picture: the exit code is 1.

In the terminal, kitty's graphics protocol or sixels are used where the environment tells of them
(TERM, TERM_PROGRAM, KITTY_WINDOW_ID; not in tmux or screen), else characters.

JSON: an object with file, dtype, shape, kind (lines, histogram, heat map or image), width and
height (of the picture), nan, inf, min, max, notes, scale (null, or low and high: the values at the
ends of the colours), and panels, a list with title, area (left, top, width and height in pixels),
x and y (label, low and high), and
  lines:       lines, a list with name, low, high, nan and count, lists with a number for each column
  histogram:   edges, counts
  heat map:    columns, rows, low, high, nan and count: nested lists with a number for each pixel
  image:       columns, rows")]
pub struct Plot {
    /// A file, a member or a slice; - is standard input
    #[arg(value_name = "A")]
    target: OsString,
    /// The picture to write, as .png or .svg; without it, the terminal shows it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Draw how often values occur
    #[arg(long)]
    hist: bool,
    /// The number of bins of the histogram
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    bins: u16,
    /// The form, where dtype and shape leave a choice
    #[arg(long = "as", value_enum, default_value_t, conflicts_with = "hist")]
    form: PlotForm,
    /// How to draw complex numbers
    #[arg(long, value_enum, value_name = "HOW")]
    complex: Option<ComplexAs>,
    /// The colours of values
    #[arg(long, value_enum, default_value_t, value_name = "MAP")]
    colormap: ColorMap,
    /// The most pictures of a stack
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    tiles: u16,
    /// The title; without it, the name
    #[arg(long)]
    title: Option<String>,
    /// A label of the horizontal axis
    #[arg(long, value_name = "LABEL")]
    xlabel: Option<String>,
    /// A label of the vertical axis
    #[arg(long, value_name = "LABEL")]
    ylabel: Option<String>,
    /// The size: pixels of a picture, or columns and rows of the terminal
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<(usize, usize)>,
    /// How to draw in the terminal
    #[arg(long, value_enum, default_value_t)]
    graphics: Graphics,
    /// Print JSON: the numbers that are drawn
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    #[command(flatten)]
    opening: Opening,
}

/// The least and the largest width and height of a picture in pixels.
const PIXELS: (usize, usize) = (120, 4096);

/// Pixels of a character on a terminal that shows graphics, as most have them.
const CELL: (usize, usize) = (8, 16);

fn size(text: &str) -> Result<(usize, usize), String> {
    let sides = text.split_once(['x', 'X', '×']);
    let sides = sides.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    sides
        .filter(|(width, height)| *width > 0 && *height > 0)
        .ok_or_else(|| "expected a size such as 800x600".to_owned())
}

/// The format of a picture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PictureFormat {
    Png,
    Svg,
}

impl PictureFormat {
    fn of(path: &Path) -> Result<Self, Failure> {
        let suffix = path.extension().and_then(|suffix| suffix.to_str()).map(str::to_lowercase);
        match suffix.as_deref() {
            Some("png") => Ok(Self::Png),
            Some("svg") => Ok(Self::Svg),
            _ => Err(Failure::Usage(format!("{}: pictures are written as .png or .svg", path.display()))),
        }
    }
}

impl Plot {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let target = Target::of(&self.target);
        if let Some(path) = &self.output {
            PictureFormat::of(path)?;
            self.overwrite.check(path)?;
        }
        let named = |failure: Failure| failure.of(&target.input.name());
        let array: Box<dyn BlockSource> =
            match self.opening.subject(&target, Python2Encoding::Latin1).map_err(named)? {
                Subject::Array(array) => array,
                Subject::Object(graph) => {
                    Box::new(graph.root().as_array().map_err(|error| named(error.into()))?)
                }
                subject => {
                    let what =
                        format!("{}: {}: name an array, as in x.npz:member", target.name(), subject.kind());
                    return Err(Failure::Usage(what));
                }
            };
        self.draw(out, &target.name(), &*array).map_err(named)?;
        Ok(Verdict::Good)
    }

    fn draw(&self, out: &mut Output, name: &str, array: &dyn BlockSource) -> Result<(), Failure> {
        let options = PlotOptions {
            form: self.form,
            bins: self.hist.then_some(self.bins.into()),
            complex: self.complex,
            colors: self.colormap,
            most_tiles: self.tiles.into(),
        };
        let bytes = array.shape().iter().product::<usize>().saturating_mul(array.dtype().itemsize());
        let bar = progress::bar(bytes as u64);
        let watched = Watched::new(array, &bar);
        let plan = PlotPlan::new(&watched, &options)?;
        let labels = Labels {
            title: self.title.clone().unwrap_or_else(|| name.to_owned()),
            subtitle: String::new(),
            x: self.xlabel.clone(),
            y: self.ylabel.clone(),
        };
        let (figure, drawn, size) = if self.output.is_some() || self.json {
            let size = self.size.unwrap_or_else(|| scene::default_size(plan.arrangement()));
            check_pixels(size)?;
            (pixels(&plan, size)?, Drawn::File, size)
        } else {
            self.for_terminal(out, &plan)?
        };
        bar.finish_and_clear();
        let labels = Labels { subtitle: described(array, &figure), ..labels };
        if let Some(path) = &self.output {
            self.save(path, &scene::arrange(&figure, size, &labels))?;
        }
        if self.json {
            let scene = scene::arrange(&figure, size, &labels);
            serde_json::to_writer(out.json(), &figure_value(name, array, &figure, &scene))
                .map_err(io::Error::from)?;
            writeln!(out)?;
            return Ok(());
        }
        match drawn {
            Drawn::File => {}
            Drawn::Characters(palette) => {
                out.styled(Style::Strong, &text::one_line(&labels.title))?;
                writeln!(out, "  {}", text::one_line(&labels.subtitle))?;
                out.graphics(&terminal::characters(&figure, size.0, size.1, palette))?;
            }
            Drawn::Pixels(graphics, (columns, rows)) => {
                let map = raster::draw(&scene::arrange(&figure, size, &labels));
                let text = match graphics {
                    Graphics::Kitty => {
                        terminal::kitty(&raster::png(map.width, map.height, &map.bytes)?, columns, rows)
                    }
                    _ => terminal::sixel(&map),
                };
                out.graphics(&text)?;
            }
        }
        Ok(())
    }

    fn save(&self, path: &Path, scene: &Scene) -> Result<(), Failure> {
        let bytes = match PictureFormat::of(path)? {
            PictureFormat::Svg => svg::write(scene, Theme::Light)?.into_bytes(),
            PictureFormat::Png => {
                let map = raster::draw(scene);
                raster::png(map.width, map.height, &map.bytes)?
            }
        };
        let mut file = AtomicFile::create(path)?;
        file.write_all(&bytes).map_err(|error| numio::Error::from(error).with_path(path))?;
        file.commit()?;
        Ok(())
    }

    /// The figure for a terminal, the way to draw it, and its size in pixels or characters.
    fn for_terminal(
        &self,
        out: &Output,
        plan: &PlotPlan<'_>,
    ) -> Result<(Figure, Drawn, (usize, usize)), Failure> {
        let (columns, rows) = output::size().unwrap_or((80, 25));
        let (least, most) = terminal::BOUNDS;
        let columns = self.size.map_or_else(|| columns.min(160), |size| size.0).clamp(least.0, most.0);
        let rows =
            self.size.map_or_else(|| (rows.saturating_sub(2)).min(32), |size| size.1).clamp(least.1, most.1);
        let graphics = match self.graphics {
            Graphics::Auto if out.terminal().is_none() => Graphics::Blocks,
            Graphics::Auto => Graphics::detect(|name| std::env::var(name).ok()),
            graphics => graphics,
        };
        if graphics == Graphics::Blocks {
            let (width, height) = terminal::resolution(plan.arrangement(), columns, rows);
            let figure = plan.figure(width, height)?;
            return Ok((figure, Drawn::Characters(palette(out)), (columns, rows)));
        }
        let size = ((columns * CELL.0).clamp(PIXELS.0, PIXELS.1), (rows * CELL.1).clamp(PIXELS.0, PIXELS.1));
        Ok((pixels(plan, size)?, Drawn::Pixels(graphics, (columns, rows)), size))
    }
}

enum Drawn {
    File,
    Characters(Palette),
    Pixels(Graphics, (usize, usize)),
}

fn check_pixels((width, height): (usize, usize)) -> Result<(), Failure> {
    let (least, most) = PIXELS;
    if [width, height].iter().all(|side| (least..=most).contains(side)) {
        return Ok(());
    }
    Err(Failure::Usage(format!("--size: pictures have from {least} to {most} pixels along each side")))
}

/// The figure for a picture of this many pixels.
fn pixels(plan: &PlotPlan<'_>, size: (usize, usize)) -> Result<Figure, Failure> {
    let (areas, _) = scene::areas(plan.arrangement(), size, true);
    let (width, height) = areas.first().map_or((1, 1), |area| (area.width as usize, area.height as usize));
    Ok(plan.figure(width, height)?)
}

fn palette(out: &Output) -> Palette {
    let is_full = std::env::var("COLORTERM").is_ok_and(|term| matches!(term.as_str(), "truecolor" | "24bit"));
    match out.terminal() {
        Some(true) if is_full => Palette::Full,
        Some(true) => Palette::Indexed,
        _ => Palette::None,
    }
}

/// What is drawn, on one line.
pub(super) fn described(array: &dyn BlockSource, figure: &Figure) -> String {
    let mut parts = vec![format!("{} {}", array.dtype(), text::shape(array.shape()))];
    if figure.totals.nans > 0 {
        parts.insert(0, format!("{} nan", figure.totals.nans));
    }
    if figure.totals.infinities > 0 {
        parts.push(format!("{} inf", figure.totals.infinities));
    }
    parts.extend(figure.notes.iter().cloned());
    parts.join(", ")
}

fn figure_value(name: &str, array: &dyn BlockSource, figure: &Figure, scene: &Scene) -> Value {
    let totals = &figure.totals;
    let end = |value: f64| if totals.low <= totals.high { float_value(value) } else { Value::Null };
    let panels = figure.panels.iter().zip(&scene.areas).map(|(panel, area)| {
        let mut value = panel_value(panel);
        let area = json!({"left": area.left, "top": area.top, "width": area.width, "height": area.height});
        value.insert("area".to_owned(), area);
        Value::Object(value)
    });
    json!({
        "file": name,
        "dtype": array.dtype().to_string(),
        "shape": array.shape(),
        "kind": figure.kind,
        "width": scene.width,
        "height": scene.height,
        "nan": totals.nans,
        "inf": totals.infinities,
        // Of images these would be the brightness.
        "min": if figure.kind == "image" { Value::Null } else { end(totals.low) },
        "max": if figure.kind == "image" { Value::Null } else { end(totals.high) },
        "notes": figure.notes,
        "scale": figure.scale.as_ref().map(|scale| json!({"low": float_value(scale.low), "high": float_value(scale.high)})),
        "panels": panels.collect::<Vec<_>>(),
    })
}

fn panel_value(panel: &Panel) -> Map<String, Value> {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    let axis = |axis: &AxisOf| json!({"label": axis.caption(None), "low": float_value(axis.low), "high": float_value(axis.high)});
    put("title", panel.title.clone().into());
    put("x", axis(&panel.x));
    put("y", axis(&panel.y));
    let list = |spans: &[Span], key: &str| spans.iter().map(|span| span_value(span, key)).collect::<Value>();
    match &panel.data {
        Data::Lines(series) => {
            let line = |line: &crate::plot::Series| {
                let mut map = Map::new();
                map.insert("name".to_owned(), line.name.clone().into());
                for key in SPAN_KEYS {
                    map.insert(key.to_owned(), list(&line.spans, key));
                }
                Value::Object(map)
            };
            put("lines", series.iter().map(line).collect());
        }
        Data::Bars { edges, counts } => {
            put("edges", edges.iter().map(|edge| float_value(*edge)).collect());
            put("counts", json!(counts));
        }
        Data::Map { width, height, spans, .. } => {
            put("columns", json!(width));
            put("rows", json!(height));
            for key in SPAN_KEYS {
                put(key, rows_of(spans, *width).map(|row| list(row, key)).collect());
            }
        }
        Data::Image { width, height, .. } => {
            put("columns", json!(width));
            put("rows", json!(height));
        }
    }
    map
}

/// What is said of the elements on one pixel.
const SPAN_KEYS: [&str; 4] = ["low", "high", "nan", "count"];

fn span_value(span: &Span, key: &str) -> Value {
    let number = |value: f64| if span.has_number() { float_value(value) } else { Value::Null };
    match key {
        "low" => number(span.low),
        "high" => number(span.high),
        "nan" => span.nans.into(),
        _ => span.count.into(),
    }
}
