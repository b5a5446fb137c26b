//! `numio dis`.

use std::collections::BTreeMap;

use crate::command::{failed, numio, piped, printed, testdata};
use crate::numpy;

#[test]
fn dis_of_any_pickle_prints_what_pickletools_prints() {
    let known: BTreeMap<String, String> =
        serde_json::from_str(&numpy::run("dis_known.py", &[&testdata()])).unwrap();
    assert!(known.len() >= 4);
    for (file, wanted) in known {
        let output = numio(["dis", &file]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{file}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted, "{file}");
    }
}

#[test]
fn dis_of_a_pipe_says_what_follows() {
    let output = piped(&["dis", "-"], b"\x80\x02K\x01.more");
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 4);
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "numio: -: byte 5: the pickle ends, 4 bytes follow\n"
    );
}

#[test]
fn dis_of_a_compressed_pickle_says_so() {
    let output = piped(&["dis", "-"], b"\x1f\x8b\x08\0\0\0\0\0\0\x03k`\xf1\xd3\x03\0");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "numio: -: byte 0: this is a gzip file, and no pickle: decompress it first, as with `gunzip`; `numio audit` looks into it \
         as it is\n"
    );
}

#[test]
fn dis_of_a_damaged_file_counts_bytes_from_its_start() {
    let (code, complaint) = failed(["dis", "hostile/A51-objects-raw.npy"]);
    assert_eq!(code, Some(1));
    assert!(complaint.starts_with("numio: hostile/A51-objects-raw.npy: byte 128: "), "{complaint}");
    let (code, complaint) = failed(["dis", "npy/123.npy"]);
    assert_eq!(code, Some(1));
    assert_eq!(complaint, "numio: npy/123.npy: no pickle: an array of dtype int64\n");
    let (code, complaint) = failed(["dis", "npy/objects.npy[0]"]);
    assert_eq!(code, Some(2));
    assert_eq!(complaint, "numio: npy/objects.npy: unexpected \"[0]\" after it\n");
    assert!(printed(["dis", "npy/objects.npy"]).starts_with("    0: \\x80 PROTO      "));
}
