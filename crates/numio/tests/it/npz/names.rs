//! Names as NumPy resolves them, and members that are no arrays.

use numio::npz::{Compression, NpzWriter};
use numio::{ErrorKind, LoadOptions, NpzArchive};

use crate::numpy;

#[test]
fn names_stand_for_the_members_that_numpy_takes() {
    let dir = tempfile::tempdir().unwrap();
    let printed = numpy::run("npz/names.py", &[dir.path()]);
    let mut asked = 0;
    for line in printed.lines() {
        let [archive, kind, name, wanted] = line.splitn(4, '\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let archive = NpzArchive::open(dir.path().join(archive)).unwrap();
        if kind == "files" {
            assert_eq!(archive.names().collect::<Vec<_>>().join(","), wanted);
            assert_eq!(format!("{archive:?}").rsplit_once(" with ").unwrap().1, name);
            continue;
        }
        let found = archive.get(name);
        match kind {
            "array" => {
                let array: Vec<i64> = archive.read(name).unwrap();
                assert_eq!(format!("{array:?}"), wanted, "{name}");
                assert!(found.unwrap().as_bytes().is_none());
            }
            "bytes" => {
                let member = found.unwrap();
                assert!(
                    member.as_array().is_none()
                        && archive.by_name(name).and_then(|member| member.header()).unwrap().is_none()
                );
                assert_eq!(member.as_bytes().unwrap(), wanted.as_bytes(), "{name}");
                let error = member.into_array().unwrap_err();
                assert_eq!(error.to_string(), "not a .npy file, so not an array: read its bytes instead");
            }
            _ => {
                let error = found.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotFound);
                assert_eq!(error.message(), format!("{name} is not a file in the archive"));
                assert!(!archive.contains(name));
            }
        }
        asked += 1;
    }
    assert_eq!(asked, 21);
}

#[test]
fn members_that_share_a_name_are_reached_by_place() {
    let mut bytes = Vec::new();
    let mut writer = NpzWriter::streaming(&mut bytes);
    writer.add("a", &[1]).unwrap();
    writer.add("b", &[2]).unwrap();
    writer.finish().unwrap();
    // The second becomes another `a.npy`, in both headers.
    let renamed = String::from_utf8_lossy(&bytes).match_indices("b.npy").count();
    assert_eq!(renamed, 2);
    for at in 0..bytes.len() {
        if bytes[at..].starts_with(b"b.npy") {
            bytes[at] = b'a';
        }
    }
    let archive = NpzArchive::from_bytes(bytes).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["a", "a"]);
    assert_eq!(archive.read::<Vec<i32>>("a").unwrap(), [2]);
    let place = |at| {
        archive
            .by_index(at)
            .and_then(|member| member.value())
            .unwrap()
            .into_array()
            .unwrap()
            .item(&[0])
            .unwrap()
            .as_i64()
            .unwrap()
    };
    assert_eq!((place(0), place(1)), (1, 2));
    assert_eq!(
        archive.by_index(2).and_then(|member| member.value()).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(archive.by_index(1).and_then(|member| member.header()).unwrap().unwrap().shape(), [1]);
    assert_eq!(archive.read_all().len(), 2);
}

#[test]
fn objects_are_refused_where_they_are_not_allowed() {
    let dir = tempfile::tempdir().unwrap();
    numpy::run("npz/names.py", &[dir.path()]);
    let archive = LoadOptions::new().allow_pickle(false).load(dir.path().join("objects.npz")).unwrap();
    let archive = archive.into_npz().unwrap();
    let error = archive.get("objects").unwrap_err();
    assert_eq!((error.kind(), error.member()), (ErrorKind::NotAllowed, Some("objects.npy")));
    assert_eq!(archive.read::<Vec<i64>>("plain").unwrap(), [1]);
    assert!(
        archive.by_name("objects").and_then(|member| member.header()).unwrap().unwrap().dtype().has_objects()
    );
}

#[test]
fn archives_are_shared_between_threads() {
    let mut bytes = Vec::new();
    let mut writer = NpzWriter::streaming(&mut bytes);
    writer.compression(Compression::Deflated);
    for at in 0..50 {
        writer.add(&format!("m{at}"), &vec![at; 1000]).unwrap();
    }
    writer.finish().unwrap();
    let archive = NpzArchive::from_bytes(bytes).unwrap();
    std::thread::scope(|scope| {
        for start in 0..4 {
            let archive = archive.clone();
            scope.spawn(move || {
                for at in (start..50).chain(0..start) {
                    assert_eq!(archive.read::<Vec<i32>>(&format!("m{at}")).unwrap(), vec![at; 1000]);
                }
                drop(archive);
            });
        }
    });
    assert_eq!(archive.len(), 50);
}
