//! Compares matches found chunk by chunk with those of the crate `regex` in the whole text, empty ones as in Python.

use regex::Regex;

use crate::text::encoding::{Decoder, Encoding};
use crate::text::read::from_regex::{MatchFinder, MatchWindow};
use crate::{ErrorKind, Result};

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % most
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const ATOMS: [&str; 25] = [
    "a",
    "b",
    "ab",
    r"\d",
    r"\w",
    r"\s",
    r"\S",
    ".",
    "(?s:.)",
    "[^b]",
    "[ab]",
    "é",
    r"\n",
    "^",
    "$",
    "(?m:^)",
    "(?m:$)",
    r"\b",
    r"\B",
    r"\A",
    r"\z",
    r"(?-u:\b)",
    "(?R:$)",
    "",
    "(?i:É)",
];
const COUNTS: [&str; 9] = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}?"];

fn expression(random: &mut Random, depth: usize) -> String {
    let parts = 1 + random.below(3);
    let mut out = String::new();
    for _ in 0..parts {
        let atom = match random.below(6) {
            0 if depth > 0 => format!("({})", expression(random, depth - 1)),
            1 if depth > 0 => {
                format!("(?:{}|{})", expression(random, depth - 1), expression(random, depth - 1))
            }
            _ => random.of(&ATOMS).to_owned(),
        };
        out.push_str(&atom);
        if random.below(3) == 0 && !atom.is_empty() {
            out.push_str(random.of(&COUNTS));
        }
    }
    out
}

fn text(random: &mut Random) -> String {
    let most = [10, 40, 200][random.below(3)];
    (0..random.below(most))
        .map(|_| random.of(&["a", "b", "a", " ", "\n", "1", "é", "€", "\r\n", "x", "É"]))
        .collect()
}

type Found = Vec<(u64, Vec<String>)>;

fn found_in(mut window: MatchWindow<'_>, pattern: &str) -> Result<Found> {
    let mut found = Vec::new();
    MatchFinder::new(pattern)?.each(&mut window, |groups, offset| {
        found.push((offset, groups.iter().map(|&group| group.to_owned()).collect()));
        Ok(())
    })?;
    Ok(found)
}

fn piece_by_piece(pattern: &str, text: &str, piece: usize, limit: u64) -> Result<Found> {
    let decoder = Decoder::new(Box::new(text.as_bytes()), Encoding::Utf8);
    found_in(MatchWindow::new(decoder, false, limit).in_pieces(piece), pattern)
}

fn at_once(pattern: &str, text: &str) -> Found {
    let pattern = Regex::new(pattern).unwrap();
    let first = usize::from(pattern.captures_len() > 1);
    let groups = |found: regex::Captures<'_>| {
        let group = |index| found.get(index).map_or("", |group: regex::Match<'_>| group.as_str()).to_owned();
        let start = found.get(0).unwrap().start() as u64;
        (start, (first..found.len()).map(group).collect())
    };
    let (mut all, mut at, mut last) = (Vec::new(), 0, None);
    while let Some(found) = pattern.captures_at(text, at) {
        let whole = found.get(0).unwrap();
        if whole.is_empty() && last == Some(whole.end()) {
            let Some(next) = text[at..].chars().next() else { break };
            at += next.len_utf8();
            continue;
        }
        (at, last) = (whole.end(), whole.is_empty().then_some(whole.end()));
        all.push(groups(found));
    }
    all
}

#[test]
fn matches_found_piece_by_piece_are_those_of_the_whole() {
    let mut random = Random(7);
    let mut matches = 0;
    for _ in 0..800 {
        let pattern = expression(&mut random, 2);
        if Regex::new(&pattern).is_err() {
            continue;
        }
        for _ in 0..4 {
            let text = text(&mut random);
            let wanted = at_once(&pattern, &text);
            matches += wanted.len();
            for piece in [1, 20, 33] {
                let found = piece_by_piece(&pattern, &text, piece, u64::MAX).unwrap();
                assert_eq!(found, wanted, "{pattern:?} in {text:?} by {piece}");
            }
        }
    }
    assert!(matches > 10_000, "{matches}");
}

/// Places that an automaton without the places of its threads would take for fresh starts.
#[test]
fn a_match_that_looks_like_a_fresh_start_is_still_one() {
    for (pattern, text) in [
        ("(?:xa)*b", "xaxaxaxaxaxaxaxaxaxaxaxaxab"),
        ("(?:(?m)^|a\n)", "a\na\na\na\na\na\na\na\na\n"),
        (r"(\d+)$", "12 34 56 78 90 12 34 56 78"),
        (r"(?s)(\d+).*(\d)", "12 34 56 78 90 12 34 56 7 "),
    ] {
        let found = piece_by_piece(pattern, text, 1, u64::MAX).unwrap();
        assert_eq!(found, at_once(pattern, text), "{pattern}");
    }
}

#[test]
fn window_on_a_long_text_stays_small() {
    let text = "1312 foo\n1534  bar\nneither one nor the other\n".repeat(20_000);
    for pattern in [
        r"(\d+)\s+(...)",
        r"^(\d+)\s",
        r"\b(\d+)\b",
        r"(\d+)$",
        r"(?m)^(\w+)\s(\w+)$",
        "nothing",
        r"[^#\n]*#(.)",
    ] {
        let found = piece_by_piece(pattern, &text, 1000, 2000).unwrap();
        assert_eq!(found.len(), at_once(pattern, &text).len(), "{pattern}");
    }
    // This one may end with the very last byte.
    let error = piece_by_piece(r"(?s)(\d+).*(\d)", &text, 1000, 2000).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    let words = " bytes of text may belong to one match, the limit is 2000: raise `limits.max_array_bytes`, or use an expression";
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn line_ends_that_lie_across_pieces_are_one() {
    let text = "1\r\n\r2\r\r\n3\n\r".repeat(30);
    let wanted = at_once(r"([^\n]*)\n", &text.replace("\r\n", "\n").replace('\r', "\n"));
    for piece in 1..40 {
        let decoder = Decoder::new(Box::new(text.as_bytes()), Encoding::Utf8);
        let window = MatchWindow::new(decoder, true, u64::MAX).in_pieces(piece);
        assert_eq!(found_in(window, r"([^\n]*)\n").unwrap(), wanted, "{piece}");
    }
}
