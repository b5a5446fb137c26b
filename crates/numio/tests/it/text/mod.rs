//! Texts, read and written as NumPy does.

mod chunks;
mod compressed;
mod from_regex;
mod genfromtxt;
pub mod hostile;
mod loadtxt;
mod long;
mod objects;
mod savetxt;

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}
