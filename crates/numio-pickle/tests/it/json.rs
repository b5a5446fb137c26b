//! JSON as Python's `json` writes the same values.

use std::fs;

use numio_pickle::{self as pickle, ErrorKind, Limits};

fn json(bytes: &[u8]) -> String {
    pickle::load(bytes).unwrap().root().to_json(Limits::default()).unwrap_or_else(|error| error.to_string())
}

#[test]
fn json_of_plain_objects_is_what_python_writes() {
    let dir = tempfile::tempdir().unwrap();
    let count: usize = numio_testkit::run("as_json.py", &[dir.path()]).trim().parse().unwrap();
    assert!(count > 400, "{count}");
    for n in 0..count {
        let bytes = fs::read(dir.path().join(format!("{n}.pkl"))).unwrap();
        let wanted = fs::read_to_string(dir.path().join(format!("{n}.json"))).unwrap();
        assert_eq!(json(&bytes), wanted, "{n}: {:.300}", bytes.escape_ascii());
    }
}

#[test]
fn json_of_other_objects_is_their_calls() {
    for (bytes, wanted) in [
        (&b"cpkg\nThing\n."[..], r#"{"global":"pkg.Thing"}"#),
        (b"cpkg\nThing\n(I1\n]tR.", r#"{"call":"pkg.Thing","args":[1,[]]}"#),
        (
            b"cpkg\nThing\n)}Vk\nNs\x92}Va\nI1\nsb](NNe0(I1\nI2\ne(Vx\nI3\nu.",
            r#"{"call":"pkg.Thing","args":[],"kwargs":{"k":null},"state":{"a":1},"items":[1,2],"pairs":{"x":3}}"#,
        ),
        (b"cpkg\nThing\n)R)R.", r#"{"call":{"call":"pkg.Thing","args":[]},"args":[]}"#),
        (b"Pname\n.", r#"{"persistent":"name"}"#),
        (b"\x82\x05.", r#"{"extension":5}"#),
    ] {
        assert_eq!(json(bytes), wanted, "{}", bytes.escape_ascii());
    }
}

#[test]
fn json_of_shared_objects_is_bounded() {
    let mut limits = Limits::default();
    limits.max_repr_chars = 5;
    let graph = pickle::load(b"(K\x01K\x02K\x03K\x04t.").unwrap();
    let error = graph.root().to_json(limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(error.to_string(), "the text is longer than 5 characters: raise Limits::max_repr_chars");
}

#[test]
fn json_key_whose_text_is_too_long_is_refused() {
    let graph = pickle::load(b"\x80\x02}(K\x01K\x02K\x03tK\x04s.").unwrap();
    let mut limits = Limits::default();
    assert_eq!(graph.root().to_json(limits).unwrap(), r#"{"(1, 2, 3)":4}"#);
    limits.max_repr_chars = 5;
    let error = graph.root().to_json(limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
}
