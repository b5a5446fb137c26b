//! `numio plot`: pictures whose pixels are compared with NumPy's values.

use std::path::Path;

use crate::command::{failed, printed};
use crate::numpy;

#[test]
fn plot_of_arrays_shows_what_numpy_has() {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("plot.py", &[Path::new(env!("CARGO_BIN_EXE_numio")), folder.path()]);
}

#[test]
fn plot_of_what_has_no_picture_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    numio::save(at("text.npy"), &vec!["a", "b"]).unwrap();
    numio::save(at("none.npy"), &Vec::<f64>::new()).unwrap();
    numio::save(at("x.npy"), &vec![1.0, 2.0]).unwrap();
    numio::savez(at("x.npz"), [("x", vec![1, 2])]).unwrap();
    for (arguments, code, word) in [
        (vec!["plot".to_owned(), at("text.npy")], 1, "dtype <U1: texts have no picture"),
        (vec!["plot".to_owned(), "--hist".to_owned(), at("text.npy")], 1, "dtype <U1: texts have no picture"),
        (vec!["plot".to_owned(), at("none.npy")], 1, "no elements"),
        (vec!["plot".to_owned(), format!("{}[0]", at("x.npy"))], 1, "a single number"),
        (
            vec!["plot".to_owned(), "--as".to_owned(), "image".to_owned(), at("x.npy")],
            1,
            "an image has three axes",
        ),
        (vec!["plot".to_owned(), at("x.npz")], 2, "name an array"),
        (vec!["plot".to_owned(), "-o".to_owned(), at("x.gif"), at("x.npy")], 2, ".png or .svg"),
        (vec!["plot".to_owned(), "--size".to_owned(), "9".to_owned(), at("x.npy")], 2, "800x600"),
        (
            ["plot", "--size", "99999x600", "-o", &at("x.png"), &at("x.npy")].map(str::to_owned).to_vec(),
            2,
            "--size: pictures have from",
        ),
    ] {
        let (found, said) = failed(&arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
        assert!(
            said.contains(word) && said.lines().count() == 1 || code == 2 && said.contains(word),
            "{said}"
        );
    }
    // An output file is replaced only on request.
    assert_eq!(printed(["plot", "-o", &at("x.png"), &at("x.npy")]), "");
    let before = std::fs::read(at("x.png")).unwrap();
    let (code, said) = failed(["plot", "-o", &at("x.png"), &format!("{}[:1]", at("x.npy"))]);
    assert!(code == Some(1) && said.contains("--force"), "{said}");
    assert_eq!(std::fs::read(at("x.png")).unwrap(), before);
    assert_eq!(printed(["plot", "-f", "-o", &at("x.png"), &format!("{}[:1]", at("x.npy"))]), "");
    assert_ne!(std::fs::read(at("x.png")).unwrap(), before);
}
