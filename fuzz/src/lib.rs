//! The bodies of the fuzz targets: each tries one input, and panics where numio does not do what it promises.
//!
//! They need no nightly toolchain: the tests of the crates run them over `corpus/`.

mod command;

pub mod append;
pub mod audit;
pub mod compressed;
pub mod convert;
pub mod genfromtxt;
pub mod gzip;
pub mod index;
pub mod npy;
pub mod npz;
pub mod pickle;
pub mod regex;
pub mod show;
pub mod text;
pub mod zip;
