//! Text: writing it, beside NumPy. Without NumPy there are no cases.

use std::cell::RefCell;
use std::path::Path;

use ndarray::Array2;
use numio::text::SaveTxt;

use crate::harness::{Candidate, candidate};
use crate::python::Python;
use crate::settings::Settings;
use crate::text::{case, noise};

/// Runs every case, if the settings ask for this group.
pub fn run(settings: &Settings) {
    if !settings.wants("text savetxt") {
        return;
    }
    let Some(python) = Python::start() else { return };
    let python = RefCell::new(python);
    let dir = settings.temporary();
    let path = |name: &str| dir.path().join(name);
    let floats = Array2::from_shape_fn((200_000, 10), |(row, column)| noise(row * 10 + column));
    let integers = floats.mapv(|value| (value * 1e6) as i64);
    let (floats_file, integers_file) = (path("floats.npy"), path("integers.npy"));
    numio::save(&floats_file, &floats).expect("ours");
    numio::save(&integers_file, &integers).expect("ours");
    let saved = path("saved.csv");
    for (name, fmt) in [("savetxt floats", "%.18e"), ("savetxt %.6f", "%.6f"), ("savetxt integers", "%d")] {
        let mut saver = SaveTxt::new();
        saver.fmt(fmt).delimiter(",");
        let save = || if fmt == "%d" { saver.save(&saved, &integers) } else { saver.save(&saved, &floats) };
        let ours = candidate("numio", || save().expect("ours"));
        let array = if fmt == "%d" { &integers_file } else { &floats_file };
        let run = || python.borrow_mut().run("savetxt", &[&saved, array, Path::new(fmt)]);
        let other = vec![Candidate { name: "numpy", run: Box::new(run) }];
        case(name, ours, other, 10.0).run(settings.rounds(3));
    }
}
