//! Compares the fast paths with the general one, which reads every row alone.

use crate::DType;
use crate::text::read::build::Elements;
use crate::text::read::chunk::{ParsedRows, RowParser};
use crate::text::read::convert::{Overflows, RowLayout};
use crate::text::read::converters::Assigned;
use crate::text::read::dialect::Dialect;
use crate::text::read::fast::{ByteSeparator, FastRows, FieldIndex, numbers};

/// Some numbers in turn, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % end
    }

    fn one_of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const NUMBERS: [&str; 12] =
    ["0", "-5", "17", "123456789", "-1234567", "1234567890123456", "1.5", "-0.25", "5.", "-.5", "99", "3"];

const UNUSUAL: [&str; 24] = [
    "+7",
    "12345678901234567",
    "99999999999999999999",
    "1e5",
    "-1.5E-3",
    "1.7976931348623157e308",
    "nan",
    "-inf",
    "123456789.123456",
    "0.000000000000001",
    "1234567890.12345678",
    "--1",
    "1.2.3",
    "1-2",
    "-",
    ".",
    "",
    " ",
    "1 ",
    "ab",
    "h\u{e9}llo",
    "a b",
    "\u{b}",
    "a field of more than sixteen bytes",
];

fn text(dice: &mut Dice, separator: &str, columns: usize, unusual: usize) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(60) {
        let is_unusual = |dice: &mut Dice| dice.below(unusual) == 0;
        let columns = if is_unusual(dice) { dice.below(columns + 2) } else { columns };
        for column in 0..columns {
            if column > 0 {
                text += separator;
            }
            if is_unusual(dice) {
                text += dice.one_of(&[" ", "  ", "\t"]);
            }
            text += if is_unusual(dice) { dice.one_of(&UNUSUAL) } else { dice.one_of(&NUMBERS) };
        }
        if is_unusual(dice) {
            text += dice.one_of(&[" ", "# comment", "#", "\r", "\n", "\n\n", " \n"]);
        }
        text += if is_unusual(dice) { dice.one_of(&["\r\n", "\r"]) } else { "\n" };
    }
    if dice.below(2) == 0 {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    text
}

fn seen(piece: ParsedRows) -> String {
    let ParsedRows { rows, cells, blank, fault, is_text } = piece;
    let Elements::Fixed(bytes) = cells else { panic!("texts") };
    format!("{rows} rows, blank {blank:?}, fault {fault:?}, text {is_text}: {bytes:?}")
}

/// Reads a text by both ways, and says whether a row was read fast.
fn both(text: &str, delimiter: Option<&str>, dtype: &str, usecols: Option<&[isize]>, columns: usize) -> bool {
    let plan = |is_fast: bool| {
        let dialect = Dialect::new(delimiter, &["#".to_owned()], None).unwrap();
        let columns_of = RowLayout::of(&DType::parse(dtype).unwrap()).unwrap();
        let count = usecols.map(<[isize]>::len).or(columns_of.wanted()).unwrap_or(columns);
        let fast = FastRows::new(&dialect, &columns_of, usecols, count).filter(|_| is_fast);
        let usecols = usecols.map(<[isize]>::to_vec);
        RowParser {
            dialect,
            columns: columns_of,
            usecols,
            count,
            fast,
            reads_lines: false,
            fortran: false,
            exact_complex: false,
            overflows: Overflows::default(),
        }
    };
    let (fast, plain) = (plan(true), plan(false));
    let is_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
    for asks in [false, true] {
        let is_text = asks.then_some(is_text as fn(&[u8]) -> bool);
        let parse = |plan: &RowParser| {
            seen(plan.parse(text.as_bytes(), is_text, vec![7; 1 << 12], &mut Assigned::default()))
        };
        assert_eq!(parse(&fast), parse(&plain), "{dtype} {delimiter:?} {usecols:?} {text:?}");
    }
    let ways = fast.fast.as_ref().expect("a fast way");
    let mut row = vec![0; fast.row_size().unwrap()];
    ways.rows(text.as_bytes(), &mut ways.marks(), true, &mut row) > 0
}

#[test]
fn rows_are_read_as_by_the_general_path() {
    let mut dice = Dice(1);
    for (delimiter, separator) in
        [(Some(","), ","), (Some(" "), " "), (Some("\t"), "\t"), (None, " "), (None, " \t ")]
    {
        for (dtype, usecols) in [
            ("i8", None),
            ("i1", None),
            ("u2", None),
            ("f8", None),
            ("f4", None),
            ("i8,S3,f8", None),
            ("U20,f4,u1", None),
            ("i4,f8", Some(&[2, 0][..])),
            ("S20,f8", Some(&[-1, 1][..])),
        ] {
            let mut fast = 0;
            for round in 0..200 {
                let text = text(&mut dice, separator, 3, if round % 2 == 0 { 1000 } else { 12 });
                fast += usize::from(both(&text, delimiter, dtype, usecols, 3));
            }
            assert!(fast > 0, "{dtype} {delimiter:?}");
        }
    }
}

#[test]
fn long_texts_take_several_windows() {
    let mut text: String = (0..40_000).map(|row| format!("{row},-{row}.5,{}\n", row * 7)).collect();
    assert!(both(&text, Some(","), "f8", None, 3));
    text.insert_str(100_000 + text[100_000..].find('\n').unwrap() + 1, "# a comment, and more\r\n\r\n");
    assert!(both(&text, Some(","), "i4,f8,S9", None, 3));
    let long = vec!["12"; 100_000].join(",");
    assert!(both(&format!("{long}\n{long}"), Some(","), "i2", None, 100_000));
}

#[test]
fn index_leaves_a_line_too_long_alone() {
    let text = vec!["1"; 3 << 20].join(",");
    let mut marks = FieldIndex::new(ByteSeparator::Byte(b','), None);
    assert!(marks.line(text.as_bytes()).is_none());
    // Nor is its end looked for again by rows that end otherwise: these would take minutes.
    for at in (0..200_000).step_by(2) {
        marks.seek(at);
        assert!(marks.line(text.as_bytes()).is_none());
    }
}

#[test]
fn rows_within_a_line_are_not_looked_for_again() {
    // A return ends each, and a newline, or the text, only the last: looked for anew, these would take minutes.
    for end in ["3\n", "3"] {
        let text = "1\r".repeat(400_000) + end;
        let mut marks = FieldIndex::new(ByteSeparator::Byte(b','), None);
        assert_eq!(marks.line(text.as_bytes()).map(|line| line.start), Some(0));
        for at in (2..800_000).step_by(2) {
            marks.seek(at);
            assert!(marks.line(text.as_bytes()).is_none());
        }
    }
}

#[test]
fn index_finds_lines_and_their_fields() {
    let text = b"a,bc\r\n,\n\nd\re\tf,g";
    let mut marks = FieldIndex::new(ByteSeparator::Byte(b','), Some(b'#'));
    let mut lines = Vec::new();
    while let Some(line) = marks.line(text) {
        lines.push((line.start, line.ends.to_vec()));
        assert!(!line.is_plain && line.is_ascii);
        marks.pass();
    }
    assert_eq!(lines, [(0, vec![1, 4]), (6, vec![6, 7]), (8, vec![8]), (9, vec![14, 16])]);
    assert!(marks.line(text).is_none(), "the end");
    let mut marks = FieldIndex::new(ByteSeparator::Blanks, Some(b'#'));
    marks.seek(11);
    let line = marks.line(text).unwrap();
    assert_eq!((line.start, line.ends, line.is_plain), (11, &[12, 16][..], true));
}

#[test]
fn numbers_are_those_of_the_slow_way() {
    let mut dice = Dice(2);
    let mut read = [0; 2];
    for _ in 0..200_000 {
        let digits = |dice: &mut Dice, most: usize| -> String {
            (0..dice.below(most)).map(|_| char::from(b'0' + dice.below(10) as u8)).collect()
        };
        let sign = dice.one_of(&["", "-"]);
        let mut field = format!("{sign}{}", digits(&mut dice, 19));
        if dice.below(2) == 0 {
            field = format!("{sign}{}.{}", digits(&mut dice, 10), digits(&mut dice, 10));
        }
        if dice.below(4) == 0 && !field.is_empty() {
            let at = dice.below(field.len());
            field.replace_range(at..=at, dice.one_of(&["/", ":", "e", "\0", "\u{7f}", "+", ".", "-"]));
        }
        let text = format!("0.1.2.3.4.5.6.7.8.9,{field}");
        let (start, end) = (20, text.len());
        let found = numbers::signed(text.as_bytes(), start, end);
        let magnitude = field.strip_prefix('-').unwrap_or(&field);
        let is_short =
            matches!(magnitude.len(), 1..=16) && magnitude.bytes().all(|byte| byte.is_ascii_digit());
        assert_eq!(found, field.parse().ok().filter(|_| is_short), "{field}");
        let float = numbers::float(text.as_bytes(), start, end);
        let wanted = field.parse::<f64>().ok();
        if let Some(float) = float {
            assert_eq!(Some(float.to_bits()), wanted.map(f64::to_bits), "{field}");
        }
        read[0] += usize::from(found.is_some());
        read[1] += usize::from(float.is_some());
    }
    assert!(read[0] > 30_000 && read[1] > 60_000, "{read:?}");
}
