//! Scenes as SVG 1.1, to be files of their own or parts of a page.

use std::fmt::Write;
use std::io;

use super::raster::{base64, color, png};
use super::scene::{Anchor, Ink, Scene, Shape};

/// The colours of text and axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on white, in a file of its own.
    Light,
    /// Those of the page around it, by `currentColor`.
    Inherited,
}

/// Writes a scene. Nothing in it refers to anything outside.
///
/// # Errors
/// If a picture in it has no pixels.
pub fn write(scene: &Scene, theme: Theme) -> io::Result<String> {
    let mut out = String::new();
    let (width, height) = (scene.width, scene.height);
    let title = escaped(if scene.title.is_empty() { "plot" } else { &scene.title });
    out += &format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\" font-family=\"monospace\" \
         font-size=\"13.5\">\n<title>{title}</title>\n"
    );
    if theme == Theme::Light {
        out += &format!("<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n");
    }
    for shape in &scene.shapes {
        write_shape(&mut out, shape, theme)?;
    }
    out += "</svg>\n";
    Ok(out)
}

fn write_shape(out: &mut String, shape: &Shape, theme: Theme) -> io::Result<()> {
    let paint = |ink: Ink, of: &str| match (theme, ink) {
        (Theme::Inherited, Ink::Text) => format!("{of}=\"currentColor\""),
        (Theme::Inherited, Ink::Frame) => format!("{of}=\"currentColor\" {of}-opacity=\"0.7\""),
        (Theme::Inherited, Ink::Faint) => format!("{of}=\"currentColor\" {of}-opacity=\"0.15\""),
        _ => {
            let [r, g, b] = color(ink);
            format!("{of}=\"#{r:02x}{g:02x}{b:02x}\"")
        }
    };
    // Writing to a string does not fail.
    let _ = match shape {
        Shape::Fill { area, ink } => writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>",
            short(area.left),
            short(area.top),
            short(area.width),
            short(area.height),
            paint(*ink, "fill")
        ),
        Shape::Stroke { points, ink, width } => {
            let points: Vec<String> =
                points.iter().map(|(x, y)| format!("{},{}", short(*x), short(*y))).collect();
            writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" {} stroke-width=\"{}\"/>",
                points.join(" "),
                paint(*ink, "stroke"),
                short(*width)
            )
        }
        Shape::Dot { center: (x, y), ink } => {
            writeln!(
                out,
                "<circle cx=\"{}\" cy=\"{}\" r=\"2.5\" {}/>",
                short(*x),
                short(*y),
                paint(*ink, "fill")
            )
        }
        Shape::Columns { left, ends, ink } => {
            let mut path = String::new();
            for (at, (upper, lower)) in ends.iter().enumerate().filter_map(|(at, ends)| Some((at, (*ends)?)))
            {
                // What is shorter than a pixel would hardly be seen.
                let lower = lower.max(upper + 1.0);
                let _ = write!(path, "M{} {}V{}", short(left + at as f64 + 0.5), short(upper), short(lower));
            }
            writeln!(out, "<path d=\"{path}\" fill=\"none\" {} stroke-width=\"1\"/>", paint(*ink, "stroke"))
        }
        Shape::Text { x, y, text, anchor, ink } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\" {}>{}</text>",
                short(*x),
                short(*y),
                paint(*ink, "fill"),
                escaped(text)
            )
        }
        Shape::Image { area, width, height, pixels } => {
            let bytes: Vec<u8> = pixels.iter().flatten().copied().collect();
            writeln!(
                out,
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
                 image-rendering=\"pixelated\" href=\"data:image/png;base64,{}\"/>",
                short(area.left),
                short(area.top),
                short(area.width),
                short(area.height),
                base64(&png(*width, *height, &bytes)?)
            )
        }
    };
    Ok(())
}

/// A number with at most two decimals.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Text for XML and HTML, in elements and in quoted attributes. Control characters and those that turn the direction of
/// text are escaped as in Python's literals.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in numio::escape_controls(text).chars() {
        match char {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // Not in XML: XML 1.0, section 2.2.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escaped("<a b=\"c\">'&\u{202e}\x1b"), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;\\u202e\\x1b");
    }

    #[test]
    fn numbers_in_svg_are_short() {
        assert_eq!([short(1.0), short(0.126), short(-0.5), short(100.0)], ["1", "0.13", "-0.5", "100"]);
    }
}
