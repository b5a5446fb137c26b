//! Standard output, and the verdict that decides the exit code.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};

use numio::{Error, ErrorKind, escape_controls};

/// Standard output, buffered because an array is printed in many small writes. Control characters are escaped, except
/// in [data](Self::data).
pub struct Output {
    out: BufWriter<Box<dyn Write>>,
    is_terminal: bool,
    escapes: Escapes,
    /// The start of a character whose end has not been written yet.
    pending: Vec<u8>,
    has_colors: bool,
}

/// The notation for control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// As in Python's literals.
    Text,
    /// As in JSON's strings; nothing else in JSON has control characters.
    Json,
    /// As they are.
    None,
}

pub fn stdout() -> Output {
    Output {
        is_terminal: io::stdout().is_terminal(),
        has_colors: has_colors(),
        ..to(Box::new(io::stdout().lock()))
    }
}

/// As standard output, to something else than a terminal.
pub fn to(out: Box<dyn Write>) -> Output {
    let out = BufWriter::with_capacity(1 << 16, out);
    Output { out, is_terminal: false, escapes: Escapes::Text, pending: Vec::new(), has_colors: false }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("escapes", &self.escapes).finish_non_exhaustive()
    }
}

impl Output {
    /// Writes a word in a style, where there are colours.
    pub fn styled(&mut self, style: Style, text: &str) -> io::Result<()> {
        if !self.has_colors {
            return self.write_all(text.as_bytes());
        }
        let start: &[u8] = match style {
            Style::Good => b"\x1b[32m",
            Style::Bad => b"\x1b[31m",
            Style::Strong => b"\x1b[1m",
        };
        self.out.write_all(start)?;
        self.write_all(text.as_bytes())?;
        self.out.write_all(b"\x1b[0m")
    }

    /// Escapes the output from here on as JSON.
    pub fn json(&mut self) -> &mut Self {
        self.escapes = Escapes::Json;
        self
    }

    /// Writes the output from here on unescaped, for another program; on a terminal, control characters stay escaped.
    pub fn text_data(&mut self) -> &mut Self {
        if !self.is_terminal {
            self.escapes = Escapes::None;
        }
        self
    }

    /// Writes the output from here on as binary data.
    ///
    /// # Errors
    /// If standard output is a terminal, which could not show it.
    pub fn data(&mut self) -> numio::Result<&mut Self> {
        if self.is_terminal {
            let what = "standard output is a terminal: name a file, or write to a pipe";
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        self.escapes = Escapes::None;
        Ok(self)
    }

    /// Writes what this program has composed of bytes that are no file's, such as pictures for a terminal.
    pub fn graphics(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Returns whether it is a terminal, and whether that takes colours.
    pub fn terminal(&self) -> Option<bool> {
        self.is_terminal.then_some(self.has_colors)
    }

    fn escaped(&mut self, text: &str) -> io::Result<()> {
        match self.escapes {
            Escapes::Text => self.out.write_all(escape_controls(text).as_bytes()),
            // JSON has its own escapes for most; the rest are those of Python in another notation.
            _ => {
                for char in text.chars() {
                    let mut whole = [0; 4];
                    let text = char.encode_utf8(&mut whole);
                    if escape_controls(text) == *text {
                        self.out.write_all(text.as_bytes())?;
                    } else {
                        let mut units = [0; 2];
                        for unit in char.encode_utf16(&mut units) {
                            write!(self.out, "\\u{unit:04x}")?;
                        }
                    }
                }
                Ok(())
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.escapes == Escapes::None {
            return self.out.write(bytes);
        }
        let pending = std::mem::take(&mut self.pending);
        let joined;
        let mut rest = if pending.is_empty() {
            bytes
        } else {
            joined = [&pending, bytes].concat();
            &joined
        };
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.escaped(text)?;
                    break;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    self.escaped(&String::from_utf8_lossy(valid))?;
                    let Some(bad) = error.error_len() else {
                        self.pending = after.to_vec();
                        break;
                    };
                    self.escaped("\u{fffd}")?;
                    rest = after.get(bad..).unwrap_or_default();
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Standard output as a file, for writes by other threads. Nothing else may be written meanwhile.
///
/// # Errors
/// `Io`.
#[cfg(unix)]
pub fn file() -> numio::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Standard output as a file, for writes by other threads. Nothing else may be written meanwhile.
///
/// # Errors
/// `Io`.
#[cfg(windows)]
pub fn file() -> numio::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}

/// The look of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Good,
    Bad,
    Strong,
}

/// Returns whether standard output takes colours: a terminal, unless `NO_COLOR` is set (no-color.org) or it is a dumb one.
pub fn has_colors() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal()
        && !is_set("NO_COLOR")
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The columns and rows of the terminal on standard output; `None` where it is none.
pub fn size() -> Option<(usize, usize)> {
    let columns = width()?;
    let rows = console::Term::stdout().size_checked().map_or(24, |(rows, _)| usize::from(rows));
    Some((columns, rows.max(1)))
}

/// The width of the terminal on standard output in columns; `None` where it is none.
pub fn width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let size = || console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    if io::stdout().is_terminal() { columns.or_else(size).filter(|columns| *columns > 0) } else { None }
}

/// The verdict on all files checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Good,
    /// At least one file was bad; the reason has been printed.
    Bad,
    /// Something could not be compared.
    Trouble,
}

impl Verdict {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Bad => 1,
            Self::Trouble => 2,
        }
    }
}
