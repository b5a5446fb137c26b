//! The browser on the screen. Every text is escaped before it gets here, and again where it is put.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::browser::{Asking, Browser, MemberList, Open, Panel, said};
use crate::text::{self, clipped, visible, width, wrapped};

/// The widest column, and the space between two.
const WIDEST: usize = 32;
const GAP: usize = 2;

fn plain() -> Style {
    Style::new()
}

fn strong() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn reversed() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

/// Puts a text at a position, as much of it as there is room for.
fn put(buffer: &mut Buffer, area: Rect, x: usize, y: usize, text: &str, style: Style) {
    let (columns, lines) = (usize::from(area.width), usize::from(area.height));
    if x < columns && y < lines {
        let text = clipped(&visible(text), columns - x);
        buffer.set_stringn(area.x + x as u16, area.y + y as u16, text, columns - x, style);
    }
}

fn put_line(buffer: &mut Buffer, area: Rect, y: usize, text: &str, style: Style) {
    let padding = usize::from(area.width).saturating_sub(width(text));
    put(buffer, area, 0, y, &format!("{text}{}", " ".repeat(padding)), style);
}

impl Browser {
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        // The title, the labels of the columns, the cursor and the last line take one each.
        self.page = usize::from(area.height).saturating_sub(4).max(1);
        let failed = match (&mut self.open, &mut self.list) {
            (Some(open), _) => draw_table(buffer, area, open, self.page).err(),
            (None, Some(list)) => {
                draw_list(buffer, area, &self.name, list, self.page);
                None
            }
            (None, None) => None,
        };
        if let Some(error) = failed {
            self.message = said(&error);
        }
        if let Some(panel) = &mut self.panel {
            draw_panel(buffer, area, panel);
        }
        let last = usize::from(area.height).saturating_sub(1);
        let line = match (&self.prompt, &self.job) {
            (Some((asking, line)), _) => {
                let before = match asking {
                    Asking::Index => "go to index: ",
                    Asking::Slice => "slice: ",
                    Asking::Value => "search: ",
                };
                prompt(before, line, usize::from(area.width))
            }
            (None, Some(job)) => {
                let percent = job.percent().map_or_else(String::new, |percent| format!(" {percent}%"));
                format!("{}{percent}: Esc stops", job.what)
            }
            (None, None) if !self.message.is_empty() => {
                draw_message(buffer, area, &self.message);
                return;
            }
            (None, None) if self.open.is_some() => {
                ": index  / search  s slice  d describe  ? keys  q quit".to_owned()
            }
            (None, None) => "Enter opens  ? keys  q quit".to_owned(),
        };
        put_line(buffer, area, last, &line, plain());
    }
}

fn draw_list(buffer: &mut Buffer, area: Rect, name: &str, list: &mut MemberList, page: usize) {
    let count = list.names.len();
    let what = if count == 1 { "member" } else { "members" };
    put_line(buffer, area, 0, &format!("{}: {count} {what}", visible(name)), reversed());
    list.top = list.top.min(list.at).max((list.at + 1).saturating_sub(page));
    let shown: Vec<(usize, String)> =
        (list.top..count).take(page).map(|at| (at, list.described(at))).collect();
    let names: Vec<String> = shown
        .iter()
        .map(|(at, _)| list.names.get(*at).map_or_else(String::new, |name| visible(name)))
        .collect();
    let most = (usize::from(area.width) / 2).max(1);
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(most);
    for (line, ((at, described), name)) in shown.iter().zip(&names).enumerate() {
        let name = clipped(name, widest);
        let padding = " ".repeat(widest.saturating_sub(width(&name)) + GAP);
        let style = if *at == list.at { reversed() } else { plain() };
        put_line(buffer, area, line + 2, &format!("{name}{padding}{described}"), style);
    }
}

fn draw_table(buffer: &mut Buffer, area: Rect, open: &mut Open, page: usize) -> numio::Result<()> {
    let grid = &open.grid;
    let fixed = grid.fixed().get(open.fixed).map_or_else(String::new, |axis| format!("  axis {axis}"));
    let slice = if grid.fixed().is_empty() { String::new() } else { format!("  {}", grid.slice_text()) };
    let title = format!(
        "{}: {} {}{slice}{fixed}",
        visible(&open.name),
        visible(&grid.elements.dtype().to_string()),
        text::shape(grid.elements.shape())
    );
    put_line(buffer, area, 0, &title, reversed());
    if grid.is_empty() {
        put(buffer, area, 0, 2, "no elements", plain());
        return Ok(());
    }
    let columns = usize::from(area.width);
    // Labels and gaps take at least three places each.
    let most = columns / 3 + 1;
    let is_right = grid.is_number();
    open.grid.scroll(page, most);
    let mut tries = 0;
    let (before, widths) = loop {
        let last = open.grid.row_count().min(open.grid.top + page).saturating_sub(1);
        let before = if open.grid.rows.is_some() { last.to_string().len() + GAP } else { 0 };
        let window = open.window(page, most)?;
        let mut widths = Vec::new();
        let mut left = columns.saturating_sub(before);
        for (label, cells) in window.labels.iter().zip(&window.cells) {
            let widest =
                cells.iter().map(|cell| width(cell)).max().unwrap_or(0).max(width(label)).clamp(1, WIDEST);
            if widest > left && !widths.is_empty() {
                break;
            }
            widths.push(widest.min(left));
            left = left.saturating_sub(widest + GAP);
        }
        // Columns are as wide as what is in them, so that only now it is known how many fit.
        let (cursor, first) = (open.grid.column(), open.grid.left);
        let count = widths.len().max(1);
        if cursor < first + count {
            break (before, widths);
        }
        tries += 1;
        open.grid.left = if tries > 8 { cursor } else { cursor + 1 - count };
    };
    let (top, first) = (open.grid.top, open.grid.left);
    let (row, column) = (open.grid.row(), open.grid.column());
    let has_rows = open.grid.rows.is_some();
    let window = open.window(page, most)?;
    let rows = window.cells.first().map_or(0, Vec::len);
    if has_rows {
        for line in 0..rows {
            let label = (top + line).to_string();
            let x = before.saturating_sub(GAP + label.len());
            put(buffer, area, x, line + 2, &label, strong());
        }
    }
    let mut x = before;
    for (at, ((label, cells), &widest)) in window.labels.iter().zip(&window.cells).zip(&widths).enumerate() {
        let aligned = |text: &str| {
            let text = clipped(text, widest);
            let padding = " ".repeat(widest.saturating_sub(width(&text)));
            if is_right { format!("{padding}{text}") } else { format!("{text}{padding}") }
        };
        put(buffer, area, x, 1, &aligned(label), strong());
        for (line, cell) in cells.iter().enumerate() {
            let is_cursor = top + line == row && first + at == column;
            put(buffer, area, x, line + 2, &aligned(cell), if is_cursor { reversed() } else { plain() });
        }
        x += widest + GAP;
    }
    let value = format!("{} = {}", open.grid.cursor_text(), open.grid.value()?);
    put_line(buffer, area, usize::from(area.height).saturating_sub(2), &value, strong());
    Ok(())
}

/// The line that is typed, of which the end is seen.
fn prompt(before: &str, line: &str, columns: usize) -> String {
    let line = format!("{}_", visible(line));
    let room = columns.saturating_sub(width(before));
    if width(&line) <= room {
        return format!("{before}{line}");
    }
    let fits = |rest: &&str| width(rest) < room.max(2);
    let rest = line.char_indices().map(|(at, _)| line.split_at(at).1).find(fits);
    format!("{before}…{}", rest.unwrap_or("_"))
}

/// The most lines of a message.
const MOST_LINES: usize = 6;

/// A message on the last line, and on those above as far as it needs them.
fn draw_message(buffer: &mut Buffer, area: Rect, message: &str) {
    let lines = wrapped(&visible(message), usize::from(area.width), MOST_LINES);
    let first = usize::from(area.height).saturating_sub(lines.len());
    for (at, line) in lines.iter().enumerate() {
        put_line(buffer, area, first + at, line, plain());
    }
}

/// Lines in front of the rest, at the right.
fn draw_panel(buffer: &mut Buffer, area: Rect, panel: &mut Panel) {
    let room = usize::from(area.height).saturating_sub(3);
    let is_cut = panel.lines.len() > room;
    // The last line says if not all fit.
    panel.room = if is_cut { room.saturating_sub(1).max(1) } else { room };
    panel.top = panel.top.min(panel.lines.len().saturating_sub(panel.room));
    let (title, top) = (panel.title.as_str(), panel.top);
    let last = (top + panel.room).min(panel.lines.len());
    let mut lines: Vec<String> = panel.lines.get(top..last).unwrap_or_default().to_vec();
    if is_cut {
        lines.push(format!("{} to {last} of {}: arrows", top + 1, panel.lines.len()));
    }
    let widest = lines.iter().map(|line| width(line)).chain([width(title)]).max().unwrap_or(0);
    let widest = widest.min(usize::from(area.width).saturating_sub(4));
    let x = usize::from(area.width).saturating_sub(widest + 4);
    let line = |text: &str| {
        let text = clipped(text, widest);
        format!("  {text}{}  ", " ".repeat(widest.saturating_sub(width(&text))))
    };
    put(buffer, area, x, 1, &line(title), reversed());
    for (at, text) in lines.iter().take(room).enumerate() {
        put(buffer, area, x, at + 2, &line(text), plain());
    }
}
