//! Figures on a terminal: as characters, by kitty's graphics protocol, and as sixels.

use std::fmt::Write;

use clap::ValueEnum;

use super::raster::{Pixmap, base64};
use super::reduce::Span;
use super::scene::color_of;
use super::ticks::{AxisOf, Tick};
use super::{Arrangement, Data, Figure, Panel};
use crate::text;

/// The way to draw on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Graphics {
    /// What the terminal says that it has
    #[default]
    Auto,
    /// Characters
    Blocks,
    /// Pixels by kitty's protocol
    Kitty,
    /// Pixels as sixels
    Sixel,
}

impl Graphics {
    /// What the environment tells of the terminal. In a multiplexer, graphics would be lost.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is =
            |name: &str, known: &[&str]| variable(name).is_some_and(|value| known.contains(&value.as_str()));
        let term = variable("TERM").unwrap_or_default();
        if variable("TMUX").is_some() || term.starts_with("screen") || term.starts_with("tmux") {
            return Self::Blocks;
        }
        if variable("KITTY_WINDOW_ID").is_some()
            || matches!(term.as_str(), "xterm-kitty" | "xterm-ghostty")
            || is("TERM_PROGRAM", &["WezTerm", "ghostty"])
        {
            return Self::Kitty;
        }
        if term.contains("sixel")
            || matches!(term.split('-').next(), Some("mlterm" | "foot" | "yaft" | "contour"))
            || is("TERM_PROGRAM", &["mintty", "iTerm.app"])
        {
            return Self::Sixel;
        }
        Self::Blocks
    }
}

/// The colours that a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    None,
    /// The 256 of xterm.
    Indexed,
    Full,
}

/// Columns left of an axis, for numbers.
const LEFT: usize = 11;

/// The least and the most columns and rows.
pub const BOUNDS: ((usize, usize), (usize, usize)) = ((30, 8), (1000, 1000));

/// The number of points across and down that panels of a figure have, if it is drawn in this many columns and rows.
pub fn resolution(arrangement: Arrangement, columns: usize, rows: usize) -> (usize, usize) {
    let grid = Grid::new(arrangement, columns, rows);
    match arrangement {
        Arrangement::Stack(_) => (grid.columns * 2, grid.rows * 4),
        _ => (grid.columns, grid.rows * 2),
    }
}

/// The size of each panel in characters.
struct Grid {
    across: usize,
    columns: usize,
    rows: usize,
}

impl Grid {
    fn new(arrangement: Arrangement, columns: usize, rows: usize) -> Self {
        let wide = columns.saturating_sub(LEFT + 2).max(4);
        let single = |rows: usize, ratio: f64| {
            // A character is about twice as high as it is wide.
            let across = wide.min((rows as f64 * 2.0 / ratio) as usize).max(2);
            Self {
                across: 1,
                columns: across,
                rows: ((across as f64 * ratio / 2.0).ceil() as usize).clamp(1, rows),
            }
        };
        match arrangement {
            Arrangement::Stack(count) => {
                let each = (rows / count.max(1)).saturating_sub(4).max(4);
                Self { across: 1, columns: wide, rows: each }
            }
            Arrangement::Single { height_by_width, .. } => {
                let rows = rows.saturating_sub(5).max(4);
                match height_by_width {
                    None => Self { across: 1, columns: wide, rows },
                    Some(ratio) => single(rows, ratio),
                }
            }
            Arrangement::Tiles { count, height_by_width, .. } => {
                let whole = columns.saturating_sub(1).max(8);
                // Wide enough for the index above each; lower than the others would leave room for.
                let fewest = (whole / 24).clamp(1, count.max(1));
                let wide = (whole / fewest).saturating_sub(1).max(4);
                let tall = ((wide as f64 * height_by_width / 2.0).ceil() as usize).clamp(1, rows.max(4));
                Self { across: fewest, columns: wide, rows: tall }
            }
        }
    }
}

/// Draws a figure as characters.
pub fn characters(figure: &Figure, columns: usize, rows: usize, palette: Palette) -> String {
    let grid = Grid::new(figure.arrangement, columns, rows);
    let mut out = String::new();
    if matches!(figure.arrangement, Arrangement::Tiles { .. }) {
        for panels in figure.panels.chunks(grid.across) {
            let titles = panels.iter().map(|panel| padded(&panel.title, grid.columns + 1));
            out += titles.collect::<String>().trim_end();
            out.push('\n');
            let drawn: Vec<Vec<String>> =
                panels.iter().map(|panel| picture(figure, panel, &grid, palette)).collect();
            for row in 0..grid.rows {
                let line = drawn.iter().map(|lines| lines.get(row).map_or("", String::as_str));
                out += &line.collect::<Vec<_>>().join(" ");
                out.push('\n');
            }
        }
    }
    for panel in figure
        .panels
        .iter()
        .filter(|_| grid.across == 1 && !matches!(figure.arrangement, Arrangement::Tiles { .. }))
    {
        let lines = match &panel.data {
            Data::Lines(series) => {
                let mut dots = Dots::new(grid.columns, grid.rows);
                for line in series {
                    dots.line(&line.spans, line.are_points(), &panel.y);
                }
                dots.lines()
            }
            Data::Bars { counts, .. } => bars(counts, &grid),
            Data::Map { .. } | Data::Image { .. } => picture(figure, panel, &grid, palette),
        };
        framed(&mut out, panel, &lines, grid.columns);
    }
    if let Some(scale) = &figure.scale {
        out += &scale_line(figure, scale, columns, palette);
    }
    out
}

/// Writes a panel's lines between its axes.
fn framed(out: &mut String, panel: &Panel, lines: &[String], columns: usize) {
    let is_picture = matches!(panel.data, Data::Map { .. } | Data::Image { .. });
    let (ticks, offset) = panel.y.ticks((lines.len() / 3).max(2));
    let label = format!("{} {}", panel.title, panel.y.caption(offset.as_deref()));
    let legend: Vec<&str> = match &panel.data {
        Data::Lines(series) => {
            series.iter().map(|line| line.name.as_str()).filter(|name| !name.is_empty()).collect()
        }
        _ => Vec::new(),
    };
    let label = format!("{} {}", label.trim(), legend.join(" and "));
    if !label.trim().is_empty() {
        let _ = writeln!(out, "{}{}", " ".repeat(LEFT), text::one_line(label.trim()));
    }
    let row_of = |tick: &Tick| {
        let share = panel.y.share(tick.value);
        let down = if is_picture { share } else { 1.0 - share };
        ((down * lines.len() as f64) as usize).min(lines.len().saturating_sub(1))
    };
    for (at, line) in lines.iter().enumerate() {
        match ticks.iter().find(|tick| row_of(tick) == at) {
            Some(tick) => {
                let _ = write!(out, "{:>width$}┤", clip(&tick.text, LEFT - 1), width = LEFT - 1);
            }
            None => {
                let _ = write!(out, "{}│", " ".repeat(LEFT - 1));
            }
        }
        out.push_str(line);
        out.push('\n');
    }
    let wide = if matches!(panel.x.quantity, super::values::Quantity::Moment(_)) { 14 } else { 10 };
    let (ticks, offset) = panel.x.ticks((columns / wide).max(2));
    let mut rule = vec!['─'; columns];
    let mut numbers = vec![' '; LEFT + columns + 12];
    let mut free = 0;
    for tick in &ticks {
        let column = ((panel.x.share(tick.value) * columns as f64) as usize).min(columns.saturating_sub(1));
        let wide = tick.text.chars().count();
        let start = (LEFT + column).saturating_sub(wide / 2);
        if start < free {
            continue;
        }
        if let Some(mark) = rule.get_mut(column) {
            *mark = '┬';
        }
        for (slot, char) in numbers.iter_mut().skip(start).zip(tick.text.chars()) {
            *slot = char;
        }
        free = start + wide + 1;
    }
    let rule: String = rule.into_iter().collect();
    let numbers: String = numbers.into_iter().collect();
    let _ = writeln!(out, "{}└{rule}", " ".repeat(LEFT - 1));
    let _ = writeln!(out, "{}", numbers.trim_end());
    let caption = panel.x.caption(offset.as_deref());
    if !caption.is_empty() && panel.x.quantity != super::values::Quantity::Index {
        let _ = writeln!(out, "{}{}", " ".repeat(LEFT), text::one_line(&caption));
    }
}

fn clip(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn padded(text: &str, width: usize) -> String {
    let text = clip(&text::one_line(text), width.saturating_sub(1));
    let padding = width.saturating_sub(text.chars().count());
    text + &" ".repeat(padding)
}

/// Points in braille characters, two across and four down in each.
struct Dots {
    columns: usize,
    rows: usize,
    cells: Vec<u8>,
}

impl Dots {
    fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, cells: vec![0; columns * rows] }
    }

    fn set(&mut self, x: usize, y: usize) {
        // Unicode numbers the points of a character so.
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let bit = BITS.get(y % 4).and_then(|row| row.get(x % 2)).copied().unwrap_or(0);
        if x / 2 < self.columns
            && let Some(cell) = self.cells.get_mut(y / 4 * self.columns + x / 2)
        {
            *cell |= bit;
        }
    }

    fn line(&mut self, spans: &[Span], are_points: bool, axis: &AxisOf) {
        let (width, height) = (self.columns * 2, self.rows * 4);
        let y = |value: f64| {
            let down = (1.0 - axis.share(value)).clamp(0.0, 1.0) * height as f64;
            (down as usize).min(height.saturating_sub(1))
        };
        let mut before: Option<(usize, usize, usize)> = None;
        for (at, span) in spans.iter().enumerate() {
            if !span.has_number() {
                before = None;
                continue;
            }
            let x = (((at as f64 + 0.5) / spans.len() as f64 * width as f64) as usize)
                .min(width.saturating_sub(1));
            let (upper, lower) = (y(span.high), y(span.low));
            for y in upper..=lower {
                self.set(x, y);
            }
            if let Some((left, high, low)) = before {
                let from = if are_points { high } else { low.min(lower).max(high) };
                let to = if are_points { upper } else { from.clamp(upper, lower) };
                self.join((left, from), (x, to));
            }
            before = Some((x, upper, lower));
        }
    }

    fn join(&mut self, from: (usize, usize), to: (usize, usize)) {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        for step in 0..=steps {
            let share = step as f64 / steps as f64;
            let mix = |a: usize, b: usize| (a as f64 * (1.0 - share) + b as f64 * share).round() as usize;
            self.set(mix(from.0, to.0), mix(from.1, to.1));
        }
    }

    fn lines(&self) -> Vec<String> {
        let char = |cell: &u8| match cell {
            0 => ' ',
            bits => char::from_u32(0x2800 + u32::from(*bits)).unwrap_or(' '),
        };
        self.cells.chunks(self.columns.max(1)).map(|row| row.iter().map(char).collect()).collect()
    }
}

/// Columns of blocks, each as high as there are values in the bin.
fn bars(counts: &[u64], grid: &Grid) -> Vec<String> {
    const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64 * 1.05;
    let bin = |column: usize| counts.get(column * counts.len() / grid.columns.max(1)).copied().unwrap_or(0);
    let tall = |column: usize| {
        let count = bin(column);
        let eighths = (count as f64 / most * grid.rows as f64 * 8.0).round() as usize;
        // What is there is seen.
        if count > 0 { eighths.max(1) } else { 0 }
    };
    let row = |at: usize| {
        let below = (grid.rows - 1 - at) * 8;
        let block = |column: usize| {
            let eighths = tall(column).saturating_sub(below).min(8);
            EIGHTHS.get(eighths).copied().unwrap_or('█')
        };
        (0..grid.columns).map(block).collect()
    };
    (0..grid.rows).map(row).collect()
}

/// Colours, two points above each other in a character; without colours, shades.
fn picture(figure: &Figure, panel: &Panel, grid: &Grid, palette: Palette) -> Vec<String> {
    let (Data::Map { width, height, .. } | Data::Image { width, height, .. }) = &panel.data else {
        return Vec::new();
    };
    let color = |at: usize| match &panel.data {
        Data::Map { shown, .. } => shown.get(at).map_or([0; 3], |value| color_of(figure, *value)),
        Data::Image { pixels, .. } => pixels.get(at).map_or([0; 3], |pixel| on_white(*pixel)),
        _ => [0; 3],
    };
    let shades = match &panel.data {
        Data::Map { shown, .. } if palette == Palette::None => Some(shown),
        _ => None,
    };
    let cell = |row: usize, column: usize, rows: usize| {
        let (y, x) = (row * height / rows.max(1), column * width / grid.columns.max(1));
        y * width + x
    };
    let mut lines = Vec::new();
    for row in 0..grid.rows {
        let mut line = String::new();
        let mut last = None;
        for column in 0..grid.columns {
            if palette == Palette::None {
                let at = cell(row, column, grid.rows);
                line.push(match shades {
                    Some(shown) => shade(figure, shown.get(at).copied().unwrap_or(f64::NAN)),
                    None => brightness(color(at)),
                });
                continue;
            }
            let pair =
                [cell(row * 2, column, grid.rows * 2), cell(row * 2 + 1, column, grid.rows * 2)].map(&color);
            if last != Some(pair) {
                let [upper, lower] = pair;
                let _ = write!(line, "\x1b[38;{}m\x1b[48;{}m", code(upper, palette), code(lower, palette));
                last = Some(pair);
            }
            line.push('▀');
        }
        if palette != Palette::None {
            line += "\x1b[0m";
        }
        lines.push(line);
    }
    lines
}

/// A colour with alpha on white.
fn on_white([r, g, b, a]: [u8; 4]) -> [u8; 3] {
    [r, g, b].map(|part| ((u32::from(part) * u32::from(a) + 255 * (255 - u32::from(a))) / 255) as u8)
}

const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];

fn shade(figure: &Figure, value: f64) -> char {
    let share = figure.scale.as_ref().map_or(0.5, |scale| scale.share(value)).clamp(0.0, 1.0);
    match value.is_nan() {
        true => 'x',
        false => SHADES.get(((share * 5.0) as usize).min(4)).copied().unwrap_or(' '),
    }
}

fn brightness([r, g, b]: [u8; 3]) -> char {
    let bright = (299 * usize::from(r) + 587 * usize::from(g) + 114 * usize::from(b)) / 1000;
    SHADES.get(bright * 5 / 256).copied().unwrap_or(' ')
}

/// The parameters of a colour in an escape sequence.
fn code([r, g, b]: [u8; 3], palette: Palette) -> String {
    if palette == Palette::Full {
        return format!("2;{r};{g};{b}");
    }
    // The cube of xterm's colours begins at 16, with these levels.
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let nearest = |part: u8| {
        LEVELS.iter().enumerate().min_by_key(|(_, level)| level.abs_diff(part)).map_or(0, |(at, _)| at)
    };
    format!("5;{}", 16 + 36 * nearest(r) + 6 * nearest(g) + nearest(b))
}

/// What the colours or shades mean.
fn scale_line(figure: &Figure, scale: &AxisOf, columns: usize, palette: Palette) -> String {
    let ends = [scale.low, scale.high].map(|end| match scale.quantity {
        super::values::Quantity::Moment(unit) => numio::Datetime64::new(end as i64, unit).to_string(),
        _ => text::digits(end, 6),
    });
    let steps = columns.saturating_sub(LEFT + 30).clamp(5, 24);
    let mut bar = String::new();
    for at in 0..steps {
        let share = at as f64 / (steps - 1) as f64;
        match palette {
            Palette::None => bar.push(SHADES.get(((share * 5.0) as usize).min(4)).copied().unwrap_or(' ')),
            palette => {
                let _ = write!(bar, "\x1b[48;{}m ", code(figure.colors.color(share), palette));
            }
        }
    }
    if palette != Palette::None {
        bar += "\x1b[0m";
    }
    let [low, high] = ends;
    let nan = match (figure.totals.nans, palette) {
        (0, _) => String::new(),
        (_, Palette::None) => "  x nan".to_owned(),
        (_, palette) => format!("  \x1b[48;{}m \x1b[0m nan", code(figure.colors.nan(), palette)),
    };
    format!("{}{low} {bar} {high}{nan}\n", " ".repeat(LEFT))
}

/// The most base64 characters in one piece of kitty's protocol.
const KITTY_CHUNK: usize = 4096;

/// A PNG for a terminal with kitty's graphics protocol, drawn over this many columns and rows.
pub fn kitty(png: &[u8], columns: usize, rows: usize) -> String {
    let payload = base64(png);
    let mut out = String::new();
    let mut rest = payload.as_str();
    let mut is_first = true;
    loop {
        let (piece, after) = rest.split_at_checked(KITTY_CHUNK).unwrap_or((rest, ""));
        let more = u8::from(!after.is_empty());
        let keys = if is_first { format!("a=T,f=100,q=2,c={columns},r={rows},") } else { String::new() };
        let _ = write!(out, "\x1b_G{keys}m={more};{piece}\x1b\\");
        is_first = false;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    out.push('\n');
    out
}

/// The most colours of a sixel picture, which every terminal has.
const SIXEL_COLORS: usize = 256;

/// Pixels as sixels (DEC STD 070), with up to 256 colours.
pub fn sixel(map: &Pixmap) -> String {
    let pixels: Vec<[u8; 3]> = map.pixels().collect();
    let (palette, indexes) = quantized(&pixels);
    let mut out = format!("\x1bP0;1;0q\"1;1;{};{}", map.width, map.height);
    for (at, color) in palette.iter().enumerate() {
        let [r, g, b] = color.map(|part| (u32::from(part) * 100 + 127) / 255);
        let _ = write!(out, "#{at};2;{r};{g};{b}");
    }
    let rows: Vec<&[u16]> = indexes.chunks(map.width.max(1)).collect();
    for band in rows.chunks(6) {
        let mut used: Vec<u16> = band.iter().flat_map(|row| row.iter().copied()).collect();
        used.sort_unstable();
        used.dedup();
        for color in used {
            let _ = write!(out, "#{color}");
            let mut run = (0_usize, 0_u8);
            for x in 0..map.width {
                let bit = |(at, row): (usize, &&[u16])| u8::from(row.get(x) == Some(&color)) << at;
                let bits = band.iter().enumerate().map(bit).sum();
                if bits != run.1 {
                    push_run(&mut out, run);
                    run = (0, bits);
                }
                run.0 += 1;
            }
            push_run(&mut out, run);
            out.push('$');
        }
        out.push('-');
    }
    out += "\x1b\\\n";
    out
}

fn push_run(out: &mut String, (count, bits): (usize, u8)) {
    let char = char::from(63 + bits);
    match count {
        0 => {}
        1..=3 => out.extend(std::iter::repeat_n(char, count)),
        _ => {
            let _ = write!(out, "!{count}{char}");
        }
    }
}

/// At most 256 colours, and for each pixel the number of its colour: the colours themselves where they are few enough, else
/// the means of boxes that are cut at the median of their longest side.
fn quantized(pixels: &[[u8; 3]]) -> (Vec<[u8; 3]>, Vec<u16>) {
    let mut colors = pixels.to_vec();
    colors.sort_unstable();
    colors.dedup();
    let longest = |colors: &[[u8; 3]]| {
        let side = |part: usize| {
            let values = || colors.iter().filter_map(|color| color.get(part).copied());
            values().max().unwrap_or(0) - values().min().unwrap_or(0)
        };
        (0..3).map(|part| (side(part), part)).max().unwrap_or((0, 0))
    };
    // Each with the length of its longest side, and which it is.
    let mut boxes = vec![(longest(&colors), colors)];
    while boxes.len() < SIXEL_COLORS {
        let largest = boxes.iter().enumerate().max_by_key(|(_, ((length, _), _))| *length);
        let Some((at, ((1.., part), _))) = largest else { break };
        let part = *part;
        let (_, mut lower) = boxes.swap_remove(at);
        lower.sort_unstable_by_key(|color| color.get(part).copied());
        let upper = lower.split_off(lower.len() / 2);
        boxes.extend([lower, upper].map(|colors| (longest(&colors), colors)));
    }
    let mut palette = Vec::new();
    let mut index = std::collections::HashMap::new();
    for (_, colors) in boxes.iter().filter(|(_, colors)| !colors.is_empty()) {
        let mean = |part: usize| {
            let sum: usize =
                colors.iter().filter_map(|color| color.get(part)).map(|part| usize::from(*part)).sum();
            (sum / colors.len()) as u8
        };
        index.extend(colors.iter().map(|color| (*color, palette.len() as u16)));
        palette.push([mean(0), mean(1), mean(2)]);
    }
    let indexes = pixels.iter().map(|pixel| index.get(pixel).copied().unwrap_or(0)).collect();
    (palette, indexes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_known_by_their_environment() {
        for (variables, found) in [
            (&[("TERM", "xterm-256color")][..], Graphics::Blocks),
            (&[("TERM", "xterm-kitty")], Graphics::Kitty),
            (&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")], Graphics::Kitty),
            (&[("TERM", "screen"), ("KITTY_WINDOW_ID", "1")], Graphics::Blocks),
            (&[("TERM", "xterm-256color"), ("TMUX", "/tmp/x")], Graphics::Blocks),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Graphics::Kitty),
            (&[("TERM", "foot-extra")], Graphics::Sixel),
            (&[("TERM", "xterm"), ("TERM_PROGRAM", "mintty")], Graphics::Sixel),
            (&[], Graphics::Blocks),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(Graphics::detect(variable), found, "{variables:?}");
        }
    }

    #[test]
    fn many_colors_become_256() {
        let pixels: Vec<[u8; 3]> = (0..10_000_u32).map(|at| [(at % 251) as u8, (at / 40) as u8, 7]).collect();
        let (palette, indexes) = quantized(&pixels);
        assert_eq!(palette.len(), 256);
        for (pixel, index) in pixels.iter().zip(indexes) {
            let found = palette[usize::from(index)];
            assert!((0..3).all(|part| pixel[part].abs_diff(found[part]) < 24), "{pixel:?} {found:?}");
        }
        assert_eq!(
            quantized(&[[1, 2, 3], [4, 5, 6], [1, 2, 3]]),
            (vec![[1, 2, 3], [4, 5, 6]], vec![0, 1, 0])
        );
    }
}
