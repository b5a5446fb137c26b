//! All matches of a text that comes piece by piece.

use regex::Regex;

use super::error::Fault;
use super::settled::Settled;
use super::window::Window;
use crate::Result;

/// An expression, and what it may still match.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    pattern: Regex,
    settled: Settled,
}

impl Finder {
    /// # Errors
    /// Where `pattern` is no expression.
    pub(super) fn new(pattern: &str) -> Result<Self, Fault> {
        let known = Regex::new(pattern).map_err(|error| Fault::Pattern(error.to_string()))?;
        Ok(Self { pattern: known, settled: Settled::new(pattern) })
    }

    /// Gives `act` the groups of each match, or all of it where there are none, and where it starts: those of
    /// `Regex::captures_iter` over the whole text.
    ///
    /// # Errors
    /// Of the text, and of `act`.
    pub(super) fn each(
        &self,
        window: &mut Window<'_>,
        mut act: impl FnMut(&[&str], u64) -> Result<()>,
    ) -> Result<()> {
        let mut places = self.pattern.capture_locations();
        let first = usize::from(places.len() > 1);
        let mut cache = self.settled.cache();
        // Where the last match ended: an empty one there would be part of it.
        let mut last = None;
        loop {
            window.read()?;
            let (text, mut at) = window.text();
            let settled =
                if window.is_whole() { usize::MAX } else { self.settled.until(&mut cache, text, at) };
            let mut groups = Vec::with_capacity(places.len());
            while at < settled {
                let Some(found) = self.pattern.captures_read_at(&mut places, text, at) else {
                    at = settled;
                    break;
                };
                if found.start() >= settled {
                    at = settled;
                    break;
                }
                let end = found.end();
                if found.is_empty() && last == Some(window.offset(end)) {
                    let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) else {
                        at = settled;
                        break;
                    };
                    at += next.len_utf8();
                    continue;
                }
                groups.clear();
                let group = |index| places.get(index).and_then(|(start, end)| text.get(start..end));
                groups.extend((first..places.len()).map(|index| group(index).unwrap_or_default()));
                act(&groups, window.offset(found.start()))?;
                last = Some(window.offset(end));
                at = end;
            }
            if window.is_whole() {
                return Ok(());
            }
            window.advance(at);
        }
    }
}
