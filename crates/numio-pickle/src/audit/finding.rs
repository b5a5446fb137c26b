//! Findings of an audit.

use std::fmt;

use crate::Error;

/// The trust that a file needs. Ordered: the more, the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Only values: Python would run nothing but its own constructors of plain types.
    DataOnly,
    /// Python would import modules or call functions that this audit does not know, or the pickle cannot be read to its
    /// end.
    NeedsTrust,
    /// Python would reach for something that runs what the file says.
    Dangerous,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DataOnly => "data only",
            Self::NeedsTrust => "needs trust",
            Self::Dangerous => "dangerous",
        })
    }
}

/// An action of Python on a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Import its module and look it up.
    Import,
    /// Call it.
    Call,
    /// Give it state, or put items into it.
    Change,
    /// Ask the program for an object that it keeps elsewhere.
    Ask,
    /// Run something that other readers of the same bytes do not see.
    Hide,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Import => "imports",
            Self::Call => "calls",
            Self::Change => "changes",
            Self::Ask => "asks for",
            Self::Hide => "hides",
        })
    }
}

/// One thing that Python would do, however often. Prints as `byte 27: calls os.system: runs commands of the operating
/// system`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The action.
    pub action: Action,
    /// With what: `os.system`.
    pub name: String,
    /// The verdict on it.
    pub verdict: Verdict,
    /// The reason for the verdict.
    pub reason: &'static str,
    /// The byte at which it is first done.
    pub offset: u64,
    /// The number of times.
    pub count: u64,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {} {}", self.offset, self.action, self.name.escape_debug())?;
        if self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// The effects that a pickle, or several consecutive ones, would have in Python.
///
/// ```
/// use numio_pickle::{Verdict, audit};
///
/// let found = audit(b"cos\nsystem\n(S'echo hello'\ntR.");
/// assert_eq!(found.verdict(), Verdict::Dangerous);
/// assert_eq!(found.findings[1].to_string(), "byte 27: calls os.system: runs commands of the operating system");
/// assert_eq!(audit(b"\x80\x04]\x94K\x01a.").verdict(), Verdict::DataOnly);
/// ```
#[derive(Debug, Default)]
pub struct Audit {
    /// Everything that would be done, in order of the first time.
    pub findings: Vec<Finding>,
    /// The number of consecutive pickles. Python's `load` takes the first; a program may go on with the next.
    pub pickles: u64,
    /// The error because of which the last one cannot be read to its end, if it cannot.
    pub fault: Option<Error>,
    /// The number of bytes behind them that are no pickle.
    pub trailing: u64,
}

impl Audit {
    /// Adds findings that are not there yet.
    pub(super) fn merge(&mut self, more: impl Iterator<Item = Finding>) {
        let is_same = |one: &Finding, two: &Finding| {
            (one.action, &one.name, one.verdict, one.reason)
                == (two.action, &two.name, two.verdict, two.reason)
        };
        for finding in more {
            if !self.findings.iter().any(|known| is_same(known, &finding)) {
                self.findings.push(finding);
            }
        }
    }

    /// The worst of the findings; at least [`Verdict::NeedsTrust`] where the pickle breaks off.
    pub fn verdict(&self) -> Verdict {
        let broken = if self.fault.is_some() { Verdict::NeedsTrust } else { Verdict::DataOnly };
        self.findings.iter().map(|finding| finding.verdict).fold(broken, Verdict::max)
    }
}
