//! Figures as shapes on a page, which PNG and SVG have in common.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster_width};

use super::colors;
use super::reduce::hidden_nans;
use super::ticks::AxisOf;
use super::values::Quantity;
use super::{Arrangement, Data, Figure, Panel, Series};

/// The font of pictures in pixels, by whose size room for text is measured.
pub const WEIGHT: FontWeight = FontWeight::Regular;
pub const HEIGHT: RasterHeight = RasterHeight::Size16;

/// The width of a character in pixels.
pub const CHARACTER_PIXELS: usize = get_raster_width(WEIGHT, HEIGHT);

/// The height of a line of text, and the width of a character.
pub const LINE: f64 = 20.0;
pub const CHARACTER: f64 = CHARACTER_PIXELS as f64;

/// Room for numbers left of an axis, and for a colour bar.
const LEFT: f64 = 104.0;
const RIGHT: f64 = 28.0;
const BAR: f64 = 136.0;
const BAR_WIDTH: f64 = 16.0;

/// The most characters of a title.
const MOST_TITLE: usize = 200;

/// A colour by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Text,
    /// Axes and frames.
    Frame,
    /// Grid lines.
    Faint,
    Line(usize),
    Rgb([u8; 3]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// Something to draw, in pixels from the upper left corner.
#[derive(Debug)]
pub enum Shape {
    Fill {
        area: Area,
        ink: Ink,
    },
    Stroke {
        points: Vec<(f64, f64)>,
        ink: Ink,
        width: f64,
    },
    Dot {
        center: (f64, f64),
        ink: Ink,
    },
    /// One line a pixel wide for each pixel from `left` on, where there is one: from its upper to its lower end.
    Columns {
        left: f64,
        ends: Vec<Option<(f64, f64)>>,
        ink: Ink,
    },
    /// Text on the base line `y`.
    Text {
        x: f64,
        y: f64,
        text: String,
        anchor: Anchor,
        ink: Ink,
    },
    /// Colours that fill an area, each as a rectangle.
    Image {
        area: Area,
        width: usize,
        height: usize,
        pixels: Vec<[u8; 4]>,
    },
}

#[derive(Debug)]
pub struct Scene {
    pub width: usize,
    pub height: usize,
    pub title: String,
    pub shapes: Vec<Shape>,
    /// Where the panels are.
    pub areas: Vec<Area>,
}

/// The texts that someone chose, or the defaults.
#[derive(Debug, Default, Clone)]
pub struct Labels {
    pub title: String,
    /// A line below the title.
    pub subtitle: String,
    pub x: Option<String>,
    pub y: Option<String>,
}

/// A size that suits the panels.
pub fn default_size(arrangement: Arrangement) -> (usize, usize) {
    match arrangement {
        Arrangement::Stack(count) => (960, 540.max(80 + 190 * count)),
        Arrangement::Single { .. } => (960, 720),
        Arrangement::Tiles { .. } => (960, 900),
    }
}

/// Where the panels are in a picture of this size, and the colour bar. All panels are of one size, in whole pixels.
pub fn areas(arrangement: Arrangement, size: (usize, usize), has_titles: bool) -> (Vec<Area>, Option<Area>) {
    let (width, height) = (size.0 as f64, size.1 as f64);
    let top = 8.0 + if has_titles { 2.0 * LINE } else { 0.0 };
    let below = 2.0 * LINE + 8.0;
    let area = |left: f64, top: f64, width: f64, height: f64| Area {
        left: left.round(),
        top: top.round(),
        width: width.floor().max(8.0),
        height: height.floor().max(8.0),
    };
    match arrangement {
        Arrangement::Stack(count) => {
            let each = ((height - top) / count.max(1) as f64).max(8.0);
            let panel = |at: usize| {
                area(LEFT, top + each * at as f64 + LINE, width - LEFT - RIGHT, each - LINE - below)
            };
            ((0..count).map(panel).collect(), None)
        }
        Arrangement::Single { height_by_width, has_bar } => {
            let right = if has_bar { BAR } else { RIGHT };
            let whole = area(LEFT, top + LINE, width - LEFT - right, height - top - LINE - below);
            let panel = match height_by_width {
                None => whole,
                Some(ratio) => {
                    let across = whole.width.min(whole.height / ratio);
                    area(LEFT, top + LINE, across, across * ratio)
                }
            };
            (vec![panel], has_bar.then(|| bar(panel)))
        }
        Arrangement::Tiles { count, height_by_width, has_bar } => {
            let right = if has_bar { BAR } else { 8.0 };
            let whole = area(8.0, top, width - 8.0 - right, height - top - 8.0);
            let fit = |across: usize| {
                let down = count.div_ceil(across);
                let wide = whole.width / across as f64 - 8.0;
                wide.min((whole.height / down as f64 - LINE - 4.0) / height_by_width)
            };
            // The number of columns at which they are largest.
            let across = (1..=count.max(1)).max_by(|a, b| fit(*a).total_cmp(&fit(*b))).unwrap_or(1);
            let wide = fit(across).max(8.0);
            let high = wide * height_by_width;
            let tile = |at: usize| {
                let (row, column) = (at / across, at % across);
                let top = whole.top + LINE + (high + LINE + 4.0) * row as f64;
                area(whole.left + (wide + 8.0) * column as f64, top, wide, high)
            };
            let bar_of = Area { left: whole.left, top: whole.top + LINE, ..whole };
            let bar_of = Area { height: (whole.height - LINE).max(8.0), ..bar_of };
            ((0..count).map(tile).collect(), has_bar.then(|| bar(bar_of)))
        }
    }
}

fn bar(panel: Area) -> Area {
    Area { left: panel.left + panel.width + 16.0, top: panel.top, width: BAR_WIDTH, height: panel.height }
}

/// Arranges a figure on a page.
pub fn arrange(figure: &Figure, size: (usize, usize), labels: &Labels) -> Scene {
    let has_titles = !labels.title.is_empty() || !labels.subtitle.is_empty();
    let (areas, bar) = areas(figure.arrangement, size, has_titles);
    let mut page = Page { shapes: Vec::new() };
    let most = ((size.0 as f64 - 24.0) / CHARACTER).max(8.0) as usize;
    page.text(12.0, 8.0 + 14.0, &cut(&labels.title, most.min(MOST_TITLE)), Anchor::Start, Ink::Text);
    let mut x = 12.0;
    if figure.totals.nans > 0
        && !labels.subtitle.is_empty()
        && matches!(figure.kind, "heat map" | "image" | "lines")
    {
        let box_of = Area { left: x, top: 8.0 + LINE + 3.0, width: 12.0, height: 12.0 };
        page.shapes.push(Shape::Fill { area: box_of, ink: Ink::Rgb(figure.colors.nan()) });
        x += 18.0;
    }
    page.text(x, 8.0 + LINE + 14.0, &cut(&labels.subtitle, most), Anchor::Start, Ink::Frame);
    let is_tiled = matches!(figure.arrangement, Arrangement::Tiles { .. });
    let last = figure.panels.len().saturating_sub(1);
    for (at, (panel, area)) in figure.panels.iter().zip(&areas).enumerate() {
        page.data(figure, panel, *area);
        if is_tiled {
            let most = (area.width / CHARACTER).max(3.0) as usize;
            page.text(area.left, area.top - 5.0, &cut(&panel.title, most), Anchor::Start, Ink::Frame);
            page.frame(*area);
        } else {
            page.axes(panel, *area, labels, at == last);
        }
    }
    if let Some((area, scale)) = bar.zip(figure.scale.as_ref()) {
        page.color_bar(figure, scale, area);
    }
    Scene { width: size.0, height: size.1, title: labels.title.clone(), shapes: page.shapes, areas }
}

/// As much of a text as fits.
fn cut(text: &str, most: usize) -> String {
    let text = crate::text::one_line(text);
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(3)).chain("...".chars()).collect()
}

struct Page {
    shapes: Vec<Shape>,
}

impl Page {
    fn text(&mut self, x: f64, y: f64, text: &str, anchor: Anchor, ink: Ink) {
        if !text.is_empty() {
            self.shapes.push(Shape::Text { x, y, text: text.to_owned(), anchor, ink });
        }
    }

    fn stroke(&mut self, points: Vec<(f64, f64)>, ink: Ink, width: f64) {
        self.shapes.push(Shape::Stroke { points, ink, width });
    }

    /// A frame around an area, outside of its pixels.
    fn frame(&mut self, area: Area) {
        let (left, top) = (area.left - 0.5, area.top - 0.5);
        let (right, bottom) = (area.left + area.width + 0.5, area.top + area.height + 0.5);
        let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        self.stroke(corners, Ink::Frame, 1.0);
    }

    fn axes(&mut self, panel: &Panel, area: Area, labels: &Labels, is_last: bool) {
        let bottom = area.top + area.height;
        let is_picture = matches!(panel.data, Data::Map { .. } | Data::Image { .. });
        let wide = if matches!(panel.x.quantity, Quantity::Moment(_)) { 150.0 } else { 100.0 };
        let (ticks, offset) = panel.x.ticks((area.width / wide) as usize);
        for tick in ticks {
            let x = area.left + panel.x.share(tick.value) * area.width;
            self.stroke(vec![(x, bottom + 1.0), (x, bottom + 6.0)], Ink::Frame, 1.0);
            self.text(x, bottom + 20.0, &tick.text, Anchor::Middle, Ink::Text);
        }
        if is_last || panel.x.quantity != Quantity::Index {
            let chosen = labels.x.clone().unwrap_or_else(|| panel.x.label.clone());
            let caption = AxisOf { label: chosen, ..panel.x.clone() }.caption(offset.as_deref());
            self.text(
                area.left + area.width / 2.0,
                bottom + 40.0,
                &cut(&caption, 80),
                Anchor::Middle,
                Ink::Text,
            );
        }
        let (ticks, offset) = panel.y.ticks((area.height / 45.0) as usize);
        for tick in ticks {
            let share = panel.y.share(tick.value);
            let y = area.top + if is_picture { share } else { 1.0 - share } * area.height;
            self.stroke(vec![(area.left - 6.0, y), (area.left - 1.0, y)], Ink::Frame, 1.0);
            self.text(area.left - 9.0, y + 5.0, &tick.text, Anchor::End, Ink::Text);
        }
        let named = labels.y.clone().unwrap_or_else(|| match panel.title.is_empty() {
            true => panel.y.label.clone(),
            false => format!("{} {}", panel.title, panel.y.label).trim().to_owned(),
        });
        let caption = AxisOf { label: named, ..panel.y.clone() }.caption(offset.as_deref());
        let most = (area.width / CHARACTER).max(8.0) as usize;
        let caption = cut(&caption, most);
        self.text(area.left, area.top - 6.0, &caption, Anchor::Start, Ink::Text);
        if let Data::Lines(series) = &panel.data {
            // From the right, and not over the caption.
            let mut x = area.left + area.width;
            for (at, line) in series.iter().enumerate().rev().filter(|(_, line)| !line.name.is_empty()) {
                self.text(x, area.top - 6.0, &line.name, Anchor::End, Ink::Text);
                x -= line.name.chars().count() as f64 * CHARACTER + 6.0;
                self.stroke(vec![(x - 18.0, area.top - 11.0), (x, area.top - 11.0)], Ink::Line(at), 2.0);
                x -= 32.0;
            }
        }
        self.frame(area);
    }

    fn data(&mut self, figure: &Figure, panel: &Panel, area: Area) {
        match &panel.data {
            Data::Lines(series) => {
                self.grid(panel, area);
                let nan = Ink::Rgb(figure.colors.nan());
                for (at, line) in series.iter().enumerate() {
                    self.line(line, panel, area, Ink::Line(at));
                    self.nan_marks(line, area, nan);
                }
            }
            Data::Bars { edges, counts } => self.bars(edges, counts, panel, area),
            Data::Map { width, height, spans, shown } => {
                let pixels = colored(figure, shown);
                self.shapes.push(Shape::Image { area, width: *width, height: *height, pixels });
                let (rows, columns) = hidden_nans(spans, *width);
                let nan = Ink::Rgb(figure.colors.nan());
                let (across, down) = (area.width / *width as f64, area.height / *height as f64);
                for column in columns {
                    let left = area.left + column as f64 * across;
                    let mark =
                        Area { left, top: area.top + area.height + 1.0, width: across.max(1.0), height: 4.0 };
                    self.shapes.push(Shape::Fill { area: mark, ink: nan });
                }
                for row in rows {
                    let top = area.top + row as f64 * down;
                    let mark = Area { left: area.left - 5.0, top, width: 4.0, height: down.max(1.0) };
                    self.shapes.push(Shape::Fill { area: mark, ink: nan });
                }
            }
            Data::Image { width, height, pixels } => {
                let pixels = pixels.clone();
                self.shapes.push(Shape::Image { area, width: *width, height: *height, pixels });
            }
        }
    }

    fn grid(&mut self, panel: &Panel, area: Area) {
        for tick in panel.y.ticks((area.height / 45.0) as usize).0 {
            let y = area.top + (1.0 - panel.y.share(tick.value)) * area.height;
            self.stroke(vec![(area.left, y), (area.left + area.width, y)], Ink::Faint, 1.0);
        }
    }

    fn line(&mut self, line: &Series, panel: &Panel, area: Area, ink: Ink) {
        // Infinities end at the edge.
        let edge = 0.5 / area.height;
        let y = |value: f64| area.top + (1.0 - panel.y.share(value)).clamp(edge, 1.0 - edge) * area.height;
        if line.are_points() {
            let mut points = Vec::new();
            for (at, span) in line.spans.iter().enumerate() {
                let x = area.left + panel.x.share(at as f64) * area.width;
                if span.has_number() {
                    points.push((x, y(span.high)));
                } else {
                    self.points(std::mem::take(&mut points), line.len, ink);
                }
            }
            self.points(points, line.len, ink);
            return;
        }
        let mut ends: Vec<Option<(f64, f64)>> = Vec::with_capacity(line.spans.len());
        let mut before: Option<(f64, f64)> = None;
        for span in &line.spans {
            let own = span.has_number().then(|| (y(span.high), y(span.low)));
            // A line without gaps reaches its neighbour.
            let joined = own.map(|(upper, lower)| match before {
                Some((_, low)) if low < upper => (low, lower),
                Some((high, _)) if high > lower => (upper, high),
                _ => (upper, lower),
            });
            ends.push(joined);
            before = own;
        }
        self.shapes.push(Shape::Columns { left: area.left, ends, ink });
    }

    fn points(&mut self, points: Vec<(f64, f64)>, len: usize, ink: Ink) {
        if len <= 64 || points.len() == 1 {
            self.shapes.extend(points.iter().map(|&center| Shape::Dot { center, ink }));
        }
        if points.len() > 1 {
            self.stroke(points, ink, 1.5);
        }
    }

    /// A mark at the bottom wherever an element is NaN.
    fn nan_marks(&mut self, line: &Series, area: Area, ink: Ink) {
        let each = area.width / line.spans.len().max(1) as f64;
        for (at, _) in line.spans.iter().enumerate().filter(|(_, span)| span.nans > 0) {
            let left = area.left + at as f64 * each;
            let mark =
                Area { left, top: area.top + area.height - 6.0, width: each.clamp(1.0, 6.0), height: 6.0 };
            let mark = Area { left: left + (each - mark.width) / 2.0, ..mark };
            self.shapes.push(Shape::Fill { area: mark, ink });
        }
    }

    fn bars(&mut self, edges: &[f64], counts: &[u64], panel: &Panel, area: Area) {
        self.grid(panel, area);
        let x = |value: f64| area.left + panel.x.share(value) * area.width;
        for ((low, high), &count) in edges.iter().zip(edges.iter().skip(1)).zip(counts) {
            if count == 0 {
                continue;
            }
            // What is there is seen.
            let tall = (panel.y.share(count as f64) * area.height).max(1.0);
            let (left, right) = (x(*low), x(*high));
            let gap = if right - left > 4.0 { 1.0 } else { 0.0 };
            let bar = Area {
                left,
                top: area.top + area.height - tall,
                width: (right - left - gap).max(1.0),
                height: tall,
            };
            self.shapes.push(Shape::Fill { area: bar, ink: Ink::Line(0) });
        }
    }

    fn color_bar(&mut self, figure: &Figure, scale: &AxisOf, area: Area) {
        let steps = 256;
        let color = |at: usize| {
            let [r, g, b] = figure.colors.color(1.0 - at as f64 / (steps - 1) as f64);
            [r, g, b, 255]
        };
        let pixels = (0..steps).map(color).collect();
        self.shapes.push(Shape::Image { area, width: 1, height: steps, pixels });
        self.frame(area);
        let (ticks, offset) = scale.ticks((area.height / 60.0) as usize);
        let right = area.left + area.width;
        let mut is_empty = true;
        for tick in ticks {
            is_empty = false;
            let y = area.top + (1.0 - scale.share(tick.value)) * area.height;
            self.stroke(vec![(right + 1.0, y), (right + 6.0, y)], Ink::Frame, 1.0);
            self.text(right + 9.0, y + 5.0, &tick.text, Anchor::Start, Ink::Text);
        }
        if is_empty {
            let only = crate::text::digits(scale.low, 6);
            self.text(right + 9.0, area.top + area.height / 2.0 + 5.0, &only, Anchor::Start, Ink::Text);
        }
        self.text(
            area.left,
            area.top - 6.0,
            &cut(&scale.caption(offset.as_deref()), 13),
            Anchor::Start,
            Ink::Text,
        );
    }
}

/// The colours of values.
pub fn colored(figure: &Figure, shown: &[f64]) -> Vec<[u8; 4]> {
    let color = |value: &f64| {
        let [r, g, b] = color_of(figure, *value);
        [r, g, b, 255]
    };
    shown.iter().map(color).collect()
}

pub fn color_of(figure: &Figure, value: f64) -> [u8; 3] {
    match &figure.scale {
        _ if value.is_nan() => figure.colors.nan(),
        Some(scale) => figure.colors.color(scale.share(value)),
        None => colors::line(0),
    }
}
