//! Archives of `zipfile`'s making, and what hands do to them, read by numio and by the `zipfile` of every Python at hand:
//! the same members and bytes, or numio refuses.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use numio::NpzArchive;

use super::hostile::Noise;
use crate::numpy;

/// The Pythons at hand, from 3.10 on: that of the tests, those on the path, and those that pyenv keeps.
fn pythons() -> Vec<PathBuf> {
    let mut found = vec![numpy::interpreter()];
    found.extend(["3.10", "3.11", "3.12", "3.13", "3.14"].map(|version| format!("python{version}").into()));
    if let Some(home) = std::env::var_os("HOME")
        && let Ok(versions) = std::fs::read_dir(Path::new(&home).join(".pyenv/versions"))
    {
        found.extend(versions.map(|version| version.unwrap().path().join("bin/python")));
    }
    let version = |python: &PathBuf| {
        let asked = "import sys; print(sys.version_info >= (3, 10), sys.version)";
        let output = Command::new(python).args(["-c", asked]).output().ok()?;
        let said = String::from_utf8(output.stdout).ok()?;
        Some(said.strip_prefix("True ")?.to_owned())
    };
    let mut versions = std::collections::HashSet::new();
    found.retain(|python| version(python).is_some_and(|version| versions.insert(version)));
    found
}

/// What `zipfile_cases.py` says of an archive, by numio.
fn said(bytes: &[u8]) -> String {
    let Ok(archive) = NpzArchive::from_bytes(bytes.to_vec()) else { return "-".to_owned() };
    let mut line = String::new();
    for (at, member) in archive.members().enumerate() {
        line.push(' ');
        member.name.bytes().for_each(|byte| write!(line, "{byte:02x}").unwrap());
        match archive.by_index(at).and_then(|member| member.bytes()) {
            Ok(bytes) => write!(line, "={}:{}", bytes.len(), crc32fast::hash(&bytes)).unwrap(),
            Err(_) => line.push_str("=-"),
        }
    }
    line
}

/// Whether numio says what Python says, or less.
fn agrees(numio: &str, python: &str) -> bool {
    let (numio_members, python_members): (Vec<&str>, Vec<&str>) =
        (numio.split(' ').collect(), python.split(' ').collect());
    numio == "-"
        || python == "-"
        || numio_members.len() == python_members.len()
            && numio_members.iter().zip(&python_members).all(|(numio, python)| {
                let (name, bytes) = numio.split_once('=').unwrap_or_default();
                let (python_name, python_bytes) = python.split_once('=').unwrap_or_default();
                name == python_name && (bytes == python_bytes || bytes == "-" || python_bytes == "-")
            })
}

const EDGES: [u64; 12] = [0, 1, 2, 22, 44, 56, 98, 0xffff, 0x1_0000, 0xffff_fffe, 0xffff_ffff, u64::MAX];

/// A record of an archive's end or directory with numbers that may be right.
fn record(noise: &mut Noise, len: usize) -> Vec<u8> {
    let mut number = |width: usize| {
        let near = (len + noise.below(20)).saturating_sub(10);
        let choices = [EDGES[noise.below(EDGES.len())], noise.below(len + 1) as u64, near as u64];
        choices[noise.below(3)].to_le_bytes()[..width].to_vec()
    };
    match number(1)[0] % 3 {
        0 => {
            [&b"PK\x05\x06\0\0\0\0"[..], &number(2), &number(2), &number(4), &number(4), &number(2)].concat()
        }
        1 => {
            let head = [&b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0"[..], &[0; 8]].concat();
            [&head[..], &number(8), &number(8), &number(8), &number(8)].concat()
        }
        _ => [&b"PK\x06\x07\0\0\0\0"[..], &number(8), &[1, 0, 0, 0]].concat(),
    }
}

fn find_all(bytes: &[u8], signature: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|&at| bytes[at..].starts_with(signature)).collect()
}

/// Damages an archive as a hand would that knows where readers look.
fn damage(noise: &mut Noise, bytes: &mut Vec<u8>) {
    let signatures: [&[u8]; 5] = [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"];
    let found = find_all(bytes, signatures[noise.below(5)]);
    let at = if found.is_empty() { noise.below(bytes.len()) } else { found[noise.below(found.len())] };
    match noise.below(8) {
        // A number of a record.
        0 | 1 => {
            let (field, width) = (at + 4 + noise.below(52), [1, 2, 4, 8][noise.below(4)]);
            let value = [EDGES[noise.below(EDGES.len())], noise.below(bytes.len()) as u64][noise.below(2)];
            bytes.iter_mut().skip(field).take(width).zip(value.to_le_bytes()).for_each(|(b, new)| *b = new);
        }
        2 => {
            if let Some(byte) = bytes.get_mut(at + noise.below(60)) {
                *byte = byte.wrapping_add([1, 2, 255, 254][noise.below(4)]);
            }
        }
        // A record more, where readers look for one.
        3 => {
            let new = record(noise, bytes.len());
            bytes.splice(at..at, new);
        }
        4 => {
            let new = record(noise, bytes.len());
            bytes.extend(new);
        }
        // A part twice, or moved.
        5 => {
            let part = bytes[at..].iter().take(20 + noise.below(120)).copied().collect::<Vec<u8>>();
            let ends = find_all(bytes, b"PK\x05\x06");
            let to = if noise.below(2) == 0 {
                ends.first().copied().unwrap_or(0)
            } else {
                noise.below(bytes.len())
            };
            bytes.splice(to..to, part);
        }
        // A comment or an extra field of the directory's records.
        6 => {
            let records = find_all(bytes, b"PK\x01\x02");
            if let Some(&at) = records.get(noise.below(records.len().max(1)))
                && at + 46 < bytes.len()
            {
                let new = record(noise, bytes.len());
                let field = if noise.below(2) == 0 { 30 } else { 32 };
                bytes[at + field] = new.len() as u8;
                let name = usize::from(bytes[at + 28]);
                let to = (at + 46 + name).min(bytes.len());
                bytes.splice(to..to, new);
            }
        }
        _ => noise.damage(bytes),
    }
    if bytes.is_empty() {
        bytes.push(0);
    }
}

/// The end record's numbers made right again, so that damage before it is not found by them alone.
fn repair(bytes: &mut [u8]) {
    let (directory, ends) = (find_all(bytes, b"PK\x01\x02"), find_all(bytes, b"PK\x05\x06"));
    let (Some(&start), Some(&end)) = (directory.first(), ends.last()) else { return };
    if end + 22 <= bytes.len() && start < end {
        bytes[end + 8] = directory.len() as u8;
        bytes[end + 10] = directory.len() as u8;
        bytes[end + 12..end + 16].copy_from_slice(&((end - start) as u32).to_le_bytes());
        bytes[end + 16..end + 20].copy_from_slice(&(start as u32).to_le_bytes());
    }
}

/// 3,000 archives; `NUMIO_ARCHIVES=100000` makes it as many.
#[test]
fn every_zipfile_reads_the_same_or_numio_refuses() {
    let count = std::env::var("NUMIO_ARCHIVES").ok().and_then(|count| count.parse().ok()).unwrap_or(3000);
    let dir = tempfile::tempdir().unwrap();
    numpy::run("npz/zipfile_cases.py", &[Path::new("write"), dir.path()]);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let whole: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(whole.len() > 15);
    let mut noise = Noise(11);
    let mut archives = whole.clone();
    while archives.len() < count + whole.len() {
        let mut bytes = whole[noise.below(whole.len())].clone();
        for _ in 0..=noise.below(3) {
            damage(&mut noise, &mut bytes);
        }
        if noise.below(2) == 0 {
            repair(&mut bytes);
        }
        archives.push(bytes);
    }
    let all = dir.path().join("all");
    let packed = |bytes: &Vec<u8>| [&(bytes.len() as u32).to_le_bytes(), &bytes[..]].concat();
    std::fs::write(&all, archives.iter().map(packed).collect::<Vec<_>>().concat()).unwrap();
    let found: Vec<String> = archives.iter().map(|bytes| said(bytes)).collect();
    for (path, line) in paths.iter().zip(&found) {
        assert!(!line.contains('-'), "{} is refused: {line}", path.display());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/npz/zipfile_cases.py");
    for python in pythons() {
        let output = Command::new(&python).arg("-B").arg(&script).arg("read").arg(&all).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        assert_eq!(lines.lines().count(), archives.len());
        let (mut same, mut refused) = (0, 0);
        for (at, (numio, python_said)) in found.iter().zip(lines.lines()).enumerate() {
            if !agrees(numio, python_said) {
                let kept = std::env::temp_dir().join("differs.npz");
                std::fs::write(&kept, &archives[at]).unwrap();
                panic!(
                    "{} of archive {at}: {python_said}\nnumio: {numio}\n{}",
                    python.display(),
                    kept.display()
                );
            }
            if at < whole.len() {
                assert_eq!(numio, python_said, "{}", paths[at].display());
            }
            if numio == "-" { refused += 1 } else { same += 1 }
        }
        println!("{}: {same} as Python reads them, {refused} refused", python.display());
        assert!(same > count / 20 && refused > count / 20, "{same} {refused}");
    }
}
