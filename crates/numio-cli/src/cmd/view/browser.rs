//! What the keys change: the list of members, the table, prompts, and work in the background.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};

use numio::stats::StatsOptions;
use numio::{CancelToken, Error, Result};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::Members;
use super::grid::{Elements, Grid, Window};
use super::search::{Needle, search};
use crate::cmd::stats::field_lines;
use crate::failure::advice;
use crate::parallel::in_background;
use crate::text::{self, one_line, visible};

/// What follows a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    On,
    /// Everything is to be drawn anew.
    Redraw,
    /// The shell comes back, until it lets the command go on.
    Suspend,
    Quit,
    Interrupt,
}

/// A line that is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    Index,
    Slice,
    Value,
}

/// Work in the background.
pub struct Job {
    pub what: &'static str,
    pub done: Arc<AtomicU64>,
    pub total: u64,
    token: CancelToken,
    outcome: Receiver<Outcome>,
}

/// With what it is about: the cursor may be elsewhere by the time it comes.
enum Outcome {
    Found { leaf: usize, index: Result<Option<Vec<usize>>> },
    Described { title: String, lines: Result<Vec<String>> },
}

/// The list of an archive's members.
pub struct MemberList {
    members: Members,
    pub names: Vec<String>,
    pub at: usize,
    pub top: usize,
    described: HashMap<usize, String>,
}

impl MemberList {
    /// The dtype and the shape of a member, of which the header is read when it is first asked for.
    pub fn described(&mut self, at: usize) -> String {
        if let Some(known) = self.described.get(&at) {
            return known.clone();
        }
        let Some(name) = self.names.get(at) else { return String::new() };
        let header = self.members.archive().by_name(name).and_then(|member| {
            let size = member.info().size;
            Ok(match member.header()? {
                Some(header) => format!("{} {}", header.dtype(), text::shape(header.shape())),
                None => format!("no array, {}", text::size(size)),
            })
        });
        let line = header.map_or_else(|error| said(&error), |header| one_line(&header));
        self.described.insert(at, line.clone());
        line
    }
}

/// A table with what was read for it last.
pub struct Open {
    pub name: String,
    pub grid: Grid,
    pub seen: Option<(Vec<usize>, Window)>,
    /// The axis along which keys step, as a position among those that have one index.
    pub fixed: usize,
    needle: Option<Needle>,
}

/// Lines in front of the rest.
pub struct Panel {
    pub title: String,
    pub lines: Vec<String>,
    /// The first on the screen, and how many there is room for, as of the last drawing.
    pub top: usize,
    pub room: usize,
}

impl Panel {
    fn new(title: String, lines: Vec<String>) -> Self {
        Self { title, lines, top: 0, room: usize::MAX }
    }

    /// Scrolls, where not all lines are on the screen. Returns whether the key is one for it.
    fn scrolls(&mut self, code: KeyCode) -> bool {
        let last = self.lines.len().saturating_sub(self.room);
        self.top = match code {
            _ if last == 0 => return false,
            KeyCode::Up | KeyCode::Char('k') => self.top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.top.saturating_add(1),
            KeyCode::PageUp => self.top.saturating_sub(self.room),
            KeyCode::PageDown => self.top.saturating_add(self.room),
            _ => return false,
        }
        .min(last);
        true
    }
}

/// What is on the screen, and what keys do to it.
pub struct Browser {
    pub name: String,
    pub list: Option<MemberList>,
    pub open: Option<Open>,
    pub prompt: Option<(Asking, String)>,
    pub panel: Option<Panel>,
    pub message: String,
    pub job: Option<Job>,
    /// Rows of the list or the table, as of the last drawing.
    pub page: usize,
}

const HELP: [&str; 13] = [
    "arrows, h j k l    move",
    "PgUp, PgDn         a page up or down",
    "Home, End          the first and the last column",
    "g, G               the first and the last row",
    ":                  go to an index: 1200000, or 12,0,3",
    "s                  show a slice: 3,:,:,0",
    "[ ]                step along another axis",
    "Tab                choose that axis",
    "t                  exchange rows and columns",
    "/, n               search a value, nan or part of a text; again",
    "d                  describe the column",
    "Enter, Esc         open a member; back, or stop what runs",
    "q                  quit",
];

/// An error on one line, with advice for someone at a terminal.
pub fn said(error: &Error) -> String {
    one_line(&advice(&error.to_string()))
}

impl Browser {
    pub fn of_array(name: String, elements: Elements) -> Self {
        let open = Open::new(name.clone(), elements);
        Self { open: Some(open), ..Self::new(name) }
    }

    pub fn of_archive(name: String, members: Members) -> Self {
        let names = members.archive().names().map(str::to_owned).collect();
        let list = MemberList { members, names, at: 0, top: 0, described: HashMap::new() };
        Self { list: Some(list), ..Self::new(name) }
    }

    fn new(name: String) -> Self {
        let (message, page) = (String::new(), 1);
        Self { name, list: None, open: None, prompt: None, panel: None, message, job: None, page }
    }

    pub fn key(&mut self, key: KeyEvent) -> Step {
        let mut pressed = key.code;
        // With Alt, it is how some keyboards have brackets.
        if key.modifiers.contains(KeyModifiers::CONTROL)
            && !key.modifiers.contains(KeyModifiers::ALT)
            && let KeyCode::Char(char) = key.code
        {
            match (char, &mut self.prompt) {
                ('c', _) => return Step::Interrupt,
                ('l', _) => return Step::Redraw,
                ('z', _) => return Step::Suspend,
                ('u', Some((_, line))) => line.clear(),
                // Sent by some terminals for these keys.
                ('h', _) => pressed = KeyCode::Backspace,
                ('j', _) => pressed = KeyCode::Enter,
                // No other is the letter alone: ^D is no d, and ^Q no q.
                _ => {}
            }
            if matches!(pressed, KeyCode::Char(_)) {
                return Step::On;
            }
        }
        self.message.clear();
        if let Some((asking, mut line)) = self.prompt.take() {
            match pressed {
                KeyCode::Enter => self.answer(asking, line.trim()),
                KeyCode::Esc => {}
                KeyCode::Backspace if line.pop().is_none() => {}
                code => {
                    if let KeyCode::Char(char) = code
                        && line.len() < 1000
                    {
                        line.push(char);
                    }
                    self.prompt = Some((asking, line));
                }
            }
            return Step::On;
        }
        match pressed {
            KeyCode::Char('q') => return Step::Quit,
            KeyCode::Char('?') => {
                self.panel = Some(Panel::new("Keys".to_owned(), HELP.map(str::to_owned).to_vec()));
                return Step::On;
            }
            KeyCode::Esc => {
                self.back();
                return Step::On;
            }
            _ => {}
        }
        if self.panel.as_mut().is_some_and(|panel| panel.scrolls(pressed)) {
            return Step::On;
        }
        self.panel = None;
        if self.open.is_some() {
            self.table_key(pressed)
        } else {
            self.list_key(pressed)
        }
        Step::On
    }

    /// Closes what is in front: the panel, work in the background, the table.
    fn back(&mut self) {
        if self.panel.take().is_some() {
            return;
        }
        if self.job.take().is_some() {
            self.message = "stopped".to_owned();
            return;
        }
        if self.list.is_some() {
            self.open = None;
        }
    }

    fn list_key(&mut self, code: KeyCode) {
        let page = self.page.max(1);
        let Some(list) = &mut self.list else { return };
        let last = list.names.len().saturating_sub(1);
        match code {
            KeyCode::Up | KeyCode::Char('k') => list.at = list.at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => list.at = (list.at + 1).min(last),
            KeyCode::PageUp => list.at = list.at.saturating_sub(page),
            KeyCode::PageDown => list.at = (list.at + page).min(last),
            KeyCode::Home | KeyCode::Char('g') => list.at = 0,
            KeyCode::End | KeyCode::Char('G') => list.at = last,
            KeyCode::Enter | KeyCode::Right | KeyCode::Char('l') => {
                let Some(name) = list.names.get(list.at) else { return };
                match list.members.open(name) {
                    Ok(elements) => self.open = Some(Open::new(format!("{}:{name}", self.name), elements)),
                    Err(error) => self.message = said(&error),
                }
            }
            _ => {}
        }
    }

    fn table_key(&mut self, code: KeyCode) {
        let page = self.page.max(1);
        let Some(open) = &mut self.open else { return };
        let grid = &mut open.grid;
        let (row, column) = (grid.row(), grid.column());
        match code {
            KeyCode::Up | KeyCode::Char('k') => grid.go(row.saturating_sub(1), column),
            KeyCode::Down | KeyCode::Char('j') => grid.go(row.saturating_add(1), column),
            KeyCode::Left | KeyCode::Char('h') => grid.go(row, column.saturating_sub(1)),
            KeyCode::Right | KeyCode::Char('l') => grid.go(row, column.saturating_add(1)),
            KeyCode::PageUp => {
                grid.top = grid.top.saturating_sub(page);
                grid.go(row.saturating_sub(page), column);
            }
            KeyCode::PageDown => {
                grid.go(row.saturating_add(page), column);
                let last = grid.row_count().saturating_sub(page);
                grid.top = grid.top.saturating_add(page).min(last);
            }
            KeyCode::Home => grid.go(row, 0),
            KeyCode::End => grid.go(row, usize::MAX),
            KeyCode::Char('g') => grid.go(0, column),
            KeyCode::Char('G') => grid.go(usize::MAX, column),
            KeyCode::Char('t') => grid.transpose(),
            KeyCode::Tab => {
                let count = grid.fixed().len();
                open.fixed = if count == 0 { 0 } else { (open.fixed + 1) % count };
            }
            KeyCode::Char(char @ ('[' | ']')) => match grid.fixed().get(open.fixed) {
                Some(&axis) => grid.step(axis, char == ']'),
                None => self.message = "there are no other axes".to_owned(),
            },
            KeyCode::Char(':') => self.prompt = Some((Asking::Index, String::new())),
            KeyCode::Char('s') => self.prompt = Some((Asking::Slice, String::new())),
            KeyCode::Char('/') => self.prompt = Some((Asking::Value, String::new())),
            KeyCode::Char('n') => self.search(),
            KeyCode::Char('d') => self.describe(),
            _ => {}
        }
    }

    fn answer(&mut self, asking: Asking, line: &str) {
        let Some(open) = &mut self.open else { return };
        if line.is_empty() {
            return;
        }
        let done = match asking {
            Asking::Index => {
                let numbers: Option<Vec<isize>> =
                    line.split(',').map(|part| part.trim().replace('_', "").parse().ok()).collect();
                match numbers {
                    Some(numbers) => open.grid.go_to(&numbers).map_err(|error| said(&error)),
                    None => Err(format!("{line:?} is no index: 12, or 3,0,7")),
                }
            }
            Asking::Slice => {
                open.fixed = 0;
                let inside = line.trim_matches(['[', ']']);
                open.grid.cut(inside).map_err(|error| said(&error))
            }
            Asking::Value => {
                open.needle = Some(Needle::parse(line));
                self.search();
                return;
            }
        };
        if let Err(what) = done {
            self.message = one_line(&what);
        }
    }

    /// Runs `work` on a thread of its own.
    fn start(
        &mut self,
        what: &'static str,
        total: u64,
        work: impl FnOnce(&CancelToken, &AtomicU64) -> Outcome + Send + 'static,
    ) {
        self.job = None;
        let (token, done) = (CancelToken::new(), Arc::new(AtomicU64::new(0)));
        let (sender, outcome) = mpsc::channel();
        let (inside, count) = (token.clone(), Arc::clone(&done));
        let run = move || {
            // Nobody listens any more where it was stopped.
            let _ = sender.send(work(&inside, &count));
        };
        match in_background(what, run) {
            Ok(()) => self.job = Some(Job { what, done, total, token, outcome }),
            Err(error) => self.message = error.to_string(),
        }
    }

    fn search(&mut self) {
        let Some(open) = &self.open else { return };
        let Some(needle) = open.needle.clone() else {
            self.message = "nothing to search yet: / asks for it".to_owned();
            return;
        };
        let grid = &open.grid;
        let elements = match grid.field(grid.column()) {
            Ok(elements) => elements,
            Err(error) => {
                self.message = said(&error);
                return;
            }
        };
        let shape = elements.shape();
        let total = shape.iter().product::<usize>();
        let at = grid.index.iter().zip(shape).fold(0, |at, (index, len)| at * len + index);
        let leaf = grid.leaf;
        self.start("searching", total as u64, move |token, done| {
            let index = token.run(|| search(&elements, &needle, at + 1, token, done));
            Outcome::Found { leaf, index }
        });
    }

    fn describe(&mut self) {
        let Some(open) = &self.open else { return };
        let source = match open.grid.column_source() {
            Ok(source) => source,
            Err(error) => {
                self.message = said(&error);
                return;
            }
        };
        let title = open.grid.column_title();
        self.start("describing", 0, move |token, _| {
            let mut options = StatsOptions::new();
            let found = options.cancel(token).describe(&*source);
            let lines = found.map(|found| {
                let lines = found.fields.iter().flat_map(field_lines);
                lines.map(|(name, value)| format!("{name:<9}  {}", visible(&value))).collect()
            });
            Outcome::Described { title, lines }
        });
    }

    /// Takes what work in the background has found. Returns whether there is something to draw: its progress at least.
    pub fn work_is_done(&mut self) -> bool {
        let Some(job) = &self.job else { return false };
        let outcome = match job.outcome.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Disconnected) => None,
        };
        self.job = None;
        match outcome {
            Some(Outcome::Found { leaf, index: Ok(Some(index)) }) => {
                if let Some(open) = &mut self.open {
                    (open.grid.leaf, open.grid.index) = (leaf, index);
                }
                self.message = "found".to_owned();
            }
            Some(Outcome::Found { index: Ok(None), .. }) => self.message = "not found".to_owned(),
            Some(Outcome::Described { title, lines: Ok(lines) }) => {
                self.panel = Some(Panel::new(title, lines));
            }
            Some(Outcome::Found { index: Err(error), .. } | Outcome::Described { lines: Err(error), .. }) => {
                self.message = said(&error);
            }
            None => self.message = "it failed".to_owned(),
        }
        true
    }
}

/// Nobody listens any more.
impl Drop for Job {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

impl Open {
    fn new(name: String, elements: Elements) -> Self {
        Self { name, grid: Grid::new(elements), seen: None, fixed: 0, needle: None }
    }

    /// The part of the table from the first row and column on, read anew only where it is another than before.
    ///
    /// # Errors
    /// Those of reading.
    pub fn window(&mut self, height: usize, width: usize) -> Result<&Window> {
        let grid = &self.grid;
        let mut key = vec![grid.top, grid.left, height, width];
        key.extend([grid.rows, grid.columns].map(|axis| axis.map_or(0, |axis| axis + 1)));
        key.extend(grid.fixed().into_iter().filter_map(|axis| grid.index.get(axis).copied()));
        let window = match self.seen.take() {
            Some((known, window)) if known == key => window,
            _ => grid.window(height, width)?,
        };
        Ok(&self.seen.insert((key, window)).1)
    }
}

impl Job {
    /// The part that is done, in percent, where that is known.
    pub fn percent(&self) -> Option<u64> {
        let done = self.done.load(Ordering::Relaxed);
        (u128::from(done) * 100).checked_div(u128::from(self.total)).map(|percent| percent as u64)
    }
}
