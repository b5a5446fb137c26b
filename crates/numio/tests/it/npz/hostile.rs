//! Every archive of the manifest, opened in every way: the archive or the member that is wrong says so, and the others
//! load.

use std::fs::File;
use std::path::Path;

use numio::npz::{Compression, MemberValue, NpzWriter};
use numio::{Error, ErrorKind, Limits, LoadOptions, MmapMode, NpzArchive, Result};
use serde_json::{Value, json};

use crate::testdata::{folder, manifest};

/// How an archive is opened, and whether errors then know its path.
type Way = (&'static str, bool, fn(&LoadOptions, &Path) -> Result<NpzArchive>);

const WAYS: [Way; 7] = [
    ("load", true, |options, path| options.load(path)?.into_npz()),
    ("map", true, |options, path| {
        let mut options = options.clone();
        // SAFETY: nothing changes the files of `testdata/` while tests run.
        #[expect(unsafe_code, reason = "a map is one of the ways")]
        unsafe { options.mmap(MmapMode::Read).load(path) }?.into_npz()
    }),
    ("stream", false, |options, path| options.from_reader(File::open(path)?)?.into_npz()),
    ("bytes", false, |options, path| options.from_slice(&std::fs::read(path)?)?.into_npz()),
    ("seek", false, |options, path| options.npz_from_reader(File::open(path)?)),
    ("open", true, |_, path| NpzArchive::open(path)),
    ("from_bytes", false, |_, path| NpzArchive::from_bytes(std::fs::read(path)?)),
];

fn archives() -> impl Iterator<Item = (String, Value)> {
    manifest().into_iter().filter(|(name, _)| name.starts_with("hostile/") && name.ends_with(".npz"))
}

/// What is not as it should be with an error, if anything.
fn wrong(entry: &Value, path: Option<&Path>, member: Option<&str>, error: &Error) -> Option<String> {
    let wanted = &entry["error"];
    let said = error.to_string();
    let has_words =
        wanted["words"].as_array().unwrap().iter().all(|word| said.contains(word.as_str().unwrap()));
    let is_it = has_words
        && format!("{:?}", error.kind()) == wanted["kind"]
        && error.path() == path
        && error.member() == member;
    (!is_it).then(|| format!("{:?}: {said}", error.kind()))
}

fn holds(wanted: &Value, found: Result<MemberValue>) -> Result<(), String> {
    let array = found.and_then(MemberValue::into_array).map_err(|error| error.to_string())?;
    let said = json!({ "dtype": array.dtype().to_string(), "shape": array.shape(), "order": "C" });
    let first = array.item(&[0]).unwrap().as_f64();
    if said == *wanted && first == Some(1.0) { Ok(()) } else { Err(format!("{array:?}")) }
}

fn check(entry: &Value, path: &Path, (way, named, open): &Way) -> Result<(), String> {
    let named = named.then_some(path);
    let bad = entry.get("member").and_then(Value::as_str);
    let archive = match (open(&LoadOptions::new(), path), bad, entry.get("error")) {
        (Err(error), None, Some(_)) => return wrong(entry, named, None, &error).map_or(Ok(()), Err),
        (Err(error), ..) => return Err(error.to_string()),
        (Ok(archive), None, Some(_)) => return Err(format!("opened: {archive:?}")),
        (Ok(archive), ..) => archive,
    };
    if let Some(bad) = bad {
        let typed = archive.read::<Vec<f64>>(bad).map(|_| ());
        let is_mapped = *way == "map" && entry["mapped"] == true;
        let loaded = archive.get(bad).map(|_| ());
        for read in if is_mapped { vec![typed] } else { vec![loaded, typed] } {
            let error = read.err().ok_or("the bad member loads")?;
            wrong(entry, named, Some(bad), &error).map_or(Ok(()), Err)?;
        }
    }
    let members = entry.get("members").unwrap_or(&entry["load"]).as_object().unwrap();
    let mut all = archive.read_all();
    for (name, wanted) in members {
        holds(wanted, archive.get(name)).map_err(|said| format!("{name}: {said}"))?;
        assert_eq!(archive.read::<Vec<f64>>(name).unwrap(), [1.0, 2.0], "{name}");
        assert_eq!(
            archive.by_name(name).and_then(|member| member.header()).unwrap().unwrap().shape(),
            [2],
            "{name}"
        );
        let last = all.iter().rposition(|(found, _)| found == name).ok_or("not among all")?;
        holds(wanted, all.swap_remove(last).1).map_err(|said| format!("{name} of all: {said}"))?;
    }
    Ok(())
}

#[test]
fn archives_give_what_the_manifest_says() {
    let mut said = String::new();
    let mut count = 0;
    for (name, entry) in archives() {
        let path = folder().join(&name);
        for way in &WAYS {
            if let Err(found) = check(&entry, &path, way) {
                said += &format!("{name} by {}: {found}\n    wanted {entry}\n", way.0);
            }
        }
        count += 1;
    }
    assert!(said.is_empty(), "{said}");
    assert!(count > 50);
}

#[test]
fn bombs_go_off_where_the_limit_is_raised() {
    let mut limits = Limits::default();
    limits.max_compression_ratio = u64::MAX;
    let mut options = LoadOptions::new();
    options.limits(limits);
    let mut seen = 0;
    for (name, entry) in archives().filter(|(name, _)| name.contains("bomb")) {
        for (way, _, open) in WAYS.into_iter().take(5) {
            let archive = open(&options, &folder().join(&name)).unwrap();
            let array: Vec<f64> = archive.read(entry["member"].as_str().unwrap()).unwrap();
            assert!(array.len() == 65 << 17 && array.iter().all(|&item| item == 0.0), "{name} by {way}");
            seen += 1;
        }
    }
    assert_eq!(seen, 10);
    // And an archive that is fine is refused where the limit says so.
    let mut limits = Limits::default();
    limits.max_array_bytes = 100;
    let bytes = std::fs::read(folder().join("hostile/Z55-twice.npz")).unwrap();
    let archive = LoadOptions::new().limits(limits).from_slice(&bytes).unwrap().into_npz().unwrap();
    let error = archive.get("good").unwrap_err();
    assert_eq!(
        error.to_string(),
        "member good.npy: 144 bytes, where 100 are allowed: raise Limits::max_array_bytes"
    );
}

/// An index that lies, under a CRC that both readings have.
#[test]
fn an_index_gives_what_the_stream_gives() {
    let bytes = std::fs::read(folder().join("hostile/Z66-index-open-block.npz")).unwrap();
    let archive = NpzArchive::from_bytes(bytes.clone()).unwrap();
    let found = archive.get("w").unwrap().into_bytes().unwrap();
    let info = archive.members().next().unwrap();
    let start = archive.by_index(0).and_then(|member| member.data_offset()).unwrap() as usize;
    let mut stream = Vec::new();
    let compressed = &bytes[start..][..info.compressed_size as usize];
    std::io::Read::read_to_end(&mut flate2::read::DeflateDecoder::new(compressed), &mut stream).unwrap();
    assert!(found == stream && archive.by_index(0).and_then(|member| member.bytes()).unwrap() == stream);
}

/// Zeros load up to 64 MiB, however well they are compressed, and above that where it is asked for.
#[test]
fn numpys_zeros_load_up_to_the_bound() {
    let dir = tempfile::tempdir().unwrap();
    let script =
        "import numpy, sys; numpy.savez_compressed(sys.argv[1], x=numpy.zeros(int(sys.argv[2]), 'u1'))";
    for (len, loads) in [((64 << 20) - 128, true), ((64 << 20) - 127, false)] {
        let path = dir.path().join("zeros.npz");
        let mut python = std::process::Command::new(crate::numpy::interpreter());
        assert!(python.args(["-c", script]).arg(&path).arg(len.to_string()).status().unwrap().success());
        let found = NpzArchive::open(&path).unwrap().get("x");
        assert_eq!(found.is_ok(), loads, "{len}");
        if let Err(error) = found {
            assert_eq!(error.kind(), ErrorKind::LimitExceeded);
            assert!(
                error.message().contains("Limits::max_compression_ratio (max_ratio in Python)"),
                "{error}"
            );
            let archive =
                LoadOptions::new().max_compression_ratio(1100).load(&path).unwrap().into_npz().unwrap();
            assert!(archive.read::<Vec<u8>>("x").unwrap() == vec![0; len as usize]);
        }
    }
}

/// As zipfile reads it: a member of no bytes is empty, by every method.
#[test]
fn a_member_of_nothing_is_empty() {
    let record =
        |method: u8| [&[20, 0, 0, 0, method, 0, 0, 0, 0x21, 0][..], &[0; 12], &[1, 0, 0, 0]].concat();
    for method in [0, 8, 12, 14, 93] {
        let local = [b"PK\x03\x04", &record(method)[..], b"x"].concat();
        let central = [b"PK\x01\x02\x14\0", &record(method)[..], &[0; 14], b"x"].concat();
        let (size, offset) = ((central.len() as u32).to_le_bytes(), (local.len() as u32).to_le_bytes());
        let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &size, &offset, &[0, 0]].concat();
        let archive = NpzArchive::from_bytes([local, central, end].concat()).unwrap();
        assert!(archive.get("x").unwrap().into_bytes().unwrap().is_empty(), "method {method}");
        assert!(
            archive.by_index(0).and_then(|member| member.bytes()).unwrap().is_empty()
                && archive.by_index(0).and_then(|member| member.verify()).unwrap().is_none()
        );
        assert_eq!(archive.by_index(0).and_then(|member| member.header()).unwrap(), None);
    }
}

/// An archive of one member of each kind.
fn small() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = NpzWriter::streaming(&mut bytes);
    writer.add("stored", &[1.5, 2.5]).unwrap();
    writer.compression(Compression::Deflated).add("deflated", &vec![7_u16; 300]).unwrap();
    #[cfg(feature = "zstd")]
    writer.compression(Compression::Zstd(3)).add("zstd", &vec![7_u16; 300]).unwrap();
    writer.add_bytes("notes", b"no array").unwrap();
    writer.finish().unwrap();
    bytes
}

/// What each member holds, or why it does not load.
fn all(archive: &NpzArchive) -> Vec<Result<String>> {
    (0..archive.len())
        .map(|at| {
            archive
                .by_index(at)
                .and_then(|member| member.value())
                .map(|member| format!("{member:?} {:?}", member.as_array().map(ToString::to_string)))
        })
        .collect()
}

#[test]
fn every_truncation_is_refused_when_it_is_opened() {
    let bytes = small();
    for end in 0..bytes.len() {
        let error = NpzArchive::from_bytes(bytes[..end].to_vec()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{end}: {error}");
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_changes_nothing_that_is_read() {
    let bytes = small();
    let whole = all(&NpzArchive::from_bytes(bytes.clone()).unwrap());
    let whole: Vec<String> = whole.into_iter().map(Result::unwrap).collect();
    let (mut refused, mut same, mut bad) = (0, 0, 0);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let Ok(archive) = NpzArchive::from_bytes(flipped) else {
                refused += 1;
                continue;
            };
            let mut faults = 0;
            for (found, wanted) in all(&archive).into_iter().zip(&whole) {
                match found {
                    Ok(found) => assert_eq!(found, *wanted, "byte {at}, bit {bit}"),
                    Err(error) => {
                        assert!(error.member().is_some(), "{error}");
                        faults += 1;
                    }
                }
            }
            // One flip never costs two members, unless it is where all of them are counted from.
            let in_end = at >= bytes.len() - 22;
            assert!(faults <= 1 || in_end, "byte {at}, bit {bit}: {faults}");
            if faults == 0 { same += 1 } else { bad += 1 }
        }
    }
    assert!(refused > 300 && same > 500 && bad > 2000, "{refused} {same} {bad}");
}

/// Numbers that look random and are the same every time.
pub struct Noise(pub u64);

impl Noise {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// Damages `bytes` in one place, as a hand would that knows zip archives: numbers at their edges, parts that occur
    /// twice or not at all.
    pub fn damage(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        let len = (1 + self.below(60)).min(bytes.len() - at);
        match self.below(6) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at..at + len.min(8)].fill([0, 0xff, 0x7f, 0x80][self.below(4)]),
            2 => drop(bytes.drain(at..at + len)),
            3 => {
                let part = bytes[at..at + len].to_vec();
                let to = self.below(bytes.len());
                bytes.splice(to..to, part);
            }
            4 => {
                let to = self.below(bytes.len() - len + 1);
                bytes.copy_within(at..at + len, to);
            }
            _ => bytes[at] = bytes[at].wrapping_add(1),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

/// `NUMIO_ROUNDS` makes it longer.
#[test]
fn random_damage_never_panics() {
    let rounds = std::env::var("NUMIO_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    let mut files = vec![small(), [b"PK\x03\x04 and more".as_slice(), &small()].concat()];
    let hostile = archives().map(|(name, _)| std::fs::read(folder().join(name)).unwrap());
    files.extend(hostile.filter(|bytes| bytes.len() < 1000));
    let mut noise = Noise(5);
    let (mut loaded, mut refused) = (0, 0);
    for _ in 0..rounds {
        for file in &files {
            for _ in 0..20 {
                let mut bytes = file.clone();
                (0..=noise.below(4)).for_each(|_| noise.damage(&mut bytes));
                let Ok(archive) = NpzArchive::from_bytes(bytes) else { continue };
                for at in 0..archive.len() {
                    let _ = archive.by_index(at).and_then(|member| member.header());
                    if archive.by_index(at).and_then(|member| member.value()).is_ok() {
                        loaded += 1
                    } else {
                        refused += 1
                    }
                }
            }
        }
    }
    assert!(loaded > 100 && refused > 100, "{loaded} {refused}");
}
