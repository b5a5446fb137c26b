//! `numio view`: a browser for arrays in the terminal.
//!
//! `grid` is the array as a table and reads what is on the screen, `search` looks for values, `browser` holds what the keys
//! change, `draw` puts it on the screen, and `screen` is the terminal.

mod browser;
mod draw;
mod grid;
mod screen;
mod search;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::Args;
use numio::lazy::{LazyArchive, LazyContents};
use numio::pickle::Python2Encoding;
use numio::{DynArray, Error, ErrorKind, NpzArchive, ObjectExt, Result as Read};
use ratatui::crossterm::event::{self, Event, KeyEventKind};

use self::browser::{Browser, Step};
use self::grid::Elements;
use self::screen::Screen;
use crate::failure::Failure;
use crate::interrupt;
use crate::open::{Extent, LoadedValue, Named, Opening};
use crate::output::Verdict;
use crate::target::{Index, Input, Target};

/// Look through an array in the terminal
///
/// Of a file, only what is on the screen is read, so that one of any size opens at once. Of a member that was
/// compressed as a whole, all of it is decompressed when it is opened.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio view x.npy
  numio view x.npz                        a list of its members
  numio view 'x.npz:w[:, 0]'

Keys:
  arrows, h j k l, PgUp, PgDn    move; Home, End to the first and the last column, g and G to rows
  :            go to an index: 1200000, or 12,0,3 with a number for each axis
  s            show a slice: 3,:,:,0 has rows and columns along the axes with a colon
  [ ]          step along another axis; Tab chooses which
  t            exchange rows and columns
  /            search a value, nan, or part of a text; n again; Esc stops it
  d            describe the column: extremes, mean, quantiles, a histogram
  Enter, Esc   open a member, and back to the list
  ?            these keys; q quits")]
pub struct View {
    /// A file, a member or a slice; - is standard input
    #[arg(value_name = "A")]
    target: OsString,
    #[command(flatten)]
    opening: Opening,
}

/// An archive whose members are opened one by one.
pub enum Members {
    Lazy(LazyArchive),
    /// Of what came through a pipe.
    Memory(NpzArchive),
}

impl Members {
    pub fn archive(&self) -> &NpzArchive {
        match self {
            Self::Lazy(archive) => archive.archive(),
            Self::Memory(archive) => archive,
        }
    }

    /// # Errors
    /// Those of reading a member; `InvalidInput` where it is no array.
    pub fn open(&self, name: &str) -> Read<Elements> {
        if let Self::Lazy(archive) = self
            && let Ok(array) = archive.array(name)
        {
            return Ok(Elements::Lazy(array));
        }
        // Python objects are in memory as a whole.
        Ok(Elements::memory(self.archive().get(name)?.into_array()?))
    }
}

/// What is looked at.
enum Contents {
    Array(Elements),
    Archive(Members),
}

/// The time between two looks at signals and at work in the background.
const TICK: Duration = Duration::from_millis(50);

impl View {
    pub fn run(&self) -> Result<Verdict, Failure> {
        let target = Target::of(&self.target);
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if !io::stdout().is_terminal() || is_dumb {
            let what = "view needs a terminal: numio show and numio head print arrays";
            return Err(Failure::Usage(what.to_owned()));
        }
        let name = target.name();
        let contents = self.open(&target).map_err(|failure| failure.of(&target.input.name()))?;
        let mut browser = match contents {
            Contents::Array(elements) => Browser::of_array(name, elements),
            Contents::Archive(members) => Browser::of_archive(name, members),
        };
        let of_terminal = |error: io::Error| Error::from(error).with_context("the terminal");
        let mut screen = Screen::open().map_err(of_terminal)?;
        let mut is_changed = true;
        loop {
            interrupt::check()?;
            screen::end_if_asked();
            if screen.has_come_back().map_err(of_terminal)? {
                is_changed = true;
            }
            if browser.work_is_done() || is_changed {
                screen.terminal.draw(|frame| browser.draw(frame)).map_err(of_terminal)?;
            }
            is_changed = event::poll(TICK).map_err(of_terminal)?;
            if !is_changed {
                continue;
            }
            match event::read().map_err(of_terminal)? {
                Event::Key(key) if key.kind != KeyEventKind::Release => match browser.key(key) {
                    Step::On => {}
                    Step::Redraw => screen.clear().map_err(of_terminal)?,
                    Step::Suspend => screen.suspend().map_err(of_terminal)?,
                    Step::Quit => return Ok(Verdict::Good),
                    Step::Interrupt => return Err(Error::new(ErrorKind::Cancelled, "interrupted").into()),
                },
                // The next drawing asks for the size.
                _ => {}
            }
        }
    }

    fn open(&self, target: &Target) -> Result<Contents, Failure> {
        let path = target.whole_file().filter(|path| path.is_file());
        if let Some(Ok(found)) = path.map(|path| self.opening.lazy().open(path)) {
            match found {
                LazyContents::Array(array) => return Ok(Contents::Array(Elements::Lazy(array))),
                LazyContents::Archive(archive) => return Ok(Contents::Archive(Members::Lazy(archive))),
                _ => {}
            }
        }
        if let Input::Url(url) = &target.input
            && target.is_whole()
            && let Some(found) = self.opening.remote(url)?
        {
            match found {
                LazyContents::Array(array) => return Ok(Contents::Array(Elements::Lazy(array))),
                LazyContents::Archive(archive) => return Ok(Contents::Archive(Members::Lazy(archive))),
                _ => {}
            }
        }
        let memory = |array: DynArray| Contents::Array(Elements::memory(array));
        let indexed = |mut array: DynArray, indexes: &[Index]| {
            for index in indexes {
                array = index.of(&array)?;
            }
            Ok::<_, Failure>(array)
        };
        match self.opening.named(target, Python2Encoding::Latin1, Extent::Some)? {
            Named::Archive(archive) => Ok(Contents::Archive(Members::Memory(archive))),
            Named::Value(LoadedValue::Array(array), indexes) => Ok(memory(indexed(array, &indexes)?)),
            Named::Value(LoadedValue::Object(graph), indexes) => match graph.root().as_array() {
                Ok(array) => Ok(memory(indexed(array, &indexes)?)),
                Err(_) => {
                    let what = "a Python object and no array: numio tree and numio show print it";
                    let error = Error::new(ErrorKind::InvalidInput, what);
                    Err(match &target.input {
                        Input::Stdin => error,
                        _ => error.with_path(target.input.name()),
                    }
                    .into())
                }
            },
        }
    }
}
