//! The words of the compiler where a program uses a type that is not meant for it. They name no module that a program
//! cannot see.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The library as this test was linked to it, and the directory of what it needs itself.
fn library() -> (PathBuf, PathBuf) {
    let directory = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
    let is_library = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("libnumio-") && name.ends_with(".rlib")
    };
    let entries = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
    let newest = entries
        .filter(|path| is_library(path))
        .max_by_key(|path| path.metadata().and_then(|found| found.modified()).unwrap());
    (newest.unwrap(), directory)
}

/// What the compiler says of a program; nothing where it compiles.
fn errors(program: &str) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("program.rs");
    std::fs::write(&source, program).unwrap();
    let (library, dependencies) = library();
    let mut named = std::ffi::OsString::from("numio=");
    named.push(library);
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--cap-lints=allow", "--out-dir"])
        .arg(dir.path())
        .arg("--extern")
        .arg(named)
        .arg("-L")
        .arg(format!("dependency={}", dependencies.display()))
        .arg(&source)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(said)
}

#[test]
fn programs_that_should_compile_do() {
    let program = r#"
        // Under another name, as in a crate that exports numio again.
        pub extern crate numio as arrays;

        #[derive(arrays::Element)]
        #[numio(crate = "arrays")]
        pub struct Pair<T, const N: usize>(pub T, pub [T; N]);

        #[derive(arrays::Element, Clone, Copy)]
        #[numio(crate = "crate::arrays")]
        #[repr(u8)]
        pub enum Kind { Small = 1, Large }

        pub fn save(slice: &[f64], any: &dyn arrays::ArrayLike) -> arrays::Result<()> {
            arrays::save("a", slice)?;
            arrays::save("b", any)?;
            arrays::save("c", &vec![Pair(1.0, [2.0; 3])])?;
            arrays::save("d", &vec![Kind::Small, Kind::Large])?;
            let rows: Vec<Pair<f64, 3>> = arrays::read_npy("c.npy")?;
            let array: arrays::ndarray::Array2<arrays::half::f16> = arrays::read_npy("d.npy")?;
            Ok(drop((rows, array)))
        }
    "#;
    if let Some(said) = errors(program) {
        // Another compiler than the one that built the library.
        assert!(said.contains("E0514"), "{said}");
    }
}

#[test]
fn errors_of_the_compiler_say_what_to_use() {
    let read = |ty: &str| {
        format!(
            "struct Own {{ x: f64 }} pub fn f() -> numio::Result<()> {{ let _: {ty} = numio::read_npy(\"a\")?; Ok(()) }}"
        )
    };
    let derive = |item: &str| format!("#[derive(numio::Element)] {item}");
    let cases = [
        (read("Vec<Own>"), vec!["`Own` cannot be an element of an array", "#[derive(numio::Element)]"]),
        (
            read("std::collections::HashMap<u8, u8>"),
            vec!["cannot be read into a `HashMap<u8, u8>`", "numio::DynArray"],
        ),
        (
            "pub struct Own; pub fn f(own: &Own) { let _ = numio::save(\"a\", own); }".to_owned(),
            vec!["`Own` is nothing that can be saved as an array"],
        ),
        (
            derive("pub union Own { x: f64 }"),
            vec!["`Element` is derived for structs, and for enums of integers"],
        ),
        (
            derive("pub enum Own { A }"),
            vec!["an enum needs the integer that files have for it: `#[repr(u8)]`"],
        ),
        (derive("#[repr(u8)] pub enum Own { A(u8) }"), vec!["a variant with data is not an integer"]),
        (
            derive("pub enum Own { A(u8) }"),
            vec!["a variant with data is not an integer: elements are structs"],
        ),
        (
            derive("pub struct Own<'a> { x: &'a str }"),
            vec![
                "elements are read from files and own what they hold: `String` or `FixedStr` in place of `&str`",
            ],
        ),
        (derive("pub struct Own { x: char }"), vec!["`char` cannot be an element of an array"]),
        (
            derive("#[numio(packed)] pub struct Own { x: u8 }"),
            vec!["expected `align`, `pod`, `transparent` or `crate"],
        ),
        (
            derive("pub struct Own { x: u8, #[numio(rename = \"x\")] y: u8 }"),
            vec!["\"x\" names more than one field or title"],
        ),
        (
            derive("#[numio(transparent)] pub struct Own(u8, u8);"),
            vec!["`transparent` is for structs of one field"],
        ),
    ];
    for (program, wanted) in cases {
        let said = errors(&program).expect(&program);
        if said.contains("E0514") {
            return;
        }
        for words in wanted {
            assert!(said.contains(words), "{program}\n{said}");
        }
        for private in ["from_body", "FromBody", "array::derive", "npy::read", "array::element"] {
            assert!(!said.contains(private), "{program}\n{private} in {said}");
        }
    }
}
