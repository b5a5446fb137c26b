//! One page of HTML on files and arrays, with all that it needs in itself.
//!
//! Whatever comes from a file is text, never markup: [`text`] escapes it, and a policy (CSP) allows just the one script and
//! the one set of styles that are written here, by their hashes, and pictures within the page. The page has a bound, whatever
//! the files are: of the number of rows and sections, of texts, of trees, and of its size.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::plot::raster::base64;
use crate::plot::svg::escaped;

const STYLES: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The most files and arrays in tables, and the most arrays with a section of their own.
pub const MOST_ROWS: usize = 5000;
pub const MOST_SECTIONS: usize = 250;

/// The most bytes of sections; those after are left out.
const MOST_BYTES: usize = 24 << 20;

/// The most characters of a text from a file.
const MOST_CHARS: usize = 300;

/// The most nodes of a pickle's tree.
pub const MOST_NODES: usize = 2000;

/// A text from a file as part of a page, cut where it is long.
pub fn text(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        None => escaped(text),
        Some((end, _)) => escaped(text.get(..end).unwrap_or_default()) + "…",
    }
}

/// One file.
#[derive(Debug, Default)]
pub struct FileRow {
    pub name: String,
    pub bytes: Option<u64>,
    /// What verify says, and whether that is good; nothing where there is nothing to verify.
    pub verified: Option<Result<String, String>>,
    /// The verdict of audit, and its findings.
    pub audited: Option<(String, Vec<String>)>,
}

/// One array, member or object.
#[derive(Debug, Default)]
pub struct ArrayRow {
    pub name: String,
    pub dtype: String,
    /// The shape as text, and the number of elements.
    pub shape: String,
    pub elements: Option<usize>,
    pub bytes: Option<u64>,
    pub stored: Option<u64>,
    /// Numbers as text, and to sort by.
    pub min: Option<(String, f64)>,
    pub max: Option<(String, f64)>,
    pub mean: Option<(String, f64)>,
    pub nans: Option<usize>,
    /// The number of its section, if it has one.
    pub section: Option<usize>,
}

/// The parts of a page.
#[derive(Debug)]
pub struct ReportPage {
    title: String,
    pub files: Vec<FileRow>,
    pub arrays: Vec<ArrayRow>,
    /// How many had no row.
    pub left_out: usize,
    sections: String,
    count: usize,
}

impl ReportPage {
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            files: Vec::new(),
            arrays: Vec::new(),
            left_out: 0,
            sections: String::new(),
            count: 0,
        }
    }

    /// Returns whether another section may be added.
    pub fn has_room(&self) -> bool {
        self.count < MOST_SECTIONS && self.sections.len() < MOST_BYTES
    }

    /// Adds a section of markup on something of this name, and returns its number.
    pub fn section(&mut self, name: &str, content: &str) -> usize {
        self.count += 1;
        let number = self.count;
        // Writing to a string does not fail.
        let _ = write!(
            self.sections,
            "<section id=\"a{number}\" aria-labelledby=\"h{number}\">\n<h3 id=\"h{number}\">{}</h3>\n{content}</section>\n",
            text(name)
        );
        number
    }

    /// The number that the next section will have.
    pub fn next(&self) -> usize {
        self.count + 1
    }

    /// The whole page.
    pub fn html(&self) -> String {
        let title = text(&self.title);
        let policy = format!(
            "default-src 'none'; img-src data:; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
            hash(STYLES),
            hash(SCRIPT)
        );
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"numio {}\">\n\
             <title>{title}</title>\n<style>{STYLES}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#arrays\">Skip to the arrays</a>\n<header>\n<h1>{title}</h1>\n",
            env!("CARGO_PKG_VERSION")
        );
        let count = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let _ = writeln!(
            out,
            "<p class=\"soft\">{}, {}</p>\n</header>\n<main>",
            count(self.files.len(), "file"),
            count(self.arrays.len() + self.left_out, "array")
        );
        self.write_files(&mut out);
        self.write_arrays(&mut out);
        if !self.sections.is_empty() {
            out += "<h2>Details</h2>\n";
            out += &self.sections;
        }
        let _ = write!(out, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n");
        out
    }

    fn write_files(&self, out: &mut String) {
        *out += "<section aria-labelledby=\"files\">\n<h2 id=\"files\">Files</h2>\n\
                 <div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table of files\">\n<table>\n\
                 <caption>What verify and audit say</caption>\n<thead><tr><th scope=\"col\">file</th>\
                 <th scope=\"col\" class=\"number\">bytes</th><th scope=\"col\">verify</th><th scope=\"col\">audit</th>\
                 </tr></thead>\n<tbody>\n";
        for file in self.files.iter().take(MOST_ROWS) {
            let verified = match &file.verified {
                None => "<span class=\"soft\">not checked</span>".to_owned(),
                Some(Ok(what)) => format!("<span class=\"good\">ok</span>, {}", text(what)),
                Some(Err(error)) => format!("<span class=\"bad\">bad</span>: {}", text(error)),
            };
            let audited = match &file.audited {
                None => "<span class=\"soft\">not audited</span>".to_owned(),
                Some((verdict, findings)) => verdict_markup(verdict, findings),
            };
            let bytes = file.bytes.map_or_else(String::new, |bytes| bytes.to_string());
            let _ = writeln!(
                out,
                "<tr><td>{}</td><td class=\"number\">{bytes}</td><td>{verified}</td><td>{audited}</td></tr>",
                text(&file.name)
            );
        }
        *out += "</tbody>\n</table>\n</div>\n";
        if self.files.len() > MOST_ROWS {
            let _ = writeln!(out, "<p class=\"soft\">and {} more files</p>", self.files.len() - MOST_ROWS);
        }
        *out += "</section>\n";
    }

    fn write_arrays(&self, out: &mut String) {
        const HEADS: [(&str, bool); 10] = [
            ("name", false),
            ("dtype", false),
            ("shape", false),
            ("elements", true),
            ("bytes", true),
            ("stored", true),
            ("min", true),
            ("max", true),
            ("mean", true),
            ("nan", true),
        ];
        *out += "<section aria-labelledby=\"arrays\">\n<h2 id=\"arrays\">Arrays</h2>\n\
                 <p id=\"sorted\" class=\"soft\" role=\"status\"></p>\n\
                 <div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table of arrays\">\n\
                 <table class=\"sortable\">\n<caption>The button of a column sorts by it</caption>\n<thead><tr>";
        for (head, is_number) in HEADS {
            let class = if is_number { " class=\"number\"" } else { "" };
            let _ = write!(
                out,
                "<th scope=\"col\" aria-sort=\"none\"{class}><button type=\"button\">{head}</button></th>"
            );
        }
        *out += "</tr></thead>\n<tbody>\n";
        for row in &self.arrays {
            let name = match row.section {
                Some(number) => format!("<a href=\"#a{number}\">{}</a>", text(&row.name)),
                None => text(&row.name),
            };
            let _ =
                write!(out, "<tr><td>{name}</td><td>{}</td><td>{}</td>", text(&row.dtype), text(&row.shape));
            let counts = [row.elements.map(|count| count as u64), row.bytes, row.stored];
            for count in counts {
                let count = count.map_or_else(String::new, |count| count.to_string());
                let _ = write!(out, "<td class=\"number\" data-value=\"{count}\">{count}</td>");
            }
            for number in [&row.min, &row.max, &row.mean] {
                let (told, value) =
                    number.as_ref().map_or((String::new(), String::new()), |(told, value)| {
                        (text(told), if value.is_nan() { String::new() } else { script_number(*value) })
                    });
                let _ = write!(out, "<td class=\"number\" data-value=\"{value}\">{told}</td>");
            }
            let nans = row.nans.map_or_else(String::new, |count| count.to_string());
            let _ = writeln!(out, "<td class=\"number\" data-value=\"{nans}\">{nans}</td></tr>");
        }
        *out += "</tbody>\n</table>\n</div>\n";
        if self.left_out > 0 {
            let _ = writeln!(out, "<p class=\"soft\">and {} more arrays</p>", self.left_out);
        }
        *out += "</section>\n";
    }
}

/// A number as the script reads it.
fn script_number(value: f64) -> String {
    match value {
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        value => value.to_string(),
    }
}

fn verdict_markup(verdict: &str, findings: &[String]) -> String {
    const MOST_FINDINGS: usize = 100;
    let class = match verdict {
        "data only" => "good",
        "dangerous" => "bad",
        "skipped" => "soft",
        _ => "unsure",
    };
    let verdict = format!("<span class=\"{class}\">{}</span>", text(verdict));
    if findings.is_empty() {
        return verdict;
    }
    let mut list: String =
        findings.iter().take(MOST_FINDINGS).map(|finding| format!("<li>{}</li>", text(finding))).collect();
    if findings.len() > MOST_FINDINGS {
        let _ = write!(list, "<li>and {} more</li>", findings.len() - MOST_FINDINGS);
    }
    format!("<details><summary>{verdict}, {} findings</summary><ul>{list}</ul></details>", findings.len())
}

/// Lines of a name and a value as a table.
pub fn facts(caption: &str, lines: &[(String, String)]) -> String {
    const MOST_LINES: usize = 100;
    let mut out = format!("<table>\n<caption>{}</caption>\n<tbody>\n", text(caption));
    for (name, value) in lines.iter().take(MOST_LINES) {
        let _ = writeln!(out, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", text(name), text(value));
    }
    if lines.len() > MOST_LINES {
        let _ =
            writeln!(out, "<tr><th scope=\"row\">...</th><td>{} more</td></tr>", lines.len() - MOST_LINES);
    }
    out += "</tbody>\n</table>\n";
    out
}

/// The source of a script or of styles, as a policy names it (CSP level 3, section 2.3.1).
fn hash(source: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(source.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_escaped() {
        assert_eq!(text("<script>"), "&lt;script&gt;");
        assert_eq!(text(&"é".repeat(400)).chars().count(), MOST_CHARS + 1);
    }

    #[test]
    fn sections_of_many_arrays_have_a_bound() {
        let mut page = ReportPage::new("x");
        while page.has_room() {
            page.section("a", "<p>b</p>");
        }
        assert_eq!(page.next(), MOST_SECTIONS + 1);
        let mut page = ReportPage::new("x");
        page.section("a", &"x".repeat(MOST_BYTES));
        assert!(!page.has_room());
    }
}
