//! Texts, read and written as NumPy does.

mod loadtxt;
