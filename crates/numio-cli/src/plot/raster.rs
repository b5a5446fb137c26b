//! Scenes as pixels, and pixels as PNG (ISO/IEC 15948). Text is drawn with Noto Sans Mono, which the program brings, since a
//! machine may have no fonts.

use std::io;

use noto_sans_mono_bitmap::get_raster;

use super::colors;
use super::scene::{Anchor, Area, CHARACTER_PIXELS, HEIGHT, Ink, Scene, Shape, WEIGHT};

/// Rows of pixels above the base line in a character of that height.
const ASCENT: i64 = 13;

/// Pixels in three bytes each, row by row.
#[derive(Debug)]
pub struct Pixmap {
    pub width: usize,
    pub height: usize,
    pub bytes: Vec<u8>,
}

/// Draws a scene on white.
pub fn draw(scene: &Scene) -> Pixmap {
    let mut map = Pixmap::new(scene.width, scene.height);
    for shape in &scene.shapes {
        match shape {
            Shape::Fill { area, ink } => map.fill(*area, color(*ink)),
            Shape::Stroke { points, ink, width } => {
                for (&from, &to) in points.iter().zip(points.iter().skip(1)) {
                    map.segment(from, to, *width, color(*ink));
                }
            }
            Shape::Dot { center, ink } => map.dot(*center, color(*ink)),
            Shape::Columns { left, ends, ink } => {
                for (at, (upper, lower)) in
                    ends.iter().enumerate().filter_map(|(at, ends)| Some((at, (*ends)?)))
                {
                    map.column(*left as i64 + at as i64, upper, lower, color(*ink));
                }
            }
            Shape::Text { x, y, text, anchor, ink } => map.text(*x, *y, text, *anchor, color(*ink)),
            Shape::Image { area, width, height, pixels } => map.image(*area, (*width, *height), pixels),
        }
    }
    map
}

/// The colour of an ink on white.
pub fn color(ink: Ink) -> [u8; 3] {
    match ink {
        Ink::Text => [26, 26, 26],
        Ink::Frame => [110, 110, 110],
        Ink::Faint => [228, 228, 228],
        Ink::Line(at) => colors::line(at),
        Ink::Rgb(color) => color,
    }
}

impl Pixmap {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, bytes: vec![255; width * height * 3] }
    }

    /// The pixels' colours, row by row.
    pub fn pixels(&self) -> impl Iterator<Item = [u8; 3]> {
        self.bytes.as_chunks::<3>().0.iter().copied()
    }

    /// Mixes a colour into a pixel, if there is such a pixel.
    fn blend(&mut self, x: i64, y: i64, color: [u8; 3], share: f64) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x >= self.width {
            return;
        }
        let at = (y * self.width + x) * 3;
        let Some(pixel) = self.bytes.get_mut(at..at + 3) else { return };
        for (old, new) in pixel.iter_mut().zip(color) {
            *old = (f64::from(*old) * (1.0 - share) + f64::from(new) * share).round() as u8;
        }
    }

    fn fill(&mut self, area: Area, color: [u8; 3]) {
        let (left, right) = edges(area.left, area.width);
        let (top, bottom) = edges(area.top, area.height);
        for y in top..bottom.min(self.height as i64) {
            for x in left..right.min(self.width as i64) {
                self.blend(x, y, color, 1.0);
            }
        }
    }

    fn column(&mut self, x: i64, upper: f64, lower: f64, color: [u8; 3]) {
        let first = upper.floor().max(0.0) as i64;
        let last = (lower.ceil() as i64 - 1).max(first).min(self.height as i64 - 1);
        for y in first..=last {
            self.blend(x, y, color, 1.0);
        }
    }

    /// A line whose edges are as sharp as pixels allow: each pixel by its distance.
    fn segment(&mut self, from: (f64, f64), to: (f64, f64), width: f64, color: [u8; 3]) {
        let reach = width / 2.0 + 1.0;
        let range = |a: f64, b: f64, most: usize| {
            let first = (a.min(b) - reach).floor().max(0.0) as i64;
            let last = ((a.max(b) + reach).ceil() as i64).min(most as i64);
            first..last
        };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let square = dx * dx + dy * dy;
        for y in range(from.1, to.1, self.height) {
            for x in range(from.0, to.0, self.width) {
                let (px, py) = (x as f64 + 0.5 - from.0, y as f64 + 0.5 - from.1);
                let along = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
                let distance = (px - along * dx).hypot(py - along * dy);
                let share = (width / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
                if share > 0.0 {
                    self.blend(x, y, color, share);
                }
            }
        }
    }

    fn dot(&mut self, center: (f64, f64), color: [u8; 3]) {
        self.segment(center, center, 5.0, color);
    }

    /// Each pixel of an area has the colour of the cell that its middle is in.
    fn image(&mut self, area: Area, (width, height): (usize, usize), pixels: &[[u8; 4]]) {
        let (left, right) = edges(area.left, area.width);
        let (top, bottom) = edges(area.top, area.height);
        for y in top..bottom.min(self.height as i64) {
            let row = (y - top) as usize * height / (bottom - top).max(1) as usize;
            for x in left..right.min(self.width as i64) {
                let column = (x - left) as usize * width / (right - left).max(1) as usize;
                if let Some(&[r, g, b, a]) = pixels.get(row * width + column) {
                    self.blend(x, y, [r, g, b], f64::from(a) / 255.0);
                }
            }
        }
    }

    fn text(&mut self, x: f64, y: f64, text: &str, anchor: Anchor, color: [u8; 3]) {
        let wide = (text.chars().count() * CHARACTER_PIXELS) as f64;
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - wide / 2.0,
            Anchor::End => x - wide,
        };
        let mut left = left.round() as i64;
        let top = y.round() as i64 - ASCENT;
        for char in text.chars() {
            // A character that the font does not have is a question mark.
            let raster = get_raster(char, WEIGHT, HEIGHT).or_else(|| get_raster('?', WEIGHT, HEIGHT));
            for (down, row) in raster.iter().flat_map(|raster| raster.rows().enumerate()) {
                for (across, &share) in row.iter().enumerate().filter(|(_, share)| **share > 0) {
                    self.blend(left + across as i64, top + down as i64, color, f64::from(share) / 255.0);
                }
            }
            left += CHARACTER_PIXELS as i64;
        }
    }
}

/// The first pixel, and the one after the last.
fn edges(start: f64, length: f64) -> (i64, i64) {
    let first = start.round().max(0.0) as i64;
    (first, ((start + length).round() as i64).max(first + 1))
}

/// PNG with three channels, or with four if there are as many bytes.
///
/// # Errors
/// If the picture has no pixels.
pub fn png(width: usize, height: usize, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let side = |side: usize| u32::try_from(side).map_err(io::Error::other);
    let mut encoder = png::Encoder::new(&mut out, side(width)?, side(height)?);
    let has_alpha = bytes.len() == width * height * 4;
    encoder.set_color(if has_alpha { png::ColorType::Rgba } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(bytes).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(out)
}

/// Base64 with padding (RFC 4648, section 4).
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = DIGITS.get((bits >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if at <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
