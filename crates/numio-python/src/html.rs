//! Archives as tables for notebooks.

use std::fmt::Write;

use numio::NpzArchive;

/// The most members that a table lists.
const ROWS: usize = 100;

/// A table of the members: what each holds, and what it takes.
pub(crate) fn table(title: &str, archive: &NpzArchive) -> String {
    let mut html = format!("<table><caption>{}</caption>", escaped(title));
    html.push_str("<thead><tr>");
    for head in ["name", "dtype", "shape", "size", "stored", "method"] {
        let _ = write!(html, "<th>{head}</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for (at, member) in archive.members().enumerate().take(ROWS) {
        let name = member.name.strip_suffix(".npy").unwrap_or(member.name);
        let (dtype, shape) = match archive.header_at(at) {
            Ok(Some(header)) => (header.dtype().to_string(), shape_text(header.shape())),
            Ok(None) => ("bytes".to_owned(), String::new()),
            Err(error) => (error.message(), String::new()),
        };
        let (size, stored) = (size_text(member.size), size_text(member.compressed_size));
        html.push_str("<tr>");
        for cell in [name, &dtype, &shape, &size, &stored, &member.method.to_string()] {
            let _ = write!(html, "<td>{}</td>", escaped(cell));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody>");
    if let Some(more) = archive.len().checked_sub(ROWS).filter(|&more| more > 0) {
        let _ = write!(html, "<tfoot><tr><td colspan=\"6\">and {more} more</td></tr></tfoot>");
    }
    html + "</table>"
}

/// As Python prints a tuple.
fn shape_text(shape: &[usize]) -> String {
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("({}{comma})", axes.join(", "))
}

/// A number of bytes, in the largest unit of which there is at least one.
fn size_text(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        // What would be printed as 1024 is one of the next unit.
        if size < 1023.95 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
