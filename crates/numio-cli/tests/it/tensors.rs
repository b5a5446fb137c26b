//! `numio convert` to and from safetensors, and from torch's files, beside what else reads and writes these.

use std::path::Path;

use crate::command::{numio, piped};
use crate::numpy;

#[test]
fn safetensors_and_torch_are_converted() {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("tensors.py", &[Path::new(env!("CARGO_BIN_EXE_numio")), folder.path()]);
}

/// A file of safetensors.
fn file(header: &str, data: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; data]].concat()
}

#[test]
fn hostile_safetensors_are_refused() {
    let entry = |text: &str| file(&format!("{{\"a\":{text}}}"), 8);
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let long = format!(r#"{{"a":{{"dtype":"U8","shape":[{}8],"data_offsets":[0,8]}}}}"#, "1,".repeat(70));
    for (bytes, words) in [
        (Vec::new(), "no safetensors: 0 bytes"),
        (
            u64::MAX.to_le_bytes().to_vec(),
            "byte 0: no safetensors: a header of 18446744073709551615 bytes, where 0 are left",
        ),
        (file("[]", 0), "byte 8: no safetensors: the header does not start with {"),
        (file("{\"a\":\"\\ud800\"}", 0), "the header: "),
        (file(&deep, 0), "the header: "),
        (file(&long, 8), "more than 64 axes"),
        (
            entry(r#"{"dtype":"F64","shape":[1],"data_offsets":[0,7]}"#),
            "the tensors take 7 bytes, the file has 8",
        ),
        (
            entry(r#"{"dtype":"F64","shape":[1],"data_offsets":[0,16]}"#),
            "the tensors take 16 bytes, the file has 8",
        ),
        (
            entry(r#"{"dtype":"F32","shape":[1],"data_offsets":[0,8]}"#),
            "tensor \"a\": 8 bytes, which shape [1] of F32 does not take",
        ),
        (
            entry(r#"{"dtype":"F64","shape":[1],"data_offsets":[8,16]}"#),
            "tensor \"a\" is from 8 to 16, where the one before it ends at 0",
        ),
        (entry(r#"{"dtype":"F64","shape":[1],"data_offsets":[8,0]}"#), "tensor \"a\" is from 8 to 0"),
        (entry(r#"{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,8]}"#), "does not take"),
        (entry(r#"{"dtype":"U8","shape":[0,9223372036854775807,9],"data_offsets":[0,8]}"#), "does not take"),
        (
            entry(r#"{"dtype":"U8","shape":[-1],"data_offsets":[0,8]}"#),
            "the header: invalid value: integer `-1`",
        ),
        (entry(r#"{"dtype":"U8","shape":[8.0],"data_offsets":[0,8]}"#), "the header: "),
        (
            entry(r#"{"dtype":"Q8","shape":[8],"data_offsets":[0,8]}"#),
            "tensor \"a\": its type \"Q8\" is not known",
        ),
        (
            entry(r#"{"dtype":"F4","shape":[16],"data_offsets":[0,8]}"#),
            "tensor \"a\": elements of F4 are less than a byte",
        ),
        (
            entry(r#"{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}"#),
            "the header: duplicate field `dtype`",
        ),
        (entry(r#"{"shape":[8],"data_offsets":[0,8]}"#), "the header: missing field `dtype`"),
        (
            file(
                r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
                8,
            ),
            "the key \"a\" comes twice",
        ),
        (
            file(
                r#"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
                8,
            ),
            "tensor \"b\" is from 4 to 8, where the one before it ends at 8",
        ),
    ] {
        for to in ["npz", "safetensors"] {
            let output = piped(&["convert", "--from=safetensors", "--to", to, "-", "-"], &bytes);
            let complaint = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{complaint}");
            assert!(complaint.contains(words) && complaint.lines().count() == 1, "{words}: {complaint}");
            assert!(output.stdout.is_empty());
        }
    }
}

#[cfg(unix)]
#[test]
fn claims_of_a_sparse_file_cost_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let made = std::fs::File::create(&path).unwrap();
    // A header as long as the format allows, which is not there.
    std::io::Write::write_all(&mut &made, &100_000_000_u64.to_le_bytes()).unwrap();
    made.set_len(1 << 40).unwrap();
    let run = |path: &Path| {
        let line = "ulimit -v 400000; exec \"$0\" convert \"$1\" \"$2\"";
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", line, env!("CARGO_BIN_EXE_numio")]).arg(path).arg(folder.path().join("out.npz"));
        let output = shell.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, complaint) = run(&path);
    assert!(code == Some(1) && complaint.contains("does not start with {"), "{complaint}");
    let many = format!(
        "{{{}}}",
        (0..200_000)
            .map(|i| format!("\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"))
            .collect::<Vec<_>>()
            .join(",")
    );
    std::fs::write(&path, file(&many, 1)).unwrap();
    let (code, complaint) = run(&path);
    assert!(code == Some(1) && complaint.contains("the tensors take 0 bytes, the file has 1"), "{complaint}");
    assert!(!folder.path().join("out.npz").exists());
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    numio::save(folder.path().join("x.npy"), &[1, 2]).unwrap();
    numio::save(folder.path().join("z.npy"), &[num_complex::Complex::new(1.0, 0.0)]).unwrap();
    for (arguments, code, words) in [
        (&["convert", "x.npy", "x.pt"][..], 2, "files of torch are only read"),
        (&["convert", "--compress=zstd", "x.npy", "x.safetensors"], 2, "--compress is for members of .npz"),
        (&["convert", "--append", "x.npy", "x.safetensors"], 2, "--append adds rows to one array"),
        (&["convert", "--as", "x=Q1", "x.npy", "x.safetensors"], 2, "--as: expected NAME=TYPE"),
        (&["convert", "--as", "y=BF16", "x.npy", "x.safetensors"], 2, "--as: the only array is called \"x\""),
        (&["convert", "--as", "x=BF16", "x.npy", "x.safetensors"], 1, "elements of int32 are no BF16"),
        (&["convert", "z.npy", "z.safetensors"], 1, "safetensors has no type for complex128"),
    ] {
        let output = numio(arguments).current_dir(folder.path()).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {complaint}");
        assert!(complaint.contains(words), "{arguments:?}: {complaint}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}
